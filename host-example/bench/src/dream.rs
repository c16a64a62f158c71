//! A whole dream in native code: Markdown memories, ledger, plan, and every change applied. Shows
//! what the product costs beside the statement functions alone.

use std::collections::BTreeMap;

use dreaming::dream::Need;
use dreaming::time::DAY_MS;
use dreaming::{Decision, Dream, Policy, Request, Selection, Time, apply};
use dreaming_testing::generator::Generated;
use dreaming_testing::{Store, native};
use serde::Serialize;

use crate::walk::NOW;
use dreaming_testing::clock::timed;

/// Seconds on a processor for the parts of a dream.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Dreamt {
    /// From memories and rows to a plan.
    pub plan: f64,
    /// From the plan, with everything accepted, to new memories and rows.
    pub apply: f64,
    /// Changes of the plan.
    pub changes: usize,
}

impl Dreamt {
    /// The whole dream.
    pub fn whole(&self) -> f64 {
        self.plan + self.apply
    }
}

/// Dreams over a folder with a memory for each day.
///
/// # Errors
/// The message of whatever fails.
pub fn dream(texts: &[Generated]) -> Result<Dreamt, String> {
    let store = store(texts);
    let now = Time::from_millis(NOW);
    let request = Request {
        policy: Policy::default(),
        instructions: String::new(),
        now,
        sessions: Vec::new(),
        similarities: Vec::new(),
    };
    let (planned, plan) = timed(|| {
        let snapshot = native::snapshot(&store).map_err(|failure| failure.to_string())?;
        let mut dream = Dream::start(request, &snapshot).map_err(|error| error.to_string())?;
        match dream.poll().map_err(|error| error.to_string())? {
            Need::Done(outcome) => Ok((snapshot, outcome.plan)),
            _ => Err(String::from("a dream without sessions asks for something")),
        }
    });
    let (snapshot, outcome) = planned?;
    let decision = Decision {
        accept: Selection::All,
        reject: Vec::new(),
        edits: Vec::new(),
        reviewer: "bench".into(),
        note: String::new(),
        now,
    };
    let (applied, apply) = timed(|| apply(&snapshot, &outcome, &decision));
    applied.map_err(|error| error.to_string())?;
    Ok(Dreamt { plan, apply, changes: outcome.changes.len() })
}

fn store(texts: &[Generated]) -> Store {
    let mut days: BTreeMap<i64, String> = BTreeMap::new();
    for text in texts {
        let words: Vec<&str> = text.text.split_whitespace().collect();
        let day = days.entry(text.ts * 1000 / DAY_MS).or_default();
        *day += &format!("- {}\n", words.join(" ").trim_start_matches("- "));
    }
    let mut store = Store::default();
    for (day, text) in days {
        let written = Some(Time::from_millis(day * DAY_MS));
        store.write(&format!("days/{day:06}.md"), &text, written);
    }
    store
}
