//! Plays golden cases in a host, in every order, and compares bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use dreaming::apply::Erasure;
use dreaming::canonical::digest;
use dreaming::ids::{ChangeId, EntryId, SessionId};
use dreaming::ledger::{EntryRecord, Record};
use dreaming::propose::{Answer, ModelCall};
use dreaming::revision::Rewording;
use dreaming::{Decision, Plan, Report, Request, Selection, Time};
use serde_json::json;

use crate::case::{Accept, Case, EraseSpec, Files, SessionSpec, Step, files};
use crate::drive::{Run, Variation, World, drive};
use crate::host::{Failure, Host};
use crate::store::Store;
use crate::{diff, script, story};

/// The salt of all cases.
const SALT: &str = "golden";

/// Plays all cases of `folder` in `host`. `BLESS=1` writes what is expected first;
/// `GOLDEN=<text>` plays only cases whose names contain the text.
///
/// # Errors
/// Which cases differ, and where.
pub fn check(host: &dyn Host, folder: &Path) -> Result<(), String> {
    let (bless, only) = (std::env::var_os("BLESS").is_some(), std::env::var("GOLDEN"));
    let mut names: Vec<String> = fs::read_dir(folder)
        .map_err(|e| format!("{}: {e}", folder.display()))?
        .filter_map(|entry| entry.ok().filter(|e| e.path().is_dir()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| only.as_ref().map_or(true, |only| name.contains(only)))
        .collect();
    names.sort();
    if names.is_empty() {
        return Err("no case to play".into());
    }
    let faults: Vec<String> = names
        .iter()
        .filter_map(|name| {
            let fault = case(host, &folder.join(name), bless).err()?;
            Some(format!("{name} ({}):\n{fault}", host.name()))
        })
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n\n")) }
}

/// Plays one case in all variations.
///
/// # Errors
/// What differs, or what the case says wrongly.
pub fn case(host: &dyn Host, folder: &Path, bless: bool) -> Result<(), String> {
    scripts(folder, bless)?;
    let case = Case::load(folder)?;
    if case.steps.iter().all(|step| step.shows.is_empty() && step.error.is_none()) {
        return Err("the case says nowhere what it shows".into());
    }
    let first = play(&case, host, Variation::AS_WRITTEN)?;
    if bless {
        write(&folder.join("expected"), &first)?;
    }
    let expected = files(&folder.join("expected"))?;
    compare("the expected files", &expected, &first)?;
    for variation in &Variation::ALL[1..] {
        let files = play(&case, host, *variation)
            .map_err(|fault| format!("{}: {fault}", variation.name))?;
        compare(variation.name, &first, &files)?;
    }
    Ok(())
}

/// Holds each `.jsonl` against the script beside it.
fn scripts(folder: &Path, bless: bool) -> Result<(), String> {
    let sessions = folder.join("sessions");
    for (name, text) in files(&sessions)? {
        let Some(stem) = name.strip_suffix(".txt") else { continue };
        // A sub-agent's file bears the session id of its parent.
        let session = stem.split('/').next().unwrap_or(stem);
        let text = String::from_utf8(text).map_err(|_| format!("`{name}` is not UTF-8"))?;
        let lines = script::transcript(session, &text).map_err(|e| format!("{name}: {e}"))?;
        let file = sessions.join(format!("{stem}.jsonl"));
        if bless {
            fs::write(&file, &lines).map_err(|e| format!("{}: {e}", file.display()))?;
        } else if fs::read(&file).ok().as_ref() != Some(&lines) {
            return Err(format!("{stem}.jsonl is not what its script says; BLESS=1 writes it"));
        }
    }
    Ok(())
}

fn write(folder: &Path, output: &Files) -> Result<(), String> {
    let fault = |e: std::io::Error| format!("{}: {e}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(fault)?;
    }
    for (name, bytes) in output {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().unwrap_or(folder)).map_err(fault)?;
        fs::write(file, bytes).map_err(fault)?;
    }
    Ok(())
}

