//! Plays a golden case once in a host and records the output.

use std::collections::BTreeMap;

use dreaming::apply::Erasure;
use dreaming::ids::{ChangeId, EntryId, SessionId};
use dreaming::ledger::{EntryRecord, LedgerRow};
use dreaming::propose::{Answer, ModelCall};
use dreaming::revision::Rewording;
use dreaming::{Decision, Plan, Report, Request, Selection, Time, canonical};

use crate::case::{Accept, Case, EraseSpec, Files, Step};
use crate::drive::{Run, Variation, World, drive};
use crate::expected::Output;
use crate::host::{Failure, Host};
use crate::shared_call::answer_each;
use crate::store::Store;
use crate::story;

/// The salt of all cases.
const SALT: &str = "golden";

/// Plays a case once.
///
/// # Errors
/// Mistakes of the case file, and expectations of it that do not hold.
pub fn play(case: &Case, host: &dyn Host, variation: Variation) -> Result<Output, String> {
    let mut store = Store { salt: SALT.into(), ..Store::default() };
    for (path, text, time) in case.memories()? {
        store.write(&path, &text, time);
    }
    let mut player = Player {
        case,
        host,
        variation,
        store,
        past: vec![Store::default()],
        documents: Files::new(),
        story: Vec::new(),
    };
    let mut stories = Vec::new();
    for (index, step) in case.steps.iter().enumerate() {
        let number = index + 1;
        let at = |fault| format!("step {number}: {fault}");
        stories.push(player.step(number, step).map_err(at)?);
    }
    let output = Output { story: stories.join("\n"), documents: player.documents };
    nothing_absent(case, &output)?;
    Ok(output)
}

struct Player<'a> {
    case: &'a Case,
    host: &'a dyn Host,
    variation: Variation,
    store: Store,
    /// The store at each revision, by number; 0 is the store before the first.
    past: Vec<Store>,
    documents: Files,
    /// Lines of the story of this step.
    story: Vec<String>,
}

