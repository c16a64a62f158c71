//! Reads the bytes of a transcript into a session record. Streams, and tolerates damage.

use std::collections::BTreeSet;

use dreaming_records::canonical::Hasher;
use dreaming_records::ids::Digest;
use dreaming_records::notes::SessionNotes;
use dreaming_records::policy::{MAX_LINE, Policy};
use dreaming_records::session::{Account, Event, EventKind};
use dreaming_records::session_record::PartRead;
use dreaming_records::time::Time;
use dreaming_shield::redact::{Personal, mask};

use crate::extract::tool_name;
use crate::masks;
use crate::shown;

mod claude_code;
mod cline;
mod codex;
mod combine;
mod copilot;
mod copilot_chat;
mod dispatch;
mod droid;
mod events;
mod excerpt;
mod exit_line;
mod fields;
mod foreign;
mod format;
mod formats;
mod found;
mod frame;
mod frames;
mod gemini;
mod generic;
mod goose;
mod guest;
mod header;
mod json_document;
mod json_walk;
mod kiro;
mod lines;
mod log;
mod managed;
mod metric;
mod millionths;
mod openai;
mod opencode;
mod openhands;
mod pi;
mod provenance;
mod qwen;
mod record;
mod record_key;
mod repair;
mod shell_report;
mod side;
mod spilled;
mod sums;
mod understood;
mod usage;

pub use combine::{SessionExcerpts, combine};
use dispatch::Dispatch;
pub use events::events;
use excerpt::Bounds;
pub use excerpt::{Excerpt, Role};
use found::{Found, PartHistory};
use frame::Frame;
use frames::Frames;
use log::Log;
use repair::closed;
use sums::{Ended, Sums};
pub use understood::not_understood;
use usage::Usage;

/// Detects the format of a transcript from its first bytes (64 KiB are enough), such as
/// `claude-code`; `None` when no importer knows it.
pub fn detect(head: &[u8]) -> Option<&'static str> {
    first(head, |record| match side::is_record(record) {
        true => Some(side::NAME),
        false => formats::of(record).map(|format| format.name),
    })
}

/// Guesses from its first bytes which program wrote a transcript that no importer knows, such as
/// `GitHub Copilot CLI`. `None` when the guess fails, or when [`detect`] knows the format.
pub fn looks_like(head: &[u8]) -> Option<&'static str> {
    if detect(head).is_some() { None } else { first(head, foreign::name) }
}

/// The first answer that `say` gives for a record.
fn first(
    head: &[u8],
    say: fn(&crate::json_value::Map<'_>) -> Option<&'static str>,
) -> Option<&'static str> {
    let mut found = None;
    let mut frames = Frames::new(head.len());
    let mut look = |_, frame: Frame<'_>| {
        let mut account = Account::default();
        // A record longer than `head` is cut; it is closed so that its first fields can be read.
        let whole = match &frame {
            Frame::Record(bytes) if found.is_none() => closed(bytes),
            _ => None,
        };
        let whole = whole.as_ref().map_or(frame, |bytes| Frame::Record(bytes));
        let record = record::read(whole, &[], &mut account);
        found = found.or(record.and_then(|record| say(&record)));
    };
    frames.push(head, &mut look);
    frames.finish(&mut look);
    found
}

/// Reads one part as it streams.
#[derive(Debug)]
pub struct PartReader {
    frames: Frames,
    hasher: Hasher,
    bytes: u64,
    reading: Reading,
}

/// The result of reading a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartResult {
    /// The name, length and digest of the bytes read.
    pub read: PartRead,
    /// The notes on this part alone.
    pub notes: SessionNotes,
    /// The histories of other sessions that the part repeats before its own records, in the order
    /// in which they end.
    pub(crate) histories: Vec<PartHistory>,
    /// The keys of the records that have an id.
    pub records: BTreeSet<u64>,
    /// What each record with an id added to the sums in the notes.
    sums: Sums,
    /// The tokens of model responses that have an id.
    responses: Usage,
    /// Excerpts for prompts; empty unless asked for.
    pub excerpts: Vec<Excerpt>,
    /// The format, else a guess from the first records, see [`foreign`].
    looks_like: &'static str,
}

