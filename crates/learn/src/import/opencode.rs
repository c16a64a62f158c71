//! OpenCode's sessions: an export, `{info, messages: [{info, parts}]}`, or the same records one a line,
//! as the command puts them together from the files of its storage folder. The shapes are those of
//! `packages/opencode/src/session/message-v2.ts` of <https://github.com/anomalyco/opencode>.

use super::calls::{self, Calls};
use super::fields::{count_of, is_on, object_of, objects_of, text_of, time_of};
use super::format::{self, Format};
use super::header::Header;
use super::provenance::{self, Speaker};
use super::usage;
use crate::json::{Map, Value};
use dreaming_records::notes::Tokens;
use dreaming_records::session::Event;

/// This format.
pub(super) const FORMAT: Format =
    Format { name: "opencode", is_record, unread: &[], reader: || Box::new(Reader::default()) };

/// How the error of a call begins that was stopped together with the session.
const STOPPED: &str = "Tool execution aborted";

/// What stands for the id of the first message in the root of a session: a fork copies its messages
/// under new ids, with their times.
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

/// Turns messages into events.
#[derive(Debug, Default)]
struct Reader {
    calls: Calls,
    /// The session is one of a sub-agent: its user is the agent above.
    is_sub: bool,
}

impl format::Reader for Reader {
    fn read(&mut self, record: &Map<'_>, line: u64, header: &mut Header) -> Vec<Event> {
        let Some(info) = object_of(record, "info").filter(|_| is_record(record)) else {
            header.account.unknown_type += 1;
            return Vec::new();
        };
        let id = text_of(info, "id").unwrap_or_default();
        if is_message(info) && !id.is_empty() && header.is_repeated(id) {
            header.account.repeated += 1;
            return Vec::new();
        }
        header.account.understood += 1;
        if !is_message(info) {
            self.session(info, line, header);
            return Vec::new();
        }
        self.describe(info, line, header);
        let mut events = Vec::new();
        for part in objects_of(record, "parts") {
            events.extend(self.part(info, part, line));
        }
        if let Some(first) = events.first() {
            let time = first.time.map(|time| time.millis().to_string());
            header.root(ANY_ID, &time.unwrap_or_default(), &first.text);
        }
        events
    }

    fn beside(&mut self, fields: &Map<'_>, line: u64, header: &mut Header) -> Vec<Event> {
        if let Some(info) = object_of(fields, "info") {
            self.session(info, line, header);
        }
        Vec::new()
    }
}

impl Reader {
    /// What the session says of itself.
    fn session(&mut self, info: &Map<'_>, line: u64, header: &mut Header) {
        header.origin(text_of(info, "id").unwrap_or_default(), line);
        header.cwd(text_of(info, "directory").unwrap_or_default());
        self.is_sub |= text_of(info, "parentID").is_some();
    }

    /// What a message says of the session.
    fn describe(&self, info: &Map<'_>, line: u64, header: &mut Header) {
        header.origin(text_of(info, "sessionID").unwrap_or_default(), line);
        if let Some(path) = object_of(info, "path") {
            header.cwd(text_of(path, "cwd").unwrap_or_default());
        }
        if self.is_sub {
            header.role.say(text_of(info, "agent").unwrap_or_default());
        }
        if let Some(tokens) = object_of(info, "tokens") {
            let cache = |name| object_of(tokens, "cache").map_or(0, |cache| count_of(cache, name));
            let input = count_of(tokens, "input").saturating_add(cache("read"));
            let input = input.saturating_add(cache("write"));
            let output = count_of(tokens, "output").saturating_add(count_of(tokens, "reasoning"));
            usage::add(&mut header.tokens, Tokens { input, output });
        }
    }

    fn part(&mut self, info: &Map<'_>, part: &Map<'_>, line: u64) -> Vec<Event> {
        let message = text_of(info, "id").unwrap_or_default();
        let time = object_of(info, "time").and_then(|time| time_of(time, &["created"]));
        let base = calls::blank(message.into(), line, time);
        match text_of(part, "type") {
            Some("text") => {
                let own = object_of(part, "time").and_then(|time| time_of(time, &["start"]));
                let base = Event { time: own.or(base.time), ..base };
                let text = text_of(part, "text").unwrap_or_default();
                calls::message(&base, self.speaker(info, part), text).into_iter().collect()
            }
            Some("tool") => self.call(&base, part),
            _ => Vec::new(),
        }
    }

    fn speaker(&self, info: &Map<'_>, part: &Map<'_>) -> Speaker {
        match text_of(info, "role") {
            // What the program puts beside the words of a person, such as the files that they name.
            _ if is_on(part, "synthetic") || is_on(part, "ignored") => Speaker::Harness,
            // A compaction.
            Some("assistant") if is_on(info, "summary") => Speaker::Summary,
            Some("assistant") => Speaker::Agent,
            _ if self.is_sub => Speaker::ParentAgent,
            _ => Speaker::Person,
        }
    }

    /// A call, and its result when it has ended.
    fn call(&mut self, base: &Event, part: &Map<'_>) -> Vec<Event> {
        let (Some(tool), Some(state)) = (text_of(part, "tool"), object_of(part, "state")) else {
            return Vec::new();
        };
        let id = text_of(part, "callID").unwrap_or_default();
        let times = object_of(state, "time");
        let at = |name| times.and_then(|time| time_of(time, &[name])).or(base.time);
        let begun = Event { time: at("start"), ..base.clone() };
        let arguments = state.get("input").unwrap_or(&Value::Null);
        let mut events = self.calls.used(&begun, id, tool, arguments);
        let status = text_of(state, "status").unwrap_or_default();
        if !matches!(status, "completed" | "error") {
            return events;
        }
        let metadata = object_of(state, "metadata");
        let exit = metadata.and_then(|metadata| metadata.get("exit")?.as_i64());
        let failed = status == "error" || exit.is_some_and(|code| code != 0);
        let said = if status == "error" { "error" } else { "output" };
        let text = text_of(state, said).unwrap_or_default();
        let is_stopped = text.starts_with(STOPPED)
            || metadata.is_some_and(|metadata| is_on(metadata, "interrupted"));
        let refused = status == "error" && (is_stopped || provenance::is_refusal(text));
        let result = calls::Result { call: id, tool, text: text.into(), failed, refused };
        let ended = Event { time: at("end"), ..base.clone() };
        events.push(self.calls.result(&ended, result));
        events
    }
}

#[cfg(test)]
mod tests;
