//! `dreaming run`.

mod again;
mod at_work;
mod closer;
mod counts;
pub mod estimate;
pub mod only_kept;
mod reply;
mod request;
mod wanted;

use std::io::stdout;
use std::path::PathBuf;

use dreaming_models::estimate::Estimate;
use dreaming_models::name::Name;
use dreaming_wasmtime::{
    Engine, Error as JobError, Job, Mode, Model, NoModel, RunOutcome, RunRequest,
};
use serde_json::{Map, Value, json};

pub use self::counts::askable;
use self::request::{MOST_CALLS, key, request, with_recorded};
pub use self::request::{cleaned, with_taken};
use self::wanted::{find, look, named};
pub use self::wanted::{is_copy, knows_sessions, originals, readable, wanted};
use super::review::kept;
use super::{Place, auto_safe, due, failed, policy, settings, take_over};
use crate::cli::{self, Common, Run};
use crate::component;
use crate::config::Config;
use crate::document::{self, Plan, Report};
use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::formats;
use crate::interrupt;
use crate::model::Desk;
use crate::output::{self, Reply, text};
use crate::progress::Progress;
use crate::sessions::{self, Found, NotUnderstood};
use crate::snapshot;
use crate::state::erasable::{known, meant};
use crate::state::plans::{self, Request, StoredPlan};
use crate::state::{Access, State};
use crate::store::{FolderStore, Left};
use crate::write;

/// Most model calls of a dream when the user names a model and no limit. Chosen by us: two for each
/// session of a full dream.
const CALLS_WITH_MODEL: u64 = 200;

/// Sessions of a round whose calls go in batches: all that a dream reads by default, so that it takes as few batches as
/// its longest session has parts. The most that `round.sessions` allows.
const SESSIONS_OF_A_BATCH: u64 = 100;

/// Bytes of a transcript in a call that an agent takes as the result of a tool. Chosen by us: the longest call, which
/// writes, holds two of them, about 14,000 tokens; Claude Code turns down results over 25,000
/// (<https://developers.figma.com/docs/figma-mcp-server/mcp-clients-issues>).
const CHUNK_FOR_AGENT: u64 = 24 << 10;

/// Refuses a run that cannot begin, before anything is written for it.
///
/// # Errors
/// The errors of the run itself: no sessions, unusable settings, a model that cannot be asked.
pub fn check(common: &Common, args: &Run) -> Result<()> {
    let place = Place::open_as_it_is(common, Access::Read)?;
    take_over::check(&place)?;
    let named = named(&place.state, args);
    if named.is_err() && !common.json {
        take_over::hint(&place);
    }
    look(&place.state, &named?, &place.state.archive()?)?;
    let engine = component::load_without_state()?;
    let policy = settings_of(&engine, args, &common.config)?;
    policy::check(&engine, &policy, &|path| place.folder.holds(path))?;
    args.model.ready().map(drop)
}

