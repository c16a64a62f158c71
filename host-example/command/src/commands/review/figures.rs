//! The numbers of the page's charts, from ledger rows and from what a decision would write.

use std::collections::BTreeMap;

use dreaming_wasmtime::{NewRevision, Selection};
use serde::Deserialize;
use serde_json::Value;

use crate::cli::Signed;
use crate::commands::Place;
use crate::commands::decide::{self, Choice};
use crate::commands::waiting::Waiting;
use crate::document;
use crate::error::{Error, Result};
use crate::output::DAY;
use crate::output::html::charts::{Figures, Size};

/// What the charts need of a row `entry/<id>`.
#[derive(Debug, Deserialize)]
struct EntryRow {
    tier: String,
    trust: String,
    retired: Option<Value>,
}

/// What they need of a row `session/<id>`, and of the same record in a plan.
#[derive(Debug, Deserialize)]
struct SessionRow {
    notes: Span,
}

#[derive(Debug, Deserialize)]
struct Span {
    first: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct Read {
    sessions: Vec<ReadSession>,
}

#[derive(Debug, Deserialize)]
struct ReadSession {
    session: String,
    outcome: Outcome,
}

#[derive(Debug, Deserialize)]
struct Outcome {
    record: Option<SessionRow>,
}

/// Collects the numbers. Nothing is stored.
pub fn figures(place: &Place, waiting: &Waiting, now: i64) -> Result<Figures> {
    let mut figures = Figures::default();
    let rows: BTreeMap<&str, &[u8]> =
        waiting.contents.ledger.iter().map(|row| (&*row.key, &*row.value)).collect();
    for entry in entries(rows.values().copied().zip(rows.keys().copied()))? {
        *figures.entries.entry((entry.tier, entry.trust)).or_default() += 1;
    }
    let read: Read = document::parse(&waiting.stored.plan, "plan")?;
    let new: BTreeMap<&str, &SessionRow> = read
        .sessions
        .iter()
        .filter_map(|read| Some((&*read.session, read.outcome.record.as_ref()?)))
        .collect();
    for (key, value) in &rows {
        let Some(id) = key.strip_prefix("session/") else { continue };
        // One that grew is read again, and counts where it will be.
        if !new.contains_key(id) {
            let session: SessionRow = document::parse(value, "session record")?;
            count(&mut figures, &session, false);
        }
    }
    new.values().for_each(|session| count(&mut figures, session, true));
    sizes(&mut figures, place, waiting, now)?;
    Ok(figures)
}

fn count(figures: &mut Figures, session: &SessionRow, new: bool) {
    let Some(first) = session.notes.first else {
        figures.undated += 1;
        return;
    };
    let day = figures.days.entry(first.div_euclid(DAY)).or_default();
    if new { day.new += 1 } else { day.known += 1 }
}

/// The entries of rows that are in the store.
fn entries<'a>(rows: impl Iterator<Item = (&'a [u8], &'a str)>) -> Result<Vec<EntryRow>> {
    let rows = rows.filter(|(_, key)| key.starts_with("entry/"));
    let entries = rows.map(|(value, _)| document::parse::<EntryRow>(value, "entry record"));
    let entries: Vec<EntryRow> = entries.collect::<Result<_>>()?;
    Ok(entries.into_iter().filter(|entry| entry.retired.is_none()).collect())
}

fn sizes(figures: &mut Figures, place: &Place, waiting: &Waiting, now: i64) -> Result<()> {
    let nothing = NewRevision {
        base: None,
        revision: String::new(),
        record: Vec::new(),
        memories: Vec::new(),
        ledger: Vec::new(),
    };
    figures.sizes.push(size("now", waiting, &nothing)?);
    let signed = Signed { by: String::new(), note: String::new(), now: None };
    let choices = [("after auto", Selection::Auto), ("after all", Selection::All)];
    for (name, accept) in choices {
        let choice = Choice { accept, ..Choice::only(Vec::new()) };
        match decide::preview(place, waiting, &choice, &signed, now) {
            Ok(revision) => figures.sizes.push(size(name, waiting, &revision)?),
            // The review is of use without this chart.
            Err(error @ (Error::Stale(_) | Error::OtherEngine(_))) => {
                figures.unknown = Some(error.to_string());
                break;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The size of the store after `revision`.
fn size(name: &'static str, waiting: &Waiting, revision: &NewRevision) -> Result<Size> {
    let memories = waiting.contents.memories.iter();
    let mut texts: BTreeMap<&str, &str> = memories.map(|m| (&*m.path, &*m.text)).collect();
    for write in &revision.memories {
        match &write.text {
            Some(text) => texts.insert(&write.path, text),
            None => texts.remove(&*write.path),
        };
    }
    let ledger = waiting.contents.ledger.iter();
    let mut rows: BTreeMap<&str, &[u8]> = ledger.map(|row| (&*row.key, &*row.value)).collect();
    for write in &revision.ledger {
        match &write.value {
            Some(value) => rows.insert(&write.key, value),
            None => rows.remove(&*write.key),
        };
    }
    let entries = entries(rows.into_iter().map(|(key, value)| (value, key)))?.len() as u64;
    Ok(Size { name, entries, bytes: texts.values().map(|text| text.len() as u64).sum() })
}
