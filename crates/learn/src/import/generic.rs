//! Our own form for everything else, one object a line or an array of them: docs/transcripts.md.

use crate::json::{Map, Value};

use super::calls::{self, Calls};
use super::fields::{content_of, count_of, is_on, object_of, text_of, time_of};
use super::format::{self, Format};
use super::header::Header;
use super::number::millionths;
use super::provenance::Speaker;
use super::usage;
use dreaming_records::notes::Tokens;
use dreaming_records::outcome::{Better, Metric, OutcomeSource, WHOLE};
use dreaming_records::session::{Event, EventKind};
use dreaming_records::trust::Provenance;
use dreaming_shield::redact::redact;
use dreaming_text::cut;

/// This format.
pub(super) const FORMAT: Format =
    Format { name: "generic", is_record, unread: &[], reader: || Box::new(Reader::default()) };

/// The types of records, each with the fields of which it must have one. They keep objects of other
/// formats apart that have a type of the same name.
const TYPES: &[(&str, &[&str])] = &[
    ("agent", &["text"]),
    ("hand-off", &["to", "call"]),
    ("hand-off-end", &["call"]),
    ("harness", &["text"]),
    ("outcome", &["value"]),
    ("session", &["session", "agent", "task"]),
    ("tool-call", &["tool"]),
    ("tool-result", &["text", "call", "failed"]),
    ("user", &["text"]),
];

/// Fields that other formats have and this one has not.
const FOREIGN: &[&str] = &["content", "message", "payload", "uuid"];

/// Longest name of a metric, in bytes, as [`Metric::name`] says.
const MAX_NAME: usize = 64;

fn is_record(record: &Map<'_>) -> bool {
    let kind = text_of(record, "type");
    let known = TYPES.iter().find(|(name, _)| kind == Some(name));
    known.is_some_and(|(_, fields)| fields.iter().any(|field| record.contains_key(field)))
        && !FOREIGN.iter().any(|field| record.contains_key(field))
}

/// Turns records into events.
#[derive(Debug, Default)]
struct Reader {
    calls: Calls,
    /// Records so far: many may stand on one line.
    records: u64,
}

impl format::Reader for Reader {
    fn read(&mut self, record: &Map<'_>, line: u64, header: &mut Header) -> Vec<Event> {
        self.records += 1;
        if !is_record(record) {
            header.account.unknown_type += 1;
            return Vec::new();
        }
        header.account.understood += 1;
        head(record, line, header);
        self.event(record, line).into_iter().collect()
    }

    fn beside(&mut self, fields: &Map<'_>, line: u64, header: &mut Header) -> Vec<Event> {
        head(fields, line, header);
        Vec::new()
    }
}

fn head(record: &Map<'_>, line: u64, header: &mut Header) {
    header.origin(text_of(record, "session").unwrap_or_default(), line);
    header.cwd(text_of(record, "cwd").unwrap_or_default());
    header.described(record);
    if let Some(tokens) = object_of(record, "tokens") {
        let (input, output) = (count_of(tokens, "input"), count_of(tokens, "output"));
        usage::add(&mut header.tokens, Tokens { input, output });
    }
}

impl Reader {
    fn event(&mut self, record: &Map<'_>, line: u64) -> Option<Event> {
        let id = text_of(record, "id").filter(|id| !id.is_empty());
        let id = id.map_or_else(|| format!("record-{}", self.records), Into::into);
        let mut base = calls::blank(id, line, time_of(record, &["time"]));
        base.thread = text_of(record, "thread").unwrap_or_default().into();
        let text = content_of(record, "text");
        let is_on = |name| is_on(record, name);
        let call = text_of(record, "call").unwrap_or_default();
        let tool = text_of(record, "tool").unwrap_or_default();
        match text_of(record, "type")? {
            // What a program shows of a memory is no evidence for it.
            "user" | "agent" if is_on("recalled") => {
                Some(Event { provenance: Provenance::Recalled, text, ..base })
            }
            "user" if base.thread.is_empty() => calls::message(&base, Speaker::Person, &text),
            // In a thread of its own an agent is told what to do by the agent above it.
            "user" => calls::message(&base, Speaker::ParentAgent, &text),
            "agent" => calls::message(&base, Speaker::Agent, &text),
            "harness" => calls::message(&base, Speaker::Harness, &text),
            "tool-call" => {
                let arguments = record.get("arguments").unwrap_or(&Value::Null);
                Some(self.calls.made(&base, call, tool, arguments, is_on("recalled")))
            }
            "tool-result" => {
                let (failed, refused) = (is_on("failed") || is_on("refused"), is_on("refused"));
                let result = calls::Result { call, tool, text, failed, refused };
                Some(self.calls.result(&base, result))
            }
            "outcome" => {
                let metric = metric(record)?;
                let said = format!("{} {}", metric.name, record.get("value")?);
                let text = if text.is_empty() { said } else { text };
                Some(Event { kind: EventKind::Outcome(metric), text, ..base })
            }
            "hand-off" => {
                let to = text_of(record, "to").unwrap_or_default().into();
                let kind = EventKind::HandOff { call: call.into(), to };
                Some(Event { kind, provenance: Provenance::ToolUse, text, ..base })
            }
            "hand-off-end" => {
                let kind = EventKind::HandOffEnd { call: call.into(), failed: is_on("failed") };
                Some(Event { kind, provenance: Provenance::ToolResult, text, ..base })
            }
            _ => None,
        }
    }
}

/// The metric of an outcome. What is not said: a measured value, more is better, the goal 1 for a
/// switch and none for a number, the weight of an ordinary one.
fn metric(record: &Map<'_>) -> Option<Metric> {
    let value = record.get("value")?;
    let name = text_of(record, "name").unwrap_or("outcome");
    let goal = record.get("goal").and_then(millionths);
    Some(Metric {
        name: cut(&redact(name).text, MAX_NAME).into(),
        source: match text_of(record, "source") {
            Some("weak") => OutcomeSource::Weak,
            Some("graded") => OutcomeSource::Graded,
            _ => OutcomeSource::Measured,
        },
        value: millionths(value)?,
        goal: goal.or(value.as_bool().map(|_| WHOLE)),
        better: match text_of(record, "better") {
            Some("lower") => Better::Lower,
            _ => Better::Higher,
        },
        weight: record.get("weight").and_then(Value::as_u64).unwrap_or(100).clamp(1, 1000),
    })
}
