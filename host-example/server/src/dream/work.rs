//! One dream, from what it reads to what it has to store. Runs on a thread of its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use dreaming_models::budget::{Budget, Limits, Writing};
use dreaming_models::desk::{Desk, Left, Manner, Unkept};
use dreaming_wasmtime::{
    Answer, By, Contents, Decision, Engine, EngineError, Error, Job, MemoryStore, Mode, Model,
    ModelCall, NoModel, RunRequest, Selection, Setting, SettingValue,
};
use serde_json::{Map, Value};
use tokio::runtime::Handle;

use super::account::Account;
use super::model::{NAMES, Recorded, Service, Stoppable};
use super::shared::Shared;
use super::store::DreamStore;
use super::trace;
use crate::db::answers::Whose;
use crate::db::dreams::{Dream, Failure, Results, Run, Terms};
use crate::db::engine::Loaded;
use crate::db::{Database, report};

/// The setting that says how many calls a dream makes about sessions and pairs.
pub const MOST_CALLS: &str = "propose.max-calls";

/// Calls about sessions and pairs of a dream that names a model and no number. Chosen by us, as for the command.
const CALLS: u64 = 200;

/// The setting that says how many sessions are read at a time.
const ROUND: &str = "round.sessions";

/// Sessions of a round whose calls go in batches. Chosen by us, as for the command: all that a dream reads.
const SESSIONS_OF_A_BATCH: u64 = 100;

/// Longest pause of a model that a dream waits for. Chosen by us, as for the command: time to restart.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(120);

/// How calls are made. Chosen by us, as for the command: what hosted models allow small accounts, and time to restart.
const MANNER: Manner = Manner {
    parallel: 4,
    wait: Duration::from_secs(1),
    longest_wait: LONGEST_PAUSE,
    in_batches: false,
    waits: false,
};

/// Why a dream has no results.
#[derive(Debug)]
pub enum Stopped {
    /// Somebody ended it.
    Over,
    /// A batch of its calls is at work.
    Waits,
    /// Its workspace has used its budget of the day.
    Spent,
    /// It failed.
    Failed(Failure),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::OutOfMemory { .. } | Error::Engine(EngineError::TooLarge(_)) => {
                "input_memory_store_too_large"
            }
            Error::OutOfFuel { .. } => "timeout",
            _ => "internal_error",
        };
        Self::Failed(Failure::new(kind, error.to_string()))
    }
}

/// What carries a dream out.
pub struct Work {
    /// The database.
    pub database: Database,
    /// Where the database works.
    pub handle: Handle,
    /// The engine.
    pub engine: Engine,
    /// This process.
    pub owner: Arc<str>,
    /// What the dream shares with whoever watches it.
    pub shared: Shared,
}

/// Who answers the calls of a dream.
enum Who {
    Nobody(NoModel),
    Desk(Box<Desk<Recorded, Shared>>),
}

/// The model of a dream. What it answers is noted, so that the dream can be carried out again.
struct Asked {
    who: Who,
    database: Database,
    handle: Handle,
    dream: String,
}

impl Asked {
    /// Calls about sessions and pairs that had an answer before.
    fn known(&self) -> u64 {
        match &self.who {
            Who::Nobody(_) => 0,
            Who::Desk(desk) => desk.record().known(),
        }
    }
}

impl Model for Asked {
    fn complete_many(&mut self, calls: Vec<ModelCall>) -> Vec<Answer> {
        let ids: Vec<String> = calls.iter().map(|call| call.id.clone()).collect();
        let answers = match &mut self.who {
            Who::Nobody(model) => model.complete_many(calls),
            Who::Desk(desk) => desk.complete_many(calls),
        };
        let note = self.database.note_heard(&self.dream, &ids, &answers);
        if let Err(error) = self.handle.block_on(note) {
            // The dream goes on; it can only not be replayed.
            report(&error);
        }
        answers
    }

