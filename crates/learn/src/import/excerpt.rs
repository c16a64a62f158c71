//! What a prompt may show of an event: who speaks, and the most useful part of the words.

use std::collections::VecDeque;
use std::ops::Range;

use dreaming_records::number::count;
use dreaming_records::policy::{CHUNK_BYTES, EVENT_BYTES, Policy};
use dreaming_records::session::{Event, EventKind};
use dreaming_records::time::Time;
use dreaming_records::trust::Provenance;
use dreaming_shield::redact::{Redacted, redact};

use super::provenance::{self, is_writer};
use crate::step::shows_again;
use crate::words::harness::PLANNING_TOOLS;

/// Excerpts kept of one part, in chunks of a prompt. Chosen by us: no dream asks about more.
const CHUNKS: usize = 64;

/// Room in a chunk for the text around its longest event, in bytes. Chosen by us: number, speaker,
/// time and line ends take some 120.
const AROUND: usize = 160;

/// Longest excerpt of a result that only says that a person refused or approved a call, in bytes.
const DECIDED: usize = 96;

/// The start of the argument that holds the plan, in a call that asks a person to approve one.
const PLAN: &str = "\"plan\":";

/// An event as a prompt may show it. Kept only while a session is being read, and only when a model
/// may be asked.
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
    /// Who speaks.
    pub role: Role,
    /// Id, in the transcript, of the call that the event makes or answers; empty for messages.
    pub call: String,
    /// Its words without secrets. A mark stands where the middle is left out.
    pub shown: Redacted,
    /// The range of that mark in `shown`. No quote may touch it.
    pub mark: Option<Range<usize>>,
    /// Characters of the event in the transcript.
    pub characters: u64,
}

/// Who speaks in an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// A person.
    Person,
    /// A person from outside, whose words are trusted as those of a page.
    Guest,
    /// The agent.
    Agent,
    /// The agent's plan that a person approved, as a message or as the call that asked for
    /// approval.
    Plan,
    /// The agent, calling this tool.
    Call(String),
    /// A tool, with the result of a call.
    Result {
        /// The tool.
        tool: String,
        /// Whether the call failed.
        failed: bool,
    },
    /// A hand-off between agents.
    HandOff,
}

impl Excerpt {
    /// Whether it is a call, possibly one whose plan a person approved.
    pub(crate) fn is_call(&self) -> bool {
        matches!(self.role, Role::Call(_)) || self.role == Role::Plan && !self.call.is_empty()
    }

    /// Whether it is the result of a failed call.
    pub(crate) fn is_failure(&self) -> bool {
        matches!(self.role, Role::Result { failed: true, .. })
    }

    /// Whether it is a result that says that a person refused the call.
    pub(crate) fn is_refusal(&self) -> bool {
        self.is_failure() && provenance::is_refusal(&self.shown.text)
    }

    /// The same event with at most `max` bytes of its words. A mark that stands already is within
    /// the middle that is cut.
    pub(crate) fn within(&self, max: usize) -> Self {
        let first = max - max / if self.is_failure() { 2 } else { 4 };
        let (shown, mark) = shortened(self.shown.clone(), max, first);
        Self { mark: mark.or_else(|| self.mark.clone()), shown, ..self.clone() }
    }

    /// The words of a range of `shown`.
    pub(crate) fn words(&self, range: &Range<usize>) -> &str {
        self.shown.text.get(range.clone()).unwrap_or_default()
    }
}

/// The excerpts of a part. Of a long part only the beginning and the end are kept, as much as a
/// dream may ask about.
#[derive(Debug)]
pub(super) struct Excerpts {
    first: Vec<Excerpt>,
    last: VecDeque<Excerpt>,
    /// Bytes that may still be kept at the beginning, and at the end.
    room: (usize, usize),
    left_out: u64,
    bounds: Bounds,
}

/// How long excerpts may be, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// An ordinary one: `propose.event-bytes`.
    ordinary: usize,
    /// The longest that fits into one chunk.
    chunk: usize,
    /// The beginning of a part in total, and likewise its end.
    half: usize,
}

impl Excerpts {
    /// No excerpts yet.
    pub(super) fn new(bounds: Bounds) -> Self {
        let room = (bounds.half, bounds.half);
        Self { first: Vec::new(), last: VecDeque::new(), room, left_out: 0, bounds }
    }

    /// Takes the next event of the part.
    pub(super) fn take(&mut self, part: &str, event: &Event) {
        if let Some(call) = provenance::approved(event) {
            self.approve(call);
        }
        let Some(excerpt) = excerpt(part, event, self.bounds) else { return };
        let bytes = excerpt.shown.text.len();
        let (first, last) = &mut self.room;
        if self.last.is_empty() && bytes <= *first {
            *first -= bytes;
            self.first.push(excerpt);
            return;
        }
        // The end of a session shows how it went, so the middle is dropped.
        while bytes > *last
            && let Some(oldest) = self.last.pop_front()
        {
            *last += oldest.shown.text.len();
            self.left_out += 1;
        }
        if bytes > *last {
            self.left_out += 1;
            return;
        }
        *last -= bytes;
        self.last.push_back(excerpt);
    }

