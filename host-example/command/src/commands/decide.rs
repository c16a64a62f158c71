//! Deciding about the plan that waits: which changes go in, what that would write, and the revision.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use dreaming_wasmtime::{
    Contents, Decision, EngineError, Error as JobError, Invalid, Job, NewRevision, Rewording,
    Selection,
};
use serde_json::json;

use super::guards;
use super::left_out;
use super::review::kept::{self, Verdict};
use super::review::lines;
use super::waiting::Waiting;
use super::{Place, propose};
use crate::component;
use crate::document::{self, Change, Plan};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::output::text::brief;
use crate::output::{self, Reply, next, text, words};
use crate::signed::Signed;
use crate::snapshot;
use crate::state::{State, plans};
use crate::write;

/// What is decided. What is neither accepted nor rejected stays open.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The changes that are applied.
    pub accept: Selection,
    /// Ids of the changes that are rejected.
    pub reject: Vec<String>,
    /// Changes that are applied in other words.
    pub edits: Vec<Rewording>,
    /// Ids in `accept` that stay open without an error when they need changes that are not
    /// accepted, because nobody asked for them by id.
    pub optional: BTreeSet<String>,
}

impl Choice {
    /// Accepts these changes as they are, and rejects nothing.
    pub fn only(accept: Vec<String>) -> Self {
        let accept = Selection::Only(accept);
        Self { accept, reject: Vec::new(), edits: Vec::new(), optional: BTreeSet::new() }
    }

    /// Accepts those of these changes that need no others, and rejects nothing.
    pub fn what_stands(accept: Vec<String>) -> Self {
        Self { optional: accept.iter().cloned().collect(), ..Self::only(accept) }
    }
}

/// The revision that a decision about a plan makes, not stored yet.
///
/// # Errors
/// What the engine refuses, and why.
pub fn revision(
    job: &mut Job,
    contents: &Contents,
    plan: &[u8],
    choice: &Choice,
    signed: &Signed,
    now: i64,
) -> Result<NewRevision> {
    let store = job.snapshot(contents).map_err(component::refused)?;
    let mut decision = Decision {
        accept: choice.accept.clone(),
        reject: choice.reject.clone(),
        edits: choice.edits.clone(),
        by: signed.by_at(now),
    };
    loop {
        let refusal = match job.apply(&store, &plan.to_vec(), &decision) {
            Ok(revision) => return Ok(revision),
            Err(refusal) => refusal,
        };
        // The refused change is open, known and not rejected, so it can only be one that needs
        // changes which are not all accepted.
        match (&mut decision.accept, &refusal) {
            (
                Selection::Only(ids),
                JobError::Engine(EngineError::InvalidRequest(Invalid { what, .. })),
            ) if choice.optional.contains(what) && ids.contains(what) => {
                ids.retain(|id| id != what);
            }
            _ => return Err(component::refused(refusal)),
        }
    }
}

/// The revision that a decision about the plan that waits makes, not stored yet.
///
/// # Errors
/// Those of [`guards::check`] and [`revision`].
pub fn preview(
    place: &Place,
    waiting: &Waiting,
    choice: &Choice,
    signed: &Signed,
    now: i64,
) -> Result<NewRevision> {
    let accepts = !matches!(&choice.accept, Selection::Only(ids) if ids.is_empty());
    if accepts {
        guards::check(place, &waiting.stored.request)?;
    }
    made(place, waiting, choice, signed, now)
}

/// As [`preview`], also of a plan that knows not all charters and pins of now.
///
/// # Errors
/// Those of [`revision`].
pub fn made(
    place: &Place,
    waiting: &Waiting,
    choice: &Choice,
    signed: &Signed,
    now: i64,
) -> Result<NewRevision> {
    let mut job = component::load(&place.dir)?.job().map_err(component::refused)?;
    revision(&mut job, &waiting.contents, &waiting.stored.plan, choice, signed, now)
}

