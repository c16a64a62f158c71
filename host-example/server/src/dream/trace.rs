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
    /// Sessions that were read before and that a model was asked about now.
    pub sessions_asked_again: u64,
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
    let mut told = vec![format!("{}; {}.", sessions(dream, report, plan), calls(report, known))];
    for result in results(plan).filter(|result| !is_read(result)) {
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

/// Sessions that were read before, and that a plan has read again, to ask a model about them.
pub fn again(report: &Report, plan: &Value) -> u64 {
    let read = results(plan).filter(|result| is_read(result)).count() as u64;
    read.saturating_sub(report.sessions_read)
}

/// What became of each session of a plan.
fn results(plan: &Value) -> impl Iterator<Item = &Value> {
    plan["sessions"].as_array().into_iter().flatten()
}

fn is_read(result: &Value) -> bool {
    result["outcome"]["state"] == "read"
}

/// Whether a session that was read had no byte, as one whose upload failed.
fn is_empty(result: &Value) -> bool {
    let parts = result["outcome"]["record"]["parts"].as_array();
    parts.into_iter().flatten().all(|part| part["bytes"].as_u64().unwrap_or(0) == 0)
}

/// How many sessions were read, how many of them had nothing to read, and how many were read before.
fn sessions(dream: &Dream, report: &Report, plan: &Value) -> String {
    let mut said =
        format!("Read {} of {} sessions", report.sessions_read, dream.asked.sessions.len());
    let empty = results(plan).filter(|result| is_read(result) && is_empty(result)).count();
    if empty > 0 {
        said.push_str(&format!(", {empty} of them with nothing in them"));
    }
    if report.sessions_asked_again > 0 {
        let again = report.sessions_asked_again;
        said.push_str(&format!(", asked again about {again} that were read before"));
    }
    let pending = results(plan).filter(|result| result["outcome"]["state"] == "pending").count();
    // The engine is not told of those that the store knows as they are.
    let others = report.sessions_read + report.sessions_asked_again + pending as u64;
    let known = (dream.asked.sessions.len() as u64).saturating_sub(others);
    if known > 0 {
        said.push_str(&format!(", {known} known before"));
    }
    said
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

/// Whether a change is not made before a person accepts it.
pub fn waits(is_update: bool, change: &Change) -> bool {
    change.gate == Gate::Review && (is_update || change.alone)
}

/// What became of a change.
fn fate(dream: &Dream, change: &Change) -> &'static str {
    match change.gate {
        Gate::Blocked => "Blocked",
        Gate::Auto => "Applied",
        Gate::Review if waits(dream.asked.is_update, change) => "Waits for a person",
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