impl PartReader {
    /// A reader for the part `name`. `with_excerpts`: keeps excerpts for prompts.
    pub fn new(name: &str, policy: &Policy, now: Time, with_excerpts: bool) -> Self {
        let bounds = with_excerpts.then(|| Bounds::of(policy));
        Self {
            frames: Frames::new(policy.size(&MAX_LINE)),
            hasher: Hasher::default(),
            bytes: 0,
            reading: Reading {
                part: name.into(),
                now,
                dispatch: Dispatch::default(),
                spilled: spilled::call_of(name)
                    .map(|call| spilled::Text::new(call, policy.size(&MAX_LINE))),
                log: Log::default(),
                own: Found::new(name, bounds),
                histories: Vec::new(),
                bounds,
                sums: Sums::default(),
                personal: masks::of(policy),
            },
        }
    }

    /// Takes the next bytes, any number of them.
    pub fn push(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let reading = &mut self.reading;
        if let Some(text) = &mut reading.spilled {
            text.push(bytes, &mut reading.log);
            return reading.take();
        }
        self.frames.push(bytes, &mut |number, frame| reading.frame(number, frame));
    }

    /// How many bytes were read so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The digest of the bytes read so far.
    pub fn digest(&self) -> Digest {
        self.hasher.digest()
    }

    /// Ends the part.
    pub fn finish(mut self) -> PartResult {
        let reading = &mut self.reading;
        self.frames.finish(&mut |number, frame| reading.frame(number, frame));
        reading.dispatch.finish(&mut reading.log);
        let mut format = reading.dispatch.format().unwrap_or_default();
        let looks_like = reading.dispatch.looks_like();
        if let Some(mut text) = reading.spilled.take() {
            format = spilled::FORMAT;
            text.finish(&mut reading.log);
        }
        reading.take();
        let Reading { part, log, own, histories, sums, .. } = self.reading;
        let mut header = log.header;
        let histories = histories.into_iter().zip(header.take_histories()).map(|(found, said)| {
            let (notes, excerpts, _) = found.finish(format, said.header);
            PartHistory { last_line: said.last_line, notes, excerpts }
        });
        let mut histories: Vec<PartHistory> = histories.collect();
        // The history of the oldest session began last and ends first.
        histories.reverse();
        let (notes, excerpts, (records, responses)) = own.finish(format, header);
        let read = PartRead { name: part, bytes: self.bytes, digest: self.hasher.digest() };
        PartResult { read, notes, histories, records, sums, responses, excerpts, looks_like }
    }
}

/// What reads the frames of a part.
#[derive(Debug)]
struct Reading {
    part: String,
    now: Time,
    dispatch: Dispatch,
    /// For a part that is no transcript but a long result: its text.
    spilled: Option<spilled::Text>,
    log: Log,
    /// Findings from the part's own session, and from each history in the order in which they
    /// begin.
    own: Found,
    histories: Vec<Found>,
    /// The bounds of excerpts, if they are asked for.
    bounds: Option<Bounds>,
    sums: Sums,
    /// The personal data that are masked in every text.
    personal: Personal,
}

impl Reading {
    fn frame(&mut self, number: u64, frame: Frame<'_>) {
        self.dispatch.frame(number, frame, &mut self.log);
        self.take();
    }

    /// Observes the events that the reader pushed.
    fn take(&mut self) {
        let mut events = self.log.take();
        for (speaker, event) in events.drain(..) {
            self.event(speaker, event);
        }
        self.log.give_back(events);
    }

    /// Observes an event of the session `speaker`, see [`header::Header::speaker`].
    fn event(&mut self, speaker: usize, mut event: Event) {
        if let Some(shown) = shown::of(&event) {
            event.text = shown;
        }
        if let Some(masked) = mask(&event.text, self.personal) {
            event.text = masked;
        }
        if event.time.is_some_and(|time| time > self.now) {
            event.time = None;
            self.log.header.account.future_time += 1;
        }
        while self.histories.len() < speaker {
            self.histories.push(Found::new(&self.part, self.bounds));
        }
        let history = speaker.checked_sub(1).and_then(|at| self.histories.get_mut(at));
        let commands = history.unwrap_or(&mut self.own).take(&self.part, &event);
        // Only the session's own events count in its sums.
        if speaker == 0 {
            self.sum(&event, commands);
        }
    }

    /// Notes what an event adds to the sums, if its record has an id and may thus stand in another
    /// part too.
    fn sum(&mut self, event: &Event, commands: Vec<(String, bool)>) {
        let Some(record) = self.log.header.record(&event.id) else { return };
        if event.provenance.trust().is_some() {
            self.sums.event(record);
        }
        if let EventKind::ToolResult { tool, failed, refused: false, .. } = &event.kind
            && let tool = tool_name(tool)
            && self.own.counts(&tool)
        {
            self.sums.ended(record, Ended::Tool, tool, *failed);
        }
        for (command, failed) in commands {
            self.sums.ended(record, Ended::Command, command, failed);
        }
    }
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
