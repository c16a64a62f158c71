//! The past of an entry, revision by revision.

use dreaming_export::digests;
use serde::Serialize;

use super::super::Place;
use crate::document::{self, Change, Entry, Plan, Revision};
use crate::error::Result;
use crate::state::revisions::Value;

/// A revision that did something with the entry.
#[derive(Debug, Serialize)]
pub struct Step {
    /// Its number.
    pub revision: u64,
    /// `import`, `edit`, `dream`, `revert` or `erase`.
    pub kind: String,
    /// When, in milliseconds since 1970.
    pub now: i64,
    /// Who accepted it; empty when nobody had to.
    pub reviewer: String,
    /// Why, in the reviewer's words.
    pub note: String,
    /// What happened to the entry: `came in`, `reworded`, `moved`, `retired`, `supported`,
    /// `returned`, `went`; `erased before` when its earlier past was erased.
    pub what: &'static str,
    /// The text before, if it differs.
    pub before: Option<String>,
    /// The text from then on.
    pub text: Option<String>,
    /// How many sessions supported it from then on.
    pub sessions: u64,
    /// The change of the plan that did it.
    pub change: Option<Cause>,
}

/// The change of a plan that caused a step.
#[derive(Debug, Serialize)]
pub struct Cause {
    /// Its id.
    pub id: String,
    /// What it does.
    pub operation: String,
    /// Why, as a word.
    pub cause: String,
    /// Why, as a sentence.
    pub because: String,
    /// Whether it was applied in the reviewer's words, and not in its own.
    pub edited: bool,
}

/// All steps of the entry `id`, oldest first.
///
/// # Errors
/// [`crate::error::Error::State`], [`crate::error::Error::Damaged`].
pub fn steps(place: &Place, id: &str) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    let mut before = Known::Nothing;
    for (number, value) in place.state.row_history(&format!("entry/{id}"))? {
        let after = match value {
            Value::Kept(value) => Known::Entry(Box::new(document::parse(&value, "entry record")?)),
            Value::Gone => Known::Nothing,
            Value::Erased => Known::Erased,
        };
        if let Some(what) = what(&before, &after, steps.is_empty()) {
            let stored = place.state.revision(&number.to_string())?;
            let record: Revision = document::parse(&stored.record, "revision record")?;
            let change = change(place, &record, after.entry())?;
            let old = before.entry().map(|entry| entry.text.clone());
            let text = after.entry().map(|entry| entry.text.clone());
            steps.push(Step {
                revision: number,
                kind: record.kind,
                now: record.now,
                reviewer: record.reviewer,
                note: record.note,
                what,
                before: old.filter(|old| text.as_ref() != Some(old)),
                text,
                sessions: after.entry().map_or(0, |entry| entry.support.sessions),
                change,
            });
        }
        before = after;
    }
    Ok(steps)
}

/// What is known of an entry at a revision.
enum Known {
    Entry(Box<Entry>),
    Nothing,
    Erased,
}

impl Known {
    fn entry(&self) -> Option<&Entry> {
        if let Self::Entry(entry) = self { Some(entry) } else { None }
    }
}

fn what(before: &Known, after: &Known, first: bool) -> Option<&'static str> {
    Some(match (before, after) {
        (Known::Nothing, Known::Entry(_) | Known::Erased) if first => "came in",
        (Known::Nothing, Known::Entry(_) | Known::Erased) => "returned",
        (Known::Entry(_) | Known::Erased, Known::Nothing) => "went",
        (Known::Erased, Known::Entry(new)) if new.retired.is_some() => "retired",
        (Known::Erased, Known::Entry(_)) => "erased before",
        (Known::Entry(old), Known::Entry(new)) => changed(old, new)?,
        (_, Known::Erased) | (Known::Nothing, Known::Nothing) => return None,
    })
}

fn changed(old: &Entry, new: &Entry) -> Option<&'static str> {
    match (&old.retired, &new.retired) {
        (None, Some(_)) => Some("retired"),
        (Some(_), None) => Some("returned"),
        _ if old.text != new.text => Some("reworded"),
        _ if old.path != new.path => Some("moved"),
        _ if old.support.sessions != new.support.sessions => Some("supported"),
        _ => None,
    }
}

/// The accepted change of a dream that was about the entry, as far as its plan is still there.
fn change(place: &Place, record: &Revision, after: Option<&Entry>) -> Result<Option<Cause>> {
    let (Some(entry), Some(stored)) = (after, place.state.plan_of(record.number)?) else {
        return Ok(None);
    };
    let plan: Plan = document::parse(&stored.plan, "plan")?;
    let verdict = |change: &Change| {
        record.verdicts.iter().find(|verdict| verdict.accepted && verdict.change == change.id)
    };
    let accepted = |change: &&Change| verdict(change).is_some();
    let words = digests::of_memory(&place.state.salt()?, &entry.text);
    let reworded = |change: &&Change| {
        verdict(change).is_some_and(|verdict| verdict.edited.as_ref() == Some(&words))
    };
    let about = |change: &&Change| {
        let targets = change.targets.iter().chain(&change.survivor);
        targets.into_iter().any(|target| target.entry == entry.id)
    };
    // An added entry has no id in the plan, so it is recognised by its path and text.
    let wrote =
        |change: &&Change| change.path == entry.path && change.text.as_ref() == Some(&entry.text);
    let quotes = |change: &&Change| {
        let known = |quote: &str| entry.evidence.iter().any(|e| e.quote == quote);
        change.path == entry.path
            && change.text.is_some()
            && change.evidence.iter().any(|piece| known(&piece.quote))
    };
    let find = |test: &dyn Fn(&&Change) -> bool| plan.changes.iter().filter(accepted).find(test);
    let found =
        find(&about).or_else(|| find(&wrote)).or_else(|| find(&reworded)).or_else(|| find(&quotes));
    Ok(found.map(|change| Cause {
        id: change.id.clone(),
        operation: change.operation.clone(),
        cause: change.cause.clone(),
        because: change.because.clone(),
        edited: verdict(change).is_some_and(|verdict| verdict.edited.is_some()),
    }))
}
