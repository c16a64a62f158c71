//! Why calls of a dream gave nothing usable, and why a dream ends for it.

use std::collections::BTreeMap;

use dreaming_models::answer::not_asked_for;
use dreaming_models::desk::why_unusable;
use serde_json::Value;

use super::again;
use crate::document::Report;
use crate::error::Error;
use crate::model::Desk;
use crate::output::{next, text};
use crate::state::plans::StoredPlan;

/// Why a call got no answer; `None` if it got one.
fn failed(answer: &Value) -> Option<&str> {
    answer.get("failed")?.as_str()
}

/// Why a call was not made; `None` if it was made.
pub fn not_made(answer: &Value) -> Option<&str> {
    failed(answer)?.strip_prefix("not asked: ")
}

/// How many model calls gave nothing usable: for calls that were not made with every reason, for
/// the others with the reason of the first.
pub fn failure(report: &Report, stored: &StoredPlan) -> Option<String> {
    let mut left = BTreeMap::<String, u64>::new();
    for why in stored.answers.values().filter_map(not_made) {
        *left.entry(why.to_owned()).or_default() += 1;
    }
    let unusable = report.calls_failed.saturating_sub(report.calls_unanswered);
    let lost = stored.answers.values().filter(|answer| not_made(answer).is_none());
    let mut lost = lost.filter_map(failed).peekable();
    let first = lost.peek().map(|why| (*why).to_owned()).unwrap_or_default();
    let unanswered = lost.count() as u64;
    // After a service fails, the later calls are not made for the same reason; count these apart.
    let same = left.remove(&first).unwrap_or_default();
    let left = left.into_iter().map(|(why, count)| (count, format!("{count} not made ({why})")));
    let unusable_why = reason(stored);
    let others = [
        (unanswered, format!("{unanswered} without an answer ({first})")),
        (same, format!("{same} not made for the same reason")),
        (unusable, format!("{unusable} answered by what nobody can use ({unusable_why})")),
    ];
    let some = left.chain(others).filter(|(count, _)| *count > 0);
    let parts: Vec<String> = some.map(|(_, said)| said).collect();
    let calls = text::count(report.calls, "model call");
    (!parts.is_empty()).then(|| format!("Of {calls}: {}.", parts.join("; ")))
}

/// Why the first call without a usable answer failed.
pub fn reason(stored: &StoredPlan) -> String {
    let reason = |answer: &Value| {
        let said = |name: &str| answer.get(name).and_then(Value::as_str);
        let why = said("failed").or_else(|| why_unusable(said("text")?));
        let refused = || (answer.as_str() == Some("refused")).then_some("the model refused");
        why.or_else(refused).map(str::to_owned)
    };
    // Prefer calls that were made: one that was not made only repeats why another failed. With no
    // reason at all, the answer was text that the engine could not use.
    let reasons: Vec<String> = stored.answers.values().filter_map(reason).collect();
    let first = reasons.iter().find(|why| !why.starts_with("not asked")).or(reasons.first());
    first.cloned().unwrap_or_else(|| "the answer has no usable proposals".into())
}

/// Why a dream ends in which no call was answered.
pub fn no_answer(
    report: &Report,
    stored: &StoredPlan,
    desk: Option<&Desk>,
    took: Vec<String>,
) -> Error {
    let tally = desk.map(Desk::tally).unwrap_or_default();
    let (calls, left) = match tally.asked {
        0 => (report.calls, 0),
        made => (made, tally.not_asked),
    };
    let todo = desk.map(Desk::todo).unwrap_or_default();
    Error::NoAnswer { calls, left, why: reason(stored), took, todo }
}

/// Why a dream ends in which no answer about a session was of any use.
pub fn nothing_usable(report: &Report, stored: &StoredPlan, took: Vec<String>) -> Error {
    let said = |call: &String| stored.answers.get(call)?.get("text")?.as_str().map(str::to_owned);
    let why = match report.unusable.iter().find_map(said) {
        Some(text) => why_unusable(&text).map_or_else(|| not_asked_for(&text), str::to_owned),
        None => "what the model said is not recorded".into(),
    };
    Error::NothingUsable {
        calls: report.unusable.len() as u64,
        why: text::one_line(&why),
        took,
        other: next::command(&format!("run --model {} --estimate", again::EXAMPLE)),
    }
}