/// Dreams.
pub fn run(place: Place, args: &Run, common: &Common) -> Result<Reply> {
    let quiet = common.json;
    if !quiet {
        take_over::hint(&place);
    }
    let prepared = prepare(place, args, common, quiet)?;
    let Prepared { engine, folder, mut found, request, run, store, progress, desk, .. } = prepared;
    let job = |store| engine.job_with(store, NoModel).map_err(component::refused);
    desk.iter().filter(|_| !args.dry_run).for_each(|_| interrupt::asks());
    if args.dry_run && desk.is_some() {
        // Programs are told too: it is their money.
        output::note(&estimate::in_place_of_dry_run(args));
    }
    let (outcome, mut left, desk) = match desk {
        Some(desk) => {
            let job = engine.job_with(store, desk).map_err(component::refused)?;
            let (outcome, left, desk) = drive(job, &run);
            (outcome, left, Some(desk))
        }
        None => {
            let (outcome, left, _) = drive(job(store)?, &run);
            (outcome, left, None)
        }
    };
    progress.end();
    if !quiet {
        output::warn_skipped("memory", &left.skipped);
        if let Some(why) = &left.undated {
            output::note(&format!(
                "memories have the dates of their files, which a clone or a copy makes new: {why}"
            ));
        }
    }
    if let Some(desk) = &desk
        && let Some(batch) = desk.left()
    {
        desk.record().tell();
        return at_work::reply(batch, desk, args);
    }
    let outcome = match (outcome, left.error.take()) {
        (Err(_), Some(error)) => return Err(error),
        (outcome, _) => outcome.map_err(component::refused)?,
    };
    let plan: Plan = document::parse(&outcome.outcome.plan, "plan")?;
    let report: Report = document::parse(&outcome.outcome.report, "report")?;
    let stored = stored(&outcome, &plan, request, &found, &left)?;
    let put_away = || desk.as_ref().map_or(Ok(()), |desk| desk.record().put_away(&report.unusable));
    if report.calls > 0 && report.calls_unanswered == report.calls || report.nothing_usable {
        // Keep nothing, so that the sessions stay unread.
        left.state.clear_progress()?;
        if desk.as_ref().is_some_and(Desk::is_full) {
            return Err(Error::Full(PathBuf::from("state")));
        }
        put_away()?;
        let took = desk.as_ref().map(reply::took).unwrap_or_default();
        desk.iter().for_each(|desk| desk.record().tell());
        if report.nothing_usable {
            return Err(reply::nothing_usable(&report, &stored, took));
        }
        return Err(reply::no_answer(&report, &stored, desk.as_ref(), took));
    }
    if args.mode == cli::Mode::AutoSafe && left.dreamt.is_none() {
        left.dreamt = auto_safe::revision(&engine, &left.contents, &plan, &stored.plan)?;
    }
    put_away()?;
    let writing = interrupt::writing();
    let settled = settle(&mut left, &folder, &plan, &stored)?;
    writing.done();
    match (note_down(&left.state, &plan, &report, &stored, &mut found), settled) {
        // What was settled stays, and whoever reads an error would believe that nothing was changed.
        (Err(Error::Full(_)), Settled::Committed { .. } | Settled::Waits) => output::note(
            "the disk is full: what this run made is kept, but not when it was; make space before the next one",
        ),
        (noted, _) => noted?,
    }
    let asked = desk.as_ref().map(|desk| reply::asked(&args.model, desk, &report)).transpose()?;
    desk.iter().for_each(|desk| desk.record().tell());
    let is_asked = asked.is_some();
    let done =
        reply::Done { left: &left, plan: &plan, stored: &stored, found: &found, settled, asked };
    let mut reply = done.reply(quiet, common.memory())?;
    if !quiet && !args.dry_run {
        let end = closer::End {
            engine: &engine,
            args,
            common,
            left: &left,
            plan: &plan,
            report: &report,
            found: &found,
            settled,
            asked: is_asked,
        };
        end.lines()?.iter().for_each(|line| reply.text.push_str(&format!("{line}\n")));
    }
    reply.text = text::broken(&reply.text, &stdout());
    if args.dry_run {
        // A dry run keeps no plan, so it is printed here.
        let source = |session: &str, part: &str| left.state.source(session, part).ok().flatten();
        reply.text.push_str(&text::plan(&plan, &source));
        if let Value::Object(fields) = &mut reply.json {
            fields.insert("plan".into(), document::parse(&outcome.outcome.plan, "plan")?);
        }
    }
    Ok(reply)
}

/// Keeps what later runs want to know of this one.
fn note_down(
    state: &State,
    plan: &Plan,
    report: &Report,
    stored: &StoredPlan,
    found: &mut Found,
) -> Result<()> {
    formats::leave_not_understood(state, plan, found)?;
    failed::clear(state)?;
    // `--if-due` reads this time. A dream that found nothing does not set it, so it does not delay
    // the next one.
    if report.sessions_read + report.sessions_asked_again > 0 || !plan.changes.is_empty() {
        state.set_meta(due::LAST_RUN, &stored.request.now.to_string())?;
    }
    Ok(())
}

/// Everything that a dream needs to begin.
struct Prepared {
    engine: Engine,
    folder: Folder,
    found: Found,
    request: Request,
    run: RunRequest,
    store: FolderStore,
    progress: Progress,
    desk: Option<Desk>,
    /// Answers the calls in place of the desk when only an estimate is wanted.
    estimate: Estimate,
    /// How many sessions the dream will read.
    sessions: u64,
}

