//! What is in a transcript, as counts that another reader can check.

use std::collections::{BTreeMap, BTreeSet};

use crate::json::{Map, Value};
use serde::{Deserialize, Serialize};

use super::dispatch::Dispatch;
use super::fields::{object_of, text_of};
use super::frames::{Frame, Frames, TRANSCRIPT};
use super::header::Header;
use super::messages::{self, Messages};
use dreaming_records::canonical::short_digest;
use dreaming_records::notes::{SessionNotes, Tokens};
use dreaming_records::number::count;
use dreaming_records::policy::{MAX_LINE, Policy};
use dreaming_records::session::{Account, Event, EventKind};
use dreaming_records::trust::Provenance;

/// Working directories that a census names.
const MAX_FOLDERS: usize = 5;

/// What an importer made of one part. Its document is `dreaming.census/1`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Census {
    /// `dreaming.census/1`.
    pub format: String,
    /// Format of the transcript, such as `claude-code`; `None` when no importer knows it.
    pub transcript: Option<String>,
    /// Counts by name: `lines`, `not_json`, `block_<type>`, `tool_result_errors`, … Names whose
    /// count is 0 are absent.
    pub counts: BTreeMap<String, u64>,
    /// Records by type; `None` for those without one.
    pub types: BTreeMap<String, u64>,
    /// Distinct record ids.
    pub distinct_uuids: u64,
    /// Distinct session ids, sorted.
    pub session_ids: BTreeSet<String>,
    /// The least time stamp, as text.
    pub first: Option<String>,
    /// The greatest time stamp, as text.
    pub last: Option<String>,
    /// Distinct models, sorted.
    pub models: BTreeSet<String>,
    /// Distinct versions of the agent, sorted.
    pub versions: BTreeSet<String>,
    /// The first five distinct working directories, sorted.
    pub cwd: BTreeSet<String>,
    /// What the records came to, by name: `message user`, `message agent` and so on by provenance,
    /// `call Bash`, `result Bash`, `failed Bash` by tool (a failed result is counted under both, one
    /// without a call under `?`), `refused`, `hand-off`, `outcome`; after `history` what the part repeats
    /// of a session from which its own was forked.
    pub events: BTreeMap<String, u64>,
    /// Tokens, each response counted once.
    pub tokens: Tokens,
    /// What was used and skipped.
    pub account: Account,
}

/// Takes the census of one part as it streams, without a dream.
#[derive(Debug)]
pub struct Importer {
    frames: Frames,
    reading: Reading,
}

/// The state behind the frames.
#[derive(Debug, Default)]
struct Reading {
    dispatch: Dispatch,
    header: Header,
    tally: Tally,
    messages: Messages,
    events: BTreeMap<String, u64>,
}

impl Default for Importer {
    /// An importer for the next part.
    fn default() -> Self {
        Self {
            frames: Frames::new(TRANSCRIPT, Policy::default().size(&MAX_LINE)),
            reading: Reading::default(),
        }
    }
}

impl Importer {
    /// The next bytes, of any length.
    pub fn push(&mut self, bytes: &[u8]) {
        let reading = &mut self.reading;
        self.frames.push(bytes, &mut |number, frame| reading.frame(number, frame));
    }

    /// Ends the part.
    pub fn finish(mut self) -> Census {
        let reading = &mut self.reading;
        self.frames.finish(&mut |number, frame| reading.frame(number, frame));
        self.reading.census()
    }
}

impl Reading {
    fn frame(&mut self, number: u64, frame: Frame<'_>) {
        let Self { dispatch, header, tally, messages, .. } = self;
        let lines = header.account.lines;
        let is_beside = matches!(frame, Frame::Beside(_));
        let before = header.speaker();
        let events = dispatch.frame(number, frame, header, |fields| {
            if !is_beside {
                tally.record(fields);
            }
            messages.object(fields);
        });
        if lines == header.account.lines {
            tally.count("blank_lines");
        }
        let now = header.speaker();
        self.count(&events, |event| if event.line < number { before } else { now });
    }

    fn count(&mut self, events: &[Event], speaker: impl Fn(&Event) -> usize) {
        for event in events {
            let of = if speaker(event) > 0 { "history " } else { "" };
            let mut add =
                |name: String| *self.events.entry(format!("{of}{name}")).or_default() += 1;
            match &event.kind {
                EventKind::Message => add(format!("message {}", who(event.provenance))),
                EventKind::ToolUse { tool, .. } => add(format!("call {tool}")),
                EventKind::ToolResult { tool, failed, refused, .. } => {
                    let tool = if tool.is_empty() { "?" } else { tool };
                    add(format!("result {tool}"));
                    if *failed {
                        add(format!("failed {tool}"));
                    }
                    if *refused {
                        add("refused".into());
                    }
                }
                EventKind::HandOff { .. } => add("hand-off".into()),
                EventKind::HandOffEnd { .. } => {}
                EventKind::Outcome(_) => add("outcome".into()),
            }
        }
    }

    fn census(mut self) -> Census {
        let events = self.dispatch.finish(&mut self.header);
        let speaker = self.header.speaker();
        self.count(&events, |_| speaker);
        let mut notes = SessionNotes::default();
        self.header.finish(&mut notes);
        let mut census = self.tally.census(notes.account);
        census.events = self.events;
        census.tokens = notes.tokens;
        census.transcript = self.dispatch.format().map(Into::into);
        if census.transcript.as_deref().is_some_and(|name| messages::FORMATS.contains(&name)) {
            self.messages.finish(&mut census);
        }
        census
    }
}

