//! Our own format for transcripts of other programs, one object per line or an array of them:
//! docs/transcripts.md.

use crate::json_value::{Map, Value};

use super::fields::{content_of, count_of, is_on, object_of, text_of, time_of, word_of};
use super::format::{self, Format};
use super::header::Header;
use super::log::{Became, Log, Result, named};
use super::metric;
use super::provenance::Speaker;
use dreaming_records::notes::Tokens;
use dreaming_records::session::{Event, EventKind};
use dreaming_records::trust::Provenance;

/// This format.
pub(super) const FORMAT: Format =
    Format { name: "generic", is_record, unread: &[], reader: || Box::new(Reader::default()) };

/// The types of records, each with fields of which it must have at least one. The fields keep out
/// objects of other formats with a type of the same name.
const TYPES: &[(&str, &[&str])] = &[
    ("agent", &["text"]),
    ("guest", &["text"]),
    ("hand-off", &["to", "call"]),
    ("hand-off-end", &["call"]),
    ("harness", &["text"]),
    ("outcome", &["value"]),
    ("session", &["session", "agent", "task"]),
    ("tool-call", &["tool"]),
    ("tool-result", &["text", "call", "failed"]),
    ("user", &["text"]),
];

/// Fields of other formats that this one never has.
const FOREIGN: &[&str] = &["content", "message", "payload", "uuid"];

fn is_record(record: &Map<'_>) -> bool {
    let kind = text_of(record, "type");
    let known = TYPES.iter().find(|(name, _)| kind == Some(name));
    known.is_some_and(|(_, fields)| fields.iter().any(|field| record.contains_key(field)))
        && !FOREIGN.iter().any(|field| record.contains_key(field))
}

/// Turns records into events.
#[derive(Debug, Default)]
struct Reader {
    /// Records so far. Their number becomes an id, since a line may hold many records.
    records: u64,
}

impl format::Reader for Reader {
    fn read(&mut self, record: &Map<'_>, line: u64, log: &mut Log) -> Became {
        self.records += 1;
        if !is_record(record) {
            return Became::Unknown;
        }
        head(record, line, &mut log.header);
        let base = Event {
            thread: word_of(record, "thread").into(),
            ..named(
                word_of(record, "id"),
                ("record", self.records),
                line,
                time_of(record, &["time"]),
            )
        };
        event(&base, record, log);
        Became::Understood
    }

    fn beside(&mut self, fields: &Map<'_>, line: u64, log: &mut Log) {
        head(fields, line, &mut log.header);
    }
}

fn head(record: &Map<'_>, line: u64, header: &mut Header) {
    header.origin(word_of(record, "session"), line);
    header.cwd(word_of(record, "cwd"));
    header.described(record);
    if let Some(tokens) = object_of(record, "tokens") {
        let (input, output) = (count_of(tokens, "input"), count_of(tokens, "output"));
        header.used("", Tokens { input, output });
    }
}

fn event(base: &Event, record: &Map<'_>, log: &mut Log) {
    let text = content_of(record, "text");
    let is_on = |name| is_on(record, name);
    let (call, tool) = (word_of(record, "call"), word_of(record, "tool"));
    let (kind, provenance, text) = match word_of(record, "type") {
        // A program that shows a memory gives no evidence for it.
        "user" | "agent" if is_on("recalled") => (EventKind::Message, Provenance::Recalled, text),
        "user" if base.thread.is_empty() => return log.message(base, Speaker::Person, &text),
        // In a sub-agent's thread, user messages come from the parent agent.
        "user" => return log.message(base, Speaker::ParentAgent, &text),
        "guest" => return log.message(base, Speaker::Guest, &text),
        "agent" => return log.message(base, Speaker::Agent, &text),
        "harness" => return log.message(base, Speaker::Harness, &text),
        "tool-call" => {
            let arguments = record.get("arguments").unwrap_or(&Value::Null);
            return log.made(base, call, tool, arguments, is_on("recalled"));
        }
        "tool-result" => {
            let (failed, refused) = (is_on("failed") || is_on("refused"), is_on("refused"));
            return log.result(base, Result { call, tool, text, failed, refused });
        }
        "outcome" => {
            let Some((metric, value)) = metric::of(record, "outcome").zip(record.get("value"))
            else {
                return;
            };
            let said = format!("{} {value}", metric.name);
            let text = if text.is_empty() { said } else { text };
            (EventKind::Outcome(metric), base.provenance, text)
        }
        "hand-off" => {
            let kind = EventKind::HandOff { call: call.into(), to: word_of(record, "to").into() };
            (kind, Provenance::ToolUse, text)
        }
        "hand-off-end" => {
            let kind = EventKind::HandOffEnd { call: call.into(), failed: is_on("failed") };
            (kind, Provenance::ToolResult, text)
        }
        _ => return,
    };
    log.push(Event { kind, provenance, text, ..base.clone() });
}
