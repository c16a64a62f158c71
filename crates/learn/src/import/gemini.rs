//! Gemini CLI's chats: a document with `messages`, or the same records one per line.

use std::collections::BTreeSet;

use crate::json_value::{self, Map, Value};

use super::fields::{content_of, count_of, list_of, object_of, objects_of, text_of, word_of};
use super::format::{self, Format};
use super::log::{Became, Log, Result, on_line};
use super::provenance::Speaker;
use super::record_key::record_key;
use super::shell_report::{self, SHELL_TOOL};
use dreaming_records::notes::Tokens;
use dreaming_records::session::Event;
use dreaming_records::time::Time;

/// This format.
pub(super) const FORMAT: Format =
    Format { name: "gemini-cli", is_record, unread: &[], reader: || Box::new(Reader::default()) };

/// Types of messages. Those other than `user` and `gemini` only go to the screen.
const TYPES: &[&str] = &["error", "gemini", "info", "user", "warning"];

/// How messages begin that the program writes as the user: when the model stopped too early or
/// repeated itself, when a person ran a command or left a plan, and what an editor shows.
const BY_PROGRAM: &[&str] = &[
    "Here is a summary of changes in the user's editor context",
    "Here is the user's editor context",
    "I ran the following shell command:",
    "Plan approved. Switching to ",
    "System: Please continue.",
    "System: Potential loop detected.",
    "User has manually exited Plan Mode.",
];

/// How the message begins that holds a summary of all before it. Behind it the program writes again
/// the messages that it keeps, under new ids.
const SUMMARY: &str = "<state_snapshot>";

/// How the message begins that describes where the program runs, and what stands before the first
/// folder in it.
const CONTEXT: &str = "<session_context>";
const FOLDERS: &str = "**Workspace Directories:**\n  - ";

/// What the program puts behind the words of a person: files that they name, and what hooks say.
const ADDED: &[&str] = &["--- Content from referenced files ---", "<hook_context>"];

/// The tool with which the agent writes its memory.
const MEMORY_TOOL: &str = "save_memory";

/// The tool with which the agent gives work to another one.
const HAND_OFF_TOOL: &str = "invoke_agent";

/// The tool with which the agent asks a person questions.
const ASKING_TOOL: &str = "ask_user";

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
    /// Whether a summary was read.
    is_summarised: bool,
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
        let fields = object_of(fields, "$set").unwrap_or(fields);
        log.header.origin(word_of(fields, "sessionId"), line);
        let folder = list_of(fields, "directories").first().and_then(Value::as_str);
        log.header.cwd(folder.unwrap_or_default());
        self.is_sub |= text_of(fields, "kind") == Some("subagent");
        // The messages themselves stand, or stood, in records of their own.
        let first = objects_of(fields, "messages").next();
        first.into_iter().for_each(|first| here(&content_of(first, "content"), log));
    }
}

impl Reader {
    fn is_new(&mut self, kind: &str, id: &str) -> bool {
        self.seen.insert(record_key(&format!("{kind} {id}")))
    }

    fn message(&mut self, record: &Map<'_>, line: u64, log: &mut Log) -> Became {
        let id = word_of(record, "id");
        let base = on_line(id, line, Time::parse(word_of(record, "timestamp")));
        let whole = content_of(record, "content");
        let kind = word_of(record, "type");
        let by = self.speaker(kind, record, &whole);
        let text = if kind == "user" { typed(record, &whole, by) } else { whole };
        let is_first = self.is_new("message", id);
        // Who says the same again behind a summary is repeated by the program, under another id.
        let is_told = self.is_new(kind, &text) || !self.is_summarised || text.is_empty();
        let is_new = is_first && is_told;
        self.is_summarised |= by == Speaker::Summary;
        if is_new {
            here(&text, log);
            log.message(&base, by, &text);
        }
        if let Some(tokens) = object_of(record, "tokens") {
            let count = |name| count_of(tokens, name);
            let output = count("output").saturating_add(count("thoughts"));
            log.header.used(id, Tokens { input: count("input"), output });
        }
        objects_of(record, "toolCalls").for_each(|call| self.call(&base, call, log));
        if is_new { Became::Understood } else { Became::Repeated }
    }

    fn speaker(&self, kind: &str, record: &Map<'_>, text: &str) -> Speaker {
        let is_result = |part: &Value| part.get("functionResponse").is_some();
        match kind {
            "gemini" => Speaker::Agent,
            "user" if text.starts_with(SUMMARY) => Speaker::Summary,
            "user" if BY_PROGRAM.iter().any(|opening| text.starts_with(opening)) => {
                Speaker::Harness
            }
            "user" if list_of(record, "content").iter().any(is_result) => Speaker::Harness,
            "user" if self.is_sub => Speaker::ParentAgent,
            "user" => Speaker::Person,
            _ => Speaker::Harness,
        }
    }

    fn call(&mut self, base: &Event, call: &Map<'_>, log: &mut Log) {
        let Some(tool) = text_of(call, "name") else { return };
        let id = word_of(call, "id");
        if self.is_new("call", id) {
            let arguments = call.get("args").unwrap_or(&Value::Null);
            match tool {
                MEMORY_TOOL => log.made(base, id, tool, arguments, true),
                HAND_OFF_TOOL => log.handed(base, id, tool, arguments),
                _ => log.made(base, id, tool, arguments, false),
            }
        }
        let status = word_of(call, "status");
        let is_over = matches!(status, "success" | "error" | "cancelled");
        if is_over && self.is_new("result", id) {
            let said = result_text(call);
            // The program does not treat an exit code other than 0 as an error.
            let (text, code) =
                if tool == SHELL_TOOL { shell_report::read(&said) } else { (&*said, None) };
            let refused = status == "cancelled";
            let failed = status != "success" || code.is_some_and(|code| code != 0);
            let time = Time::parse(word_of(call, "timestamp")).or(base.time);
            let base = Event { time, ..base.clone() };
            let text = shell_report::with_code(text, code);
            log.result(&base, Result { call: id, tool, text, failed, refused });
            if tool == ASKING_TOOL && status == "success" && !self.is_sub {
                log.message(&base, Speaker::Person, &answers(&said));
            }
        }
    }
}

/// What was typed of a message in the user's role: the program shows that apart when it put more
/// into the message.
fn typed(record: &Map<'_>, whole: &str, by: Speaker) -> String {
    let shown = content_of(record, "displayContent");
    let text = match by {
        Speaker::Person if !shown.is_empty() => &shown,
        _ => whole,
    };
    let is_typed = matches!(by, Speaker::Person | Speaker::ParentAgent);
    let ends = ADDED.iter().filter_map(|added| text.find(added).filter(|_| is_typed));
    let end = ends.min().unwrap_or(text.len());
    text.get(..end).unwrap_or_default().into()
}

/// Notes the folder that a description of the place names first.
fn here(text: &str, log: &mut Log) {
    let folders = text.starts_with(CONTEXT).then(|| text.split_once(FOLDERS)).flatten();
    if let Some((_, folders)) = folders {
        log.header.cwd(folders.lines().next().unwrap_or_default());
    }
}

/// The answers of a person to questions, one per line.
fn answers(said: &str) -> String {
    let said = json_value::read(said);
    let answers = said.as_ref().and_then(|said| said.get("answers")?.as_object());
    let answers = answers.into_iter().flat_map(Map::values).filter_map(Value::as_str);
    answers.collect::<Vec<_>>().join("\n")
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

#[cfg(test)]
mod tests;