    fn leaves(&self) -> bool {
        match &self.who {
            Who::Nobody(model) => model.leaves(),
            Who::Desk(desk) => desk.leaves(),
        }
    }
}

impl Work {
    /// Carries a dream out.
    ///
    /// # Errors
    /// [`Stopped`]; then nothing is to be stored.
    pub fn carry_out(
        self,
        run: Run,
        service: Result<Option<Service>, String>,
    ) -> Result<Results, Stopped> {
        let shared = self.shared.clone();
        shared.ended(self.results(run, service))
    }

    fn results(
        self,
        run: Run,
        service: Result<Option<Service>, String>,
    ) -> Result<Results, Stopped> {
        // The model was there when the dream was made; the server may have been started anew since, without its key.
        let service = service.map_err(|why| failed(format!("the model {why}")))?;
        let Run { dream, loaded, transcripts, checkpoint } = run;
        let settings = settings_of(&dream.asked.terms, service.is_some(), &loaded)
            .ok_or_else(|| failed("the settings cannot be used"))?;
        let seen = loaded.texts();
        let whose = Whose {
            store: dream.asked.store.clone(),
            model: service.as_ref().map(|service| service.identity.clone()).unwrap_or_default(),
        };
        let who = match service {
            None => Who::Nobody(NoModel),
            Some(service) => {
                let numbers = numbers(&self.engine, &settings)?;
                Who::Desk(Box::new(self.desk(service, whose, &dream, &numbers)))
            }
        };
        let (database, handle) = (self.database.clone(), self.handle.clone());
        let model = Asked { who, database, handle, dream: dream.id.clone() };
        let store = DreamStore {
            inner: MemoryStore::of(loaded.contents, loaded.head),
            made: Vec::new(),
            checkpoint,
            transcripts,
            cursor: None,
            database: self.database.clone(),
            handle: self.handle.clone(),
            dream: Some((dream.id.clone(), self.owner.to_string())),
            shared: self.shared.clone(),
            unread: None,
        };
        let now = dream.created_at / 1_000;
        let mut job = self.engine.job_with(store, model)?;
        let outcome = job.run(&RunRequest {
            policy: settings,
            instructions: dream.asked.terms.instructions.clone().unwrap_or_default(),
            now,
            mode: if dream.asked.is_update { Mode::Auto } else { Mode::Propose },
        });
        if self.shared.is_stopped() {
            return Err(self.shared.why());
        }
        if let Who::Desk(desk) = &job.model().who
            && let Some(left) = desk.left()
        {
            return Err(waits(left));
        }
        // Whatever the engine made of it, a dream that did not hear a session is not to say that it did.
        if let Some(why) = job.store_mut().unread.take() {
            return Err(Stopped::Failed(Failure::new("input_session_unavailable", why)));
        }
        let outcome = outcome?;
        let report = trace::Report::of(&outcome.outcome.report);
        self.judged(&mut job, &dream, &report)?;
        if !dream.asked.is_update && outcome.committed.is_none() {
            adopt(&mut job, &outcome.outcome.plan, &dream, now)?;
        }
        let changes = job.changes(&outcome.outcome.plan)?;
        let plan: Value = serde_json::from_slice(&outcome.outcome.plan).unwrap_or_default();
        let (store, model) = job.into_parts();
        let known = model.known();
        let events = trace::events(&dream, (&report, known), &plan, &changes, &loaded.left_out);
        let is_update = dream.asked.is_update;
        let waiting = changes.iter().filter(|change| trace::waits(is_update, change));
        Ok(Results {
            undecided: waiting.count() as u64,
            revisions: store.made,
            seen,
            read: loaded.mark,
            plan: outcome.outcome.plan,
            report: outcome.outcome.report,
            events,
        })
    }

