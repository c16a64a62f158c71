//! Claude Code's JSONL: one record per line, of which messages carry events.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::census::key;
use super::format::{self, Format};
use super::header::Header;
use super::provenance::{self, Speaker};
use crate::canonical;
use crate::session::{Account, Event, EventKind};
use crate::time::Time;
use crate::trust::Provenance;

/// This format.
pub(super) const FORMAT: Format =
    Format { name: "claude-code", is_record, reader: |_| Box::new(Reader::default()) };

/// Types of records that were seen in real transcripts. All but messages carry nothing for
/// memory.
const KNOWN_TYPES: &[&str] = &[
    "agent-name",
    "ai-title",
    "assistant",
    "attachment",
    "custom-title",
    "file-history-snapshot",
    "last-prompt",
    "mode",
    "permission-mode",
    "pr-link",
    "progress",
    "queue-operation",
    "summary",
    "system",
    "tag",
    "user",
];

/// Calls whose result may still come. Agents make a handful side by side; beyond this the oldest
/// is forgotten and its result has no tool name. Chosen by us.
const OPEN_CALLS: usize = 256;

/// The thread of the sub-agents that are written into their parent's file.
const SIDECHAIN: &str = "sidechain";

/// Whether an object is a record of this format: a known type and a field that only this format
/// has beside it.
pub(super) fn is_record(record: &Map<String, Value>) -> bool {
    let has = |name| record.get(name).is_some_and(Value::is_string);
    is_known(record)
        && (has("uuid")
            || has("sessionId")
            || has("leafUuid")
            || record.get("message").is_some_and(Value::is_object))
}

fn is_known(record: &Map<String, Value>) -> bool {
    text_of(record, "type").is_some_and(|kind| KNOWN_TYPES.contains(&kind))
}

/// Counts a record as understood, repeated or unknown.
pub(super) fn account_for(record: &Map<String, Value>, repeated: bool, account: &mut Account) {
    if repeated {
        account.repeated += 1;
    } else if is_known(record) {
        account.understood += 1;
    } else {
        account.unknown_type += 1;
    }
}

/// A call that waits for its result.
#[derive(Debug)]
struct Call {
    tool: String,
    reads_memory: bool,
}

/// Turns records into events.
#[derive(Debug, Default)]
struct Reader {
    seen: BTreeSet<u64>,
    /// Open calls by id, and in the order in which they were made.
    calls: BTreeMap<String, Call>,
    order: std::collections::VecDeque<String>,
}

impl format::Reader for Reader {
    /// None when the id of the record was read before.
    fn read(
        &mut self,
        record: &Map<String, Value>,
        line: u64,
        header: &mut Header,
        account: &mut Account,
    ) -> Vec<Event> {
        if is_record(record) {
            header.origin(text_of(record, "sessionId").unwrap_or_default(), line);
            header.cwd(text_of(record, "cwd").unwrap_or_default());
            header.branch(text_of(record, "gitBranch").unwrap_or_default());
        }
        let id = text_of(record, "uuid").filter(|id| !id.is_empty());
        let repeated = id.is_some_and(|id| !self.seen.insert(key(&Value::String(id.into()))));
        account_for(record, repeated, account);
        if repeated { Vec::new() } else { self.events(record, line) }
    }
}

impl Reader {
    fn events(&mut self, record: &Map<String, Value>, line: u64) -> Vec<Event> {
        let Some(agent) = speaker(record) else { return Vec::new() };
        let base = Event {
            id: text_of(record, "uuid")
                .filter(|id| !id.is_empty())
                .map_or_else(|| format!("line-{line}"), Into::into),
            line,
            time: text_of(record, "timestamp").and_then(Time::parse),
            thread: if is_on(record, "isSidechain") { SIDECHAIN.into() } else { String::new() },
            kind: EventKind::Message,
            provenance: Provenance::Harness,
            text: String::new(),
        };
        let message = record.get("message").and_then(Value::as_object);
        let mut events = Vec::new();
        match message.and_then(|m| m.get("content")) {
            Some(Value::String(text)) => events.extend(self.text(&base, agent, text)),
            Some(Value::Array(blocks)) => {
                for block in blocks.iter().filter_map(Value::as_object) {
                    events.extend(self.block(&base, agent, block));
                }
            }
            _ => {}
        }
        events
    }

