//! From the bytes of a transcript to what a session leaves behind. Streaming and tolerant.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::canonical::Hasher;
use crate::digest::{PartRead, SessionDigest};
use crate::extract::Extractor;
use crate::ids::SessionId;
use crate::policy::{CHUNK_BYTES, EVENT_BYTES, MAX_LINE, Policy};
use crate::redact::redact;
use crate::session::{Account, Event, EventKind};
use crate::text::cut;
use crate::time::Time;
use crate::trust::Provenance;

mod census;
mod claude_code;
mod combine;
mod lines;
mod provenance;
mod record;

pub use census::{Census, Importer};
pub use combine::combine;
use lines::{Line, Lines};

/// Session ids of one part that are told apart. A resumed file holds a few. Chosen by us.
const MAX_ORIGINS: usize = 64;

/// Excerpts of one part, in chunks of a prompt: no dream asks about more. Chosen by us.
const EXCERPT_CHUNKS: usize = 64;

/// What a redaction needs to see behind the end of an excerpt to know a secret that the end
/// would split. Longer than any token of the rules. Chosen by us.
const BEYOND: usize = 4096;

/// The format of a transcript by its first bytes (64 KiB are enough): `claude-code`, or `None`
/// when no importer knows it.
pub fn detect(head: &[u8]) -> Option<&'static str> {
    let mut found = false;
    let mut lines = Lines::new(head.len());
    let mut account = Account::default();
    let mut look = |number: u64, line: Line<'_>| {
        // A first line over the head is cut; its first fields still tell.
        let cut = matches!(line, Line::Whole(b) if number == 1 && b.len() == head.len() && is_cut_record(b));
        let record = record::read(line, number, &mut account);
        found |= cut || record.is_some_and(|record| claude_code::is_record(&record));
    };
    lines.push(head, &mut look);
    lines.finish(&mut look);
    found.then_some(claude_code::FORMAT)
}

/// Whether the beginning of one long line names the fields of a record.
fn is_cut_record(bytes: &[u8]) -> bool {
    let has = |field: &[u8]| bytes.windows(field.len()).any(|w| w == field);
    bytes.first() == Some(&b'{') && has(b"\"sessionId\"") && has(b"\"parentUuid\"")
}

/// An event text as a prompt may show it. Kept only while a session is being read, and only when
/// a model may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// Part of the session.
    pub part: String,
    /// Line of the part, counted from 1.
    pub line: u64,
    /// Id of the event.
    pub event: String,
    /// When it happened.
    pub time: Option<Time>,
    /// Provenance class.
    pub provenance: Provenance,
    /// A label for the prompt: `user`, `agent`, `call Read`, `result Read`, `failed Read`.
    pub label: String,
    /// The beginning of the decoded text before redaction, at most `propose.event-bytes`.
    pub text: String,
}

/// Reads one part as it streams.
#[derive(Debug)]
pub struct PartReader {
    lines: Lines,
    hasher: Hasher,
    bytes: u64,
    reading: Reading,
}

/// What one part came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartResult {
    /// Which bytes were read.
    pub read: PartRead,
    /// What was found in this part alone.
    pub digest: SessionDigest,
    /// Event texts for prompts; empty unless they were asked for.
    pub excerpts: Vec<Excerpt>,
    /// Event texts that were left out because the part has too many.
    pub excerpts_left_out: u64,
}

impl PartReader {
    /// A reader for the part `name`. `with_excerpts`: keep texts for prompts.
    pub fn new(name: &str, policy: &Policy, now: Time, with_excerpts: bool) -> Self {
        let room = policy.size(&CHUNK_BYTES).saturating_mul(EXCERPT_CHUNKS);
        Self {
            lines: Lines::new(policy.size(&MAX_LINE)),
            hasher: Hasher::default(),
            bytes: 0,
            reading: Reading {
                part: name.into(),
                reader: claude_code::Reader::new(now),
                extractor: Extractor::new(name),
                digest: SessionDigest::default(),
                origins: BTreeMap::new(),
                excerpts: Vec::new(),
                room: if with_excerpts { room } else { 0 },
                with_excerpts,
                left_out: 0,
                event_bytes: policy.size(&EVENT_BYTES),
            },
        }
    }

    /// The next bytes, of any length.
    pub fn push(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let reading = &mut self.reading;
        self.lines.push(bytes, |number, line| reading.line(number, line));
    }