fn compare(with: &str, expected: &Files, actual: &Files) -> Result<(), String> {
    let mut faults = Vec::new();
    // Stories first: they say best what changed.
    let names: BTreeSet<(bool, &String)> =
        expected.keys().chain(actual.keys()).map(|name| (!name.ends_with(".txt"), name)).collect();
    for (_, name) in names {
        match (expected.get(name), actual.get(name)) {
            (Some(a), Some(b)) if a == b => {}
            (Some(a), Some(b)) => {
                faults.push(format!("  {name} differs"));
                faults.extend(diff::explain(a, b).into_iter().map(|line| format!("    {line}")));
            }
            (Some(_), None) => faults.push(format!("  {name} is no longer written")),
            (None, _) => faults.push(format!("  {name} is new")),
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(format!("  against {with}\n{}", faults.join("\n"))) }
}

/// Plays a case once; the files that it leaves.
///
/// # Errors
/// What the case says wrongly, and what it says that does not hold.
pub fn play(case: &Case, host: &dyn Host, variation: Variation) -> Result<Files, String> {
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
        plain: Plain::default(),
        files: Files::new(),
        story: Vec::new(),
    };
    let mut digests = Vec::new();
    for (index, step) in case.steps.iter().enumerate() {
        let number = index + 1;
        let at = |fault| format!("step {number}: {fault}");
        digests.push(player.step(number, step).map_err(at)?);
    }
    let digests = serde_json::to_vec_pretty(&digests).map_err(|e| e.to_string())?;
    player.files.insert("digests.json".into(), [&digests[..], b"\n"].concat());
    player.holds()?;
    Ok(player.files)
}

/// All sessions below `sessions/` of `folder`, by id.
///
/// # Errors
/// A file that cannot be read.
pub fn all_sessions(folder: &Path) -> Result<Vec<SessionSpec>, String> {
    let names = files(&folder.join("sessions"))?.into_keys();
    let main = names.filter(|name| !name.contains('/'));
    Ok(main.filter_map(|n| Some(SessionSpec::Id(n.strip_suffix(".jsonl")?.into()))).collect())
}

/// Documents without the number of the engine's words, so that a word that changes nothing else changes no
/// case. A digest of such a document stands for that of the document itself.
#[derive(Default)]
struct Plain(BTreeMap<String, String>);

impl Plain {
    fn of(&mut self, document: &[u8]) -> Vec<u8> {
        const FIELD: &str = r#","words":""#;
        const NUMBER: usize = 16;
        const DIGEST: usize = 64;
        let text = String::from_utf8_lossy(document);
        let mut plain = String::new();
        for (place, part) in text.split(FIELD).enumerate() {
            plain += if place == 0 { part } else { part.get(NUMBER + 1..).unwrap_or_default() };
        }
        // A checkpoint is bound to its store, the last revision included, by a digest of all of it.
        if let Some((rest, bound)) = plain.rsplit_once(r#","store":""#)
            && bound.len() == DIGEST + r#""}"#.len()
        {
            plain = format!("{rest}}}");
        }
        for (digest, other) in &self.0 {
            plain = plain.replace(digest, other);
        }
        let [of, other] = [document, plain.as_bytes()].map(|bytes| digest(bytes).to_string());
        self.0.insert(of, other);
        plain.into_bytes()
    }
}

struct Player<'a> {
    case: &'a Case,
    host: &'a dyn Host,
    variation: Variation,
    store: Store,
    /// The store at each revision, by number; 0 is the store before the first.
    past: Vec<Store>,
    plain: Plain,
    files: Files,
    story: Vec<String>,
}

