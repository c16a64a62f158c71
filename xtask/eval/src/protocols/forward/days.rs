//! The same past given to a dream a day, each over what the one before left, as people dream.
//!
//! `days.jsonl` in the folder of a project has the statements that each dream wrote, as in
//! `distil.jsonl`, with the number of the dream as `dream`. Everything that a dream proposes is
//! accepted.

use std::collections::{BTreeMap, BTreeSet};

use dreaming::plan::Cause;
use dreaming::policy::SettingValue as Setting;
use serde_json::Value;

use crate::data::Sessions;
use crate::dream::Dreamer;
use crate::protocols::played::{self, Case, Model};

/// What the dreams left.
pub struct Days {
    /// The statements of the memory that dreams wrote.
    pub texts: Vec<String>,
    /// Those that are left when one more dream writes everything anew (`distil.anew`), with the
    /// answer of the one dream over the whole past.
    pub anew: Vec<String>,
    /// Notes for readers of the figures.
    pub notes: Vec<String>,
}

/// Dreams over each day of the past; `None` when no dream of these is recorded. When a call has no
/// recorded answer, it is left for somebody who plays the model, and the dreams after it are left
/// out.
pub fn play(case: &Case<'_>) -> anyhow::Result<Option<Days>> {
    if !case.has("days.jsonl") {
        return Ok(None);
    }
    let recorded = case.rows("days.jsonl")?;
    let mut dreamer = case.dreamer()?;
    played::asks_about_all(&mut dreamer)?;
    let mut memory = Memory { case, dreamer, texts: BTreeSet::new(), notes: Vec::new() };
    for (number, sessions) in (1u64..).zip(days(case.sessions()?)) {
        let is_of = |row: &&Value| row["dream"].as_u64() == Some(number);
        let written = recorded.iter().filter(is_of).cloned().collect();
        if !memory.dream(&format!("dream {number}"), &sessions, written)? {
            break;
        }
    }
    let texts = memory.texts.iter().cloned().collect();
    let all = case.sessions()?;
    memory.dreamer.policy.set("distil.anew", Setting::Switch(true))?;
    memory.dream("anew", &all, case.rows("distil.jsonl")?)?;
    let Memory { texts: anew, notes, .. } = memory;
    Ok(Some(Days { texts, anew: anew.into_iter().collect(), notes }))
}

/// A memory over which dreams go, everything accepted.
struct Memory<'a> {
    case: &'a Case<'a>,
    dreamer: Dreamer,
    /// The statements that dreams wrote.
    texts: BTreeSet<String>,
    notes: Vec<String>,
}

impl Memory<'_> {
    /// Dreams over sessions, with what a model wrote. Returns whether all calls had an answer;
    /// nothing changes when one had none.
    fn dream(
        &mut self,
        what: &str,
        sessions: &Sessions,
        written: Vec<Value>,
    ) -> anyhow::Result<bool> {
        let model = Model::of(self.case)?;
        self.dreamer.model = model.writing(written);
        let dreamt = self.dreamer.dream(sessions, |_| {})?;
        let unanswered =
            model.leave(&format!("{}-{}", self.case.name(), what.replace(' ', "-")))?;
        if !unanswered.is_empty() {
            self.notes.extend(unanswered);
            return Ok(false);
        }
        let rejected = dreamt.plan.rejected.iter().filter(|r| !played::LEFT.contains(&&*r.reason));
        self.notes.extend(rejected.map(|r| format!("{what}, {}", played::told(r))));
        for change in dreamt.plan.open_changes().filter(|change| change.cause != Cause::Index) {
            for gone in &change.targets {
                self.texts.remove(&gone.text);
            }
            self.texts.extend(change.text.clone());
        }
        self.dreamer.accept(&dreamt)?;
        self.dreamer.observe()?;
        let (shown, named) = {
            let findings = model.findings.borrow();
            (findings.len(), findings.iter().filter(|(_, named)| *named).count())
        };
        let words = self.texts.iter().map(|text| text.split_whitespace().count()).sum::<usize>();
        self.notes.push(format!(
            "{what}: {named} of {shown} findings named, {} statements of {words} words after it",
            self.texts.len(),
        ));
        Ok(true)
    }
}

/// The sessions by the day on which they began.
fn days(sessions: Sessions) -> Vec<Sessions> {
    let mut days = BTreeMap::<String, Sessions>::new();
    for (id, files) in sessions {
        let day = first_time(&files).chars().take("2026-02-20".len()).collect();
        days.entry(day).or_default().insert(id, files);
    }
    days.into_values().collect()
}

/// The first time in the files of a session.
fn first_time(files: &[(String, Vec<u8>)]) -> String {
    let times = files.iter().flat_map(|(_, bytes)| {
        let lines = String::from_utf8_lossy(bytes).into_owned();
        let lines = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let times = lines.filter_map(|line| line["timestamp"].as_str().map(str::to_owned));
        times.min()
    });
    times.min().unwrap_or_default()
}
