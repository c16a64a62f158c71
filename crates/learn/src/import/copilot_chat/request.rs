//! A request of a chat: what a person asked, and what the agent did and said.

use std::collections::BTreeMap;

use crate::json_value::{Map, Value};

use super::super::codex::arguments::{field, of_text};
use super::super::fields::{
    count_of, is_on, list_of, object_of, objects_of, text_of, time_of, word_of,
};
use super::super::log::{Became, Log, Result, on_line};
use super::super::provenance::Speaker;
use super::call::made;
use super::parts;
use super::response_part::{Part, bytes, index, of_fields};
use dreaming_records::notes::Tokens;
use dreaming_records::session::Event;

/// Fields of a request that are read, beside its `response`.
const FIELDS: &[&str] = &[
    "completionTokens",
    "confirmation",
    "hideFromTranscript",
    "isHidden",
    "isSystemInitiated",
    "message",
    "modelTotals",
    "origin",
    "promptTokens",
    "requestId",
    "requestSource",
    "result",
    "shouldBeRemovedOnSend",
    "systemInitiatedLabel",
    "timestamp",
];

/// Those of them that only a request has which nobody typed.
const OTHERS: &[&str] = &[
    "confirmation",
    "hideFromTranscript",
    "isSystemInitiated",
    "requestSource",
    "systemInitiatedLabel",
];

/// Fields of the result's metadata that are read.
const METADATA: &[&str] = &["outputTokens", "promptTokens", "toolCallResults", "toolCallRounds"];

/// A request, as far as it is read.
#[derive(Debug)]
pub(super) struct Request {
    /// The line that tells what was asked.
    line: u64,
    fields: Map<'static>,
    parts: Vec<Part>,
    /// The line that tells the result.
    result_line: u64,
    /// About how many bytes it takes.
    pub(super) bytes: usize,
}

impl Request {
    /// The request with these fields, all told on one line.
    pub(super) fn of(mut fields: Map<'static>, line: u64) -> Self {
        let response = fields.remove("response");
        fields.keep(FIELDS);
        let trimmed = FIELDS.iter().filter_map(|name| Some((*name, fields.remove(name)?)));
        let fields: Vec<_> = trimmed.map(|(name, value)| (name, trim(name, value))).collect();
        let mut request =
            Self { line, fields: Map::default(), parts: Vec::new(), result_line: line, bytes: 0 };
        for (name, value) in fields {
            request.fields.insert(name.into(), value);
        }
        if let Some(Value::Array(items)) = response {
            request.parts =
                items.into_iter().map(|item| Part::new(parts::kept(item), line)).collect();
        }
        request.bytes = of_fields(&request.fields) + of_parts(&request.parts);
        request
    }

