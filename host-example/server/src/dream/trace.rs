//! What the trace of a dream tells: what was read, what was not and why, what was changed, and what was left.

use dreaming_wasmtime::{Change, Gate, Operation};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::db::dreams::{Dream, event};
use crate::db::sessions::NewEvent;

/// What the report of a dream says, as far as it is told.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Report {
    /// Sessions that were read.
    pub sessions_read: u64,
    /// Calls of the model, those that were not made included.
    pub calls: u64,
    /// Of these: without any answer.
    pub calls_unanswered: u64,
    /// Of these: with a usable answer.
    pub calls_answered: u64,
    /// Of these: that failed, were refused, or got an answer that nobody could use.
    pub calls_failed: u64,
    /// Calls that the budget left out.
    pub calls_over_budget: u64,
    /// Calls whose answers nobody could use.
    pub unusable: Vec<String>,
    /// Whether no answer was of any use.
    pub nothing_usable: bool,
}

impl Report {
    /// Of the document.
    pub fn of(report: &[u8]) -> Self {
        serde_json::from_slice(report).unwrap_or_default()
    }

    /// Calls that the model refused.
    pub fn refused(&self) -> u64 {
        let unusable = self.unusable.len() as u64;
        self.calls_failed.saturating_sub(self.calls_unanswered + unusable)
    }
}

/// What the trace of a completed dream tells, one message a line. Of its calls `known` had an answer before.
pub fn events(
    dream: &Dream,
    (report, known): (&Report, u64),
    plan: &Value,
    changes: &[Change],
    left_out: &[(String, &str)],
) -> Vec<NewEvent> {
    let mut told = vec![format!(
        "Read {} of {} sessions; {}.",
        report.sessions_read,
        dream.asked.sessions.len(),
        calls(report, known)
    )];
    let results = plan["sessions"].as_array().into_iter().flatten();
    for result in results.filter(|result| result["outcome"]["state"] != "read") {
        let (state, reason) = (&result["outcome"]["state"], &result["outcome"]["reason"]);
        let why = if reason.is_string() { reason } else { state };
        told.push(format!("Not read: {} ({})", text(&result["session"]), text(why)));
    }
    for (path, why) in left_out {
        told.push(format!("Left as it is: {path} ({why})"));
    }
    for change in changes {
        let what = change.text.as_deref().or(change.targets.first().map(|target| &*target.text));
        let line = format!(
            "{}: {} in /{}: {} ({})",
            fate(dream, change),
            verb(change),
            change.path,
            what.unwrap_or_default(),
            change.because
        );
        told.push(line);
    }
    let content = |line: String| json!([{ "type": "text", "text": line }]);
    let message = |line: String| {
        event("agent.message", Map::from_iter([("content".to_owned(), content(line))]))
    };
    told.into_iter().map(message).collect()
}

/// What a change does, as plans write it.
fn verb(change: &Change) -> &'static str {
    match change.operation {
        Operation::Add => "add",
        Operation::Merge => "merge",
        Operation::Supersede => "supersede",
        Operation::Revise => "revise",
        Operation::Retire => "retire",
    }
}

/// What became of a change.
fn fate(dream: &Dream, change: &Change) -> &'static str {
    match change.gate {
        Gate::Blocked => "Blocked",
        Gate::Auto => "Applied",
        Gate::Review if dream.asked.is_update || change.alone => "Waits for a person",
        Gate::Review => "Applied, to be reviewed",
    }
}

fn calls(report: &Report, known: u64) -> String {
    if report.calls == 0 {
        return "no model was asked".into();
    }
    let mut said = format!("{} model calls", report.calls);
    let mut of_them = " of them";
    for (number, what) in [
        (report.calls_unanswered, "without an answer"),
        (report.refused(), "refused"),
        (report.unusable.len() as u64, "answered by what nobody can use"),
        (known, "answered before"),
    ] {
        if number > 0 {
            said.push_str(&format!(", {number}{of_them} {what}"));
            of_them = "";
        }
    }
    said
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
