//! The same chats given to two dreams, the second over what the first one left, as people dream.
//!
//! `halves/`: `first-answers.jsonl` and `first.jsonl` have the answers of the first dream, `second-answers.jsonl`
//! and `second.jsonl` those of the second one, in the forms of `answers.jsonl` and `distil.jsonl`.

use dreaming::Time;

use super::{Memory, NOW, memory};
use crate::data::Sessions;
use crate::protocols::played::{Case, Model, asks_about_all, told};

/// The time of the first dream: after the first seven chats.
const BETWEEN: &str = "2026-03-22T06:00:00Z";

/// How many chats the first dream reads.
const FIRST: usize = 7;

/// What two dreams leave, everything accepted, and notes for readers of the figures.
pub fn play(case: &Case<'_>) -> anyhow::Result<(Memory, Vec<String>)> {
    let mut dreamer = case.dreamer()?;
    asks_about_all(&mut dreamer)?;
    let all = case.sessions()?;
    let first: Sessions = all.clone().into_iter().take(FIRST).collect();
    let mut notes = Vec::new();
    let halves = [
        (
            "first",
            first,
            case.rows("halves/first-answers.jsonl")?,
            case.rows("halves/first.jsonl")?,
            BETWEEN,
        ),
        (
            "second",
            all,
            case.rows("halves/second-answers.jsonl")?,
            case.rows("halves/second.jsonl")?,
            NOW,
        ),
    ];
    for (half, sessions, answers, written, now) in halves {
        dreamer.now = Time::parse(now).unwrap_or(dreamer.now);
        let model = Model::answering(&answers)?;
        dreamer.model = model.writing(written);
        let dreamt = dreamer.dream(&sessions, |_| {})?;
        notes.extend(model.leave(&format!("{}-{half}", case.name()))?);
        notes.extend(dreamt.plan.rejected.iter().map(|r| format!("{half}: {}", told(r))));
        dreamer.accept(&dreamt)?;
        dreamer.observe()?;
    }
    Ok((memory(&dreamer), notes))
}
