//! Deciding about the plan that waits: which changes go in, what that would write, and the revision.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use dreaming_wasmtime::{Contents, Decision, Job, NewRevision, Rewording, Selection};
use serde_json::json;

use super::Place;
use super::waiting::Waiting;
use crate::cli::Signed;
use crate::component;
use crate::document::{self, Change, Plan};
use crate::error::Result;
use crate::output::{Reply, text};
use crate::snapshot;
use crate::state::plans;
use crate::write;

/// What is decided. What is neither accepted nor rejected stays open.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What is applied.
    pub accept: Selection,
    /// What is rejected.
    pub reject: Vec<String>,
    /// What is applied in other words.
    pub edits: Vec<Rewording>,
}

impl Choice {
    /// These changes in their own words, and nothing rejected.
    pub fn only(accept: Vec<String>) -> Self {
        Self { accept: Selection::Only(accept), reject: Vec::new(), edits: Vec::new() }
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
    let decision = Decision {
        accept: choice.accept.clone(),
        reject: choice.reject.clone(),
        edits: choice.edits.clone(),
        reviewer: signed.by.clone(),
        note: signed.note.clone(),
        now,
    };
    job.apply(&store, &plan.to_vec(), &decision).map_err(component::refused)
}

/// The revision that a decision about the plan that waits makes, not stored yet.
///
/// # Errors
/// Those of [`revision`].
pub fn preview(
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
    waiting: &Waiting,
    choice: &Choice,
    signed: &Signed,
    now: i64,
) -> Result<Reply> {
    let revision = preview(place, waiting, choice, signed, now)?;
    commit(place, waiting, &revision)
}

/// Stores the revision of a decision, and writes its files.
///
/// # Errors
/// Those of [`write::commit`].
pub fn commit(place: &mut Place, waiting: &Waiting, revision: &NewRevision) -> Result<Reply> {
    let seen = snapshot::texts(&waiting.contents);
    let settle = |tx: &rusqlite::Transaction<'_>, number| {
        Ok(plans::settle(tx, waiting.stored.id, "applied", Some(number))?)
    };
    let number = write::commit(&mut place.state, &place.folder, &seen, revision, settle)?;
    let (accepted, rejected) = verdicts(revision)?;
    let files: Vec<&str> = revision.memories.iter().map(|write| write.path.as_str()).collect();
    let mut text = format!(
        "Revision {number}: {} applied, {rejected} rejected, {} written.\n",
        text::count(accepted, "change"),
        text::count(files.len() as u64, "file")
    );
    text.push_str(&fell_away(waiting));
    let json = json!({
        "outcome": "committed", "revision": number, "id": revision.revision,
        "accepted": accepted, "rejected": rejected, "files": files,
        "stale": waiting.stale, "new": waiting.new,
    });
    Ok(Reply::new(text, json))
}

/// What a decision would write, as a diff. Nothing is stored.
///
/// # Errors
/// [`crate::error::Error::Damaged`].
pub fn describe(waiting: &Waiting, revision: &NewRevision) -> Result<Reply> {
    let before = snapshot::texts(&waiting.contents);
    let (accepted, rejected) = verdicts(revision)?;
    let mut out = format!(
        "Nothing is written. It would be: {} applied, {rejected} rejected, {} written.\n",
        text::count(accepted, "change"),
        text::count(revision.memories.len() as u64, "file")
    );
    out.push_str(&fell_away(waiting));
    let mut files = Vec::new();
    for write in &revision.memories {
        let old = before.get(&write.path).map(String::as_str);
        text::diff(&mut out, &write.path, old, write.text.as_deref());
        files.push(json!({"path": write.path, "before": old, "after": write.text}));
    }
    let json = json!({
        "outcome": "dry-run", "accepted": accepted, "rejected": rejected, "files": files,
        "stale": waiting.stale, "new": waiting.new,
    });
    Ok(Reply::new(out, json))
}

/// What became of the plan because people wrote while it waited, in lines.
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

/// How many changes a revision applied and rejected.
fn verdicts(revision: &NewRevision) -> Result<(u64, u64)> {
    let record: document::Revision = document::parse(&revision.record, "revision record")?;
    let accepted = record.verdicts.iter().filter(|verdict| verdict.accepted).count() as u64;
    Ok((accepted, record.verdicts.len() as u64 - accepted))
}

/// The ids of those open changes that `wanted` takes, without index lines that would name a memory
/// that is neither in the store nor made. That is how the engine reads `auto` and `all`.
pub fn choose(plan: &Plan, store: &Contents, wanted: impl Fn(&Change) -> bool) -> Vec<String> {
    let ids = plan.open_changes().filter(|c| wanted(c)).map(|c| c.id.clone()).collect();
    complete(plan, ids, &store.memories.iter().map(|memory| memory.path.as_str()).collect())
}

/// `ids` without index lines for memories that are neither `there` nor made by one of `ids`.
fn complete(plan: &Plan, ids: BTreeSet<String>, there: &BTreeSet<&str>) -> Vec<String> {
    let made = |path: &str| {
        there.contains(path)
            || plan.changes.iter().any(|change| {
                change.operation == "add" && change.path == path && ids.contains(&change.id)
            })
    };
    let dangles = |id: &String| {
        let line = plan.changes.iter().find(|change| change.id == *id && change.cause == "index");
        line.is_some_and(|line| !named(line).any(made))
    };
    ids.iter().filter(|id| !dangles(id)).cloned().collect()
}

/// The memories that an index line links to.
fn named(line: &Change) -> impl Iterator<Item = &str> {
    let links = line.text.as_deref().unwrap_or_default().split("](").skip(1);
    links.filter_map(|rest| rest.split_once(')')).map(|(path, _)| path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::words::tests::{change, plan};

    #[test]
    fn an_index_line_is_taken_only_with_the_memory_that_it_names() {
        let line = Change {
            text: Some("[Mistakes](learned/mistakes.md): what went wrong".into()),
            path: "MEMORY.md".into(),
            ..change("c1", "add", "index", "auto")
        };
        let made =
            Change { path: "learned/mistakes.md".into(), ..change("c2", "add", "stated", "auto") };
        let plan = plan(vec![line, made]);
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<BTreeSet<_>>();
        let nothing = BTreeSet::new();
        assert_eq!(complete(&plan, ids(&["c1"]), &nothing), Vec::<String>::new());
        assert_eq!(complete(&plan, ids(&["c1", "c2"]), &nothing), ["c1", "c2"]);
        assert_eq!(complete(&plan, ids(&["c1"]), &["learned/mistakes.md"].into()), ["c1"]);
    }
}
