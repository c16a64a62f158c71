//! Claude Code's JSONL: one record per line, of which messages carry events. Sub-agents write into a
//! file of their own, and some versions into that of their parent too: as side chains, or as progress of
//! the call that started them.

use crate::json::{Map, Value};

use super::calls::{self, Calls};
use super::fields::{content_of, is_on, list_of, object_of, text_of};
use super::format::{self, Format};
use super::header::Header;
use super::provenance::{self, Speaker};
use super::usage;
use dreaming_records::session::Event;
use dreaming_records::time::Time;
use dreaming_records::trust::Provenance;

use waiting::Waiting;

mod waiting;

/// This format.
pub(super) const FORMAT: Format = Format {
    name: "claude-code",
    is_record,
    // What a tool gave back once more, for display; which files were saved.
    unread: &["snapshot", "toolUseResult"],
    reader: || Box::new(Reader::default()),
};

/// Types of records that this agent writes. All but messages, attachments and the progress of
/// sub-agents carry nothing for memory.
const KNOWN_TYPES: &[&str] = &[
    "agent-color",
    "agent-name",
    "agent-setting",
    "ai-title",
    "assistant",
    "attachment",
    "attribution-snapshot",
    "bridge-session",
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

/// How the tools of servers are named.
const SERVERS: &str = "mcp__";

/// The thread of sub-agents that are written into their parent's file without a name.
const SIDECHAIN: &str = "sidechain";

/// Whether an object is a record of this format: a known type and a field that only this format
/// has beside it.
pub(super) fn is_record(record: &Map<'_>) -> bool {
    let has = |name| text_of(record, name).is_some();
    is_known(record)
        && (has("uuid")
            || has("sessionId")
            || has("leafUuid")
            || object_of(record, "message").is_some())
}

fn is_known(record: &Map<'_>) -> bool {
    text_of(record, "type").is_some_and(|kind| KNOWN_TYPES.contains(&kind))
}

/// Turns records into events.
#[derive(Debug, Default)]
struct Reader {
    calls: Calls,
    waiting: Waiting,
}

/// A message within a record.
struct Message<'a> {
    id: &'a str,
    time: Option<&'a str>,
    thread: &'a str,
    by: Speaker,
    fields: &'a Map<'a>,
}

impl format::Reader for Reader {
    /// None when the id of the record was read before.
    fn read(&mut self, record: &Map<'_>, line: u64, header: &mut Header) -> Vec<Event> {
        // Results whose call has not come.
        let late = self.waiting.over(line);
        let mut events = self.results(late);
        let text = |name| text_of(record, name).unwrap_or_default();
        if is_record(record) {
            header.origin(text("sessionId"), line);
            header.cwd(text("cwd"));
            header.branch.say(text("gitBranch"));
            header.role.say(text("agentSetting"));
        }
        let id = text("uuid");
        let message = message(record);
        // What a sub-agent wrote has an id of its own, also in the sub-agent's file.
        let inner = message.as_ref().map(|message| message.id).filter(|inner| *inner != id);
        let mut is_repeated = |id: &str| !id.is_empty() && header.is_repeated(id);
        let repeated = is_repeated(id) | inner.is_some_and(&mut is_repeated);
        if repeated {
            header.account.repeated += 1;
            return events;
        }
        let known = is_known(record);
        header.account.understood += u64::from(known);
        header.account.unknown_type += u64::from(!known);
        if let Some(used) = message.as_ref().and_then(|m| object_of(m.fields, "usage")) {
            let id = message.as_ref().and_then(|m| text_of(m.fields, "id"));
            header.used(id.unwrap_or_default(), usage::of_messages(used));
        }
        let found = self.events(record, message, line);
        if let Some(first) = found.first() {
            header.root(id, text("timestamp"), &first.text);
        }
        events.extend(found);
        events
    }

    fn finish(&mut self, _header: &mut Header) -> Vec<Event> {
        let rest = self.waiting.rest();
        self.results(rest)
    }
}

