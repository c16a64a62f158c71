//! What a model is asked across sessions, when the plan is known: what holds and no session says.

use std::collections::BTreeMap;

use dreaming_learn::insight::{self, Asked, Inferred};
use dreaming_learn::propose::{Answer, ModelCall};
use dreaming_records::ids::{CallId, SessionId};
use dreaming_records::ledger::Sessions;
use dreaming_records::number::count;
use dreaming_records::plan::{Cause, Plan, Rejected};
use dreaming_records::policy::Policy;
use dreaming_records::snapshot::Snapshot;
use dreaming_text::sort;

use super::counts::Counts;
use super::{Finished, Outcome, Request, finish};

/// What a dream came to without this question, and the calls that follow from it alone: a restored dream makes
/// the same ones.
#[derive(Debug)]
pub(super) struct Insights {
    first: Box<Outcome>,
    sessions: Sessions,
    asked: Vec<Asked>,
}

impl Insights {
    /// The calls of a dream that has read something.
    pub(super) fn of(
        request: &Request,
        store: &Snapshot,
        done: &BTreeMap<SessionId, Finished>,
        first: Box<Outcome>,
    ) -> Self {
        let records = || finish::read_sessions(done).map(|read| read.record.clone());
        let mut sessions = Sessions::default();
        let mut asked = Vec::new();
        if records().next().is_some() {
            sessions = store.ledger.sessions.clone();
            finish::take_up(&mut sessions, records(), &request.policy);
            asked = insight::ask(&first.plan.changes, &sessions, &request.policy);
        }
        Self { first, sessions, asked }
    }

    /// The calls, those about what recurs most first.
    pub(super) fn calls(&self) -> impl Iterator<Item = &ModelCall> {
        self.asked.iter().map(|asked| &asked.call)
    }

    /// What a dream came to without its answers, and what follows from them.
    pub(super) fn answered(
        self,
        answers: &BTreeMap<CallId, Answer>,
        policy: &Policy,
    ) -> (Box<Outcome>, Told) {
        let mut told = Told::default();
        for asked in &self.asked {
            let Some(answer) = answers.get(&asked.call.id) else { continue };
            let checked = insight::check(asked, answer, &self.sessions, policy);
            told.counts.add(answer, checked.usable);
            told.inferred.extend(checked.held);
            told.rejected.extend(checked.rejected);
        }
        sort::all(&mut told.inferred);
        told.inferred.dedup_by(|a, b| (a.kind, &a.text) == (b.kind, &b.text));
        (self.first, told)
    }
}

/// What a model said across sessions, and what a report counts of it.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// What holds, sorted, no statement twice.
    pub inferred: Vec<Inferred>,
    rejected: Vec<Rejected>,
    counts: Counts,
}

impl Told {
    /// Adds the calls to an outcome, and what was turned down of their answers.
    pub(super) fn tell(self, outcome: &mut Outcome) {
        let Outcome { plan, report } = outcome;
        let Counts { made, answered, .. } = self.counts;
        if made == 0 {
            return;
        }
        self.counts.tell(report);
        report.notes.push(format!(
            "Calls about what holds across sessions: {}, with a usable answer {}; statements inferred {}, turned down {}.",
            made,
            answered,
            self.inferred.len(),
            count(self.rejected.len()) - (made - answered),
        ));
        plan.rejected.extend(self.rejected);
        sort::all(&mut plan.rejected);
        plan.rejected.dedup();
    }
}

/// What a plan has of what a model inferred, to make it again.
pub(super) fn of_plan(plan: &Plan) -> Vec<Inferred> {
    let changes = plan.changes.iter().filter(|change| change.cause == Cause::Inferred);
    let inferred = changes.filter_map(|change| {
        Some(Inferred {
            kind: change.kind?,
            text: change.text.clone()?,
            principal: change.principal.clone(),
            trust: change.trust,
            evidence: change.evidence.clone(),
        })
    });
    inferred.collect()
}
