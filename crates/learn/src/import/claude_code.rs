//! Claude Code's JSONL: one record per line, of which messages carry events.

use super::json::{Map, Value};

use super::calls::{self, Calls, content_text, text_of};
use super::fields::is_on;
use super::format::{self, Format};
use super::hand_off;
use super::header::Header;
use super::provenance::{self, Speaker};
use super::usage::{self, Usage};
use dreaming_records::session::{Account, Event, EventKind};
use dreaming_records::time::Time;
use dreaming_records::trust::Provenance;

/// This format.
pub(super) const FORMAT: Format = Format {
    name: "claude-code",
    is_record,
    // What a tool gave back once more, for display; how a tool gets on; which files were saved.
    unread: &["data", "snapshot", "toolUseResult"],
    reader: |_| Box::new(Reader::default()),
};

/// Types of records that this agent writes. All but messages and attachments carry nothing for
/// memory.
const KNOWN_TYPES: &[&str] = &[
    "agent-color",
    "agent-name",
    "agent-setting",
    "ai-title",
    "assistant",
    "attachment",
    "attribution-snapshot",
    "content-replacement",
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
    "task-summary",
    "user",
    "worktree-state",
];

/// The thread of sub-agents that are written into their parent's file without a name.
const SIDECHAIN: &str = "sidechain";

/// Whether an object is a record of this format: a known type and a field that only this format
/// has beside it.
pub(super) fn is_record(record: &Map<'_>) -> bool {
    let has = |name| record.get(name).is_some_and(Value::is_string);
    is_known(record)
        && (has("uuid")
            || has("sessionId")
            || has("leafUuid")
            || record.get("message").is_some_and(Value::is_object))
}

fn is_known(record: &Map<'_>) -> bool {
    text_of(record, "type").is_some_and(|kind| KNOWN_TYPES.contains(&kind))
}

/// Counts a record as understood, repeated or unknown.
pub(super) fn account_for(record: &Map<'_>, repeated: bool, account: &mut Account) {
    if repeated {
        account.repeated += 1;
    } else if is_known(record) {
        account.understood += 1;
    } else {
        account.unknown_type += 1;
    }
}

/// Turns records into events.
#[derive(Debug, Default)]
struct Reader {
    calls: Calls,
    usage: Usage,
}

impl format::Reader for Reader {
    /// None when the id of the record was read before.
    fn read(
        &mut self,
        record: &Map<'_>,
        line: u64,
        header: &mut Header,
        account: &mut Account,
    ) -> Vec<Event> {
        let text = |name| text_of(record, name).unwrap_or_default();
        if is_record(record) {
            header.origin(text("sessionId"), line);
            header.cwd(text("cwd"));
            header.branch(text("gitBranch"));
            header.role(text("agentSetting"));
        }
        let id = text("uuid");
        let repeated = !id.is_empty() && header.is_repeated(id);
        account_for(record, repeated, account);
        if repeated {
            return Vec::new();
        }
        self.tokens(record, header);
        let events = self.events(record, line);
        if let Some(first) = events.first() {
            header.root(id, text("timestamp"), &first.text);
        }
        events
    }
}

impl Reader {
    fn tokens(&mut self, record: &Map<'_>, header: &mut Header) {
        let message = record.get("message").and_then(Value::as_object);
        if let Some(message) = message
            && let Some(used) = message.get("usage").and_then(Value::as_object)
        {
            let id = text_of(message, "id").unwrap_or_default();
            self.usage.add(id, usage::of_messages(used), &mut header.tokens);
        }
    }

    fn events(&mut self, record: &Map<'_>, line: u64) -> Vec<Event> {
        let base = Event {
            id: text_of(record, "uuid")
                .filter(|id| !id.is_empty())
                .map_or_else(|| format!("line-{line}"), Into::into),
            line,
            time: text_of(record, "timestamp").and_then(Time::parse),
            thread: thread(record).into(),
            kind: EventKind::Message,
            provenance: Provenance::Harness,
            text: String::new(),
        };
        if text_of(record, "type") == Some("attachment") {
            return attachment(&base, record);
        }
        let Some(agent) = speaker(record) else { return Vec::new() };
        let message = record.get("message").and_then(Value::as_object);
        match message.and_then(|m| m.get("content")) {
            Some(Value::String(text)) => said(&base, agent, text).into_iter().collect(),
            Some(Value::Array(blocks)) => {
                let blocks = blocks.iter().filter_map(Value::as_object);
                blocks.flat_map(|block| self.block(&base, agent, block)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn block(&mut self, base: &Event, by: Speaker, block: &Map<'_>) -> Vec<Event> {
        let text = |name| text_of(block, name);
        match text("type") {
            Some("text") => {
                text("text").and_then(|words| said(base, by, words)).into_iter().collect()
            }
            Some("tool_use") => text("name").map_or_else(Vec::new, |tool| {
                let arguments = block.get("input").unwrap_or(&Value::Null);
                let id = text("id").unwrap_or_default();
                hand_off::made(&mut self.calls, base, id, tool, arguments)
            }),
            Some("tool_result") => block.get("content").map_or_else(Vec::new, |content| {
                let (content, failed) = (content_text(content), is_on(block, "is_error"));
                let answer = calls::Result {
                    call: text("tool_use_id").unwrap_or_default(),
                    tool: "",
                    failed,
                    refused: failed && provenance::is_refusal(&content),
                    text: content,
                };
                vec![self.calls.result(base, answer)]
            }),
            _ => Vec::new(),
        }
    }
}

fn said(base: &Event, by: Speaker, text: &str) -> Option<Event> {
    let (provenance, text) = provenance::of_message(text, by);
    let is_empty = text.bytes().all(|b| b.is_ascii_whitespace());
    (!is_empty || provenance == Provenance::Harness).then(|| Event {
        provenance,
        text,
        ..base.clone()
    })
}

/// The thread of a record: the sub-agents of one file are told apart by their ids.
fn thread<'a>(record: &'a Map<'_>) -> &'a str {
    if is_on(record, "isSidechain") { text_of(record, "agentId").unwrap_or(SIDECHAIN) } else { "" }
}

/// What the harness attaches to a turn: what a person typed while the agent was at work, which
/// stands nowhere else, and memories.
fn attachment(base: &Event, record: &Map<'_>) -> Vec<Event> {
    let Some(attached) = record.get("attachment").and_then(Value::as_object) else {
        return Vec::new();
    };
    let recalled = |memory: &Value| {
        let text = match memory.get("content")? {
            Value::String(text) => text.as_ref().into(),
            nested => nested.get("content")?.as_str()?.to_owned(),
        };
        Some(Event { provenance: Provenance::Recalled, text, ..base.clone() })
    };
    let by = if is_on(record, "isSidechain") { Speaker::ParentAgent } else { Speaker::Person };
    match text_of(attached, "type") {
        Some("queued_command")
            if text_of(attached, "commandMode").is_none_or(|m| m == "prompt") =>
        {
            let prompt = attached.get("prompt").map(content_text).unwrap_or_default();
            said(base, by, &prompt).into_iter().collect()
        }
        Some("nested_memory") => recalled(&Value::Object(attached.clone())).into_iter().collect(),
        Some("relevant_memories") => {
            let memories = attached.get("memories").and_then(Value::as_array);
            memories.into_iter().flatten().filter_map(recalled).collect()
        }
        _ => Vec::new(),
    }
}

/// Who speaks in a record; `None` when it holds no message.
fn speaker(record: &Map<'_>) -> Option<Speaker> {
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

#[cfg(test)]
mod tests;
