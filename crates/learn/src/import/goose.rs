//! Goose's sessions, as the `dreaming` command takes them out of its database: the row of the
//! session, then one message a line, under the names of the columns.

use crate::json_value::{Map, Value};

use super::fields::{
    content_of, content_text, count_of, is_on, object_of, objects_of, text_of, time_of, word_of,
};
use super::format::{self, Format};
use super::log::{Became, Log, Result, on_line};
use super::provenance::Speaker;
use dreaming_records::notes::Tokens;
use dreaming_records::session::{Event, EventKind};
use dreaming_records::trust::Provenance;

/// This format.
pub(super) const FORMAT: Format =
    Format { name: "goose", is_record, unread: &[], reader: || Box::new(Reader::default()) };

/// Types of sessions in which a person writes: in the program's own window or terminal, and in an
/// editor that uses it.
const TYPED: &[&str] = &["acp", "terminal", "user"];

/// How the result of a call begins that a person declined, or the program for them.
const DECLINED: &str = "The user has declined to run this tool.";

/// What earlier versions put before the tools that all sessions have.
const OWN: &str = "developer__";

/// The extension whose tools keep memories.
const MEMORY: &str = "memory__";

/// The tools that give work to another agent, and the argument that says what it is.
const HAND_OFF: &[(&str, &str)] = &[("delegate", "instructions")];

/// Replaces the id of the first message in the root of a session: the first versions have none.
const ANY_ID: &str = "goose";

fn is_record(record: &Map<'_>) -> bool {
    is_head(record) || is_message(record)
}

fn is_head(record: &Map<'_>) -> bool {
    text_of(record, "id").is_some()
        && text_of(record, "working_dir").is_some()
        && record.contains_key("session_type")
}

fn is_message(record: &Map<'_>) -> bool {
    text_of(record, "role").is_some()
        && record.contains_key("content_json")
        && record.contains_key("created_timestamp")
}

/// Reads messages.
#[derive(Debug, Default)]
struct Reader {
    /// Who writes in the user's role. Without the row of the session nobody knows.
    user: Option<Speaker>,
    /// The prompt of the recipe that began the session, until it was read.
    prompt: Option<String>,
}

impl format::Reader for Reader {
    fn read(&mut self, record: &Map<'_>, line: u64, log: &mut Log) -> Became {
        if is_message(record) {
            self.message(record, line, log);
            return Became::Understood;
        }
        if is_head(record) {
            self.begin(record, line, log);
            return Became::Understood;
        }
        Became::Unknown
    }
}

impl Reader {
    /// Reads the row of the session.
    fn begin(&mut self, record: &Map<'_>, line: u64, log: &mut Log) {
        log.header.origin(word_of(record, "id"), line);
        log.header.cwd(word_of(record, "working_dir"));
        let is_planned = text_of(record, "schedule_id").is_some();
        self.user = Some(match text_of(record, "session_type") {
            _ if is_planned => Speaker::Harness,
            // The first versions had one type.
            None => Speaker::Person,
            Some(kind) if TYPED.contains(&kind) => Speaker::Person,
            Some("sub_agent") => Speaker::ParentAgent,
            Some(_) => Speaker::Harness,
        });
        let recipe = object_of(record, "recipe_json");
        self.prompt = recipe.and_then(|recipe| text_of(recipe, "prompt")).map(str::to_owned);
    }

    fn message(&mut self, record: &Map<'_>, line: u64, log: &mut Log) {
        log.header.origin(word_of(record, "session_id"), line);
        let time = time_of(record, &["created_timestamp"]);
        let (id, told) = (word_of(record, "message_id"), log.len());
        let base = on_line(id, line, time);
        let about = object_of(record, "metadata_json");
        let is_hidden = about
            .is_some_and(|about| about.get("userVisible").and_then(Value::as_bool) == Some(false));
        let is_context = about.is_some_and(|about| is_on(about, "turnContext"));
        let is_user = word_of(record, "role") == "user";
        let is_agent = word_of(record, "role") == "assistant";
        let at = time.map_or_else(String::new, |time| time.millis().to_string());
        for block in objects_of(record, "content_json") {
            match word_of(block, "type") {
                "text" => {
                    let text = word_of(block, "text");
                    let by = if is_hidden && is_user && !is_context {
                        // It stands in the place of messages that were compacted.
                        Speaker::Summary
                    } else if is_hidden || is_context {
                        Speaker::Harness
                    } else if is_user {
                        self.speaker(text)
                    } else if is_agent {
                        Speaker::Agent
                    } else {
                        Speaker::Harness
                    };
                    log.message(&base, by, text);
                }
                "systemNotification" => log.message(&base, Speaker::Harness, word_of(block, "msg")),
                "toolRequest" | "frontendToolRequest" if is_agent => call(&base, block, log),
                "toolResponse" => result(&base, block, log),
                _ => {}
            }
        }
        if let Some(used) = about.and_then(|about| object_of(about, "usage")) {
            let count = |name| count_of(used, name);
            let used = Tokens { input: count("inputTokens"), output: count("outputTokens") };
            // Some services give ids again after a while.
            log.header.used(&format!("{id} {at}"), used);
        }
        log.root(if id.is_empty() { ANY_ID } else { id }, &at, told);
    }

    /// Who wrote a text in the user's role.
    fn speaker(&mut self, text: &str) -> Speaker {
        let user = self.user.unwrap_or(Speaker::Harness);
        let prompt = self.prompt.take().filter(|prompt| user == Speaker::Person && prompt == text);
        if prompt.is_some() { Speaker::Harness } else { user }
    }
}

fn call(base: &Event, block: &Map<'_>, log: &mut Log) {
    // A call that could not be read has an `error` here, and a result that says so.
    let Some(call) = object_of(block, "toolCall").and_then(|call| object_of(call, "value")) else {
        return;
    };
    let (id, tool) = (word_of(block, "id"), word_of(call, "name"));
    let arguments = call.get("arguments").unwrap_or(&Value::Null);
    let is_memory = tool.starts_with(MEMORY);
    log.made(base, id, tool.strip_prefix(OWN).unwrap_or(tool), arguments, is_memory);
    let order = HAND_OFF.iter().find(|(known, _)| *known == tool);
    if let Some(text) = order.and_then(|(_, field)| arguments.get(field)?.as_str()) {
        let to = arguments.get("source").and_then(Value::as_str).unwrap_or_default();
        let kind = EventKind::HandOff { call: id.into(), to: to.into() };
        let (provenance, text) = (Provenance::ToolUse, text.into());
        log.push(Event { kind, provenance, text, ..base.clone() });
    }
}

fn result(base: &Event, block: &Map<'_>, log: &mut Log) {
    let Some(result) = object_of(block, "toolResult") else { return };
    let told = object_of(result, "value");
    let text = match (text_of(result, "error"), told) {
        (Some(error), _) => error.to_owned(),
        (None, Some(told)) => content_of(told, "content"),
        // Earlier versions have the blocks of the result here.
        (None, None) => result.get("value").map(content_text).unwrap_or_default(),
    };
    let code =
        told.and_then(|told| object_of(told, "structuredContent")?.get("exit_code")?.as_i64());
    let is_error = told.and_then(|told| told.get("isError")?.as_bool()) == Some(true);
    let failed =
        word_of(result, "status") == "error" || is_error || code.is_some_and(|code| code != 0);
    let refused = failed && text.starts_with(DECLINED);
    log.result(base, Result { call: word_of(block, "id"), tool: "", text, failed, refused });
}

#[cfg(test)]
mod tests;