/// Checks that an agent does not give up a plan in whose review a person is: `--replace` is theirs.
///
/// # Errors
/// [`Error::Usage`].
pub(super) fn leaves_a_review(place: &Place, args: &Run) -> Result<()> {
    let is_agent = matches!(args.model.model, Some(Name::Agent(_)));
    if !is_agent || !args.replace || !place.state.has_waiting_plan()? {
        return Ok(());
    }
    match kept::load(&place.state)?.len() as u64 {
        0 => Ok(()),
        answers => Err(Error::Usage(format!(
            "a person is reviewing the plan that waits ({} given, not applied yet), so no agent gives it up: they \
             decide, or they discard it",
            text::count(answers, "answer")
        ))),
    }
}

/// Prepares a dream. With `quiet`, does not print what was found.
fn prepare(mut place: Place, args: &Run, common: &Common, quiet: bool) -> Result<Prepared> {
    let mut found = find(&mut place.state, args, quiet)?;
    let engine = component::load(&place.dir)?;
    let mut policy = settings_of(&engine, args, &common.config)?;
    withdrawn(&place.state, &found, &mut policy)?;
    pinned(&place.state, &mut policy, quiet)?;
    let taken = place.folder.read()?.taken;
    let (request, resumed) = request(&place.state, args, policy, taken)?;
    // Said even with `--json`, but not for the silent estimate after a dream.
    if resumed && (!quiet || common.json) {
        output::note("a dream that was interrupted goes on");
    }
    policy::check(&engine, &request.policy, &|path| place.folder.holds(path))?;
    let mut job = engine.job().map_err(component::refused)?;
    formats::leave_unknown(&place.state, &mut job, &mut found)?;
    if !quiet {
        let unknown: Vec<_> = found.unknown.iter().map(NotUnderstood::skipped).collect();
        output::warn_skipped("session file", &unknown);
    }
    let most = policy::number(&engine, &request.policy, MOST_CALLS)?;
    let recorded = args.model.recorded(&place.state)?;
    let answers = args.model.answers(&place.state)?;
    let asked = match args.model.model {
        Some(_) => with_recorded(&request, most),
        None => with_taken(&request),
    };
    let writing = match args.model.model {
        Some(_) => request::writing(&engine, &request)?,
        None => None,
    };
    let progress = if common.json { Progress::hidden() } else { Progress::shown() };
    // Set up the model before anything is read, so that a missing key shows at once. An estimate
    // needs no key.
    let desk = match args.model.estimate {
        true => None,
        false => args.model.desk(&place.state, &progress, most, writing)?,
    };
    progress.stage("dreaming");
    let key = key(&request, args.mode);
    let Place { folder, state, .. } = place;
    // A resumed dream has selected its sessions already.
    let sessions = if resumed {
        found.sessions.clone()
    } else {
        let limit = policy::number(&engine, &request.policy, "dream.max-sessions")?;
        let unread = due::unread(&state, &found.sessions, most > 0)?;
        sessions::newest(unread, usize::try_from(limit).unwrap_or(usize::MAX))
    };
    let parts = sessions.iter().map(|session| session.parts.len() as u64).sum();
    progress.expects(parts, most.saturating_add(recorded.len() as u64));
    let count = sessions.len() as u64;
    let store = FolderStore::new(folder.clone(), state, sessions, key, progress.clone());
    let run = RunRequest {
        policy: settings(&asked)?,
        instructions: request.instructions.clone(),
        now: request.now,
        mode: match args.mode {
            // For `auto-safe` the engine proposes, and the command then picks the safe changes from
            // the plan.
            cli::Mode::Propose | cli::Mode::AutoSafe => Mode::Propose,
            cli::Mode::Auto => Mode::Auto,
        },
    };
    let estimate = Estimate::new(recorded, answers, most);
    Ok(Prepared {
        engine,
        folder,
        found,
        request,
        run,
        store,
        progress,
        desk,
        estimate,
        sessions: count,
    })
}

fn settings_of(engine: &Engine, args: &Run, config: &Config) -> Result<Map<String, Value>> {
    let mut policy = match &args.policy {
        Some(given) => policy::read(engine, given)?,
        None => Map::new(),
    };
    config.put(&mut policy);
    args.select.put(&mut policy);
    args.steer.put(&mut policy);
    if let Some(limit) = args.limit {
        policy.insert("dream.max-sessions".into(), limit.into());
    }
    if args.model.model.is_some() {
        policy.entry(MOST_CALLS).or_insert(CALLS_WITH_MODEL.into());
    }
    if args.model.anew {
        policy.insert("distil.anew".into(), true.into());
    }
    if args.model.batch {
        policy.entry("round.sessions").or_insert(SESSIONS_OF_A_BATCH.into());
    }
    if let Some(Name::Agent(_)) = args.model.model {
        policy.entry("propose.chunk-bytes").or_insert(CHUNK_FOR_AGENT.into());
    }
    if let Some(calls) = args.model.max_calls {
        policy.insert(MOST_CALLS.into(), calls.into());
    }
    Ok(policy)
}

