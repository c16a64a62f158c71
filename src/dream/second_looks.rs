//! The second look, when all is read: is what a model noticed in one session worth keeping?

use std::collections::{BTreeMap, BTreeSet};

use dreaming_learn::numbered::{Asked, ITEMS};
use dreaming_learn::propose::{Answer, ModelCall};
use dreaming_learn::second_look;
use dreaming_records::candidate::without_name;
use dreaming_records::canonical;
use dreaming_records::ids::CallId;
use dreaming_records::plan::{Cause, Change, Plan, Rejected, Stage, WAITS_FOR_A_LOOK};
use dreaming_records::second_look::{self as marks, Look};
use dreaming_text::{Set, sort};

use super::Request;
use super::said::Said;

/// The calls about what a plan would add because a model noticed it. They follow from that plan alone, so that a
/// restored dream makes the same ones.
#[derive(Debug, Default)]
pub(super) struct Looks {
    asked: Vec<Asked>,
    noticed: Vec<Change>,
}

impl Looks {
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
        let mut asked = second_look::ask(shown, &request.policy);
        asked.truncate(calls);
        Self { asked, noticed }
    }

    /// The calls, in their order.
    pub(super) fn calls(&self) -> impl Iterator<Item = &ModelCall> {
        self.asked.iter().map(|asked| &asked.call)
    }

    /// What came of them. A statement of which nothing clear is said is not counted, and asked about again by the
    /// next dream.
    pub(super) fn tell(&self, answers: &BTreeMap<CallId, Box<Answer>>, told: &mut Said) {
        for asked in &self.asked {
            let Some(answer) = answers.get(&asked.call.id) else { continue };
            let said = second_look::check(asked, answer);
            told.count(&asked.call, answer, said.is_some());
            for (at, keep) in said.into_iter().flatten() {
                let Some(change) = self.noticed.get(at) else { continue };
                let (Some(kind), Some(text)) = (change.kind, &change.text) else { continue };
                let words = without_name(text, change.principal.as_deref());
                told.looks.push(Look { statement: marks::statement(kind, words), keep });
                if !keep {
                    let evidence = change.evidence.clone();
                    let (stage, why) = (Stage::Check, "not-worth-keeping");
                    told.rejected.push(Rejected::new(stage, why, text, evidence));
                }
            }
        }
        let all = told.looks.len();
        if all == 0 {
            return;
        }
        sort::all(&mut told.looks);
        let kept = told.looks.iter().filter(|look| look.keep).count();
        told.notes.push(format!(
            "Statements of one session each that a model looked at again: {all}, of which {kept} are worth keeping and {} are not.",
            all - kept,
        ));
    }
}