/// Who wrote a message.
fn who(provenance: Provenance) -> &'static str {
    match provenance {
        Provenance::User => "user",
        Provenance::Agent => "agent",
        Provenance::Harness => "harness",
        Provenance::Recalled => "recalled",
        Provenance::ToolUse | Provenance::ToolResult | Provenance::External => "tool",
    }
}

/// The counts so far. Ids are kept as the first 64 bits of their digests.
#[derive(Debug, Default)]
struct Tally {
    census: Census,
    /// Record id to the id of its last parent.
    parents: BTreeMap<u64, Option<u64>>,
    calls: BTreeSet<u64>,
    /// Call ids that results name, with how often.
    results: BTreeMap<u64, u64>,
}

impl Tally {
    fn count(&mut self, name: &str) {
        *self.census.counts.entry(name.into()).or_default() += 1;
    }

    fn record(&mut self, record: &Map<'_>) {
        let kind = python_text(record.get("type"));
        *self.census.types.entry(kind.clone()).or_default() += 1;
        if let Some(id) = truthy(record.get("uuid")) {
            if self.parents.contains_key(&key(id)) {
                self.count("repeated_uuid");
            }
            let parent = record.get("parentUuid").filter(|p| !matches!(p, Value::Null)).map(key);
            self.parents.insert(key(id), parent);
        }
        for (field, name) in [
            ("isSidechain", "sidechain_records"),
            ("isMeta", "meta_records"),
            ("isCompactSummary", "compact_summaries"),
        ] {
            if truthy(record.get(field)).is_some() {
                self.count(name);
            }
        }
        self.names(record);
        let Some(message) = object_of(record, "message") else { return };
        note(&mut self.census.models, text_of(message, "model"));
        match message.get("content") {
            Some(Value::String(_)) => self.count(&format!("{kind}_string_messages")),
            Some(Value::Array(blocks)) => {
                blocks.iter().filter_map(Value::as_object).for_each(|block| self.block(block));
            }
            _ => {}
        }
    }

    fn names(&mut self, record: &Map<'_>) {
        let Census { session_ids, versions, cwd, first, last, .. } = &mut self.census;
        note(session_ids, text_of(record, "sessionId"));
        note(versions, text_of(record, "version"));
        note(cwd, text_of(record, "cwd"));
        if cwd.len() > MAX_FOLDERS {
            cwd.pop_last();
        }
        widen(first, last, text_of(record, "timestamp"));
    }

    fn block(&mut self, block: &Map<'_>) {
        let kind = python_text(block.get("type"));
        self.count(&format!("block_{kind}"));
        let id = |name| key(block.get(name).unwrap_or(&Value::Null));
        match kind.as_str() {
            "tool_use" => {
                self.calls.insert(id("id"));
            }
            "tool_result" => {
                *self.results.entry(id("tool_use_id")).or_default() += 1;
                if truthy(block.get("is_error")).is_some() {
                    self.count("tool_result_errors");
                }
            }
            _ => {}
        }
    }

    fn census(mut self, account: Account) -> Census {
        let uncalled = self.results.iter().filter(|(id, _)| !self.calls.contains(id));
        let parents = || self.parents.values();
        let unknown = parents().flatten().filter(|p| !self.parents.contains_key(p));
        for (name, count) in [
            ("lines", account.lines),
            ("not_json", account.not_json),
            ("not_object", account.not_object),
            ("tool_results_without_call", uncalled.map(|(_, n)| n).sum()),
            (
                "calls_without_result",
                count(self.calls.iter().filter(|id| !self.results.contains_key(id)).count()),
            ),
            ("roots", count(parents().filter(|p| p.is_none()).count())),
            ("parent_not_in_file", count(unknown.count())),
        ] {
            if count > 0 {
                self.census.counts.insert(name.into(), count);
            }
        }
        self.census.format = "dreaming.census/1".into();
        self.census.distinct_uuids = count(self.parents.len());
        self.census.account = account;
        self.census
    }
}

/// The first 64 bits of the digest of a value.
fn key(value: &Value) -> u64 {
    match value {
        Value::String(text) => short_digest(text.as_bytes()),
        other => short_digest(format!("\0{other}").as_bytes()),
    }
}

/// The value, unless it is empty, zero, false or absent.
fn truthy<'a>(value: Option<&'a Value<'a>>) -> Option<&'a Value<'a>> {
    value.filter(|value| match value {
        Value::Null => false,
        Value::Bool(on) => *on,
        Value::Number(n) => n.as_u64() != Some(0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    })
}

/// The text of a type; `None` for none, as other readers of these counts write it.
fn python_text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "None".into(),
        Some(Value::String(text)) => text.as_ref().into(),
        Some(other) => other.to_string(),
    }
}

/// Adds a name. A tree, because each line of a damaged file may have another one.
pub(super) fn note(names: &mut BTreeSet<String>, name: Option<&str>) {
    if let Some(name) = name.filter(|name| !name.is_empty() && !names.contains(*name)) {
        names.insert(name.into());
    }
}

/// Widens the time from `first` to `last` to hold `time` too.
pub(super) fn widen(first: &mut Option<String>, last: &mut Option<String>, time: Option<&str>) {
    let Some(time) = time.filter(|time| !time.is_empty()) else { return };
    if first.as_deref().is_none_or(|first| time < first) {
        *first = Some(time.into());
    }
    if last.as_deref().is_none_or(|last| time > last) {
        *last = Some(time.into());
    }
}
