//! Events of managed agents: `{id, type, processed_at, …}`, one per record; one list holds the
//! events of several threads.

use crate::json_value::{Map, Value};

use super::fields::{content_of, is_on, object_of, objects_of, text_of, word_of};
use super::format::{self, Format};
use super::log::{Became, Log, Result, on_line};
use super::provenance::Speaker;
use super::usage;
use dreaming_records::notes::Tokens;
use dreaming_records::session::Event;
use dreaming_records::time::Time;

mod threads;
mod verdicts;

use threads::Threads;
use verdicts::Verdicts;

/// This format.
pub(super) const FORMAT: Format = Format {
    name: "managed-agents",
    is_record,
    unread: &[],
    reader: || Box::new(Reader::default()),
};

/// Types of events, from the API reference.
const KNOWN_TYPES: &[&str] = &[
    "agent.custom_tool_use",
    "agent.mcp_tool_result",
    "agent.mcp_tool_use",
    "agent.message",
    "agent.thinking",
    "agent.tool_result",
    "agent.tool_use",
    "session.deleted",
    "session.error",
    "session.updated",
    "session.usage",
    "system.message",
    "user.custom_tool_result",
    "user.define_outcome",
    "user.interrupt",
    "user.message",
    "user.tool_confirmation",
    "user.tool_result",
];

/// Prefixes that several types share.
const KNOWN_FAMILIES: &[&str] = &[
    "agent.thread_",
    "session.status_",
    "session.thread_",
    "span.model_request_",
    "span.outcome_evaluation_",
    "workflow_run.",
];

/// Fields in which a result names its call.
const CALL_FIELDS: &[&str] = &["tool_use_id", "mcp_tool_use_id", "custom_tool_use_id"];

/// The stop reason of a session or thread that ran out of retries.
const SPENT: &str = "retries_exhausted";

/// Refused calls that are remembered. Chosen by us: a person refuses a few.
const MAX_REFUSED: usize = 256;

fn is_known(record: &Map<'_>) -> bool {
    text_of(record, "type").is_some_and(|kind| {
        KNOWN_TYPES.contains(&kind) || KNOWN_FAMILIES.iter().any(|family| kind.starts_with(family))
    })
}

/// Events of GitHub Copilot CLI have types of the same names, but a `data` field, see `copilot`.
fn is_record(record: &Map<'_>) -> bool {
    is_known(record)
        && !record.contains_key("data")
        && (text_of(record, "id").is_some() || record.contains_key("processed_at"))
}

/// Reads the events.
#[derive(Debug, Default)]
struct Reader {
    threads: Threads,
    verdicts: Verdicts,
    /// Calls that a person refused. Their later results are skipped.
    refused: Vec<String>,
    /// Tokens of the whole session, if events give them.
    session_tokens: Tokens,
}

impl format::Reader for Reader {
    fn read(&mut self, record: &Map<'_>, line: u64, log: &mut Log) -> Became {
        let id = word_of(record, "id");
        if !is_known(record) {
            return Became::Unknown;
        }
        if !id.is_empty() && log.header.is_repeated(id) {
            return Became::Repeated;
        }
        log.header.origin(word_of(record, "session_id"), line);
        let times = ["processed_at", "created_at"];
        let time = times.iter().find_map(|name| Time::parse(word_of(record, name)));
        let thread = word_of(record, "session_thread_id").into();
        let told = log.len();
        self.event(&Event { thread, ..on_line(id, line, time) }, record, log);
        log.root(id, word_of(record, "processed_at"), told);
        Became::Understood
    }

    fn finish(&mut self, log: &mut Log) {
        if log.header.tokens.is_none() {
            log.header.used("", self.session_tokens);
        }
        self.verdicts.finish(log);
    }
}

impl Reader {
    fn event(&mut self, base: &Event, record: &Map<'_>, log: &mut Log) {
        let text = |name| word_of(record, name);
        match text("type") {
            "user.message" => message(base, record, Speaker::Person, log),
            "user.define_outcome" => log.message(base, Speaker::Person, text("description")),
            "agent.message" => message(base, record, Speaker::Agent, log),
            "system.message" => message(base, record, Speaker::Harness, log),
            "agent.tool_use" | "agent.mcp_tool_use" | "agent.custom_tool_use" => {
                let tool = match text("mcp_server_name") {
                    "" => text("name").to_owned(),
                    server => format!("{server}.{}", text("name")),
                };
                log.used(base, text("id"), &tool, record.get("input").unwrap_or(&Value::Null));
            }
            "agent.tool_result"
            | "agent.mcp_tool_result"
            | "user.tool_result"
            | "user.custom_tool_result" => self.result(base, record, log),
            "user.tool_confirmation" if text("result") == "deny" => self.denied(base, record, log),
            "agent.thread_message_sent" => self.threads.sent(base, record, log),
            "agent.thread_message_received" => self.threads.received(base, record, log),
            "session.thread_created" => self.threads.created(record),
            "session.status_idle" | "session.status_terminated" | "session.status_running" => {
                self.verdicts.status(base, record);
            }
            "span.outcome_evaluation_end" => self.verdicts.evaluated(base, record),
            "span.model_request_end" => {
                let used = object_of(record, "model_usage").map(usage::of_messages);
                log.header.used(text("id"), used.unwrap_or_default());
            }
            "session.usage" => {
                let used = object_of(record, "usage").unwrap_or(record);
                self.session_tokens = usage::of_messages(used);
            }
            kind if kind.starts_with("session.thread_status_") => {
                self.threads.status(base, record, kind, log);
            }
            _ => {}
        }
    }

    fn result(&mut self, base: &Event, record: &Map<'_>, log: &mut Log) {
        let call = CALL_FIELDS.iter().find_map(|field| text_of(record, field)).unwrap_or_default();
        if self.refused.iter().all(|refused| refused != call) {
            let (text, failed) = (content_of(record, "content"), is_on(record, "is_error"));
            log.result(base, Result { call, tool: "", text, failed, refused: false });
        }
    }

    /// A person refused a call: pushes this as its result, and the reason as the person's message.
    fn denied(&mut self, base: &Event, record: &Map<'_>, log: &mut Log) {
        let call = word_of(record, "tool_use_id");
        if self.refused.len() < MAX_REFUSED {
            self.refused.push(call.into());
        }
        let text = String::new();
        log.result(base, Result { call, tool: "", text, failed: true, refused: true });
        log.message(base, Speaker::Person, word_of(record, "deny_message"));
    }
}

/// The texts of a message.
fn texts<'a>(record: &'a Map<'_>) -> impl Iterator<Item = &'a str> {
    let blocks = objects_of(record, "content").filter_map(|block| text_of(block, "text"));
    text_of(record, "content").into_iter().chain(blocks)
}

fn message(base: &Event, record: &Map<'_>, by: Speaker, log: &mut Log) {
    texts(record).for_each(|text| log.message(base, by, text));
}

/// The type of the stop reason.
fn stop_reason<'a>(record: &'a Map<'_>) -> Option<&'a str> {
    text_of(object_of(record, "stop_reason")?, "type")
}

#[cfg(test)]
mod tests;