    /// Marks a call as a plan that a person approved.
    fn approve(&mut self, call: &str) {
        let mut kept = self.last.iter_mut().rev().chain(self.first.iter_mut().rev());
        let asked =
            |excerpt: &&mut Excerpt| excerpt.call == call && matches!(excerpt.role, Role::Call(_));
        if let Some(excerpt) = kept.find(asked).filter(|call| call.shown.text.contains(PLAN)) {
            excerpt.role = Role::Plan;
        }
    }

    /// The excerpts in order, and how many were left out.
    pub(super) fn finish(mut self) -> (Vec<Excerpt>, u64) {
        self.first.extend(self.last);
        (self.first, self.left_out)
    }
}

fn excerpt(part: &str, event: &Event, bounds: Bounds) -> Option<Excerpt> {
    let (role, call) = role(event)?;
    let (max, first) = match event.kind {
        // The person's words are an event of their own.
        EventKind::ToolResult { refused: true, .. } => (DECIDED, DECIDED),
        // The call shows the approved plan.
        _ if provenance::approved(event).is_some() => (DECIDED, DECIDED),
        _ => bounds.longest(&role),
    };
    let (shown, mark) = shortened(redact(&event.text), max, first);
    (!shown.text.trim_ascii().is_empty()).then(|| Excerpt {
        part: part.into(),
        line: event.line,
        event: event.id.clone(),
        time: event.time,
        provenance: event.provenance,
        role,
        call,
        shown,
        mark,
        characters: count(event.text.chars().count()),
    })
}

/// Who speaks, and the id of the call. `None` for events that tell a model nothing: calls of
/// planning tools, their results unless they failed, and outcomes.
fn role(event: &Event) -> Option<(Role, String)> {
    let plans = |tool: &str| PLANNING_TOOLS.contains(&tool);
    Some(match &event.kind {
        EventKind::Message if event.provenance == Provenance::User => (Role::Person, String::new()),
        EventKind::Message if event.provenance == Provenance::External => {
            (Role::Guest, String::new())
        }
        EventKind::Message | EventKind::Summary => (Role::Agent, String::new()),
        EventKind::Plan => (Role::Plan, String::new()),
        EventKind::ToolUse { tool, call, .. } if !plans(tool) => {
            (Role::Call(redact(tool).text), call.clone())
        }
        EventKind::ToolResult { tool, failed, call, .. } if *failed || !plans(tool) => {
            (Role::Result { tool: redact(tool).text, failed: *failed }, call.clone())
        }
        EventKind::HandOff { .. } | EventKind::HandOffEnd { .. } => (Role::HandOff, String::new()),
        EventKind::ToolUse { .. } | EventKind::ToolResult { .. } | EventKind::Outcome(_) => {
            return None;
        }
    })
}

impl Bounds {
    /// The bounds that `policy` sets.
    pub(super) fn of(policy: &Policy) -> Self {
        let chunk = policy.size(&CHUNK_BYTES);
        Self {
            ordinary: policy.size(&EVENT_BYTES),
            chunk: chunk.saturating_sub(AROUND),
            half: chunk.saturating_mul(CHUNKS / 2),
        }
    }

    /// Returns the longest excerpt for a role, and how much of it comes from the beginning, in
    /// bytes. A person's words are few and say most; an agent's words and the output of a failed
    /// call come to the point at the end; a confirmed write says almost nothing; a later session
    /// can read a file itself. The shares are chosen by us: over three projects, files that were
    /// read took 18 to 41 percent of the bytes of prompts, but only 3 to 16 percent of the places
    /// that a model cited.
    fn longest(self, role: &Role) -> (usize, usize) {
        let ordinary = self.ordinary;
        let (longest, first) = match role {
            // An approved plan states its decisions only once.
            Role::Person | Role::Guest | Role::Plan => (ordinary.saturating_mul(4), 2),
            Role::Agent | Role::HandOff | Role::Result { failed: true, .. } => (ordinary, 2),
            Role::Result { tool, failed: false } if is_writer(tool) || shows_again(tool) => {
                (ordinary / 8, 4)
            }
            Role::Result { failed: false, .. } => (ordinary / 2, 4),
            Role::Call(_) => (ordinary, 4),
        };
        let longest = longest.min(self.chunk);
        // One of `first` equal parts is the end.
        (longest, longest - longest / first)
    }
}

