//! OpenCode's sessions: an export, `{info, messages: [{info, parts}]}`, or the same records one per
//! line, as the `dreaming` command puts them together from OpenCode's database, or its storage folder
//! of earlier versions. The fields are those of `packages/opencode/src/session/message-v2.ts` of
//! <https://github.com/anomalyco/opencode>, and of the database of version 1.18.33.

use super::fields::{count_of, is_on, object_of, objects_of, text_of, time_of, word_of};
use super::format::{self, Format};
use super::header::Header;
use super::log::{Became, Log, Result, on_line};
use super::provenance::{self, Speaker};
use crate::json_value::{Map, Value};
use dreaming_records::notes::Tokens;
use dreaming_records::session::Event;

/// This format.
pub(super) const FORMAT: Format =
    Format { name: "opencode", is_record, unread: &[], reader: || Box::new(Reader::default()) };

/// How the error of a call begins that ended because the session was stopped.
const STOPPED: &str = "Tool execution aborted";

/// The tool that takes the place of one that was called by a wrong name or with wrong arguments. It
/// always completes; its input names the tool that was meant.
const INVALID: &str = "invalid";

/// Replaces the id of the first message in the root of a session: a fork copies the messages with
/// their times, but gives them new ids.
const ANY_ID: &str = "opencode";

/// Whether an object is a message with its parts, or a line that describes the session.
fn is_record(record: &Map<'_>) -> bool {
    object_of(record, "info").is_some_and(|info| {
        let is_message =
            is_message(info) && record.get("parts").and_then(Value::as_array).is_some();
        is_message || (is_session(info) && !record.contains_key("parts"))
    })
}

fn is_message(info: &Map<'_>) -> bool {
    matches!(text_of(info, "role"), Some("user" | "assistant"))
        && text_of(info, "sessionID").is_some()
}

fn is_session(info: &Map<'_>) -> bool {
    let has = |name| text_of(info, name).is_some();
    has("id") && has("version") && has("title") && object_of(info, "time").is_some()
}

/// Reads messages.
#[derive(Debug, Default)]
struct Reader {
    /// Whether a sub-agent ran the session: then user messages come from the parent agent.
    is_sub: bool,
}

impl format::Reader for Reader {
    fn read(&mut self, record: &Map<'_>, line: u64, log: &mut Log) -> Became {
        let Some(info) = object_of(record, "info").filter(|_| is_record(record)) else {
            return Became::Unknown;
        };
        if !is_message(info) {
            self.beside(record, line, log);
            return Became::Understood;
        }
        let id = word_of(info, "id");
        if !id.is_empty() && log.header.is_repeated(id) {
            return Became::Repeated;
        }
        self.describe(info, line, &mut log.header);
        let time = object_of(info, "time").and_then(|time| time_of(time, &["created"]));
        let (base, told) = (on_line(id, line, time), log.len());
        objects_of(record, "parts").for_each(|part| self.part(&base, info, part, log));
        let time = log.get(told).and_then(|first| first.time);
        log.root(ANY_ID, &time.map_or_else(String::new, |time| time.millis().to_string()), told);
        Became::Understood
    }

    /// Reads facts about the session.
    fn beside(&mut self, fields: &Map<'_>, line: u64, log: &mut Log) {
        if let Some(info) = object_of(fields, "info") {
            log.header.origin(word_of(info, "id"), line);
            log.header.cwd(word_of(info, "directory"));
            self.is_sub |= text_of(info, "parentID").is_some();
        }
    }
}

impl Reader {
    /// Notes what a message says about the session.
    fn describe(&self, info: &Map<'_>, line: u64, header: &mut Header) {
        header.origin(word_of(info, "sessionID"), line);
        if let Some(path) = object_of(info, "path") {
            header.cwd(word_of(path, "cwd"));
        }
        if self.is_sub {
            header.role.say(word_of(info, "agent"));
        }
        if let Some(tokens) = object_of(info, "tokens") {
            let cache = |name| object_of(tokens, "cache").map_or(0, |cache| count_of(cache, name));
            let input = count_of(tokens, "input").saturating_add(cache("read"));
            let input = input.saturating_add(cache("write"));
            let output = count_of(tokens, "output").saturating_add(count_of(tokens, "reasoning"));
            header.used(word_of(info, "id"), Tokens { input, output });
        }
    }

    fn part(&self, base: &Event, info: &Map<'_>, part: &Map<'_>, log: &mut Log) {
        match word_of(part, "type") {
            "text" => {
                let own = object_of(part, "time").and_then(|time| time_of(time, &["start"]));
                let base = Event { time: own.or(base.time), ..base.clone() };
                log.message(&base, self.speaker(info, part), word_of(part, "text"));
            }
            "tool" => call(base, part, log),
            _ => {}
        }
    }

    fn speaker(&self, info: &Map<'_>, part: &Map<'_>) -> Speaker {
        match text_of(info, "role") {
            // Text that the program adds to a person's message, such as the files that it names.
            _ if is_on(part, "synthetic") || is_on(part, "ignored") => Speaker::Harness,
            // A summary made when the context was compacted.
            Some("assistant") if is_on(info, "summary") => Speaker::Summary,
            Some("assistant") => Speaker::Agent,
            _ if self.is_sub => Speaker::ParentAgent,
            _ => Speaker::Person,
        }
    }
}

/// Pushes a call, and its result if it has ended.
fn call(base: &Event, part: &Map<'_>, log: &mut Log) {
    let (Some(tool), Some(state)) = (text_of(part, "tool"), object_of(part, "state")) else {
        return;
    };
    let is_invalid = tool == INVALID;
    let meant = object_of(state, "input").and_then(|input| text_of(input, "tool"));
    let tool = meant.filter(|_| is_invalid).unwrap_or(tool);
    let id = word_of(part, "callID");
    let times = object_of(state, "time");
    let at = |name| times.and_then(|time| time_of(time, &[name])).or(base.time);
    let begun = Event { time: at("start"), ..base.clone() };
    log.used(&begun, id, tool, state.get("input").unwrap_or(&Value::Null));
    let status = word_of(state, "status");
    if !matches!(status, "completed" | "error") {
        return;
    }
    let metadata = object_of(state, "metadata");
    let exit = metadata.and_then(|metadata| metadata.get("exit")?.as_i64());
    let failed = status == "error" || is_invalid || exit.is_some_and(|code| code != 0);
    let text = word_of(state, if status == "error" { "error" } else { "output" });
    let is_stopped = text.starts_with(STOPPED)
        || metadata.is_some_and(|metadata| is_on(metadata, "interrupted"));
    let refused = status == "error" && (is_stopped || provenance::is_refusal(text));
    let ended = Event { time: at("end"), ..base.clone() };
    log.result(&ended, Result { call: id, tool, text: text.into(), failed, refused });
}

#[cfg(test)]
mod tests;
