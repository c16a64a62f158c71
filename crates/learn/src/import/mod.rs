//! From the bytes of a transcript to what a session leaves behind. Streaming and tolerant.

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
mod codex;
mod combine;
mod dispatch;
mod document;
mod events;
mod excerpt;
mod fields;
mod foreign;
mod format;
mod formats;
mod found;
mod frame;
mod frames;
mod gemini;
mod generic;
mod header;
mod lines;
mod log;
mod managed;
mod metric;
mod number;
mod openai;
mod opencode;
mod provenance;
mod record;
mod record_key;
mod repair;
mod scan;
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

/// The format of a transcript by its first bytes (64 KiB are enough), such as `claude-code`; `None`
/// when no importer knows it.
pub fn detect(head: &[u8]) -> Option<&'static str> {
    first(head, |record| match side::is_record(record) {
        true => Some(side::NAME),
        false => formats::of(record).map(|format| format.name),
    })
}

/// What a transcript that no importer knows looks like, by its first bytes: the name of a program, such as `GitHub
/// Copilot CLI`. `None` when nothing is known that looks like it, and when [`detect`] knows it. A guess.
pub fn looks_like(head: &[u8]) -> Option<&'static str> {
    if detect(head).is_some() { None } else { first(head, foreign::name) }
}

/// What is said of the first record of which something is.
fn first(
    head: &[u8],
    say: fn(&crate::json::Map<'_>) -> Option<&'static str>,
) -> Option<&'static str> {
    let mut found = None;
    let mut frames = Frames::new(head.len());
    let mut look = |_, frame: Frame<'_>| {
        let mut account = Account::default();
        // A first record over the head is cut; its first fields still tell.
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

/// What one part came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartResult {
    /// Which bytes were read.
    pub read: PartRead,
    /// What was found in this part alone.
    pub notes: SessionNotes,
    /// What was found in the histories of other sessions that the part repeats before its own, in the order in
    /// which they end.
    pub(crate) histories: Vec<PartHistory>,
    /// The records of this part that have an id of their own, by the key of it.
    pub records: BTreeSet<u64>,
    /// What records with an id of their own added to the sums of the notes.
    sums: Sums,
    /// What the responses of models used that have an id.
    responses: Usage,
    /// Event texts for prompts; empty unless they were asked for.
    pub excerpts: Vec<Excerpt>,
    /// The format, else what the first records look like, see [`foreign`].
    looks_like: &'static str,
}

impl PartReader {
    /// A reader for the part `name`. `with_excerpts`: keep texts for prompts.
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

    /// The next bytes, of any length.
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

    /// How many bytes came so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The digest of the bytes that came so far.
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
        // The oldest began last and ends first.
        histories.reverse();
        let (notes, excerpts, (records, responses)) = own.finish(format, header);
        let read = PartRead { name: part, bytes: self.bytes, digest: self.hasher.digest() };
        PartResult { read, notes, histories, records, sums, responses, excerpts, looks_like }
    }
}

/// The state behind the frames.
#[derive(Debug)]
struct Reading {
    part: String,
    now: Time,
    dispatch: Dispatch,
    /// The text of a part that is no transcript but the result of a call.
    spilled: Option<spilled::Text>,
    log: Log,
    /// What is found in the words of the part's own session, and in the histories in the order in which they
    /// begin.
    own: Found,
    histories: Vec<Found>,
    /// Of texts for prompts, when they are asked for.
    bounds: Option<Bounds>,
    sums: Sums,
    /// What is masked in every text.
    personal: Personal,
}

impl Reading {
    fn frame(&mut self, number: u64, frame: Frame<'_>) {
        self.dispatch.frame(number, frame, &mut self.log);
        self.take();
    }

    /// Takes what was told.
    fn take(&mut self) {
        let mut events = self.log.take();
        for (speaker, event) in events.drain(..) {
            self.event(speaker, event);
        }
        self.log.give_back(events);
    }

    /// Takes an event of the session `speaker`, as the header counts them.
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
        // What a history counts is not the session's.
        if speaker == 0 {
            self.sum(&event, commands);
        }
    }

    /// Notes what an event adds to the sums of the notes, when its record may stand in another part too.
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
