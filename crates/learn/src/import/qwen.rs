//! Sessions of Qwen Code: one `{uuid, parentUuid, sessionId, timestamp, type, message}` per line of
//! `chats/ID.jsonl`. The records look like those of Claude Code, whose messages have `content` where
//! these have `parts`. Sub-agents write into files of their own.

use crate::json_value::{Map, Value};

use super::fields::{count_of, is_on, list_of, object_of, objects_of, text_of, word_of};
use super::format::{self, Format};
use super::log::{Became, Log, Result, on_line};
use super::provenance::Speaker;
use super::shell_report::{self, SHELL_TOOL};
use dreaming_records::notes::Tokens;
use dreaming_records::session::Event;
use dreaming_records::time::Time;

/// This format.
pub(super) const FORMAT: Format =
    Format { name: "qwen-code", is_record, unread: &[], reader: || Box::new(Reader::default()) };

/// Types of records.
const TYPES: &[&str] = &["assistant", "system", "tool_result", "user"];

/// What says more about a record than its type: those of version 0.24.4, from what the program knows
/// as such itself. Only [`Reader::system`] and [`Reader::said`] tell which of them matter here.
const SUBTYPES: &[&str] = &[
    "agent_bootstrap",
    "agent_launch_prompt",
    "agent_retry",
    "agent_session_ready",
    "at_command",
    "attribution_snapshot",
    "background_task_completed",
    "branch_checkpoint",
    "chat_compression",
    "cron",
    "custom_title",
    "file_history_snapshot",
    "goal_runtime",
    "goal_state",
    "goal_turn_end",
    "managed_session_commit_v1",
    "managed_session_event_v1",
    "managed_session_header_v1",
    "mid_turn_user_message",
    "notification",
    "omni_recall",
    "parent_session",
    "realtime_message",
    "rewind",
    "session_artifact_event",
    "session_artifact_snapshot",
    "session_model",
    "session_source",
    "session_sources_snapshot",
    "slash_command",
    "turn_result",
    "ui_telemetry",
    "user_text_elements",
];

/// Subtypes of messages that a person may have typed: without any, while the agent worked, and
/// spoken.
const OF_PEOPLE: &[&str] = &["", "mid_turn_user_message", "realtime_message"];

/// Who may have begun a session in which people write.
const BEGUN_BY_PEOPLE: &[&str] = &["channel", "default", "side_task", "standalone"];

/// What the program writes before a message that was typed while the agent worked.
const MID_TURN: &str = "\n[User message received during tool execution]: ";

/// The tool with which older versions keep a memory.
const MEMORY_TOOL: &str = "save_memory";

/// The tool with which the agent gives work to another one. Older versions call it `task`.
const HAND_OFF_TOOL: &str = "agent";

/// The file of instructions that this program reads, beside those that all agents read, and the
/// arguments that name a file.
const INSTRUCTIONS: &str = "QWEN.md";
const FILE_FIELDS: &[&str] = &["file_path", "absolute_path", "path"];

/// The tool that calls another one, named in its arguments.
const BRIDGE_TOOL: &str = "tool_call";

/// The form in which answers to questions of the agent are shown.
const ANSWERS: &str = "ask_user_question_answers";

/// The thread of a sub-agent without a name.
const SIDECHAIN: &str = "sidechain";

fn is_record(record: &Map<'_>) -> bool {
    let has = |name| text_of(record, name).is_some();
    TYPES.contains(&word_of(record, "type"))
        && has("uuid")
        && has("sessionId")
        && has("timestamp")
        && record.contains_key("parentUuid")
        && is_own(record)
}

/// Whether a record has a field that records of Claude Code do not have.
pub(super) fn is_own(record: &Map<'_>) -> bool {
    let parts = object_of(record, "message").and_then(|message| message.get("parts")?.as_array());
    let own = ["systemPayload", "toolCallResult", "usageMetadata"];
    parts.is_some() || own.iter().any(|name| object_of(record, name).is_some())
}

/// Turns records into events.
#[derive(Debug, Default)]
struct Reader {
    /// Who writes the messages in the user's role, when no person does.
    user: Option<Speaker>,
    /// Whether a command that a person typed becomes the next message: then the program writes it.
    expands: bool,
}

impl format::Reader for Reader {
    fn read(&mut self, record: &Map<'_>, line: u64, log: &mut Log) -> Became {
        let subtype = word_of(record, "subtype");
        let is_known = subtype.is_empty() || SUBTYPES.contains(&subtype);
        if !is_record(record) || !is_known {
            return Became::Unknown;
        }
        let (id, time) = (word_of(record, "uuid"), word_of(record, "timestamp"));
        log.header.origin(word_of(record, "sessionId"), line);
        log.header.cwd(word_of(record, "cwd"));
        log.header.branch.say(word_of(record, "gitBranch"));
        // A fork begins with copies of the records of the other session, which keep their ids.
        if log.header.is_repeated(id) {
            return Became::Repeated;
        }
        let is_sub = is_on(record, "isSidechain");
        let thread = if is_sub { text_of(record, "agentId").unwrap_or(SIDECHAIN) } else { "" };
        let base = Event { thread: thread.into(), ..on_line(id, line, Time::parse(time)) };
        let told = log.len();
        match word_of(record, "type") {
            "user" => self.said(&base, subtype, record, log),
            "assistant" => answered(&base, record, log),
            "tool_result" => ended(&base, record, log),
            _ => self.system(&base, subtype, record, log),
        }
        log.root(id, time, told);
        Became::Understood
    }
}

