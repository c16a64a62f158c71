//! Conversations of OpenHands: an event a file, which the `dreaming` command puts one a line behind
//! a line that says where the conversation ran. The kinds and fields are those of the Python package
//! `openhands-sdk`.

use crate::json_value::{self, Map, Value};

use super::fields::{content_of, is_on, object_of, objects_of, text_of, word_of};
use super::format::{self, Format};
use super::log::{Became, Log, Result, on_line};
use super::provenance::Speaker;
use dreaming_records::session::Event;
use dreaming_records::time::Time;

/// This format.
pub(super) const FORMAT: Format = Format {
    name: "openhands",
    is_record,
    unread: &["critic_result", "thinking_blocks", "tools"],
    reader: || Box::new(Reader),
};

/// Kinds of events.
const KINDS: &[&str] = &[
    "ACPToolCallEvent",
    "ActionEvent",
    "AgentErrorEvent",
    "Condensation",
    "CondensationRequest",
    "CondensationSummaryEvent",
    "ConversationErrorEvent",
    "ConversationStateUpdateEvent",
    "HookExecutionEvent",
    "InterruptEvent",
    "LLMCompletionLogEvent",
    "MessageEvent",
    "ObservationEvent",
    "PauseEvent",
    "SecurityAnalysisEvent",
    "StreamingDeltaEvent",
    "SystemPromptEvent",
    "TokenEvent",
    "UserRejectObservation",
];

/// How messages begin that the program writes as the user: a critic or a goal was not satisfied, or
/// the model's answer could not be used.
const PROGRAM: &[&str] = &[
    "Function '",
    "Missing required parameters for function '",
    "Parameter '",
    "Resuming a goal that was paused or interrupted.",
    "The goal is NOT yet complete (audit iteration ",
    "The task appears incomplete (iteration ",
    "Your previous response was blocked by the model's content filter.",
];

/// The reason of a person who gave none.
const NO_REASON: &str = "User rejected the action";

/// The exit code of a command that goes on.
const GOES_ON: i64 = -1;

/// The tool with which the agent says that it is done, and its argument.
const FINISH: (&str, &str) = ("finish", "message");

fn is_record(record: &Map<'_>) -> bool {
    is_head(record) || is_event(record)
}

fn is_event(record: &Map<'_>) -> bool {
    let has = |name| text_of(record, name).is_some();
    has("id") && has("source") && has("timestamp") && KINDS.contains(&word_of(record, "kind"))
}

fn is_head(record: &Map<'_>) -> bool {
    let place = object_of(record, "workspace");
    text_of(record, "id").is_some()
        && !record.contains_key("kind")
        && place.is_some_and(|place| text_of(place, "working_dir").is_some())
}

/// Reads events.
#[derive(Debug)]
struct Reader;

impl format::Reader for Reader {
    fn read(&mut self, record: &Map<'_>, line: u64, log: &mut Log) -> Became {
        let id = word_of(record, "id");
        if is_head(record) {
            log.header.origin(id, line);
            here(object_of(record, "workspace"), log);
            return Became::Understood;
        }
        if !is_event(record) {
            return Became::Unknown;
        }
        if log.header.is_repeated(id) {
            return Became::Repeated;
        }
        let at = word_of(record, "timestamp");
        let told = log.len();
        event(&on_line(id, line, time(at)), record, log);
        log.root(id, at, told);
        Became::Understood
    }
}

/// A time. Those without a zone are of the place where the agent ran, which nobody knows: they are
/// read as UTC.
fn time(text: &str) -> Option<Time> {
    Time::parse(text).or_else(|| Time::parse(&format!("{text}Z")))
}

/// The place where the session works.
fn here(place: Option<&Map<'_>>, log: &mut Log) {
    place.into_iter().for_each(|place| log.header.cwd(word_of(place, "working_dir")));
}