impl Player<'_> {
    /// Plays a step and returns its story.
    fn step(&mut self, number: usize, step: &Step) -> Result<String, String> {
        for path in &step.delete {
            self.store.remove(path);
        }
        self.edit("edits", number, step)?;
        self.story = vec![format!("step {number} at {}", step.now)];
        let before = self.store.clone();
        let done = match (step.revert, &step.erase) {
            (Some(target), _) => self.revert(target, step.now).map(|()| None),
            (None, Some(what)) => self.erase(what, step.now).map(|()| None),
            (None, None) => self.dream(number, step),
        };
        let run = match (done, &step.error) {
            (Ok(run), None) => run,
            (Err(Stop::Failure(failure)), Some(error)) if failure.case == *error => {
                self.story.push(format!("error {error}"));
                None
            }
            (Err(Stop::Failure(failure)), _) => return Err(failure.to_string()),
            (Err(Stop::Case(fault)), _) => return Err(fault),
            (Ok(_), Some(error)) => return Err(format!("the error `{error}` does not come")),
        };
        self.story.extend(story::memories(&before, &self.store));
        self.story.extend(story::entries(&before, &self.store)?);
        self.finish(number, step, run)
    }

    /// Stores the documents of the step, and checks its story against the case.
    fn finish(&mut self, number: usize, step: &Step, run: Option<Run>) -> Result<String, String> {
        let story = self.story.join("\n") + "\n";
        if let Some(text) = step.shows.iter().find(|text| !story.contains(*text)) {
            return Err(format!("the story does not show {text:?}:\n{story}"));
        }
        if let Some(text) = step.never.iter().find(|text| story.contains(*text)) {
            return Err(format!("the story shows {text:?}:\n{story}"));
        }
        let mut documents = Files::new();
        if let Some(run) = run {
            for checkpoint in &run.checkpoints {
                has_no_absent(self.case, "a checkpoint", checkpoint)?;
            }
            if !run.calls.is_empty() {
                documents.insert("calls.json".into(), calls(&run)?);
            }
            documents.insert("plan.json".into(), run.plan);
            documents.insert("report.json".into(), run.report);
            documents.insert("checkpoint.json".into(), run.last);
        }
        if let Some(record) = self.store.chain.last() {
            documents.insert("revision.json".into(), record.clone());
        }
        documents.insert("ledger.json".into(), self.ledger());
        for memory in &self.store.memories {
            documents.insert(format!("memory/{}", memory.path), memory.text.clone().into_bytes());
        }
        let named = documents.into_iter().map(|(name, bytes)| (format!("{number}-{name}"), bytes));
        self.documents.extend(named);
        Ok(story)
    }

    /// The ledger as a JSON array, one row per line, by key.
    fn ledger(&self) -> Vec<u8> {
        let mut rows: Vec<_> = self.store.ledger.iter().collect();
        rows.sort();
        let mut text = String::from("[");
        for (index, row) in rows.iter().enumerate() {
            text += if index == 0 { "\n" } else { ",\n" };
            text += &String::from_utf8_lossy(&row.value);
        }
        (text + "\n]\n").into_bytes()
    }

    fn edit(&mut self, when: &str, number: usize, step: &Step) -> Result<(), String> {
        for (path, text) in self.case.edits(when, number)? {
            let time = step.observed.get(&path).map(|stamp| stamp.0);
            self.store.write(&path, &text, time);
        }
        Ok(())
    }

    fn commit(&mut self, revision: &crate::host::Revision) -> Result<(), String> {
        self.store.commit(revision)?;
        self.past.push(self.store.clone());
        Ok(())
    }

    fn revert(&mut self, target: u64, now: Time) -> Result<(), Stop> {
        let target = usize::try_from(target).ok().and_then(|target| self.past.get(target));
        let target = target.ok_or_else(|| Stop::Case("no such revision".into()))?.clone();
        let revision = self.host.revert(&self.store, &target, "golden", "", now)?;
        self.commit(&revision)?;
        if (&self.store.memories, &self.store.ledger) != (&target.memories, &target.ledger) {
            return Err(Stop::Case("the revert does not restore memories and ledger".into()));
        }
        Ok(())
    }

    fn erase(&mut self, what: &EraseSpec, now: Time) -> Result<(), Stop> {
        let what = match what {
            EraseSpec::Session(id) => Erasure::Session(SessionId::new(id.as_str())),
            EraseSpec::Entry(text) => Erasure::Entry(self.entry(text)?),
        };
        let revision = self.host.erase(&self.store, &what, "golden", "", now)?;
        Ok(self.commit(&revision)?)
    }

    /// The entry, active or retired, whose text contains `text`.
    fn entry(&self, text: &str) -> Result<EntryId, Stop> {
        let rows = self.store.ledger.iter().filter(|row| row.key.starts_with("entry/"));
        let entry = |row: &LedgerRow| canonical::from_bytes::<EntryRecord>(&row.value).ok();
        let found = rows.filter_map(entry).find(|entry| entry.text.contains(text));
        let none = || Stop::Case(format!("no entry contains {text:?}"));
        Ok(found.ok_or_else(none)?.id)
    }

    fn dream(&mut self, number: usize, step: &Step) -> Result<Option<Run>, Stop> {
        if let Some(revision) = self.host.observe(&self.store, step.now)? {
            self.commit(&revision)?;
        }
        let mut sessions = BTreeMap::new();
        let mut descriptors = Vec::new();
        for spec in &step.sessions {
            let parts = spec.parts(&self.case.given)?;
            descriptors.push(spec.descriptor(&parts));
            if !step.missing.iter().any(|id| id == spec.id()) {
                sessions.insert(spec.id().into(), parts);
            }
        }
        let request = Request {
            policy: step.policy.as_ref().unwrap_or(&self.case.policy).clone(),
            instructions: self.case.instructions.clone(),
            now: step.now,
            sessions: descriptors,
            similarities: step.similarities.clone(),
        };
        let model = |call: &ModelCall| {
            answer_each(&call.prompt, |prompt| {
                let answer = step.answers.iter().find(|answer| prompt.contains(&answer.to));
                let none = || Answer::Failed { reason: "the case has no answer".into() };
                answer.map_or_else(none, |answer| answer.with.answer())
            })
        };
        let world = World { sessions, model: &model };
        let run = drive(self.host, &request, &self.store, &world, self.variation)?;
        let plan = Plan::from_bytes(&run.plan).map_err(|e| Stop::Case(e.to_string()))?;
        let report: Report = canonical::from_bytes(&run.report)
            .map_err(|e| Stop::Case(format!("the report: {e}")))?;
        self.story.extend(story::dream(&plan, &report));
        self.edit("late", number, step)?;
        let (run, plan) = if step.rebase { self.rebase(run, step.now)? } else { (run, plan) };
        if let Some(decision) = decision(&plan, step)? {
            let revision = self.host.apply(&self.store, &run.plan, &decision)?;
            self.commit(&revision)?;
        }
        Ok(Some(run))
    }

    /// Makes a revision of what people wrote since, and makes the plan again over it.
    fn rebase(&mut self, run: Run, now: Time) -> Result<(Run, Plan), Stop> {
        if let Some(revision) = self.host.observe(&self.store, now)? {
            self.commit(&revision)?;
        }
        let instructions = &self.case.instructions;
        let bytes = self.host.rebase(&self.store, &run.plan, instructions)?;
        let plan = Plan::from_bytes(&bytes).map_err(|e| Stop::Case(e.to_string()))?;
        self.story.push("rebased".into());
        self.story.extend(plan.changes.iter().map(story::change));
        Ok((Run { plan: bytes, ..run }, plan))
    }
}