impl Reader {
    /// A message in the user's role.
    fn said(&mut self, base: &Event, subtype: &str, record: &Map<'_>, log: &mut Log) {
        let expands = std::mem::take(&mut self.expands);
        let typed = object_of(record, "systemPayload").and_then(|of| text_of(of, "displayText"));
        let by_program = text_of(record, "provenance").is_some_and(|by| by != "real_user");
        let by = match self.user {
            _ if by_program || !OF_PEOPLE.contains(&subtype) => Speaker::Harness,
            _ if !base.thread.is_empty() => Speaker::ParentAgent,
            Some(other) => other,
            None if expands && typed.is_none() => Speaker::Harness,
            None => Speaker::Person,
        };
        // Behind the first part stand files that a person named, and what hooks say.
        let first = || texts(record).next().unwrap_or_default();
        let text = match typed.filter(|_| OF_PEOPLE.contains(&subtype)) {
            Some(typed) => typed,
            None => first().strip_prefix(MID_TURN).unwrap_or(first()),
        };
        log.message(base, by, text);
    }

    fn system(&mut self, base: &Event, subtype: &str, record: &Map<'_>, log: &mut Log) {
        let Some(payload) = object_of(record, "systemPayload") else { return };
        match subtype {
            "slash_command" if word_of(payload, "phase") == "invocation" => {
                self.expands = is_on(payload, "sentToModel");
            }
            "parent_session" => self.user = Some(Speaker::ParentAgent),
            "session_source" if !BEGUN_BY_PEOPLE.contains(&word_of(payload, "sourceType")) => {
                self.user = self.user.or(Some(Speaker::Harness));
            }
            "chat_compression" => {
                let first = objects_of(payload, "compressedHistory").next();
                let text = first.into_iter().flat_map(|first| objects_of(first, "parts"));
                let text = text.filter_map(|part| text_of(part, "text")).next();
                log.message(base, Speaker::Summary, text.unwrap_or_default());
            }
            _ => {}
        }
    }
}

/// The parts of a record's message.
fn parts<'a>(record: &'a Map<'a>) -> impl Iterator<Item = &'a Map<'a>> {
    object_of(record, "message").into_iter().flat_map(|message| objects_of(message, "parts"))
}

/// The texts of a record's message, without what was only thought.
fn texts<'a>(record: &'a Map<'a>) -> impl Iterator<Item = &'a str> {
    parts(record).filter(|part| !is_on(part, "thought")).filter_map(|part| text_of(part, "text"))
}

/// An answer of the agent, and its calls.
fn answered(base: &Event, record: &Map<'_>, log: &mut Log) {
    log.message(base, Speaker::Agent, &texts(record).collect::<Vec<_>>().join("\n"));
    if let Some(usage) = object_of(record, "usageMetadata") {
        let input = count_of(usage, "promptTokenCount");
        // Some providers count what was thought as written and some beside it; the sum has both.
        let output = count_of(usage, "totalTokenCount").saturating_sub(input);
        let output = output.max(count_of(usage, "candidatesTokenCount"));
        log.header.used(&base.id, Tokens { input, output });
    }
    for call in parts(record).filter_map(|part| object_of(part, "functionCall")) {
        let nothing = Value::Null;
        let given = call.get("args").unwrap_or(&nothing);
        let (tool, given) = match (word_of(call, "name"), given.get("name"), given.get("arguments"))
        {
            (BRIDGE_TOOL, Some(Value::String(tool)), arguments) => {
                (&**tool, arguments.unwrap_or(&nothing))
            }
            (tool, ..) => (tool, given),
        };
        let id = word_of(call, "id");
        match tool {
            _ if tool == MEMORY_TOOL || names_instructions(given) => {
                log.made(base, id, tool, given, true);
            }
            HAND_OFF_TOOL => log.handed(base, id, tool, given),
            _ => log.used(base, id, tool, given),
        }
    }
}

/// Whether a file of instructions is named.
fn names_instructions(arguments: &Value) -> bool {
    let mut files = FILE_FIELDS.iter().filter_map(|field| arguments.get(field)?.as_str());
    files.any(|file| file.ends_with(INSTRUCTIONS))
}

/// The results of calls, and what a person answered to a question.
fn ended(base: &Event, record: &Map<'_>, log: &mut Log) {
    let shown = object_of(record, "toolCallResult");
    let status = shown.map_or("", |shown| word_of(shown, "status"));
    for result in parts(record).filter_map(|part| object_of(part, "functionResponse")) {
        let (call, tool) = (word_of(result, "id"), word_of(result, "name"));
        let response = object_of(result, "response");
        let of = |name| response.and_then(|response| text_of(response, name));
        let said = of("output").or(of("error")).map_or_else(
            || result.get("response").map_or_else(String::new, Value::canonical),
            str::to_owned,
        );
        let is_shell = log.tool(call).unwrap_or(tool) == SHELL_TOOL;
        let (text, code) = if is_shell { shell_report::read(&said) } else { (&*said, None) };
        let refused = status == "cancelled";
        let failed = !matches!(status, "" | "success")
            || of("error").is_some()
            || code.is_some_and(|code| code != 0);
        let text = shell_report::with_code(text, code);
        log.result(base, Result { call, tool, text, failed, refused });
    }
    let shown = shown.and_then(|shown| object_of(shown, "resultDisplay"));
    if let Some(shown) = shown.filter(|shown| word_of(shown, "type") == ANSWERS)
        && base.thread.is_empty()
        && status == "success"
    {
        let answers = list_of(shown, "answers").iter();
        let answers: Vec<_> = answers.filter_map(|of| of.get("answer")?.as_str()).collect();
        log.message(base, Speaker::Person, &answers.join("\n"));
    }
}

#[cfg(test)]
mod tests;