    fn desk(
        &self,
        service: Service,
        whose: Whose,
        dream: &Dream,
        numbers: &BTreeMap<String, u64>,
    ) -> Desk<Recorded, Shared> {
        let terms = &dream.asked.terms;
        let limits = Limits {
            tokens: terms.budget.tokens,
            cost: terms.budget.dollars,
            calls: numbers.get(MOST_CALLS).copied(),
            writing: writing(numbers, terms.instructions.as_deref()),
        };
        let account = Account {
            database: self.database.clone(),
            handle: self.handle.clone(),
            workspace: dream.workspace.clone(),
            dream: dream.id.clone(),
            owner: Arc::clone(&self.owner),
            shared: self.shared.clone(),
        };
        let service = Stoppable { service, account: account.clone() };
        let recorded = Recorded::new(whose, account);
        let manner = Manner { in_batches: terms.in_batches, ..MANNER };
        let budget = Budget::new(limits, NAMES, dream.price);
        // What it took before a restart counts.
        budget.spent(dream.usage, terms.in_batches);
        Desk::new(Box::new(service), manner, recorded, budget, self.shared.clone())
    }

    /// Refuses a dream whose model brought nothing, so that its sessions stay unread; else puts away answers that
    /// nobody could use.
    fn judged(
        &self,
        job: &mut Job<DreamStore, Asked>,
        dream: &Dream,
        report: &trace::Report,
    ) -> Result<(), Stopped> {
        let Who::Desk(desk) = &job.model().who else { return Ok(()) };
        let unkept = |unkept: Unkept| failed(unkept.why);
        if let Some(why) = refused(report) {
            // The next dream asks again: perhaps another model stands behind the name by then.
            let refusals = self.handle.block_on(self.database.refusals(&dream.id));
            let refusals = refusals.map_err(|error| failed(error.to_string()))?;
            desk.record().put_away(&refusals).map_err(unkept)?;
            return Err(failed(why));
        }
        if report.nothing_usable {
            desk.record().forget_all(&report.unusable).map_err(unkept)?;
            let why = "the model answered, and no answer was of any use: take another model";
            return Err(failed(why));
        }
        desk.record().put_away(&report.unusable).map_err(unkept)?;
        if report.calls > 0 && report.calls_unanswered == report.calls {
            let (tally, todo) = (desk.tally(), desk.todo());
            // No call was made, and none failed: what forbids them says what would do.
            if let (0, None, Some(why)) = (tally.asked, desk.why(), desk.why_left_out()) {
                return Err(failed(format!("none of {} calls was made: {why}", report.calls)));
            }
            let why = desk.why().unwrap_or_else(|| "nobody answered".into());
            let made = if tally.asked == 0 { report.calls } else { tally.asked };
            return Err(failed(format!("the model answered none of {made} calls: {why}. {todo}")));
        }
        Ok(())
    }
}

/// Why a dream fails whose model refused what it was asked, and said nothing else.
fn refused(report: &trace::Report) -> Option<String> {
    const ADVICE: &str = "take another model, or dream again, which asks it again";
    let (refused, calls) = (report.refused(), report.calls);
    let said = report.calls_answered + report.unusable.len() as u64;
    match refused > 0 && said == 0 {
        true if refused == calls => Some(format!("the model refused all {calls} calls: {ADVICE}")),
        true => Some(format!(
            "the model refused {refused} of {calls} calls, and answered no other one: {ADVICE}"
        )),
        false => None,
    }
}

/// The settings of a dream by its terms; `None` for a value that no setting has.
pub fn settings_of(terms: &Terms, asks: bool, loaded: &Loaded) -> Option<Vec<Setting>> {
    let mut policy = terms.policy.clone();
    if asks {
        policy.entry(MOST_CALLS).or_insert(CALLS.into());
    }
    if terms.in_batches {
        policy.entry(ROUND).or_insert(SESSIONS_OF_A_BATCH.into());
    }
    let mut settings = settings(&policy)?;
    let left_out = loaded.left_out.iter();
    pin(&mut settings, left_out.map(|(path, _)| path.trim_start_matches('/').to_owned()));
    Some(settings)
}

