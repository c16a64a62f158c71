//! The figures of a store as tables, shared by the terminal and the page.

use super::{next, text};

pub mod page;
mod tables;

use crate::document::Stats;
pub use tables::tables;

/// A table of figures.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// What it shows.
    pub title: &'static str,
    /// Its columns; numbers are aligned to the right.
    pub columns: Vec<(&'static str, Sort)>,
    /// Its rows, each with a cell for every column.
    pub rows: Vec<Vec<String>>,
    /// Notes below the table.
    pub notes: Vec<String>,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Words.
    Words,
    /// Numbers.
    Number,
}

/// The figures of all sessions, in sentences.
pub fn summary(stats: &Stats) -> Vec<String> {
    let all = &stats.totals;
    if all.sessions == 0 {
        return vec!["No session is known.".into()];
    }
    let mut said = vec![format!(
        "{} on {}{}.",
        text::count(all.sessions, "session"),
        text::count(all.days, "day"),
        match (all.first, all.last) {
            (Some(first), Some(last)) => format!(", {} to {}", date(first), date(last)),
            _ => String::new(),
        }
    )];
    let went = &all.outcomes;
    let sources: Vec<String> = went
        .by_source
        .iter()
        .map(|told| format!("{}: {} good, {} bad", told.source, told.good, told.bad))
        .collect();
    said.push(format!(
        "Outcomes: {} good, {} bad, {} unknown{}{}.",
        went.good,
        went.bad,
        went.unknown,
        went.good_share
            .map(|share| format!("; {} of the known ones are good", percent(share)))
            .unwrap_or_default(),
        if sources.is_empty() { String::new() } else { format!(" ({})", sources.join("; ")) },
    ));
    if let Some(failed) = all.failed_share {
        said.push(format!("{}, {} failed.", text::count(all.calls, "call"), percent(failed)));
    }
    if all.input_tokens + all.output_tokens > 0 {
        said.push(format!("{} tokens read, {} written.", all.input_tokens, all.output_tokens));
    }
    if stats.left_out > 0 {
        said.push(format!("The selection left out {}.", text::count(stats.left_out, "session")));
    }
    if stats.doubled > 0 {
        let files = text::count(stats.doubled, "session file");
        said.push(format!("{files} repeat another one and count nowhere."));
    }
    said
}

/// Which data is missing, and how to provide it.
pub fn hints(stats: &Stats) -> Vec<String> {
    let all = &stats.totals;
    if all.sessions == 0 {
        let why = match stats.left_out {
            0 => &*format!(
                "Sessions are known once a dream has read them and its plan was decided: {}, then {}.",
                next::run(),
                next::command("review")
            ),
            _ => {
                "The selection fits none of the sessions that are known; leave out one of --since, --agent, --role, --task and --outcome."
            }
        };
        return vec![why.into()];
    }
    let mut said = Vec::new();
    if all.outcomes.good + all.outcomes.bad == 0 {
        said.push(r#"Nothing says how the sessions went. Put what you measured beside each transcript `NAME.jsonl`, as `NAME.outcome.json`: {"format": "dreaming.session/1", "outcomes": [{"name": "tests", "value": 1, "goal": 1}]}."#.into());
    }
    if stats.roles.is_empty() || stats.tasks.is_empty() {
        said.push(r#"For figures by role and task the file `NAME.outcome.json` beside a transcript `NAME.jsonl` may have "role", "task", "agent" and "principal"."#.into());
    }
    said
}

/// Parts per million as a percentage, rounded.
pub fn percent(share: u64) -> String {
    format!("{} %", share.saturating_add(5_000) / 10_000)
}

/// The UTC date of a time.
pub fn date(millis: i64) -> String {
    text::time(millis).split('T').next().unwrap_or_default().to_owned()
}