impl Player<'_> {
    fn step(&mut self, number: usize, step: &Step) -> Result<serde_json::Value, String> {
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

    /// Writes down what the step left, and holds it against what the case says.
    fn finish(
        &mut self,
        number: usize,
        step: &Step,
        run: Option<Run>,
    ) -> Result<serde_json::Value, String> {
        let story = self.story.join("\n") + "\n";
        if let Some(text) = step.shows.iter().find(|text| !story.contains(*text)) {
            return Err(format!("the story does not show {text:?}:\n{story}"));
        }
        if let Some(text) = step.never.iter().find(|text| story.contains(*text)) {
            return Err(format!("the story shows {text:?}:\n{story}"));
        }
        // A revision names the plan that was applied, and the plan the revision before.
        for _ in 0..2 {
            self.store.chain.iter().for_each(|record| drop(self.plain.of(record)));
            run.iter().for_each(|run| drop(self.plain.of(&run.plan)));
        }
        let mut digests = json!({
            "step": number,
            "head": self.store.chain.last().map(|record| digest(&self.plain.of(record))),
        });
        if let Some(run) = run {
            for checkpoint in run.checkpoints.iter().chain([&run.last]) {
                self.has_no_absent("a checkpoint", checkpoint)?;
            }
            let [plan, report, last] =
                [&run.plan, &run.report, &run.last].map(|d| self.plain.of(d));
            digests["plan"] = json!(digest(&plan));
            digests["report"] = json!(digest(&report));
            digests["checkpoint"] = json!(digest(&last));
            self.files.insert(format!("{number}-plan.json"), [&plan[..], b"\n"].concat());
            self.files.insert(format!("{number}-report.json"), [&report[..], b"\n"].concat());
            if !run.calls.is_empty() {
                self.files.insert(format!("{number}-calls.json"), calls(&run)?);
            }
        }
        self.files.insert(format!("{number}-story.txt"), story.into_bytes());
        let ledger = self.ledger();
        digests["ledger"] = json!(digest(&ledger));
        self.files.insert(format!("{number}-ledger.json"), ledger);
        for memory in &self.store.memories {
            let name = format!("{number}-memory/{}", memory.path);
            self.files.insert(name, memory.text.clone().into_bytes());
        }
        Ok(digests)
    }

    /// Rows as an array, one on each line, by key.
    fn ledger(&self) -> Vec<u8> {
        let mut rows: Vec<_> = self.store.ledger.iter().collect();
        rows.sort();
        let mut text = String::from("[");
        for (index, row) in rows.iter().enumerate() {
            text += if index == 0 { "\n" } else { ",\n" };
            text += &String::from_utf8_lossy(&row.bytes);
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

    /// The entry, in the store or retired, whose text contains `text`.
    fn entry(&self, text: &str) -> Result<EntryId, Stop> {
        let rows = self.store.ledger.iter().filter(|row| row.key.starts_with("entry/"));
        let entry = |row: &Record| serde_json::from_slice::<EntryRecord>(&row.bytes).ok();
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
            let parts = spec.parts(&self.case.folder)?;
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
        };
        let model = |call: &ModelCall| {
            let answer = step.answers.iter().find(|answer| call.prompt.contains(&answer.to));
            let none = || Answer::Failed { reason: "the case has no answer".into() };
            answer.map_or_else(none, |answer| answer.with.answer())
        };
        let world = World { sessions, model: &model };
        let run = drive(self.host, &request, &self.store, &world, self.variation)?;
        let plan = Plan::from_bytes(&run.plan).map_err(|e| Stop::Case(e.to_string()))?;
        let report: Report = serde_json::from_slice(&run.report)
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

    /// What people wrote since becomes a revision, and the plan is made again over it.
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

    /// What must occur nowhere occurs nowhere.
    fn holds(&self) -> Result<(), String> {
        self.files.iter().try_for_each(|(name, bytes)| self.has_no_absent(name, bytes))
    }

    fn has_no_absent(&self, name: &str, bytes: &[u8]) -> Result<(), String> {
        let text = String::from_utf8_lossy(bytes);
        match self.case.absent.iter().find(|absent| text.contains(*absent)) {
            Some(absent) => Err(format!("{name} contains {absent:?}")),
            None => Ok(()),
        }
    }
}

/// The calls of a run, one on each line, by id.
fn calls(run: &Run) -> Result<Vec<u8>, String> {
    let mut text = String::from("[");
    for (index, (call, _)) in run.calls.values().enumerate() {
        text += if index == 0 { "\n" } else { ",\n" };
        text += &serde_json::to_string(call).map_err(|e| e.to_string())?;
    }
    Ok((text + "\n]\n").into_bytes())
}

/// The decision of a step; `None` when nothing is decided and the plan is left.
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
    /// The host says no.
    Failure(Failure),
    /// The case is wrong, or the host breaks a promise.
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
