//! Dreams with few new sessions over stores that keep records of many.

use dreaming::ledger::LedgerRow;
use dreaming::{Decision, Selection, Snapshot, Time, apply};
use dreaming_testing::clock::timed;
use dreaming_testing::{Revision, Store, native};

use crate::Report;
use crate::dreams::{NOW, dream};
use crate::grown_sessions::Source;
use crate::row::Row;

/// Sessions whose records a store keeps. The last size is the default of `ledger.known-sessions`.
const SIZES: [usize; 3] = [100, 1_000, 10_000];

/// New sessions in the timed dream, and sessions in each of the dreams before it. Chosen by us.
const NEW: usize = 20;
const BATCH: usize = 500;

/// Measures a row for all that a host does (opening the store, the dream, applying its plan), and
/// one for each of these.
///
/// # Errors
/// The first error of the engine.
pub fn measure(report: &mut Report, source: &Source) -> Result<(), String> {
    if !report.wants("kept records") {
        return Ok(());
    }
    println!("{NEW} new sessions over kept records of {}:", source.about());
    let mut points = [const { Vec::new() }; 5];
    let mut store = Store { salt: "growth".into(), ..Store::default() };
    let mut kept = 0;
    for size in SIZES {
        while kept < size {
            let batch = BATCH.min(size - kept);
            step(&mut store, source, kept, batch)?;
            kept += batch;
        }
        let new = source.take(SIZES[2], NEW);
        let (opened, open) = timed(|| native::snapshot(&store));
        let opened = opened.map_err(|failure| failure.to_string())?;
        let dreamt = dream(&opened, &new)?;
        let (applied, apply) = timed(|| apply(&opened, &dreamt.outcome.plan, &decision()));
        applied.map_err(|error| error.to_string())?;
        let alone = dream(&Snapshot::new("growth"), &new)?;
        let empty = alone.read + alone.planned;
        let bytes: usize = store.ledger.iter().map(|row: &LedgerRow| row.value.len()).sum();
        println!(
            "  {size} sessions: {} rows, {:.1} MB, {} memories; reading and planning the new ones alone {empty:.4} s",
            store.ledger.len(),
            bytes as f64 / 1e6,
            store.memories.len(),
        );
        let all =
            [open, dreamt.read, dreamt.planned, apply, open + dreamt.read + dreamt.planned + apply];
        for (points, seconds) in points.iter_mut().zip(all) {
            points.push((size, seconds));
        }
    }
    let [open, read, planned, applied, whole] = points;
    let parts =
        [("opening", open), ("reading", read), ("planning", planned), ("applying", applied)];
    for (part, points) in parts {
        report.tell(&Row { name: format!("of which {part}"), points });
    }
    report.take(&Row { name: "kept records".into(), points: whole });
    Ok(())
}

/// Dreams over a batch of sessions and accepts everything.
fn step(store: &mut Store, source: &Source, first: usize, count: usize) -> Result<(), String> {
    let opened = native::snapshot(store).map_err(|failure| failure.to_string())?;
    let dreamt = dream(&opened, &source.take(first, count))?;
    let new = apply(&opened, &dreamt.outcome.plan, &decision()).map_err(|e| e.to_string())?;
    store.commit(&Revision::from(new))
}

fn decision() -> Decision {
    Decision {
        accept: Selection::All,
        reject: Vec::new(),
        edits: Vec::new(),
        reviewer: "growth".into(),
        note: String::new(),
        now: Time::from_millis(NOW),
    }
}