/// Applies all that is applied when somebody adopts the whole store: what may be applied unattended and what waits for a
/// review, but not what has to be accepted by its id, and never what is blocked.
fn adopt(
    job: &mut Job<DreamStore, Asked>,
    plan: &[u8],
    dream: &Dream,
    now: i64,
) -> Result<(), Error> {
    let contents = Contents::read(job.store_mut())?;
    let snapshot = job.snapshot(&contents)?;
    let note = format!("{}: the new store is to be reviewed as a whole", dream.id);
    let by = By { reviewer: "dreaming-server".into(), note, now };
    let decision = Decision { accept: Selection::All, reject: Vec::new(), edits: Vec::new(), by };
    let revision = job.apply(&snapshot, &plan.to_vec(), &decision)?;
    if !revision.memories.is_empty() || !revision.ledger.is_empty() {
        dreaming_wasmtime::Store::commit(job.store_mut(), revision)?;
    }
    Ok(())
}

/// The numbers of the policy by name: the settings of a dream, and the defaults of all others.
///
/// # Errors
/// Those of the engine.
pub fn numbers(engine: &Engine, settings: &[Setting]) -> Result<BTreeMap<String, u64>, Error> {
    let table = engine.job()?.settings()?;
    let defaults =
        table.iter().filter_map(|row| Some((row.name.clone(), row.default.parse().ok()?)));
    let given = settings.iter().filter_map(|setting| match setting.value {
        SettingValue::Integer(number) => Some((setting.name.clone(), number)),
        _ => None,
    });
    Ok(defaults.chain(given).collect())
}

/// The most that a call takes that writes: twice the bytes and tokens of one about a session. `None` when there is none.
fn writing(numbers: &BTreeMap<String, u64>, instructions: Option<&str>) -> Option<Writing> {
    let number = |name: &str| numbers.get(name).copied().unwrap_or(0);
    let bytes = number("propose.chunk-bytes").saturating_mul(2);
    let bytes = bytes.saturating_add(instructions.map_or(0, str::len) as u64);
    let tokens = number("propose.max-tokens").saturating_mul(2);
    (number("distil.max-calls") > 0).then_some(Writing { bytes, tokens })
}

/// Keeps the dream from writing to these paths.
fn pin(settings: &mut Vec<Setting>, paths: impl Iterator<Item = String>) {
    const PINS: &str = "pins.paths";
    let mut pins: Vec<String> = paths.collect();
    if pins.is_empty() {
        return;
    }
    if let Some(at) = settings.iter().position(|setting| setting.name == PINS)
        && let SettingValue::Texts(known) = settings.remove(at).value
    {
        pins.extend(known);
    }
    settings.push(Setting { name: PINS.into(), value: SettingValue::Texts(pins) });
}

/// Settings as the engine takes them; `None` for a value that no setting has.
pub fn settings(policy: &Map<String, Value>) -> Option<Vec<Setting>> {
    dreaming_wasmtime::settings(policy).ok()
}

/// Checks settings with a dream over nothing.
///
/// # Errors
/// Why they cannot be used.
pub fn check(engine: &Engine, settings: Vec<Setting>) -> Result<(), String> {
    let checked = || -> Result<(), Error> {
        let mut job = engine.job()?;
        let (instructions, now, mode) = (String::new(), 0, Mode::Propose);
        job.start_run(&RunRequest { policy: settings, instructions, now, mode })?;
        Ok(())
    };
    checked().map_err(|error| error.to_string())
}

/// What follows from a batch that is at work, or that cannot be looked at.
fn waits(left: &Left) -> Stopped {
    match &left.why {
        None => Stopped::Waits,
        Some(cause) => {
            let id = left.id.as_deref().unwrap_or("without an id");
            failed(format!("its batch {id} cannot be read: {}. {}", cause.why, cause.todo))
        }
    }
}

fn failed(why: impl Into<String>) -> Stopped {
    Stopped::Failed(Failure::new("internal_error", why))
}
