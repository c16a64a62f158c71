//! The same past given to several dreams, each over what the one before left, as people dream.
//!
//! `nights.jsonl` in the folder of a project has the statements that each dream wrote, as in
//! `distil.jsonl`, with the number of the dream as `night`. Everything that a dream proposes is
//! accepted.

use std::collections::BTreeSet;

use dreaming::plan::Cause;
use dreaming::policy::SettingValue as Setting;
use serde_json::Value;

use crate::data::{Data, Sessions};

use super::play::{self, Model};

/// Dreams over the past of a project, fewer when it has few sessions. Chosen by us: each then reads
/// two to seven sessions, the last one perhaps fewer.
const NIGHTS: usize = 5;

/// What the dreams left.
pub struct Nights {
    /// The statements of the memory that dreams wrote.
    pub texts: Vec<String>,
    /// Notes for readers of the figures.
    pub notes: Vec<String>,
}

/// Dreams over the parts of the past; `None` when no dream of these is recorded. When a call has no
/// recorded answer, it is left for somebody who plays the model, and the dreams after it are left
/// out.
pub fn play(name: &str, from: [&Data; 2]) -> anyhow::Result<Option<Nights>> {
    let recorded = play::rows(name, from, "nights.jsonl")?;
    let is_there = |data: &&Data| data.path(&format!("forward/{name}/nights.jsonl")).is_some();
    if !from.iter().any(is_there) {
        return Ok(None);
    }
    let mut dreamer = play::dreamer(name, from)?;
    dreamer.policy.set("propose.max-calls", Setting::Integer(10_000))?;
    dreamer.policy.set("compare.max-calls", Setting::Integer(0))?;
    let mut notes = Vec::new();
    let mut texts = BTreeSet::new();
    for (night, sessions) in (1u64..).zip(parts(play::sessions(name, from)?)) {
        let model = Model::of(name, from)?;
        let of_night = |row: &&Value| row["night"].as_u64() == Some(night);
        dreamer.model = model.writing(recorded.iter().filter(of_night).cloned().collect());
        let dreamt = dreamer.dream(&sessions, |_| {})?;
        for (n, prompt) in (1..).zip(model.unanswered.borrow().iter()) {
            let file = format!("{name}-night-{night}-{n}.txt");
            play::leave(&file, prompt)?;
            notes.push(format!("nobody has answered {file}"));
        }
        if !model.unanswered.borrow().is_empty() {
            break;
        }
        let rejected = dreamt.plan.rejected.iter().filter(|r| r.reason != "not-worth-keeping");
        notes.extend(rejected.map(|r| format!("dream {night}, {}: {}", r.reason, r.text)));
        for change in dreamt.plan.open_changes().filter(|change| change.cause != Cause::Index) {
            for gone in &change.targets {
                texts.remove(&gone.text);
            }
            texts.extend(change.text.clone());
        }
        dreamer.accept(&dreamt)?;
        dreamer.observe()?;
        let (shown, named) = {
            let findings = model.findings.borrow();
            (findings.len(), findings.iter().filter(|(_, named)| *named).count())
        };
        let words: usize = texts.iter().map(|text: &String| text.split_whitespace().count()).sum();
        notes.push(format!(
            "dream {night}: {named} of {shown} findings named, {} statements of {words} words after it",
            texts.len(),
        ));
    }
    Ok(Some(Nights { texts: texts.into_iter().collect(), notes }))
}

/// The sessions in order of time, in parts of equal length; the last one may be shorter.
fn parts(sessions: Sessions) -> Vec<Sessions> {
    let mut all: Vec<_> = sessions.into_iter().collect();
    all.sort_by_cached_key(|(id, files)| (first_time(files), id.clone()));
    let each = all.len().div_ceil(NIGHTS).max(1);
    let mut parts = Vec::new();
    while !all.is_empty() {
        let rest = all.split_off(each.min(all.len()));
        parts.push(std::mem::replace(&mut all, rest).into_iter().collect());
    }
    parts
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