/// Decides: [`preview`] and [`commit`].
///
/// # Errors
/// Those of both.
pub fn decide(
    place: &mut Place,
    waiting: &mut Waiting,
    choice: &Choice,
    signed: &Signed,
    now: i64,
) -> Result<Reply> {
    let (choice, came) = with_lines(&waiting.plan, choice);
    let revision = preview(place, waiting, &choice, signed, now)?;
    let mut reply = commit(place, waiting, &revision)?;
    let decided = verdicts(&revision)?;
    let mut named = understood(&waiting.plan, &choice, &decided);
    let is_decided = |line: &(String, String)| decided.iter().any(|of| of.change == line.0);
    for (_, said) in came.iter().filter(|line| is_decided(line)) {
        let _ = writeln!(named, "{}", text::one_line(said));
    }
    let (first, rest) = reply.text.split_once('\n').unwrap_or((&reply.text, ""));
    reply.text = format!("{first}\n{named}{rest}");
    Ok(reply)
}

/// Characters of a statement that are shown of what was decided. Chosen by us: they fit a line.
const SHOWN: usize = 60;

/// Lists the changes that were decided by id, one per line, because a person types only the
/// beginnings of ids.
fn understood(plan: &Plan, choice: &Choice, decided: &[document::Verdict]) -> String {
    let mut out = String::new();
    let Selection::Only(_) = choice.accept else { return out };
    for verdict in decided {
        let Some(change) = plan.change(&verdict.change) else { continue };
        let word = match verdict.accepted {
            true if choice.edits.iter().any(|edit| edit.change == change.id) => "reword",
            true => "accept",
            false => "reject",
        };
        let _ = writeln!(out, "{}", in_a_line(word, plan, change));
    }
    out
}

/// One line about a change: the decision (`word`), its id, operation, path and statement.
pub fn in_a_line(word: &str, plan: &Plan, change: &Change) -> String {
    let said = change.text.as_ref().or(change.targets.first().map(|target| &target.text));
    let said = text::one_line(said.map_or("", String::as_str));
    let end = if said.chars().count() > SHOWN { "…" } else { "" };
    let said: String = said.chars().take(SHOWN).collect();
    let (id, what) = (brief::short(plan, &change.id), text::one_line(&change.operation));
    format!("  {word}  {id}  {what} {}: {said}{end}", text::one_line(&change.path))
}

/// Adds to a choice the index lines that follow from it, decided as in a review on a terminal.
/// Returns also these lines, by id, each with a sentence for a person.
fn with_lines(plan: &Plan, choice: &Choice) -> (Choice, Vec<(String, String)>) {
    let (mut choice, mut came) = (choice.clone(), Vec::new());
    let accepted: Option<Vec<String>> = match &choice.accept {
        Selection::Only(ids) => Some(ids.clone()),
        // `all` and `auto` accept index lines themselves, so only lines of rejected changes are
        // added.
        _ => None,
    };
    let verdict = |id: &str| {
        let has = |ids: &[String]| ids.iter().any(|known| known == id);
        if has(&choice.reject) {
            &Verdict::Reject
        } else if accepted.as_deref().is_some_and(has) {
            &Verdict::Accept
        } else {
            &Verdict::Open
        }
    };
    let lines = lines::lines(plan);
    let open = lines.iter().filter(|line| *verdict(&line.change.id) == Verdict::Open);
    let follow: Vec<_> = open.map(|line| (line, line.verdict(verdict))).collect();
    for (line, verdict) in follow {
        let id = line.change.id.clone();
        match (verdict, &mut choice.accept) {
            (Verdict::Accept, Selection::Only(ids)) => {
                ids.push(id.clone());
                choice.optional.insert(id.clone());
                came.push((id, format!("An entry went in {}.", line.note())));
            }
            (Verdict::Reject, _) => {
                choice.reject.push(id.clone());
                came.push((
                    id,
                    format!("With its entry a line of {} was rejected.", line.change.path),
                ));
            }
            _ => {}
        }
    }
    (choice, came)
}

