//! Gemini CLI's chats: a document with `messages`, or the same records one per line.

use std::collections::BTreeSet;

use crate::json_value::{Map, Value};

use super::fields::{content_of, count_of, list_of, object_of, objects_of, text_of, word_of};
use super::format::{self, Format};
use super::log::{Became, Log, Result, on_line};
use super::provenance::Speaker;
use super::record_key::record_key;
use dreaming_records::notes::Tokens;
use dreaming_records::session::Event;
use dreaming_records::time::Time;

/// This format.
pub(super) const FORMAT: Format =
    Format { name: "gemini-cli", is_record, unread: &[], reader: || Box::new(Reader::default()) };

/// Types of messages. Those other than `user` and `gemini` only go to the screen.
const TYPES: &[&str] = &["error", "gemini", "info", "user", "warning"];

/// How messages begin that the program writes as the user, when the model stopped too early.
const NUDGE: &str = "System: Please continue.";

/// The tool with which the agent writes its memory.
const MEMORY_TOOL: &str = "save_memory";

/// The tool whose results end with the exit code of a shell. The program does not treat a code
/// other than 0 as an error; it only shows it to the model.
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

/// Reads messages. The program writes a message again when its calls have ended, so each text, call
/// and result is taken where it first appears.
#[derive(Debug, Default)]
struct Reader {
    seen: BTreeSet<u64>,
    /// Whether a sub-agent ran the chat: then user messages come from the parent agent.
    is_sub: bool,
}

impl format::Reader for Reader {
    fn read(&mut self, record: &Map<'_>, line: u64, log: &mut Log) -> Became {
        if is_message(record) {
            return self.message(record, line, log);
        }
        // Records whose keys all begin with `$` are commands: they change the head of the chat or
        // undo messages.
        if is_head(record) || record.keys().all(|key| key.starts_with('$')) {
            self.beside(record, line, log);
            return Became::Understood;
        }
        Became::Unknown
    }

    fn beside(&mut self, fields: &Map<'_>, line: u64, log: &mut Log) {
        log.header.origin(word_of(fields, "sessionId"), line);
        let folder = list_of(fields, "directories").first().and_then(Value::as_str);
        log.header.cwd(folder.unwrap_or_default());
        self.is_sub |= text_of(fields, "kind") == Some("subagent");
    }
}

impl Reader {
    fn is_new(&mut self, kind: &str, id: &str) -> bool {
        self.seen.insert(record_key(&format!("{kind} {id}")))
    }

    fn message(&mut self, record: &Map<'_>, line: u64, log: &mut Log) -> Became {
        let id = word_of(record, "id");
        let is_new = self.is_new("message", id);
        let base = on_line(id, line, Time::parse(word_of(record, "timestamp")));
        let text = content_of(record, "content");
        let by = match text_of(record, "type") {
            Some("gemini") => Speaker::Agent,
            Some("user") if text.starts_with(NUDGE) => Speaker::Harness,
            Some("user") if self.is_sub => Speaker::ParentAgent,
            Some("user") => Speaker::Person,
            _ => Speaker::Harness,
        };
        if is_new {
            log.message(&base, by, &text);
            if let Some(tokens) = object_of(record, "tokens") {
                let count = |name| count_of(tokens, name);
                let output = count("output").saturating_add(count("thoughts"));
                log.header.used(id, Tokens { input: count("input"), output });
            }
        }
        objects_of(record, "toolCalls").for_each(|call| self.call(&base, call, log));
        if is_new { Became::Understood } else { Became::Repeated }
    }

    fn call(&mut self, base: &Event, call: &Map<'_>, log: &mut Log) {
        let Some(tool) = text_of(call, "name") else { return };
        let id = word_of(call, "id");
        let is_memory = tool == MEMORY_TOOL;
        if self.is_new("call", id) {
            let arguments = call.get("args").unwrap_or(&Value::Null);
            log.made(base, id, tool, arguments, is_memory);
        }
        let status = word_of(call, "status");
        let is_over = matches!(status, "success" | "error" | "cancelled");
        if is_over && self.is_new("result", id) {
            let text = result_text(call);
            let refused = status == "cancelled";
            let failed = status != "success" || (tool == SHELL_TOOL && exit_code(&text));
            let time = Time::parse(word_of(call, "timestamp")).or(base.time);
            let base = Event { time, ..base.clone() };
            log.result(&base, Result { call: id, tool, text, failed, refused });
        }
    }
}

/// What the tool answered: output or error of each function response, else the text shown on
/// screen.
fn result_text(call: &Map<'_>) -> String {
    let texts = list_of(call, "result").iter().filter_map(|part| {
        let response = part.get("functionResponse")?.get("response")?;
        let text = ["output", "error"].iter().find_map(|name| response.get(name)?.as_str());
        Some(text.map_or_else(|| response.canonical(), Into::into))
    });
    let text = texts.collect::<Vec<_>>().join("\n");
    if text.is_empty() { word_of(call, "resultDisplay").into() } else { text }
}

/// Whether the output of a shell call names an exit code other than 0.
fn exit_code(text: &str) -> bool {
    let code = text.lines().rev().find_map(|line| line.strip_prefix("Exit Code: "));
    code.is_some_and(|code| code.trim_ascii().parse::<i64>().is_ok_and(|code| code != 0))
}
