//! From the bytes of a transcript to what a session leaves behind. Streaming and tolerant.

use crate::canonical::Hasher;
use crate::digest::{PartRead, SessionDigest};
use crate::extract::Extractor;
use crate::policy::{CHUNK_BYTES, EVENT_BYTES, MAX_LINE, Policy};
use crate::redact::{Personal, mask, redact};
use crate::session::{Account, Event, EventKind};
use crate::text::cut;
use crate::time::Time;
use crate::trust::Provenance;

mod census;
mod claude_code;
mod combine;
mod format;
mod header;
mod lines;
mod provenance;
mod record;

pub use census::{Census, Importer};
pub use combine::combine;
use format::{Format, Reader};
use header::Header;
use lines::{Line, Lines};

/// Excerpts of one part, in chunks of a prompt: no dream asks about more. Chosen by us.
const EXCERPT_CHUNKS: usize = 64;

/// What a redaction needs to see behind the end of an excerpt to know a secret that the end
/// would split. Longer than any token of the rules. Chosen by us.
const BEYOND: usize = 4096;

/// The format of a transcript by its first bytes (64 KiB are enough), such as `claude-code`; `None`
/// when no importer knows it.
pub fn detect(head: &[u8]) -> Option<&'static str> {
    let mut found = None;
    let mut lines = Lines::new(head.len());
    let mut account = Account::default();
    let mut look = |number: u64, line: Line<'_>| {
        // A first line over the head is cut; its first fields still tell.
        let cut = matches!(line, Line::Whole(b) if number == 1 && b.len() == head.len() && is_cut_record(b));
        let record = record::read(line, number, &mut account);
        let known = record.and_then(|record| format::of(&record));
        found = found.or(known).or(cut.then_some(&claude_code::FORMAT));
    };
    lines.push(head, &mut look);
    lines.finish(&mut look);
    found.map(|format: &Format| format.name)
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
                now,
                reader: None,
                header: Header::default(),
                extractor: Extractor::new(name),
                digest: SessionDigest::default(),
                excerpts: Vec::new(),
                room: if with_excerpts { room } else { 0 },
                with_excerpts,
                left_out: 0,
                event_bytes: policy.size(&EVENT_BYTES),
                personal: Personal::of(policy),
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
        if let Some(mut reader) = reading.reader.take() {
            let events = reader.finish(&mut reading.header);
            reading.events(events);
        }
        let Reading { part, header, extractor, mut digest, excerpts, left_out, .. } = self.reading;
        extractor.finish(&mut digest);
        header.finish(&mut digest);
        let read = PartRead { name: part, bytes: self.bytes, digest: self.hasher.digest() };
        PartResult { read, digest, excerpts, excerpts_left_out: left_out }
    }
}

/// The state behind the lines.
#[derive(Debug)]
struct Reading {
    part: String,
    now: Time,
    /// The reader of the part's format, once a record told it.
    reader: Option<Box<dyn Reader>>,
    header: Header,
    extractor: Extractor,
    digest: SessionDigest,
    excerpts: Vec<Excerpt>,
    /// Bytes of excerpts that may still be kept.
    room: usize,
    with_excerpts: bool,
    left_out: u64,
    event_bytes: usize,
    /// What is masked in every text.
    personal: Personal,
}

impl Reading {
    fn line(&mut self, number: u64, line: Line<'_>) {
        let Some(record) = record::read(line, number, &mut self.digest.account) else { return };
        let reader = match &mut self.reader {
            Some(reader) => reader,
            None => {
                let Some(format) = format::of(&record) else {
                    self.digest.account.unknown_type += 1;
                    return;
                };
                self.digest.format = format.name.into();
                self.digest.agent = Some(format.name.into());
                self.reader.insert((format.reader)(self.now))
            }
        };
        let account = &mut self.digest.account;
        let events = reader.read(&record, number, &mut self.header, account);
        self.events(events);
    }

    fn events(&mut self, events: Vec<Event>) {
        for mut event in events {
            if let Some(masked) = mask(&event.text, self.personal) {
                event.text = masked;
            }
            if event.time.is_some_and(|time| time > self.now) {
                event.time = None;
                self.digest.account.future_time += 1;
            }
            self.digest.first = [self.digest.first, event.time].into_iter().flatten().min();
            self.digest.last = [self.digest.last, event.time].into_iter().flatten().max();
            if event.provenance.trust().is_some() {
                self.digest.events += 1;
                self.excerpt(&event);
            }
            self.extractor.observe(&event);
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
        EventKind::HandOff { .. } | EventKind::HandOffEnd { .. } => "hand-off".into(),
        EventKind::Outcome(_) => "outcome".into(),
    }
}

#[cfg(test)]
mod tests;