/// Completes the beginnings of ids of entries that are to stay as they are, and tells of those that there are not: they
/// protect nothing.
///
/// # Errors
/// [`Error::Usage`] for the beginning of several ids.
pub(super) fn pinned(state: &State, policy: &mut Map<String, Value>, quiet: bool) -> Result<()> {
    let Some(Value::Array(names)) = policy.get_mut("pins.entries") else { return Ok(()) };
    let ids = known(&state.db, "entry")?;
    for name in names {
        let Some(typed) = name.as_str() else { continue };
        let meant = meant(&ids, typed);
        match meant.map_err(|error| Error::Usage(format!("pins.entries: {error}")))? {
            Some(id) => *name = json!(id),
            None if quiet => {}
            None => output::note(&format!(
                "pins.entries: no entry is named `{}`, so it keeps nothing as it is",
                text::one_line(typed)
            )),
        }
    }
    Ok(())
}

/// Completes the beginnings of ids of sessions whose evidence is to count no more.
fn withdrawn(state: &State, found: &Found, policy: &mut Map<String, Value>) -> Result<()> {
    let Some(Value::Array(names)) = policy.get_mut("evidence.withdrawn") else { return Ok(()) };
    let mut ids = known(&state.db, "session")?;
    ids.extend(found.sessions.iter().map(|session| session.id.clone()));
    for name in names {
        let meant = name.as_str().map(|typed| meant(&ids, typed)).transpose()?.flatten();
        meant.into_iter().for_each(|id| *name = json!(id));
    }
    Ok(())
}

type Driven<M> = (std::result::Result<RunOutcome, JobError>, Left, M);

fn drive<M: Model>(mut job: Job<FolderStore, M>, run: &RunRequest) -> Driven<M> {
    let outcome = job.run(run);
    let (store, model) = job.into_parts();
    (outcome, store.leave(), model)
}

/// The plan with everything that its replay needs.
fn stored(
    outcome: &RunOutcome,
    plan: &Plan,
    request: Request,
    found: &Found,
    left: &Left,
) -> Result<StoredPlan> {
    let read = |id: &str| plan.sessions.iter().any(|result| result.session == id);
    let sessions = found.sessions.iter().filter(|session| read(&session.id)).cloned().collect();
    let answers = left.state.kept_answers()?.into_iter();
    let answers = answers
        .map(|(call, answer)| Ok((call, document::parse(answer.as_bytes(), "answer")?)))
        .collect::<Result<_>>()?;
    let request = cleaned(request, plan);
    Ok(StoredPlan {
        id: 0,
        status: String::new(),
        revision: None,
        plan: outcome.outcome.plan.clone(),
        report: outcome.outcome.report.clone(),
        // A resumed dream keeps the time at which it began.
        request: Request { now: plan.now, sessions, missed: left.missed.clone(), ..request },
        answers,
    })
}

/// What became of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Settled {
    /// It waits for a decision.
    Waits,
    /// It became this revision.
    Committed {
        /// Its number.
        number: u64,
        /// The memory files that it wrote.
        files: u64,
    },
    /// There was nothing to decide or write.
    Nothing,
}

fn settle(left: &mut Left, folder: &Folder, plan: &Plan, stored: &StoredPlan) -> Result<Settled> {
    if let Some(revision) = left.dreamt.take() {
        let seen = snapshot::texts(&left.contents);
        let files = revision.memories.len() as u64;
        let number = write::commit(&mut left.state, folder, &seen, &revision, |tx, number| {
            plans::insert(tx, stored, "applied", Some(number))
        })?;
        Ok(Settled::Committed { number, files })
    } else if plan.open_changes().next().is_some() {
        left.state.store_plan(stored, "waiting")?;
        Ok(Settled::Waits)
    } else {
        left.state.store_plan(stored, "discarded")?;
        Ok(Settled::Nothing)
    }
}
