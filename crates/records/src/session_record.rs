//! The ledger record of a session: which bytes were read, and what they left behind.

use dreaming_text::sort;
use serde::Serialize;

use crate::canonical::Readable;
use crate::evidence::{Evidence, Pin};
use crate::ids::{Digest, SessionId};
use crate::notes::SessionNotes;
use crate::proposal::Proposal;

/// What one read session leaves behind, bounded and redacted: which bytes were read, and what was
/// found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionRecord {
    /// The session, as the host names it.
    pub id: SessionId,
    /// The bytes that were read, by part name.
    pub parts: Vec<PartRead>,
    /// What was found.
    pub notes: SessionNotes,
    /// The parts that it repeats from other sessions, in the order of the lines. The notes hold
    /// nothing from them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub histories: Vec<History>,
    /// What a model proposed and the check let through, sorted.
    pub proposals: Vec<Proposal>,
    /// The calls about it that have no usable answer. While there are some, the session counts as
    /// read and waits for a model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unanswered: Option<Unanswered>,
    /// Whether only dreams without a model have read it in this form. A dream with a model takes it
    /// again, only to ask the model.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unseen: bool,
    /// Whether its evidence was withdrawn: it stays read, and counts no more.
    ///
    /// See [`crate::withdrawn`].
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
}

/// Unusable answers about one part of a session after which no model is asked about the part again.
/// Chosen by us: the same or another model may do better on a second try; three failures are no
/// accident.
const TRIES: usize = 3;

/// Calls about a session that have no usable answer. The next dream with a model makes these calls
/// again, and no other calls for the same bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Unanswered {
    /// The question: a digest of the events and of the prompt around them.
    pub series: Digest,
    /// The open parts of the question, counted from 1, in order; never empty.
    pub parts: Vec<u64>,
    /// What the parts before the first open one were about, in a model's words; may be empty.
    pub before: String,
    /// Whether a call was made and failed. Otherwise the budget was used up before all of them.
    pub failed: bool,
    /// Open parts with unusable answers, each listed once for every such answer, at most twice. A
    /// part's first unusable answer counts only in a dream that also got usable answers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tried: Vec<u64>,
}

impl Unanswered {
    /// Counts an unusable answer about each of these parts, and removes the parts that now have
    /// three. Returns how many were removed.
    pub fn count(&mut self, unusable: Vec<u64>) -> usize {
        self.tried.extend(unusable);
        sort::all(&mut self.tried);
        let spent = |part: &u64| self.tried.iter().filter(|tried| *tried == part).count() >= TRIES;
        let (left, open): (Vec<u64>, Vec<u64>) = self.parts.iter().partition(|part| spent(part));
        self.parts = open;
        self.tried.retain(|part| !left.contains(part));
        left.len()
    }
}

impl SessionRecord {
    /// Whether a model should be asked about it: about all of it, or about parts without an answer.
    pub(crate) fn is_askable(&self) -> bool {
        (self.unseen || self.unanswered.is_some()) && !self.withdrawn
    }

    /// The id by which the session is counted: the one inside the transcript.
    pub fn origin(&self) -> &SessionId {
        if self.notes.origin.as_str().is_empty() { &self.id } else { &self.notes.origin }
    }

    /// Whether a model is asked about the session `origin` through this record: as its own session
    /// or as a history.
    pub fn claims(&self, origin: &SessionId) -> bool {
        let repeats = |history: &History| history.asked && history.record.origin() == origin;
        self.origin() == origin || self.histories.iter().any(repeats)
    }

    /// The history that holds a line of a part; `None` for the session's own lines.
    pub(crate) fn history_at(&self, part: &str, line: u64) -> Option<&History> {
        self.histories.iter().find(|history| history.part == part && line <= history.last_line)
    }

    /// The id under which the content on a line of a part is counted.
    pub fn origin_of(&self, part: &str, line: u64) -> &SessionId {
        self.history_at(part, line).map_or(self.origin(), |history| history.record.origin())
    }

    /// Adds proposals of a model: to a history if all places of the proposal are in it, else to the
    /// session itself. The lists stay sorted and without duplicates.
    pub fn add_proposals(&mut self, proposals: impl IntoIterator<Item = Proposal>) {
        for proposal in proposals {
            let within = |history: &&mut History| {
                let here = |pin: &Pin| history.part == pin.part && pin.line <= history.last_line;
                !proposal.pins.is_empty() && proposal.pins.iter().all(here)
            };
            let history = self.histories.iter_mut().find(within);
            let list = history.map_or(&mut self.proposals, |found| &mut found.record.proposals);
            list.push(proposal);
        }
        let histories = self.histories.iter_mut().map(|history| &mut history.record.proposals);
        for list in std::iter::once(&mut self.proposals).chain(histories) {
            sort::by(list, |a, b| (a.kind, &a.text, &a.pins).cmp(&(b.kind, &b.text, &b.pins)));
            list.dedup();
        }
    }