/// Fails when a text that must be absent occurs in the output.
fn nothing_absent(case: &Case, output: &Output) -> Result<(), String> {
    has_no_absent(case, "the story", output.story.as_bytes())?;
    output.documents.iter().try_for_each(|(name, bytes)| has_no_absent(case, name, bytes))
}

fn has_no_absent(case: &Case, name: &str, bytes: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(bytes);
    match case.absent.iter().find(|absent| text.contains(*absent)) {
        Some(absent) => Err(format!("{name} contains {absent:?}")),
        None => Ok(()),
    }
}

/// The calls of a run, one per line, by id.
fn calls(run: &Run) -> Result<Vec<u8>, String> {
    let mut text = String::from("[");
    for (index, (call, _)) in run.calls.values().enumerate() {
        text += if index == 0 { "\n" } else { ",\n" };
        text += &serde_json::to_string(call).map_err(|e| e.to_string())?;
    }
    Ok((text + "\n]\n").into_bytes())
}

/// The decision of a step; `None` when the plan is left undecided.
fn decision(plan: &Plan, step: &Step) -> Result<Option<Decision>, String> {
    let find = |wanted: &Vec<String>| -> Result<Vec<ChangeId>, String> {
        let mut found = Vec::new();
        for text in wanted {
            let ids = plan.changes.iter().filter(|c| story::change(c).contains(text.as_str()));
            let ids: Vec<ChangeId> = ids.map(|c| c.id.clone()).collect();
            if ids.is_empty() {
                let lines: Vec<String> = plan.changes.iter().map(story::change).collect();
                return Err(format!("no change fits {text:?}:\n{}", lines.join("\n")));
            }
            found.extend(ids);
        }
        Ok(found)
    };
    let accept = match &step.accept {
        Accept::Only(wanted) => Selection::Only(find(wanted)?),
        Accept::Word(word) => match word.as_str() {
            "auto" => Selection::Auto,
            "all" => Selection::All,
            "all open" => Selection::Only(plan.open_changes().map(|c| c.id.clone()).collect()),
            "none" => Selection::Only(Vec::new()),
            "leave" => return Ok(None),
            _ => return Err(format!("`accept` does not know `{word}`")),
        },
    };
    let reject = find(&step.reject)?;
    let (reviewer, note) = ("golden".into(), String::new());
    let mut edits = Vec::new();
    for (wanted, text) in &step.edit {
        let ids = find(&vec![wanted.clone()])?;
        edits.extend(ids.into_iter().map(|change| Rewording { change, text: text.clone() }));
    }
    Ok(Some(Decision { accept, reject, edits, reviewer, note, now: step.now }))
}

/// Why a step ended.
enum Stop {
    /// The host returned an error.
    Failure(Failure),
    /// The case is wrong, or the host violates a promise.
    Case(String),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<String> for Stop {
    fn from(fault: String) -> Self {
        Self::Case(fault)
    }
}