impl Reader {
    fn events(&mut self, record: &Map<'_>, message: Option<Message<'_>>, line: u64) -> Vec<Event> {
        let (id, time, thread) = match &message {
            Some(message) => (message.id, message.time, message.thread),
            None => {
                let id = text_of(record, "uuid").unwrap_or_default();
                (id, text_of(record, "timestamp"), thread(record))
            }
        };
        let time = time.and_then(Time::parse);
        let base = Event { thread: thread.into(), ..calls::on_line(id, line, time) };
        if text_of(record, "type") == Some("attachment") {
            return attachment(&base, record);
        }
        let Some(Message { by, fields, .. }) = message else { return Vec::new() };
        match fields.get("content") {
            Some(Value::String(text)) => said(&base, by, text).into_iter().collect(),
            Some(Value::Array(blocks)) => {
                let mut events = Vec::new();
                for block in blocks.iter().filter_map(Value::as_object) {
                    events.extend(self.block(&base, by, block));
                }
                events
            }
            _ => Vec::new(),
        }
    }

    fn results(&self, results: Vec<waiting::Result>) -> Vec<Event> {
        results.into_iter().flat_map(|result| self.result(result)).collect()
    }

    /// The event of a result, and what a person said who refused the call.
    fn result(&self, result: waiting::Result) -> Vec<Event> {
        let waiting::Result { base, call, text, failed } = result;
        let refused = failed && provenance::is_refusal(&text);
        let words = provenance::said_in_refusal(&text).filter(|_| refused);
        let result = calls::Result { call: &call, tool: "", failed, refused, text };
        let mut events = vec![self.calls.result(&base, result)];
        // A server says what it likes when its tool fails, and nobody speaks to a sub-agent.
        let tool = self.calls.tool(&call);
        let by_program = !tool.is_empty() && !tool.starts_with(SERVERS) && base.thread.is_empty();
        let words = words.filter(|_| by_program);
        events.extend(words.and_then(|words| said(&base, Speaker::Person, &words)));
        events
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
                let mut events = self.calls.used(base, id, tool, arguments);
                let before = self.waiting.of(id);
                events.extend(self.results(before));
                events
            }),
            Some("tool_result") => {
                let call = text("tool_use_id").unwrap_or_default();
                let result = waiting::Result {
                    base: base.clone(),
                    call: call.into(),
                    text: content_of(block, "content"),
                    failed: is_on(block, "is_error"),
                };
                if self.calls.is_open(call) {
                    return self.result(result);
                }
                self.waiting.hold(result);
                Vec::new()
            }
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

/// The message of a record: its own, or one of a sub-agent that its progress holds.
fn message<'a>(record: &'a Map<'a>) -> Option<Message<'a>> {
    let (holder, thread, is_sub) = match object_of(record, "data") {
        Some(data) if text_of(data, "type") == Some("agent_progress") => {
            let thread = text_of(data, "agentId").unwrap_or(SIDECHAIN);
            (object_of(data, "message")?, thread, true)
        }
        _ => (record, thread(record), is_on(record, "isSidechain")),
    };
    let time = text_of(holder, "timestamp").or_else(|| text_of(record, "timestamp"));
    let fields = object_of(holder, "message")?;
    let by = speaker(holder, fields, is_sub)?;
    Some(Message { id: text_of(holder, "uuid").unwrap_or_default(), time, thread, by, fields })
}

/// What the harness attaches to a turn: what a person typed while the agent was at work, which
/// stands nowhere else, and memories.
fn attachment(base: &Event, record: &Map<'_>) -> Vec<Event> {
    let Some(attached) = object_of(record, "attachment") else { return Vec::new() };
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
            said(base, by, &content_of(attached, "prompt")).into_iter().collect()
        }
        Some("nested_memory") => recalled(&Value::Object(attached.clone())).into_iter().collect(),
        Some("relevant_memories") => {
            list_of(attached, "memories").iter().filter_map(recalled).collect()
        }
        _ => Vec::new(),
    }
}

/// Who speaks in a message; `None` when it is none.
fn speaker(record: &Map<'_>, message: &Map<'_>, is_sub: bool) -> Option<Speaker> {
    let synthetic = text_of(message, "model") == Some("<synthetic>");
    Some(match text_of(record, "type")? {
        _ if is_on(record, "isCompactSummary") => Speaker::Summary,
        _ if is_on(record, "isMeta") || is_on(record, "isApiErrorMessage") || synthetic => {
            Speaker::Harness
        }
        "assistant" => Speaker::Agent,
        // In a sub-agent's thread the agent above it writes what a person would write.
        "user" if is_sub => Speaker::ParentAgent,
        "user" => Speaker::Person,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
