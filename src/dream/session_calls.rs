//! What a model is asked about a session that was read.

use std::collections::BTreeMap;

use dreaming_learn::check;
use dreaming_learn::propose::{Again, Answer, Asked, Down, Fallen, ModelCall, Series};
use dreaming_records::ids::CallId;
use dreaming_records::policy::{self, Policy};
use dreaming_records::session_record::SessionRecord;

use super::together::Short;

/// The record of a session that was read, and its calls.
#[derive(Debug)]
pub(super) struct Calls {
    pub record: SessionRecord,
    /// Whether this dream asks a model about the session.
    pub asks: bool,
    pub series: Series,
    /// The numbers of the parts of `series` to ask about, in order.
    pub parts: Vec<u64>,
    /// The calls so far, each about the part at the same index of `parts`.
    pub made: Vec<Asked>,
    /// The call about what was turned down of the answers to these; `None` until it is known whether there is one.
    pub again_about: Option<Option<Again>>,
    /// Whether that call counts here, and not with another session that it shows.
    pub counts_second: bool,
    /// What was turned down of each answer, and may be mended; `None` until all are there.
    pub fallen: Option<Vec<Vec<Fallen>>>,
    /// The summary of the parts of `series` before the first open one, and that of the parts before
    /// the next call.
    pub before: [String; 2],
    /// The parts of `series` for which the budget has no calls; `None` until it was shared.
    pub over_budget: Option<Vec<u64>>,
    /// Its size, if it may stand with others in one call.
    pub short: Option<Short>,
    /// Whether its call is one of another session, which counts it.
    pub is_shared: bool,
    /// See [`tried`](dreaming_records::session_record::Unanswered::tried).
    pub tried: Vec<u64>,
    /// Whether the same bytes were read before.
    pub again: bool,
}

impl Calls {
    /// The calls that were made so far.
    pub fn calls(&self) -> impl Iterator<Item = &ModelCall> {
        self.made.iter().map(|asked| &asked.call)
    }

    /// The call about what was turned down.
    pub fn second(&self) -> Option<&Asked> {
        Some(&self.again_about.as_ref()?.as_ref()?.asked)
    }

    /// Whether the answers were looked at for what was turned down, and nothing was asked about that yet.
    pub fn waits_for_second(&self) -> bool {
        self.fallen.is_some() && self.again_about.is_none()
    }

    /// Looks for what was turned down, when all calls are answered.
    pub fn find_fallen(&mut self, answers: &BTreeMap<CallId, Box<Answer>>, policy: &Policy) {
        let all_made = self.over_budget.is_some() && self.made.len() == self.parts.len();
        let answer = |asked: &Asked| answers.get(&asked.call.id);
        let is_answered = all_made && self.made.iter().all(|asked| answer(asked).is_some());
        if self.fallen.is_some() || !is_answered {
            return;
        }
        if self.made.is_empty() || !policy.is_on(&policy::AGAIN) {
            (self.fallen, self.again_about) = (Some(Vec::new()), Some(None));
            return;
        }
        let sources = check::Sources::of(self.series.excerpts());
        let fallen = self.made.iter().map(|asked| {
            let of = |answer| check::mendable(asked, answer, &sources.beside(asked), policy);
            answer(asked).map(|answer| of(answer)).unwrap_or_default()
        });
        self.fallen = Some(fallen.collect());
    }

    /// What was turned down.
    pub fn down(&self) -> Down<'_> {
        let fallen = self.fallen.as_deref().unwrap_or_default();
        Down { series: &self.series, asked: &self.made, fallen }
    }
}