fn event(base: &Event, record: &Map<'_>, log: &mut Log) {
    match word_of(record, "kind") {
        "MessageEvent" => message(base, record, log),
        "ActionEvent" => call(base, record, log),
        "ObservationEvent" => observed(base, record, log),
        "AgentErrorEvent" => {
            let text = word_of(record, "error").into();
            ended(base, record, text, (true, false), log);
        }
        "UserRejectObservation" => rejected(base, record, log),
        "Condensation" | "CondensationSummaryEvent" => {
            log.message(base, Speaker::Summary, word_of(record, "summary"));
        }
        "ConversationErrorEvent" => {
            log.message(base, Speaker::Harness, word_of(record, "detail"));
        }
        "SystemPromptEvent" => {
            for name in ["system_prompt", "dynamic_context"] {
                let text = object_of(record, name).map_or("", |block| word_of(block, "text"));
                log.message(base, Speaker::Harness, text);
            }
        }
        _ => {}
    }
}

fn message(base: &Event, record: &Map<'_>, log: &mut Log) {
    let Some(said) = object_of(record, "llm_message") else { return };
    let text = content_of(said, "content");
    let by = match (word_of(record, "source"), word_of(said, "role")) {
        ("agent", "assistant") => Speaker::Agent,
        // The agent above a sub-agent is named, and nobody else.
        ("user", "user") if record.contains_key("sender") => Speaker::ParentAgent,
        ("user", "user") if !PROGRAM.iter().any(|opening| text.starts_with(opening)) => {
            Speaker::Person
        }
        _ => Speaker::Harness,
    };
    log.message(base, by, &text);
    // What skills and hooks add to a message.
    objects_of(record, "extended_content")
        .for_each(|block| log.message(base, Speaker::Harness, word_of(block, "text")));
}

fn call(base: &Event, record: &Map<'_>, log: &mut Log) {
    log.message(base, Speaker::Agent, &content_of(record, "thought"));
    let (id, tool) = (word_of(record, "tool_call_id"), word_of(record, "tool_name"));
    // Arguments are JSON in a text; what the program made of them has more fields.
    let given = object_of(record, "tool_call").and_then(|call| call.get("arguments"));
    let read = given.and_then(Value::as_str).and_then(json_value::read);
    let nothing = Value::Null;
    let arguments = read.as_ref().or(given).or(record.get("action")).unwrap_or(&nothing);
    log.used(base, id, tool, arguments);
    if tool == FINISH.0 {
        let text = arguments.get(FINISH.1).and_then(Value::as_str).unwrap_or_default();
        log.message(base, Speaker::Agent, text);
    }
}

fn observed(base: &Event, record: &Map<'_>, log: &mut Log) {
    let Some(observation) = object_of(record, "observation") else { return };
    here(object_of(observation, "metadata"), log);
    let code = observation.get("exit_code").and_then(Value::as_i64);
    let failed =
        is_on(observation, "is_error") || code.is_some_and(|code| code != 0 && code != GOES_ON);
    ended(base, record, content_of(observation, "content"), (failed, false), log);
}

/// A call that a person or a hook rejected.
fn rejected(base: &Event, record: &Map<'_>, log: &mut Log) {
    let reason = word_of(record, "rejection_reason");
    // The field is left out by versions that had no hooks.
    let by_person = matches!(word_of(record, "rejection_source"), "" | "user");
    let text = if by_person { String::new() } else { reason.to_owned() };
    ended(base, record, text, (true, by_person), log);
    if by_person && reason != NO_REASON {
        log.message(base, Speaker::Person, reason);
    }
}

/// How a call ended: whether it failed, and whether a person refused it.
fn ended(
    base: &Event,
    record: &Map<'_>,
    text: String,
    (failed, refused): (bool, bool),
    log: &mut Log,
) {
    let (call, tool) = (word_of(record, "tool_call_id"), word_of(record, "tool_name"));
    log.result(base, Result { call, tool, text, failed, refused });
}

#[cfg(test)]
mod tests;
