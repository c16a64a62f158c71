//! The same past given to several dreams, each over what the one before left, as people dream.
//!
//! `nights.jsonl` and `days.jsonl` in the folder of a project have the statements that each dream
//! wrote, as in `distil.jsonl`, with the number of the dream as `night`. Everything that a dream
//! proposes is accepted.

use std::collections::{BTreeMap, BTreeSet};

use dreaming::plan::Cause;
use dreaming::policy::SettingValue as Setting;
use serde_json::Value;

use crate::data::{Data, Sessions};

use super::play::{self, Model};

/// Dreams over the past of a project, fewer when it has few sessions. Chosen by us: each then reads
/// two to seven sessions, the last one perhaps fewer.
const NIGHTS: usize = 5;

/// How often the past is dreamt over.
#[derive(Clone, Copy)]
pub enum Rhythm {
    /// [`NIGHTS`] dreams over equal parts of the sessions.
    Parts,
    /// A dream for each day on which a session began.
    Days,
}

impl Rhythm {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Parts, Self::Days];

    /// The arm of the statements that these dreams leave.
    pub fn arm(self) -> &'static str {
        match self {
            Self::Parts => "now, several dreams",
            Self::Days => "now, a dream a day",
        }
    }

    /// The file of recorded answers, without its ending.
    fn file(self) -> &'static str {
        match self {
            Self::Parts => "nights",
            Self::Days => "days",
        }
    }
}

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
pub fn play(name: &str, from: [&Data; 2], rhythm: Rhythm) -> anyhow::Result<Option<Nights>> {
    let file = rhythm.file();
    let recorded = play::rows(name, from, &format!("{file}.jsonl"))?;
    let is_there = |data: &&Data| data.path(&format!("forward/{name}/{file}.jsonl")).is_some();
    if !from.iter().any(is_there) {
        return Ok(None);
    }
    let mut dreamer = play::dreamer(name, from)?;
    dreamer.policy.set("propose.max-calls", Setting::Integer(10_000))?;
    dreamer.policy.set("compare.max-calls", Setting::Integer(0))?;
    let mut notes = Vec::new();
    let mut texts = BTreeSet::new();
    for (night, sessions) in (1u64..).zip(parts(play::sessions(name, from)?, rhythm)) {
        let model = Model::of(name, from)?;
        let of_night = |row: &&Value| row["night"].as_u64() == Some(night);
        dreamer.model = model.writing(recorded.iter().filter(of_night).cloned().collect());
        let dreamt = dreamer.dream(&sessions, |_| {})?;
        for (n, prompt) in (1..).zip(model.unanswered.borrow().iter()) {
            let file = format!("{name}-{file}-{night}-{n}.txt");
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

/// The sessions of each dream, in order of time.
fn parts(sessions: Sessions, rhythm: Rhythm) -> Vec<Sessions> {
    let mut all: Vec<_> =
        sessions.into_iter().map(|(id, files)| (first_time(&files), id, files)).collect();
    all.sort();
    let each = all.len().div_ceil(NIGHTS).max(1);
    let day = |time: &str| time.chars().take("2026-02-20".len()).collect::<String>();
    let parts: BTreeMap<(usize, String), Sessions> =
        (0..).zip(all).fold(BTreeMap::new(), |mut parts, (n, (time, id, files))| {
            let part = match rhythm {
                Rhythm::Parts => (n / each, String::new()),
                Rhythm::Days => (0, day(&time)),
            };
            parts.entry(part).or_insert_with(Sessions::new).insert(id, files);
            parts
        });
    parts.into_values().collect()
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
