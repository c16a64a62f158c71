//! The same chats given to several dreams, each over what the one before left, as people dream.
//!
//! A folder of the case for each way to part the chats: `halves/` with `first-answers.jsonl` and `first.jsonl` (the answers
//! of the first dream), `second-answers.jsonl` and `second.jsonl`, in the forms of `answers.jsonl` and `distil.jsonl`;
//! `weeks/` likewise with `1`, `2` and `3`.

use dreaming::Time;

use super::{Memory, NOW, memory};
use crate::data::Sessions;
use crate::protocols::played::{Case, Model, asks_about_all, told};

/// One way to part the chats.
pub struct Parted {
    /// The folder with the answers.
    pub folder: &'static str,
    /// The arm in the figures.
    pub arm: &'static str,
    /// Each dream: its name, how many chats there are by then, its time.
    dreams: &'static [(&'static str, usize, &'static str)],
}

/// All ways, of which a case has none or one.
pub const PARTED: [Parted; 2] = [
    Parted {
        folder: "halves",
        arm: "two dreams",
        dreams: &[("first", 7, "2026-03-22T06:00:00Z"), ("second", usize::MAX, NOW)],
    },
    Parted { folder: WEEKS, arm: "three dreams", dreams: &THREE },
];

/// The folder of worlds of eight weeks.
pub const WEEKS: &str = "weeks";

/// Three chats a week: the dreams come after three, five and eight weeks.
const THREE: [(&str, usize, &str); 3] = [
    ("1", 9, "2026-03-23T06:00:00Z"),
    ("2", 15, "2026-04-06T06:00:00Z"),
    ("3", usize::MAX, "2026-04-27T06:00:00Z"),
];

/// What the dreams leave, everything accepted, and notes for readers of the figures.
pub fn play(case: &Case<'_>, parted: &Parted) -> anyhow::Result<(Memory, Vec<String>)> {
    let mut dreamer = case.dreamer()?;
    asks_about_all(&mut dreamer)?;
    let all = case.sessions()?;
    let mut notes = Vec::new();
    for (name, chats, now) in parted.dreams {
        let rows = |file: &str| case.rows(&format!("{}/{name}{file}.jsonl", parted.folder));
        let sessions: Sessions = all.clone().into_iter().take(*chats).collect();
        dreamer.now = Time::parse(now).unwrap_or(dreamer.now);
        let model = Model::answering(&rows("-answers")?)?;
        dreamer.model = model.writing(rows("")?);
        let dreamt = dreamer.dream(&sessions, |_| {})?;
        notes.extend(model.leave(&format!("{}-{name}", case.name()))?);
        notes.extend(dreamt.plan.rejected.iter().map(|r| format!("{name}: {}", told(r))));
        dreamer.accept(&dreamt)?;
        dreamer.observe()?;
    }
    Ok((memory(&dreamer), notes))
}