/// Stores the fitted plan and the revision of a decision, and writes its files.
///
/// # Errors
/// Those of [`write::commit`].
pub fn commit(place: &mut Place, waiting: &mut Waiting, revision: &NewRevision) -> Result<Reply> {
    let writing = interrupt::writing();
    waiting.keep(place)?;
    let seen = snapshot::texts(&waiting.contents);
    let settle = |tx: &rusqlite::Transaction<'_>, number| {
        Ok(plans::settle(tx, waiting.stored.id, "applied", Some(number))?)
    };
    let number = write::commit(&mut place.state, &place.folder, &seen, revision, settle)?;
    writing.done();
    let verdicts = verdicts(revision)?;
    let is_decided = |id: &str| verdicts.iter().any(|verdict| verdict.change == id);
    match kept::forget_decided(&place.state, is_decided) {
        // The decision stands, and whoever reads an error would believe that nothing was changed.
        Err(Error::Full(_)) => output::note(
            "the disk is full: the decision is kept, and so are the answers of the review; make space before the next one",
        ),
        forgotten => forgotten?,
    }
    let accepted = verdicts.iter().filter(|verdict| verdict.accepted).count() as u64;
    let rejected = verdicts.len() as u64 - accepted;
    let verdicts = with_lines_of_rejected(&waiting.plan, verdicts);
    let decided = |id: &str| verdicts.iter().any(|verdict| verdict.change == id);
    let undecided = waiting.plan.open_changes().filter(|change| !decided(&change.id));
    let (kept, open): (Vec<&Change>, Vec<&Change>) =
        undecided.partition(|change| stays(change, &verdicts));
    let files: Vec<&str> = revision.memories.iter().map(|write| write.path.as_str()).collect();
    let mut text = format!(
        "Revision {number}: {} applied, {rejected} rejected, {} written.\n",
        text::count(accepted, "change"),
        text::count(files.len() as u64, "file")
    );
    text.push_str(&fell_away(waiting));
    let after = snapshot::at(&place.state, number)?;
    text.push_str(&left_out::line(&after, place.folder.root())?);
    let with = "together with was rejected, or accepted in other words";
    match kept.len() {
        0 => {}
        1 => text.push_str(&format!("1 line stays for now: what it goes {with}.\n")),
        n => text.push_str(&format!("{n} lines stay for now: what they go {with}.\n")),
    }
    for change in &kept {
        let _ = writeln!(text, "{}", in_a_line("stays", &waiting.plan, change));
    }
    let request = &waiting.stored.request;
    let again = match request.adopted.is_empty() {
        true => "the next run".into(),
        false if propose::is_held(request) => next::command("adopt --held"),
        false => "adopting the export again".to_owned(),
    };
    match open.len() {
        0 => {}
        1 => {
            let _ = writeln!(text, "1 change stays open; {again} proposes it again.");
        }
        open => {
            let _ = writeln!(text, "{open} changes stay open; {again} proposes them again.");
        }
    }
    let again = if request.adopted.is_empty() { next::command("run") } else { again };
    text.push_str(&left_alone(&waiting.plan, &verdicts, &again));
    text.push_str(&in_history(&waiting.plan, &verdicts, number));
    let json = json!({
        "outcome": "committed", "revision": number, "id": revision.revision,
        "accepted": accepted, "rejected": rejected, "open": open.len() + kept.len(), "files": files,
        "stale": waiting.stale, "new": waiting.new,
    });
    Ok(Reply::new(text, json))
}

/// The verdicts with one for each line of an index of which all that it names was rejected: the engine keeps none, for
/// that decides nothing about the line, but nobody is to decide about it now.
fn with_lines_of_rejected(
    plan: &Plan,
    mut verdicts: Vec<document::Verdict>,
) -> Vec<document::Verdict> {
    let rejected = |id: &str| verdicts.iter().find(|of| of.change == id && !of.accepted).cloned();
    let of = |line: &lines::Line<'_>| {
        let one = line.of_all().map(rejected).collect::<Option<Vec<_>>>()?.pop()?;
        Some(document::Verdict { change: line.change.id.clone(), ..one })
    };
    let more: Vec<document::Verdict> = lines::lines(plan).iter().filter_map(of).collect();
    verdicts.extend(more);
    verdicts
}

/// A line for each statement out of which a secret was cut: earlier revisions still have it.
fn in_history(plan: &Plan, decided: &[document::Verdict], number: u64) -> String {
    let accepted = decided.iter().filter(|verdict| verdict.accepted);
    let changes = accepted.filter_map(|verdict| plan.change(&verdict.change));
    let cut = changes.filter(|change| change.cause == "secret").flat_map(|change| &change.targets);
    cut.map(|target| {
        let erase = next::command(&format!("erase --entry {}", target.entry));
        format!(
            "The secret that was cut out of {} still stands in the revisions before {number}: {erase} takes the statement out of \
             all of them, and out of the memory.\n",
            text::one_line(&target.path)
        )
    })
    .collect()
}

