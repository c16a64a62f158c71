//! What a model is asked across sessions, when the plan is known: what holds and no session says.

use std::collections::BTreeMap;

use dreaming_learn::insight::{self, Asked, Inferred};
use dreaming_learn::propose::{Answer, ModelCall};
use dreaming_records::ids::{CallId, SessionId};
use dreaming_records::ledger::Sessions;
use dreaming_records::plan::{Cause, Change, Plan};
use dreaming_records::policy::Policy;
use dreaming_records::snapshot::Snapshot;
use dreaming_text::sort;

use super::said::Said;
use super::{Finished, Request, finish};

/// The calls across sessions. They follow from what a dream came to without them alone: a restored dream makes the
/// same ones.
#[derive(Debug)]
pub(super) struct Insights {
    sessions: Sessions,
    asked: Vec<Asked>,
}

impl Insights {
    /// The calls of a dream that has read something, and would change this.
    pub(super) fn of(
        request: &Request,
        store: &Snapshot,
        done: &BTreeMap<SessionId, Finished>,
        changes: &[Change],
    ) -> Self {
        let records = || finish::read_sessions(done).map(|read| read.record.clone());
        let mut sessions = Sessions::default();
        let mut asked = Vec::new();
        if records().next().is_some() {
            sessions = store.ledger.sessions.clone();
            finish::take_up(&mut sessions, records(), &request.policy);
            asked = insight::ask(changes, &sessions, &request.policy);
        }
        Self { sessions, asked }
    }

    /// The calls, those about what recurs most first.
    pub(super) fn calls(&self) -> impl Iterator<Item = &ModelCall> {
        self.asked.iter().map(|asked| &asked.call)
    }

    /// What came of them.
    pub(super) fn tell(
        &self,
        answers: &BTreeMap<CallId, Box<Answer>>,
        policy: &Policy,
        told: &mut Said,
    ) {
        let (mut made, mut usable, mut turned_down) = (0, 0, 0);
        for asked in &self.asked {
            let Some(answer) = answers.get(&asked.call.id) else { continue };
            let checked = insight::check(asked, answer, &self.sessions, policy);
            told.count(&asked.call, answer, checked.usable);
            made += 1;
            usable += usize::from(checked.usable);
            turned_down += checked.rejected.len();
            told.inferred.extend(checked.held);
            told.rejected.extend(checked.rejected);
        }
        if made == 0 {
            return;
        }
        sort::all(&mut told.inferred);
        told.inferred.dedup_by(|a, b| (a.kind, &a.text) == (b.kind, &b.text));
        told.notes.push(format!(
            "Calls about what holds across sessions: {made}, with a usable answer {usable}; statements inferred {}, turned down {}.",
            told.inferred.len(),
            turned_down - (made - usable),
        ));
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
