//! The second look, when all is read: is what a model noticed in one session worth keeping?

use std::collections::{BTreeMap, BTreeSet};

use dreaming_learn::numbered::{Asked, ITEMS};
use dreaming_learn::propose::{Answer, ModelCall};
use dreaming_learn::worth;
use dreaming_records::ids::CallId;
use dreaming_records::look::{self, Look};
use dreaming_records::number::count;
use dreaming_records::plan::{Cause, Change, Plan, Rejected, Stage};
use dreaming_records::report::Report;
use dreaming_text::sort;

use super::Request;
use super::counts::Counts;

/// The calls about what a plan would add because a model noticed it. They follow from that plan alone, so that a
/// restored dream makes the same ones.
#[derive(Debug, Default)]
pub(super) struct Looks {
    asked: Vec<Asked>,
    noticed: Vec<Change>,
}

impl Looks {
    /// At most so many calls about what `plan` would add, in its order, which brings statements of one kind together.
    pub(super) fn of(request: &Request, plan: Plan, calls: usize) -> Self {
        let mut noticed = plan.changes;
        let mut seen = BTreeSet::new();
        noticed.retain(|change| {
            change.cause == Cause::Noticed && seen.insert((change.kind, change.text.clone()))
        });
        noticed.truncate(calls.saturating_mul(ITEMS));
        let shown = noticed.iter().filter_map(|change| {
            Some((change.kind?, change.text.as_deref()?, change.evidence.as_slice()))
        });
        let mut asked = worth::ask(shown, &request.policy);
        asked.truncate(calls);
        Self { asked, noticed }
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
                    looked.left.push(Rejected::new(stage, why, text, evidence));
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
    pub left: Vec<Rejected>,
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