/// Whether what a change takes out stays, because the decision rejects what it goes together with, or has it in other
/// words.
fn stays(change: &Change, decided: &[document::Verdict]) -> bool {
    let differs = |of: &document::Verdict| !of.accepted || of.edited.is_some();
    let differs = |id: &String| decided.iter().any(|of| of.change == *id && differs(of));
    change.needs.iter().any(differs)
}

/// Lines about the changes that accepting all left open: which ones, why, and how each is accepted, which is after
/// what proposes them `again`. Empty after a decision that took no more than what was named.
fn left_alone(plan: &Plan, decided: &[document::Verdict], again: &str) -> String {
    let mut out = String::new();
    let is_decided = |change: &&Change| {
        decided.iter().any(|verdict| verdict.change == change.id) || stays(change, decided)
    };
    // One change that may go in with all others, and is still open, shows that not all were meant.
    let mut open = plan.open_changes().filter(|change| !is_decided(change)).peekable();
    if open.peek().is_none() || plan.open_changes().any(|of| !of.alone && !is_decided(&of)) {
        return out;
    }
    for change in open {
        let why = words::alone(change).unwrap_or_default();
        let _ = writeln!(out, "{}\n        {why}", in_a_line("open", plan, change));
    }
    let _ = writeln!(out, "After {again}, {} accepts one by its id.", next::command("apply ID"));
    out
}

/// Lines about changes that fell away because people wrote while the plan waited.
pub fn fell_away(waiting: &Waiting) -> String {
    let mut out = String::new();
    for stale in &waiting.stale {
        let path = text::one_line(&stale.path);
        let reason = text::one_line(&stale.reason);
        let _ = writeln!(out, "stale: {}  {} {path}: {reason}", stale.id, stale.operation);
    }
    if !waiting.new.is_empty() {
        let count = text::count(waiting.new.len() as u64, "change");
        let _ = writeln!(out, "{count} came up with the edits; nobody has seen them: left open.");
    }
    out
}

/// The verdicts in the record of a revision.
///
/// # Errors
/// [`crate::error::Error::Damaged`].
pub fn verdicts(revision: &NewRevision) -> Result<Vec<document::Verdict>> {
    let record: document::Revision = document::parse(&revision.record, "revision record")?;
    Ok(record.verdicts)
}

/// The choice that accepts a group of changes: with `all` the open ones that need not be accepted
/// by id, else those with gate `auto`. It leaves out changes in `reject` and changes that came up
/// after the person looked. It adds all changes in `edits`, in their new words. Answers that a
/// review kept count too; the line says how many did.
///
/// # Errors
/// Those of [`kept::load`].
pub fn group(
    state: &State,
    waiting: &Waiting,
    all: bool,
    named: Vec<String>,
    mut reject: Vec<String>,
    mut edits: Vec<Rewording>,
) -> Result<(Choice, String)> {
    let (plan, new) = (&waiting.plan, &waiting.new);
    let meant = |change: &Change| match all {
        true => change.is_open() && !change.alone,
        false => change.gate == "auto",
    };
    let accepts = |id: &str| !new.contains(id) && plan.change(id).is_some_and(meant);
    let counted = kept::count(state, accepts, |_| false, &mut reject, &mut edits)?;
    let reworded = |id: &String| edits.iter().any(|edit| edit.change == *id);
    let inside = |edit: &Rewording| plan.change(&edit.change).is_some_and(meant);
    if new.is_empty() && named.is_empty() && edits.iter().all(inside) {
        let accept = if all { Selection::All } else { Selection::Auto };
        return Ok((Choice { accept, reject, edits, ..Choice::only(Vec::new()) }, counted));
    }
    let grouped = plan.changes.iter().filter(|change| meant(change)).map(|change| &change.id);
    // What stands in other words stands for nothing else, unless somebody names what goes for it.
    let stays = |id: &String| plan.change(id).is_some_and(|c| c.needs.iter().any(reworded));
    let optional = grouped.filter(|id| !new.contains(*id) && !reject.contains(id) && !reworded(id));
    let optional = optional.filter(|id| !stays(id));
    let optional: BTreeSet<String> = optional.cloned().collect();
    let named = named.into_iter().chain(edits.iter().map(|edit| edit.change.clone()));
    let accept: BTreeSet<String> = optional.iter().cloned().chain(named).collect();
    let accept = Selection::Only(accept.into_iter().collect());
    Ok((Choice { accept, reject, edits, optional }, counted))
}
