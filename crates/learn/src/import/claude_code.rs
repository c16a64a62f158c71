//! Claude Code's JSONL: one record per line; those that are messages become events. Sub-agents
//! write into files of their own. Some versions also write them into the parent's file, as side
//! chains or as progress of the call that started them.

use crate::json_value::{Map, Value};

use super::fields::{content_of, is_on, object_of, objects_of, text_of, word_of};
use super::format::{self, Format};
use super::log::{self, Became, Log, on_line};
use super::provenance::{self, Speaker};
use super::qwen;
use super::usage;
use dreaming_records::session::Event;
use dreaming_records::time::Time;
use dreaming_records::trust::Provenance;

use early_results::Waiting;

mod early_results;

/// This format.
pub(super) const FORMAT: Format = Format {
    name: "claude-code",
    is_record,
    // `toolUseResult` repeats a tool's result for display; `snapshot` lists saved files.
    unread: &["snapshot", "toolUseResult"],
    reader: || Box::new(Reader::default()),
};

/// Types of records that this agent writes. Only messages, attachments and the progress of
/// sub-agents matter here.
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

/// The prefix of the names of MCP tools.
const SERVERS: &str = "mcp__";

/// The thread for sub-agents that the parent's file does not name.
const SIDECHAIN: &str = "sidechain";

/// Whether an object is a record of this format: it has a known type, and a field that only this
/// format combines with it.
pub(super) fn is_record(record: &Map<'_>) -> bool {
    let has = |name| text_of(record, name).is_some();
    is_known(record)
        && (has("uuid")
            || has("sessionId")
            || has("leafUuid")
            || object_of(record, "message").is_some())
        && !qwen::is_own(record)
}

fn is_known(record: &Map<'_>) -> bool {
    text_of(record, "type").is_some_and(|kind| KNOWN_TYPES.contains(&kind))
}

/// Turns records into events.
#[derive(Debug, Default)]
struct Reader {
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
    fn read(&mut self, record: &Map<'_>, line: u64, log: &mut Log) -> Became {
        // Results whose call did not come in time.
        tell(self.waiting.over(line), log);
        if is_record(record) {
            log.header.origin(word_of(record, "sessionId"), line);
            log.header.cwd(word_of(record, "cwd"));
            log.header.branch.say(word_of(record, "gitBranch"));
            log.header.role.say(word_of(record, "agentSetting"));
        }
        let id = word_of(record, "uuid");
        let message = message(record);
        // A sub-agent's message has an id of its own, the same in the sub-agent's own file.
        let inner = message.as_ref().map(|message| message.id).filter(|inner| *inner != id);
        let mut is_repeated = |id: &str| !id.is_empty() && log.header.is_repeated(id);
        if is_repeated(id) | inner.is_some_and(&mut is_repeated) {
            return Became::Repeated;
        }
        let fields = message.as_ref().map(|message| message.fields);
        if let Some((fields, used)) = fields.zip(fields.and_then(|m| object_of(m, "usage"))) {
            log.header.used(word_of(fields, "id"), usage::of_messages(used));
        }
        let told = log.len();
        self.events(record, message, line, log);
        log.root(id, word_of(record, "timestamp"), told);
        if is_known(record) { Became::Understood } else { Became::Unknown }
    }

    fn finish(&mut self, log: &mut Log) {
        tell(self.waiting.rest(), log);
    }
}

impl Reader {
    fn events(&mut self, record: &Map<'_>, message: Option<Message<'_>>, line: u64, log: &mut Log) {
        let (id, time, thread) = match &message {
            Some(message) => (message.id, message.time, message.thread),
            None => (word_of(record, "uuid"), text_of(record, "timestamp"), thread(record)),
        };
        let base = Event { thread: thread.into(), ..on_line(id, line, time.and_then(Time::parse)) };
        if text_of(record, "type") == Some("attachment") {
            return attachment(&base, record, log);
        }
        let Some(Message { by, fields, .. }) = message else { return };
        if let Some(text) = text_of(fields, "content") {
            log.message(&base, by, text);
        }
        objects_of(fields, "content").for_each(|block| self.block(&base, by, block, log));
    }