    fn block(&mut self, base: &Event, by: Speaker, block: &Map<String, Value>) -> Option<Event> {
        match text_of(block, "type")? {
            "text" => self.text(base, by, text_of(block, "text")?),
            "tool_use" => self.call(base, block),
            "tool_result" => self.result(base, block),
            _ => None,
        }
    }

    fn text(&self, base: &Event, by: Speaker, text: &str) -> Option<Event> {
        let (provenance, text) = provenance::of_message(text, by);
        let is_empty = text.bytes().all(|b| b.is_ascii_whitespace());
        (!is_empty || provenance == Provenance::Harness).then(|| Event {
            provenance,
            text,
            ..base.clone()
        })
    }

    fn call(&mut self, base: &Event, block: &Map<String, Value>) -> Option<Event> {
        let call = text_of(block, "id").unwrap_or_default().to_owned();
        let tool = text_of(block, "name")?.to_owned();
        let arguments = block.get("input").cloned().unwrap_or(Value::Null);
        let reads_memory = provenance::names_memory(&arguments);
        let provenance = if reads_memory && provenance::is_writer(&tool) {
            Provenance::Recalled
        } else {
            Provenance::ToolUse
        };
        if self.calls.insert(call.clone(), Call { tool: tool.clone(), reads_memory }).is_none() {
            self.order.push_back(call.clone());
        }
        if self.order.len() > OPEN_CALLS
            && let Some(oldest) = self.order.pop_front()
        {
            self.calls.remove(&oldest);
        }
        let text = canonical::to_bytes(&plain_numbers(arguments)).ok()?;
        let text = String::from_utf8(text).ok()?;
        Some(Event { kind: EventKind::ToolUse { call, tool }, provenance, text, ..base.clone() })
    }

    fn result(&mut self, base: &Event, block: &Map<String, Value>) -> Option<Event> {
        let call = text_of(block, "tool_use_id").unwrap_or_default().to_owned();
        let made = self.calls.get(&call);
        let tool = made.map(|c| c.tool.clone()).unwrap_or_default();
        let recalled = made.is_some_and(|c| c.reads_memory);
        let text = result_text(block.get("content")?);
        let failed = is_on(block, "is_error");
        let refused = failed && provenance::is_refusal(&text);
        let (provenance, text) = provenance::of_result(text, &tool, failed, recalled);
        let kind = EventKind::ToolResult { call, tool, failed, refused };
        Some(Event { kind, provenance, text, ..base.clone() })
    }
}

/// Who speaks in a record; `None` when it holds no message.
fn speaker(record: &Map<String, Value>) -> Option<Speaker> {
    let message = record.get("message")?.as_object()?;
    let synthetic = text_of(message, "model") == Some("<synthetic>");
    Some(match text_of(record, "type")? {
        _ if is_on(record, "isCompactSummary") => Speaker::Summary,
        _ if is_on(record, "isMeta") || is_on(record, "isApiErrorMessage") || synthetic => {
            Speaker::Harness
        }
        "assistant" => Speaker::Agent,
        // In a sub-agent's thread the agent above it writes what a person would write.
        "user" if is_on(record, "isSidechain") => Speaker::ParentAgent,
        "user" => Speaker::Person,
        _ => return None,
    })
}

/// The text of a result: a string, or the texts of its blocks, one per line.
fn result_text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => {
            let texts = blocks.iter().filter_map(|b| b.get("text")?.as_str());
            texts.collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

/// Arguments with each number that has no canonical form written as text.
fn plain_numbers(value: Value) -> Value {
    match value {
        Value::Number(n) if canonical::to_bytes(&n).is_err() => Value::String(n.to_string()),
        Value::Array(items) => Value::Array(items.into_iter().map(plain_numbers).collect()),
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(k, v)| (k, plain_numbers(v))).collect())
        }
        other => other,
    }
}

fn text_of<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(Value::as_str)
}

fn is_on(fields: &Map<String, Value>, name: &str) -> bool {
    fields.get(name).and_then(Value::as_bool) == Some(true)
}