    /// Sets the value at a place within the request; `None` removes it. Returns whether it could be
    /// set; what is not read counts as set.
    pub(super) fn set(
        &mut self,
        place: &[Value<'_>],
        value: Option<Value<'static>>,
        line: u64,
    ) -> bool {
        let names: Vec<Option<&str>> = place.iter().map(Value::as_str).collect();
        match names.as_slice() {
            [Some("response")] => {
                let items = match value {
                    Some(Value::Array(items)) => items,
                    _ => Vec::new(),
                };
                self.push(place, Some(0), items, line)
            }
            [Some("response"), None] => {
                let at = place.get(1).and_then(index);
                let Some(known) = at.and_then(|at| self.parts.get_mut(at)) else { return false };
                let before = known.bytes;
                *known = Part::new(parts::kept(value.unwrap_or(Value::Null)), line);
                self.bytes = self.bytes.saturating_sub(before) + known.bytes;
                true
            }
            [Some("message"), Some("text")] => {
                let text = value.unwrap_or(Value::Null);
                self.set(place.get(..1).unwrap_or_default(), Some(field("text", text)), line)
            }
            [Some(name)] if FIELDS.contains(name) => {
                let old = self.fields.remove(name).map_or(0, |old| name.len() + bytes(&old));
                self.bytes = self.bytes.saturating_sub(old);
                if let Some(value) = value {
                    let value = trim(name, value);
                    self.bytes += name.len() + bytes(&value);
                    self.fields.insert((*name).to_owned().into(), value);
                }
                match *name {
                    "message" => self.line = line,
                    "result" => self.result_line = line,
                    _ => {}
                }
                true
            }
            // The program sets these as a whole; we do not know what a part of them would mean.
            [Some("response" | "result"), ..] => false,
            _ => true,
        }
    }

    /// Cuts the list at a place within the request, and adds items, as [`Self::set`] does.
    pub(super) fn push(
        &mut self,
        place: &[Value<'_>],
        length: Option<usize>,
        items: Vec<Value<'static>>,
        line: u64,
    ) -> bool {
        match place {
            [name] if name.as_str() == Some("response") => {
                let length = length.unwrap_or(self.parts.len());
                if length > self.parts.len() {
                    return false;
                }
                let removed = self.parts.drain(length..).map(|part| part.bytes).sum();
                self.bytes = self.bytes.saturating_sub(removed);
                let added: Vec<Part> =
                    items.into_iter().map(|item| Part::new(parts::kept(item), line)).collect();
                self.bytes += of_parts(&added);
                self.parts.extend(added);
                true
            }
            [name, ..] => !matches!(name.as_str(), Some("response" | "result")),
            [] => false,
        }
    }

    /// Pushes the events of the request.
    pub(super) fn tell(&self, log: &mut Log) -> Became {
        let fields = &self.fields;
        if self.is_taken_back() {
            return Became::Understood;
        }
        let id = word_of(fields, "requestId");
        if id.is_empty() {
            return Became::Unknown;
        }
        if log.header.is_repeated(id) {
            return Became::Repeated;
        }
        let (base, told) = (on_line(id, self.line, time_of(fields, &["timestamp"])), log.len());
        let asked = fields.get("message").and_then(|message| {
            message.as_str().or_else(|| message.get("text").and_then(Value::as_str))
        });
        log.message(&base, self.speaker(), asked.unwrap_or_default());
        let time = base.time.map_or_else(String::new, |time| time.millis().to_string());
        log.root(id, &time, told);
        let nothing = Map::default();
        let result = object_of(fields, "result").unwrap_or(&nothing);
        let metadata = object_of(result, "metadata").unwrap_or(&nothing);
        log.header.used(id, self.tokens(metadata));
        let rounds = list_of(metadata, "toolCallRounds");
        let results = object_of(metadata, "toolCallResults").unwrap_or(&nothing);
        let ends = Ends {
            shown: parts::calls(&self.parts),
            results: results.keys().zip(results.values()).collect(),
        };
        for round in rounds.iter().filter_map(Value::as_object) {
            self.round(&base, round, &ends, log);
        }
        parts::tell(&base, &self.parts, !rounds.is_empty(), log);
        Became::Understood
    }

    /// Whether a person went back to the state before this request, so that the program removes it
    /// with the next one.
    fn is_taken_back(&self) -> bool {
        let removed = object_of(&self.fields, "shouldBeRemovedOnSend");
        is_on(&self.fields, "isHidden")
            || removed.is_some_and(|removed| text_of(removed, "afterUndoStop").is_none())
    }

    /// Who asked. Buttons, features and the program ask in the name of the person too, and so does
    /// an agent that delegates.
    fn speaker(&self) -> Speaker {
        let is_said = |name: &str| match self.fields.get(name) {
            None | Some(Value::Null | Value::Bool(false)) => false,
            Some(value) => value.as_str() != Some(""),
        };
        match OTHERS.iter().any(|name| is_said(name)) {
            true => Speaker::Harness,
            false if is_said("origin") => Speaker::ParentAgent,
            false => Speaker::Person,
        }
    }

    /// The tokens of all models, where they are told; else those of the last response.
    fn tokens(&self, metadata: &Map<'_>) -> Tokens {
        let mut sum = Tokens::default();
        for model in objects_of(&self.fields, "modelTotals") {
            sum.input = sum.input.saturating_add(count_of(model, "inputTokens"));
            sum.output = sum.output.saturating_add(count_of(model, "outputTokens"));
        }
        let input = count_of(&self.fields, "promptTokens").max(count_of(metadata, "promptTokens"));
        let output =
            count_of(&self.fields, "completionTokens").max(count_of(metadata, "outputTokens"));
        Tokens { input: sum.input.max(input), output: sum.output.max(output) }
    }

    /// An answer of the model: its text, its calls, and their results.
    fn round(&self, base: &Event, round: &Map<'_>, ends: &Ends<'_>, log: &mut Log) {
        let time = time_of(round, &["timestamp"]).or(base.time);
        let base = Event { line: self.result_line, time, ..base.clone() };
        log.message(&base, Speaker::Agent, word_of(round, "response"));
        let calls: Vec<&Map<'_>> = objects_of(round, "toolCalls").collect();
        for call in &calls {
            let arguments = of_text(word_of(call, "arguments"));
            made(&base, word_of(call, "id"), word_of(call, "name"), &arguments, log);
        }
        for call in calls {
            let (id, tool) = (word_of(call, "id"), word_of(call, "name"));
            let Some(result) = ends.results.get(id).and_then(|result| result.as_object()) else {
                continue;
            };
            let text = parts::content(result);
            let how = ends.shown.get(parts::bare(id)).map(|call| parts::ended(call));
            let how = how.unwrap_or_default();
            let refused = how.refused || text.starts_with(parts::SKIPPED);
            let failed = refused || how.failed.unwrap_or_else(|| parts::says_failure(&text));
            log.result(&base, Result { call: id, tool, text, failed, refused });
        }
    }
}

/// How the calls of a request ended, by their ids.
struct Ends<'a> {
    /// The parts that show them.
    shown: BTreeMap<&'a str, &'a Map<'static>>,
    /// What the model got.
    results: BTreeMap<&'a str, &'a Value<'a>>,
}

/// A field's value without what is not read of it.
fn trim(name: &str, value: Value<'static>) -> Value<'static> {
    match (name, value) {
        ("message", Value::Object(mut message)) => {
            message.keep(&["text"]);
            Value::Object(message)
        }
        ("result", Value::Object(mut result)) => {
            let Some(Value::Object(mut metadata)) = result.remove("metadata") else {
                return Value::Null;
            };
            metadata.keep(METADATA);
            field("metadata", Value::Object(metadata))
        }
        (_, value) => value,
    }
}

fn of_parts(parts: &[Part]) -> usize {
    parts.iter().map(|part| part.bytes).sum()
}
