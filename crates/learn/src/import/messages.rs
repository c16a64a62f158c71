//! Counts of formats that are made of messages: Gemini CLI and chats of OpenAI's form.

use std::collections::{BTreeMap, BTreeSet};

use super::json::{Map, Value};

use super::census::Census;
use super::fields::{content_of, list_of, text_of};
use super::openai::says_failure;
use super::{gemini, openai};

/// The formats that are counted here.
pub(super) const FORMATS: &[&str] = &[gemini::FORMAT.name, openai::FORMAT.name];

/// The counts so far.
#[derive(Debug, Default)]
pub(super) struct Messages {
    counts: BTreeMap<String, u64>,
    session_ids: BTreeSet<String>,
    models: BTreeSet<String>,
    /// What a head says: when the chat began and was written last.
    span: (Option<String>, Option<String>),
    /// The least and the greatest time of the messages.
    seen: (Option<String>, Option<String>),
}

impl Messages {
    /// Counts an object of the part.
    pub(super) fn object(&mut self, fields: &Map<'_>) {
        let text = |name| text_of(fields, name).filter(|text| !text.is_empty());
        self.session_ids.extend(text("sessionId").or(text("session_id")).map(Into::into));
        self.models.extend(text("model").map(Into::into));
        if let (Some(first), Some(last)) = (text("startTime"), text("lastUpdated")) {
            self.span = (Some(first.into()), Some(last.into()));
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
        if let Some(time) = text("timestamp") {
            let (first, last) = &mut self.seen;
            if first.as_deref().is_none_or(|first| time < first) {
                *first = Some(time.into());
            }
            if last.as_deref().is_none_or(|last| time > last) {
                *last = Some(time.into());
            }
        }
    }

    fn add(&mut self, name: &str, count: usize) {
        if count > 0 {
            *self.counts.entry(name.into()).or_default() +=
                u64::try_from(count).unwrap_or(u64::MAX);
        }
    }

    /// Puts the counts in the place of those of lines.
    pub(super) fn finish(self, census: &mut Census) {
        census.counts = self.counts;
        census.session_ids = self.session_ids.into_iter().collect();
        census.models = self.models.into_iter().collect();
        census.first = self.span.0.or(self.seen.0);
        census.last = self.span.1.or(self.seen.1);
    }
}