    /// Ends the part.
    pub fn finish(mut self) -> PartResult {
        let reading = &mut self.reading;
        self.lines.finish(|number, line| reading.line(number, line));
        let Reading { part, extractor, mut digest, origins, excerpts, left_out, .. } = self.reading;
        extractor.finish(&mut digest);
        // The most frequent session id; of equals the one that came first.
        let origin =
            origins.into_iter().max_by_key(|(_, (count, first))| (*count, u64::MAX - first));
        if let Some((id, _)) = origin {
            digest.origin = SessionId::new(id);
        }
        let read = PartRead { name: part, bytes: self.bytes, digest: self.hasher.digest() };
        PartResult { read, digest, excerpts, excerpts_left_out: left_out }
    }
}

/// The state behind the lines.
#[derive(Debug)]
struct Reading {
    part: String,
    reader: claude_code::Reader,
    extractor: Extractor,
    digest: SessionDigest,
    /// Session id to how often it occurs and on which line first.
    origins: BTreeMap<String, (u64, u64)>,
    excerpts: Vec<Excerpt>,
    /// Bytes of excerpts that may still be kept.
    room: usize,
    with_excerpts: bool,
    left_out: u64,
    event_bytes: usize,
}

impl Reading {
    fn line(&mut self, number: u64, line: Line<'_>) {
        let Some(record) = record::read(line, number, &mut self.digest.account) else { return };
        if claude_code::is_record(&record) {
            self.header(&record, number);
        }
        for read in self.reader.read(&record, number, &mut self.digest.account) {
            let event = read.event;
            self.digest.first = [self.digest.first, event.time].into_iter().flatten().min();
            self.digest.last = [self.digest.last, event.time].into_iter().flatten().max();
            if event.provenance.trust().is_some() {
                self.digest.events += 1;
                self.excerpt(&event);
            }
            self.extractor.observe(&event, read.sidechain);
        }
    }

    /// What a record says about the session.
    fn header(&mut self, record: &Map<String, Value>, number: u64) {
        if self.digest.format.is_empty() {
            self.digest.format = claude_code::FORMAT.into();
            self.digest.agent = Some(claude_code::FORMAT.into());
        }
        let text = |name| record.get(name).and_then(Value::as_str).filter(|t| !t.is_empty());
        if let Some(id) = text("sessionId") {
            if let Some((count, _)) = self.origins.get_mut(id) {
                *count += 1;
            } else if self.origins.len() < MAX_ORIGINS {
                self.origins.insert(redact(id).text, (1, number));
            }
        }
        if self.digest.principal.is_none() {
            self.digest.principal = text("cwd").and_then(principal);
        }
    }

    fn excerpt(&mut self, event: &Event) {
        if !self.with_excerpts {
            return;
        }
        let text = beginning(&event.text, self.event_bytes);
        if text.len() > self.room {
            // Nothing smaller may follow: what is kept is the beginning.
            self.room = 0;
            self.left_out += 1;
            return;
        }
        self.room -= text.len();
        self.excerpts.push(Excerpt {
            part: self.part.clone(),
            line: event.line,
            event: event.id.clone(),
            time: event.time,
            provenance: event.provenance,
            label: label(event),
            text: text.into(),
        });
    }
}

/// The beginning of a text, at most `max` bytes, that splits no secret.
fn beginning(text: &str, max: usize) -> &str {
    if text.len() <= max {
        return text;
    }
    let window = redact(cut(text, max.saturating_add(BEYOND)));
    let split = window.cuts.iter().map(|(secret, _)| secret).find(|s| s.start < max && s.end > max);
    cut(text, split.map_or(max, |secret| secret.start))
}

fn label(event: &Event) -> String {
    match &event.kind {
        EventKind::Message if event.provenance == Provenance::User => "user".into(),
        EventKind::Message => "agent".into(),
        EventKind::ToolUse { tool, .. } => format!("call {}", redact(tool).text),
        EventKind::ToolResult { tool, failed, .. } => {
            let word = if *failed { "failed" } else { "result" };
            format!("{word} {}", redact(tool).text)
        }
    }
}

/// The user part of a working directory.
fn principal(folder: &str) -> Option<String> {
    let rest = folder.strip_prefix("/Users/").or_else(|| folder.strip_prefix("/home/"))?;
    let name = rest.split('/').next().filter(|name| !name.is_empty() && name.len() <= 64)?;
    Some(redact(name).text)
}

#[cfg(test)]
mod tests;
