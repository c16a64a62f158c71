//! Gemini CLI's chats: a document with `messages`, or the same records one a line.

use std::collections::BTreeSet;

use crate::json::{Map, Value};

use super::calls::{self, Calls};
use super::fields::{content_of, count_of, list_of, object_of, objects_of, text_of};
use super::format::{self, Format};
use super::header::{Header, record_key};
use super::provenance::Speaker;
use super::usage;
use dreaming_records::notes::Tokens;
use dreaming_records::session::Event;
use dreaming_records::time::Time;
use dreaming_records::trust::Provenance;

/// This format.
pub(super) const FORMAT: Format =
    Format { name: "gemini-cli", is_record, unread: &[], reader: || Box::new(Reader::default()) };

/// Types of messages. All but those of the user and of `gemini` are shown by the program.
const TYPES: &[&str] = &["error", "gemini", "info", "user", "warning"];

/// How messages begin that the program writes in the name of the user, when the model stopped too
/// early.
const NUDGE: &str = "System: Please continue.";

/// The tool that writes the agent's own memory.
const MEMORY_TOOL: &str = "save_memory";

/// The tool whose results end with the exit code of a shell; a code other than 0 is no error to the
/// program, which shows it to the model.
const SHELL_TOOL: &str = "run_shell_command";

/// Whether an object is a message or the head of a chat.
fn is_record(record: &Map<'_>) -> bool {
    is_head(record) || is_message(record)
}

fn is_head(record: &Map<'_>) -> bool {
    let has = |name| text_of(record, name).is_some();
    has("sessionId") && has("startTime") && (has("lastUpdated") || has("projectHash"))
}

fn is_message(record: &Map<'_>) -> bool {
    let has = |name| text_of(record, name).is_some();
    let is_type = text_of(record, "type").is_some_and(|kind| TYPES.contains(&kind));
    let is_other = ["message", "uuid", "role", "text"].iter().any(|f| record.contains_key(f));
    is_type && has("id") && has("timestamp") && record.contains_key("content") && !is_other
}

/// Turns messages into events. A message is written again when its calls have ended, so text, calls
/// and results are each taken where they come first.
#[derive(Debug, Default)]
struct Reader {
    seen: BTreeSet<u64>,
    calls: Calls,
    /// The chat is one of a sub-agent: its user is the agent above.
    is_sub: bool,
}

impl format::Reader for Reader {
    fn read(&mut self, record: &Map<'_>, line: u64, header: &mut Header) -> Vec<Event> {
        if is_message(record) {
            let is_new = self.is_new("message", text_of(record, "id").unwrap_or_default());
            let counter =
                if is_new { &mut header.account.understood } else { &mut header.account.repeated };
            *counter += 1;
            return self.message(record, line, is_new, header);
        }
        // Changes of the head and steps back are written as commands with a dollar sign.
        if is_head(record) || record.keys().all(|key| key.starts_with('$')) {
            header.account.understood += 1;
            self.head(record, line, header);
        } else {
            header.account.unknown_type += 1;
        }
        Vec::new()
    }

    fn beside(&mut self, fields: &Map<'_>, line: u64, header: &mut Header) -> Vec<Event> {
        self.head(fields, line, header);
        Vec::new()
    }
}

impl Reader {
    fn is_new(&mut self, kind: &str, id: &str) -> bool {
        self.seen.insert(record_key(&format!("{kind} {id}")))
    }

    fn head(&mut self, fields: &Map<'_>, line: u64, header: &mut Header) {
        header.origin(text_of(fields, "sessionId").unwrap_or_default(), line);
        let folder = list_of(fields, "directories").first().and_then(Value::as_str);
        header.cwd(folder.unwrap_or_default());
        self.is_sub |= text_of(fields, "kind") == Some("subagent");
    }

    fn message(
        &mut self,
        record: &Map<'_>,
        line: u64,
        is_new: bool,
        header: &mut Header,
    ) -> Vec<Event> {
        let time = text_of(record, "timestamp").and_then(Time::parse);
        let base = calls::blank(text_of(record, "id").unwrap_or_default().into(), line, time);
        let text = content_of(record, "content");
        let by = match text_of(record, "type") {
            Some("gemini") => Speaker::Agent,
            Some("user") if text.starts_with(NUDGE) => Speaker::Harness,
            Some("user") if self.is_sub => Speaker::ParentAgent,
            Some("user") => Speaker::Person,
            _ => Speaker::Harness,
        };
        let mut events = Vec::new();
        if is_new {
            events.extend(calls::message(&base, by, &text));
            if let Some(tokens) = object_of(record, "tokens") {
                let output =
                    count_of(tokens, "output").saturating_add(count_of(tokens, "thoughts"));
                usage::add(&mut header.tokens, Tokens { input: count_of(tokens, "input"), output });
            }
        }
        for call in objects_of(record, "toolCalls") {
            self.call(&base, call, &mut events);
        }
        events
    }

    fn call(&mut self, base: &Event, call: &Map<'_>, events: &mut Vec<Event>) {
        let Some(tool) = text_of(call, "name") else { return };
        let id = text_of(call, "id").unwrap_or_default();
        let is_memory = tool == MEMORY_TOOL;
        if self.is_new("call", id) {
            let arguments = call.get("args").unwrap_or(&Value::Null);
            events.push(self.calls.made(base, id, tool, arguments, is_memory));
        }
        let status = text_of(call, "status").unwrap_or_default();
        let is_over = matches!(status, "success" | "error" | "cancelled");
        if is_over && self.is_new("result", id) {
            let text = result_text(call);
            let refused = status == "cancelled";
            let failed = status != "success" || (tool == SHELL_TOOL && exit_code(&text));
            let time = text_of(call, "timestamp").and_then(Time::parse).or(base.time);
            let base = Event { time, ..base.clone() };
            let result = calls::Result { call: id, tool, text, failed, refused };
            let mut event = self.calls.result(&base, result);
            if is_memory && !failed {
                event.provenance = Provenance::Recalled;
            }
            events.push(event);
        }
    }
}

/// What the tool answered: the output or the error of each function response, else what is shown.
fn result_text(call: &Map<'_>) -> String {
    let texts = list_of(call, "result").iter().filter_map(|part| {
        let response = part.get("functionResponse")?.get("response")?;
        let text = ["output", "error"].iter().find_map(|name| response.get(name)?.as_str());
        Some(text.map_or_else(|| response.canonical(), Into::into))
    });
    let text = texts.collect::<Vec<_>>().join("\n");
    if text.is_empty() { text_of(call, "resultDisplay").unwrap_or_default().into() } else { text }
}

/// Whether a shell's report names an exit code other than 0.
fn exit_code(text: &str) -> bool {
    let code = text.lines().rev().find_map(|line| line.strip_prefix("Exit Code: "));
    code.is_some_and(|code| code.trim_ascii().parse::<i64>().is_ok_and(|code| code != 0))
}