/// Cuts the middle out of a text so that at most `max` bytes remain, about `first` of them before
/// the cut, and returns the range of the mark that replaces the middle. Places in the original stay
/// known. No secret is split, because the text is already redacted.
fn shortened(whole: Redacted, max: usize, first: usize) -> (Redacted, Option<Range<usize>>) {
    let length = whole.text.len();
    if length <= max {
        return (whole, None);
    }
    // The longest mark has a number of 20 digits.
    let room = max.saturating_sub("\n[ bytes are left out]\n".len() + 20);
    let first = first.min(room);
    let from_end = length - (room - first);
    let from = boundary(&whole, first, usize::checked_sub);
    let to = boundary(&whole, from_end, |at, by| Some(at + by).filter(|at| *at <= length));
    let mark = format!("\n[{} bytes are left out]\n", to - from);
    let head = whole.text.get(..from).unwrap_or_default();
    let tail = whole.text.get(to..).unwrap_or_default();
    let place = from..from + mark.len();
    let moved = |at: usize| at - to + place.end;
    let mut cuts = Vec::new();
    let mut before = whole.cuts.clone();
    let after = before.split_off(before.partition_point(|(_, new)| new.end <= from));
    cuts.append(&mut before);
    cuts.push((whole.original(from..to), place.clone()));
    let kept = after.into_iter().filter(|(_, new)| new.start >= to);
    cuts.extend(kept.map(|(old, new)| (old, moved(new.start)..moved(new.end))));
    (Redacted { text: [head, &mark, tail].concat(), cuts }, Some(place))
}

/// The next position from `at` on, in the direction of `step`, that splits neither a character nor
/// a redacted secret.
fn boundary(
    shown: &Redacted,
    mut at: usize,
    step: impl Fn(usize, usize) -> Option<usize>,
) -> usize {
    let splits = |at: usize| {
        let at_cut = shown.cuts.partition_point(|(_, new)| new.end <= at);
        let in_cut = shown.cuts.get(at_cut).is_some_and(|(_, new)| new.start < at);
        in_cut || !shown.text.is_char_boundary(at)
    };
    while splits(at)
        && let Some(next) = step(at, 1)
    {
        at = next;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(text: &str, max: usize) -> (Redacted, Option<Range<usize>>) {
        shortened(redact(text), max, max / 2)
    }

    #[test]
    fn a_short_text_stays_whole() {
        let (shown, mark) = short("error: no such file", 40);
        assert_eq!((&*shown.text, mark), ("error: no such file", None));
    }

    #[test]
    fn a_long_text_keeps_its_beginning_and_its_end() {
        let text = format!("first {}last: undefined: émigré", "x ".repeat(200));
        let (shown, mark) = short(&text, 160);
        let mark = mark.unwrap();
        assert!(shown.text.starts_with("first x") && shown.text.ends_with("undefined: émigré"));
        assert!(shown.text.len() <= 160, "{}", shown.text.len());
        assert!(shown.text.get(mark.clone()).unwrap().contains("bytes are left out"));
        // A place behind the mark keeps its position in the original text.
        let at = shown.text.find("undefined").unwrap();
        let original = shown.original(at..at + 9);
        assert_eq!(text.get(original), Some("undefined"));
        let left_out = shown.original(mark);
        assert!(text.get(left_out).unwrap().chars().all(|c| "x ".contains(c)));
    }

    #[test]
    fn a_secret_is_cut_out_before_the_text_is_shortened() {
        let secret = format!("ghp_{}", "a1B2c3D4".repeat(5));
        for before in 0..120 {
            let text = format!("{}{secret} {}", "é ".repeat(before), "tail ".repeat(60));
            let (shown, mark) = short(&text, 150);
            assert!(mark.is_some() && !shown.text.contains("a1B2"), "{}", shown.text);
            let whole = shown.text.matches("[REDACTED:").count();
            assert_eq!(shown.text.matches("REDACTED").count(), whole, "{}", shown.text);
            let at = shown.text.rfind("tail ").unwrap();
            assert_eq!(text.get(shown.original(at..at + 5)), Some("tail "));
        }
    }

    #[test]
    fn the_beginning_and_the_end_of_a_part_are_kept() {
        let mut policy = Policy::default();
        policy
            .set(CHUNK_BYTES.name, dreaming_records::policy::SettingValue::Integer(1_024))
            .unwrap();
        let mut excerpts = Excerpts::new(Bounds::of(&policy));
        let event = |n: u64| Event {
            id: format!("e{n}"),
            line: n,
            time: None,
            thread: String::new(),
            kind: EventKind::Message,
            provenance: Provenance::Agent,
            text: format!("{n} {}", "word ".repeat(20)),
        };
        (1..=2_000).for_each(|n| excerpts.take("main", &event(n)));
        let (kept, left_out) = excerpts.finish();
        assert_eq!(u64::try_from(kept.len()).unwrap() + left_out, 2_000);
        assert!(left_out > 1_000 && kept.len() > 500);
        assert_eq!((kept[0].line, kept[kept.len() - 1].line), (1, 2_000));
        assert!(kept.is_sorted_by_key(|excerpt| excerpt.line));
    }
}