    fn block(&mut self, base: &Event, by: Speaker, block: &Map<'_>, log: &mut Log) {
        match (word_of(block, "type"), text_of(block, "text"), text_of(block, "name")) {
            ("text", Some(words), _) => log.message(base, by, words),
            ("tool_use", _, Some(tool)) => {
                let id = word_of(block, "id");
                log.used(base, id, tool, block.get("input").unwrap_or(&Value::Null));
                tell(self.waiting.of(id), log);
            }
            ("tool_result", ..) => {
                let result = early_results::Result {
                    base: base.clone(),
                    call: word_of(block, "tool_use_id").into(),
                    text: content_of(block, "content"),
                    failed: is_on(block, "is_error"),
                };
                if log.tool(&result.call).is_some() {
                    tell(vec![result], log);
                } else {
                    self.waiting.hold(result);
                }
            }
            _ => {}
        }
    }
}

/// Pushes results, and a person's words in them: the reason for refusing a call, or the answer to a
/// question.
fn tell(results: Vec<early_results::Result>, log: &mut Log) {
    for early_results::Result { base, call, text, failed } in results {
        let refused = failed && provenance::is_refusal(&text);
        // An MCP server can print anything when its tool fails, and nobody answers a sub-agent's
        // questions.
        let tool = log.tool(&call).unwrap_or_default();
        let by_program = !tool.is_empty() && !tool.starts_with(SERVERS) && base.thread.is_empty();
        let words = match tool {
            provenance::ASKING_TOOL if !failed => provenance::said_in_answer(&text),
            _ => provenance::said_in_refusal(&text).filter(|_| refused),
        };
        let words = words.filter(|_| by_program);
        log.result(&base, log::Result { call: &call, tool: "", failed, refused, text });
        words.into_iter().for_each(|words| log.message(&base, Speaker::Person, &words));
    }
}

/// The thread of a record: the id of its sub-agent, empty for the main agent.
fn thread<'a>(record: &'a Map<'_>) -> &'a str {
    if is_on(record, "isSidechain") { text_of(record, "agentId").unwrap_or(SIDECHAIN) } else { "" }
}

/// The message of a record: its own, or a sub-agent's inside a progress record.
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
    Some(Message { id: word_of(holder, "uuid"), time, thread, by, fields })
}

/// What the harness attaches to a turn: memories, and what a person typed while the agent worked,
/// which no other record holds.
fn attachment(base: &Event, record: &Map<'_>, log: &mut Log) {
    let Some(attached) = object_of(record, "attachment") else { return };
    let by = if is_on(record, "isSidechain") { Speaker::ParentAgent } else { Speaker::Person };
    match word_of(attached, "type") {
        "queued_command" if text_of(attached, "commandMode").is_none_or(|m| m == "prompt") => {
            log.message(base, by, &content_of(attached, "prompt"));
        }
        "nested_memory" => recalled(base, attached, log),
        "relevant_memories" => {
            objects_of(attached, "memories").for_each(|memory| recalled(base, memory, log));
        }
        _ => {}
    }
}

/// Pushes a memory that was shown to the agent.
fn recalled(base: &Event, memory: &Map<'_>, log: &mut Log) {
    let nested = object_of(memory, "content");
    if let Some(text) = text_of(nested.unwrap_or(memory), "content") {
        log.push(Event { provenance: Provenance::Recalled, text: text.into(), ..base.clone() });
    }
}

/// Who speaks in a message; `None` when the record is no message.
fn speaker(record: &Map<'_>, message: &Map<'_>, is_sub: bool) -> Option<Speaker> {
    let synthetic = text_of(message, "model") == Some("<synthetic>");
    Some(match text_of(record, "type")? {
        _ if is_on(record, "isCompactSummary") => Speaker::Summary,
        _ if is_on(record, "isMeta") || is_on(record, "isApiErrorMessage") || synthetic => {
            Speaker::Harness
        }
        "assistant" => Speaker::Agent,
        // In a sub-agent's thread, user messages come from the parent agent.
        "user" if is_sub => Speaker::ParentAgent,
        "user" => Speaker::Person,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
