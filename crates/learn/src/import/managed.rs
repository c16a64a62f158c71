//! Events of managed agents: `{id, type, processed_at, …}`, one per record, those of several threads
//! in one list.

use std::collections::BTreeSet;

use crate::json::{Map, Value};

use super::calls::{self, Calls};
use super::fields::{content_of, is_on, object_of, text_of};
use super::format::{self, Format};
use super::header::Header;
use super::provenance::Speaker;
use super::usage::{self, Usage};
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

/// Types of events, from the interface.
const KNOWN_TYPES: &[&str] = &[
    "agent.custom_tool_use",
    "agent.mcp_tool_result",
    "agent.mcp_tool_use",
    "agent.message",
    "agent.thinking",
    "agent.thread_context_compacted",
    "agent.thread_message_received",
    "agent.thread_message_sent",
    "agent.tool_result",
    "agent.tool_use",
    "session.deleted",
    "session.error",
    "session.status_idle",
    "session.status_rescheduled",
    "session.status_running",
    "session.status_terminated",
    "session.thread_created",
    "session.updated",
    "session.usage",
    "span.model_request_end",
    "span.model_request_start",
    "span.outcome_evaluation_end",
    "span.outcome_evaluation_ongoing",
    "span.outcome_evaluation_start",
    "system.message",
    "user.custom_tool_result",
    "user.define_outcome",
    "user.interrupt",
    "user.message",
    "user.tool_confirmation",
    "user.tool_result",
];

/// How types begin of which there are many.
const KNOWN_FAMILIES: &[&str] = &["session.thread_status_", "workflow_run."];

/// Fields under which a result names its call.
const CALL_FIELDS: &[&str] = &["tool_use_id", "mcp_tool_use_id", "custom_tool_use_id"];

/// Refused calls that are remembered; a person refuses a few. Chosen by us.
const MAX_REFUSED: usize = 256;

fn is_known(record: &Map<'_>) -> bool {
    text_of(record, "type").is_some_and(|kind| {
        KNOWN_TYPES.contains(&kind) || KNOWN_FAMILIES.iter().any(|family| kind.starts_with(family))
    })
}

fn is_record(record: &Map<'_>) -> bool {
    is_known(record) && (text_of(record, "id").is_some() || record.contains_key("processed_at"))
}

/// Turns events of the interface into events.
#[derive(Debug, Default)]
struct Reader {
    calls: Calls,
    threads: Threads,
    verdicts: Verdicts,
    usage: Usage,
    /// Calls that a person refused: their results bring nothing more.
    refused: BTreeSet<String>,
    /// Tokens of the whole session, when events say so.
    session_tokens: Tokens,
}

impl format::Reader for Reader {
    fn read(&mut self, record: &Map<'_>, line: u64, header: &mut Header) -> Vec<Event> {
        let text = |name| text_of(record, name).unwrap_or_default();
        let id = text("id");
        if !is_known(record) {
            header.account.unknown_type += 1;
            return Vec::new();
        }
        if !id.is_empty() && header.is_repeated(id) {
            header.account.repeated += 1;
            return Vec::new();
        }
        header.account.understood += 1;
        header.origin(text("session_id"), line);
        let times = ["processed_at", "created_at"];
        let time = times.iter().find_map(|name| Time::parse(text_of(record, name)?));
        let thread = text("session_thread_id").into();
        let base = Event { thread, ..calls::on_line(id, line, time) };
        let events = self.events(&base, record, header);
        if let Some(first) = events.first() {
            header.root(id, text("processed_at"), &first.text);
        }
        events
    }

    fn finish(&mut self, header: &mut Header) -> Vec<Event> {
        if header.tokens.is_none() {
            usage::add(&mut header.tokens, self.session_tokens);
        }
        self.verdicts.finish()
    }
}

impl Reader {
    fn events(&mut self, base: &Event, record: &Map<'_>, header: &mut Header) -> Vec<Event> {
        let text = |name| text_of(record, name).unwrap_or_default();
        match text("type") {
            "user.message" => message(base, record, Speaker::Person),
            "user.define_outcome" => {
                calls::message(base, Speaker::Person, text("description")).into_iter().collect()
            }
            "agent.message" => message(base, record, Speaker::Agent),
            "system.message" => message(base, record, Speaker::Harness),
            "agent.tool_use" | "agent.mcp_tool_use" | "agent.custom_tool_use" => {
                let tool = match text("mcp_server_name") {
                    "" => text("name").to_owned(),
                    server => format!("{server}.{}", text("name")),
                };
                let arguments = record.get("input").cloned().unwrap_or(Value::Null);
                self.calls.used(base, text("id"), &tool, &arguments)
            }
            "agent.tool_result"
            | "agent.mcp_tool_result"
            | "user.tool_result"
            | "user.custom_tool_result" => self.result(base, record),
            "user.tool_confirmation" if text("result") == "deny" => self.denied(base, record),
            "agent.thread_message_sent" => self.threads.sent(base, record),
            "agent.thread_message_received" => self.threads.received(base, record),
            "session.thread_created" => {
                self.threads.created(record);
                Vec::new()
            }
            "session.status_idle" | "session.status_terminated" | "session.status_running" => {
                self.verdicts.status(base, record);
                Vec::new()
            }
            "span.outcome_evaluation_end" => {
                self.verdicts.evaluated(base, record);
                Vec::new()
            }
            "span.model_request_end" => {
                let used = object_of(record, "model_usage").map(usage::of_messages);
                self.usage.add(text("id"), used.unwrap_or_default(), &mut header.tokens);
                Vec::new()
            }
            "session.usage" => {
                let used = object_of(record, "usage").unwrap_or(record);
                self.session_tokens = usage::of_messages(used);
                Vec::new()
            }
            kind if kind.starts_with("session.thread_status_") => {
                self.threads.status(base, record, kind)
            }
            _ => Vec::new(),
        }
    }

    fn result(&mut self, base: &Event, record: &Map<'_>) -> Vec<Event> {
        let call = CALL_FIELDS.iter().find_map(|field| text_of(record, field)).unwrap_or_default();
        if self.refused.contains(call) {
            return Vec::new();
        }
        let answer = calls::Result {
            call,
            tool: "",
            text: content_of(record, "content"),
            failed: is_on(record, "is_error"),
            refused: false,
        };
        vec![self.calls.result(base, answer)]
    }

    /// A person refused a call: that is its result, and the reason is the person's word.
    fn denied(&mut self, base: &Event, record: &Map<'_>) -> Vec<Event> {
        let call = text_of(record, "tool_use_id").unwrap_or_default();
        if self.refused.len() < MAX_REFUSED {
            self.refused.insert(call.into());
        }
        let text = String::new();
        let answer = calls::Result { call, tool: "", text, failed: true, refused: true };
        let mut events = vec![self.calls.result(base, answer)];
        let reason = text_of(record, "deny_message").unwrap_or_default();
        events.extend(calls::message(base, Speaker::Person, reason));
        events
    }
}

/// The texts of a message.
fn message(base: &Event, record: &Map<'_>, by: Speaker) -> Vec<Event> {
    match record.get("content") {
        Some(Value::String(text)) => calls::message(base, by, text).into_iter().collect(),
        Some(Value::Array(blocks)) => {
            let texts = blocks.iter().filter_map(|block| block.get("text")?.as_str());
            texts.filter_map(|text| calls::message(base, by, text)).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