    /// All proposals: of the session, then of each history.
    pub fn all_proposals(&self) -> impl Iterator<Item = &Proposal> {
        let histories = self.histories.iter().flat_map(|history| &history.record.proposals);
        self.proposals.iter().chain(histories)
    }

    /// A pin of this session as evidence, with length and digest of its part.
    pub fn evidence(&self, pin: &Pin) -> Evidence {
        let part = self.parts.iter().find(|part| part.name == pin.part);
        Evidence {
            session: self.id.clone(),
            part: pin.part.clone(),
            line: pin.line,
            start: pin.start,
            end: pin.end,
            event: pin.event.clone(),
            time: pin.time,
            provenance: pin.provenance,
            part_bytes: part.map_or(0, |p| p.bytes),
            part_digest: part.map(|p| p.digest.clone()).unwrap_or_default(),
            quote: pin.quote.clone(),
            quote_digest: pin.quote_digest.clone(),
            claimed: false,
        }
    }

    /// All places that the record keeps as evidence: those of findings and those that a model
    /// cited. Quarantined places are not included.
    pub fn pins(&self) -> impl Iterator<Item = &Pin> {
        let found = &self.notes;
        let failures = found.failures.iter();
        let failures = failures.flat_map(|f| [Some(&f.pin), f.cure.as_ref().map(|cure| &cure.pin)]);
        failures
            .flatten()
            .chain(found.refutations.iter().flat_map(|refutation| &refutation.pins))
            .chain(found.statements.iter().map(|statement| &statement.pin))
            .chain(found.steps.iter().map(|step| &step.pin))
            .chain(found.actions.iter().map(|action| &action.pin))
            .chain(found.hand_offs.iter().map(|hand_off| &hand_off.pin))
            .chain(found.outcomes.iter().map(|outcome| &outcome.pin))
            .chain(self.proposals.iter().flat_map(|proposal| &proposal.pins))
    }
}

/// What a forked session repeats of the session it was forked from. Of the original's transcript
/// and all histories that repeat it, one counts.
///
/// When one transcript is read, it is unknown whether the other session is read too. So a history
/// is a record of its own (see [`crate::copies`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "SessionHistory"))]
pub struct History {
    /// The part that holds it.
    pub part: String,
    /// The last line of the history in that part.
    pub last_line: u64,
    /// Whether a model is asked about it here: only in one of the sessions that repeat it, and not
    /// at all when the original session is read itself.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub asked: bool,
    /// What was found in it. Id and parts are those of the session that repeats it, because it can
    /// be read there; the origin is the original session.
    pub record: SessionRecord,
}

/// One part as it was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PartRead {
    /// Name of the part.
    pub name: String,
    /// Length in bytes.
    pub bytes: u64,
    /// Digest of those bytes.
    pub digest: Digest,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_answer_about_a_part_that_nobody_can_use_is_the_last() {
        let mut open = Unanswered { parts: vec![1, 2, 4], ..Unanswered::default() };
        assert_eq!([open.count(vec![1]), open.count(vec![1, 4])], [0, 0]);
        assert_eq!((&open.parts[..], &open.tried[..]), (&[1, 2, 4][..], &[1, 1, 4][..]));
        assert_eq!(open.count(vec![1, 4]), 1);
        assert_eq!((&open.parts[..], &open.tried[..]), (&[2, 4][..], &[4, 4][..]));
        assert_eq!(open.count(Vec::new()), 0);
        assert_eq!(open.count(vec![4]), 1);
        assert_eq!((&open.parts[..], &open.tried[..]), (&[2][..], &[][..]));
    }

    #[test]
    fn a_line_belongs_to_the_first_history_that_has_not_ended() {
        let named = |name: &str| {
            let mut record = SessionRecord::default();
            record.notes.origin = SessionId::new(name);
            record
        };
        let history = |name: &str, last_line| History {
            part: "main".into(),
            last_line,
            asked: false,
            record: named(name),
        };
        let record =
            SessionRecord { histories: vec![history("a", 3), history("b", 7)], ..named("c") };
        let origin = |part: &str, line| record.origin_of(part, line).to_string();
        assert_eq!([1, 3, 4, 7, 8].map(|line| origin("main", line)), ["a", "a", "b", "b", "c"]);
        assert_eq!(origin("other", 1), "c");
    }
}
