//! Counts of formats that are made of messages: Gemini CLI and chats of OpenAI's form.

use crate::json::{Map, Value};

use super::census::{Census, note, widen};
use super::fields::{content_of, list_of, text_of};
use super::openai::says_failure;
use super::{gemini, openai};
use dreaming_records::number;

/// The formats that are counted here.
pub(super) const FORMATS: &[&str] = &[gemini::FORMAT.name, openai::FORMAT.name];

/// The counts so far.
#[derive(Debug, Default)]
pub(super) struct Messages {
    /// With the least and the greatest time of the messages.
    census: Census,
    /// What a head says: when the chat began and was written last.
    span: Option<(String, String)>,
}

impl Messages {
    /// Counts an object of the part.
    pub(super) fn object(&mut self, fields: &Map<'_>) {
        let text = |name| text_of(fields, name).filter(|text| !text.is_empty());
        note(&mut self.census.session_ids, text("sessionId").or(text("session_id")));
        note(&mut self.census.models, text("model"));
        if let (Some(first), Some(last)) = (text("startTime"), text("lastUpdated")) {
            self.span = Some((first.into(), last.into()));
        }
        let Some(kind) = text("type").or(text("role")) else { return };
        self.add(&format!("messages_{kind}"), 1);
        for name in ["toolCalls", "tool_calls"] {
            self.add("tool_calls", list_of(fields, name).len());
        }
        self.add("thoughts", list_of(fields, "thoughts").len());
        let failed = |call: &&Value| call.get("status").and_then(Value::as_str) == Some("error");
        self.add("tool_errors", list_of(fields, "toolCalls").iter().filter(failed).count());
        let said = || says_failure(&content_of(fields, "content"));
        self.add("tool_errors", usize::from(kind == "tool" && said()));
        widen(&mut self.census.first, &mut self.census.last, text("timestamp"));
    }

    fn add(&mut self, name: &str, count: usize) {
        if count > 0 {
            *self.census.counts.entry(name.into()).or_default() += number::count(count);
        }
    }

    /// Puts the counts in the place of those of lines.
    pub(super) fn finish(self, census: &mut Census) {
        let Census { counts, session_ids, models, first, last, .. } = self.census;
        let (first, last) = self.span.map_or((first, last), |(a, b)| (Some(a), Some(b)));
        *census = Census { counts, session_ids, models, first, last, ..std::mem::take(census) };
    }
}
