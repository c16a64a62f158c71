//! The second look, when all is read: is what a model noticed in one session worth keeping?

use std::collections::{BTreeMap, BTreeSet};

use dreaming_learn::numbered::{Asked, ITEMS};
use dreaming_learn::propose::{Answer, ModelCall};
use dreaming_learn::worth;
use dreaming_records::canonical;
use dreaming_records::ids::CallId;
use dreaming_records::look::{self, Look};
use dreaming_records::number::count;
use dreaming_records::plan::{Cause, Change, Plan, Rejected, Stage, WAITS_FOR_A_LOOK};
use dreaming_records::report::Report;
use dreaming_text::{Set, sort};

use super::counts::Counts;
use super::{Outcome, Request};

/// The calls about what a plan would add because a model noticed it. They follow from that plan alone, so that a
/// restored dream makes the same ones.
#[derive(Debug)]
pub(super) struct Looks {
    /// What a dream comes to when there is nothing to ask.
    first: Option<Box<Outcome>>,
    asked: Vec<Asked>,
    noticed: Vec<Change>,
}

impl Looks {
    /// No calls: `first` is what the dream comes to.
    pub(super) fn none(first: Outcome) -> Self {
        Self { first: Some(Box::new(first)), asked: Vec::new(), noticed: Vec::new() }
    }

    /// At most so many calls about what waits in the plan `first`, of which `plan` would add all. In each dream
    /// another order, so that none of it is always last, nor beside the same others.
    pub(super) fn of(request: &Request, first: &Plan, plan: Plan, calls: usize) -> Self {
        let waits = first.rejected.iter().filter(|rejected| rejected.reason == WAITS_FOR_A_LOOK);
        let waits = Set::of(waits.map(|rejected| rejected.text.as_str()));
        let mut seen = BTreeSet::new();
        let mut noticed = plan.changes;
        noticed.retain(|change| {
            let text = change.text.as_deref().map(Rejected::cut);
            change.cause == Cause::Noticed
                && text.is_some_and(|text| waits.contains(text))
                && seen.insert(change.id.clone())
        });
        let now = request.now.millis().to_string();
        let turn = |change: &Change| {
            canonical::digest_parts([now.as_bytes(), change.id.to_string().as_bytes()])
        };
        sort::by_cached_key(&mut noticed, turn);
        noticed.truncate(calls.saturating_mul(ITEMS));
        let shown = noticed.iter().map(|change| {
            let text = change.text.as_deref().unwrap_or_default();
            (change.kind, text, change.evidence.as_slice())
        });
        let mut asked = worth::ask(shown, &request.policy);
        asked.truncate(calls);
        Self { first: None, asked, noticed }
    }

    /// Takes what a dream comes to, when there is nothing to ask.
    pub(super) fn unasked(&mut self) -> Option<Box<Outcome>> {
        self.first.take()
    }

    /// The calls, in their order.
    pub(super) fn calls(&self) -> impl Iterator<Item = &ModelCall> {
        self.asked.iter().map(|asked| &asked.call)
    }

    /// What came of them. A statement of which nothing clear is said is asked about again by the next dream.
    pub(super) fn looked(&self, answers: &BTreeMap<CallId, Answer>) -> Looked {
        let mut looked = Looked::default();
        for asked in &self.asked {
            let Some(answer) = answers.get(&asked.call.id) else { continue };
            let said = worth::check(asked, answer);
            looked.counts.add(answer, said.is_some());
            looked.asked += count(asked.items.len());
            for (at, keep) in said.into_iter().flatten() {
                let Some(change) = self.noticed.get(at) else { continue };
                let (Some(kind), Some(text)) = (change.kind, &change.text) else { continue };
                looked.looks.push(Look { statement: look::statement(kind, text), keep });
                if !keep {
                    let evidence = change.evidence.clone();
                    let (stage, why) = (Stage::Check, "not-worth-keeping");
                    looked.not_kept.push(Rejected::new(stage, why, text, evidence));
                }
            }
        }
        sort::all(&mut looked.looks);
        looked
    }
}

/// What a model said when it looked again, and what a report counts of it.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// By statement.
    pub looks: Vec<Look>,
    /// What is not worth keeping.
    pub not_kept: Vec<Rejected>,
    /// Statements that were asked about.
    asked: u64,
    counts: Counts,
}

impl Looked {
    /// What was said in an earlier dream.
    pub(super) fn before(looks: Vec<Look>) -> Self {
        Self { looks, ..Self::default() }
    }

    /// Adds the calls to a report, and what came of them.
    pub(super) fn tell(&self, report: &mut Report) {
        if self.counts.made == 0 {
            return;
        }
        self.counts.tell(report);
        let kept = count(self.looks.iter().filter(|look| look.keep).count());
        report.notes.push(format!(
            "Statements of one session each that a model looked at again: {}, of which {kept} are worth keeping and {} are not.",
            self.asked,
            count(self.looks.len()) - kept,
        ));
    }
}
