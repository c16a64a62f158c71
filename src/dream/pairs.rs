//! What a model is asked about pairs of statements of the store, when all sessions are read.

use std::collections::BTreeMap;

use dreaming_core::identity::resolve;
use dreaming_core::reconcile::compare::{self, Question};
use dreaming_learn::compare as words;
use dreaming_learn::numbered::{Asked, ITEMS};
use dreaming_learn::propose::{Answer, ModelCall};
use dreaming_records::ids::CallId;
use dreaming_records::number::count;
use dreaming_records::pair::{Comparison, Side};
use dreaming_records::policy;
use dreaming_records::snapshot::Snapshot;
use dreaming_text::sort;

use crate::engine::redact;

use super::Request;
use super::said::Said;

/// The calls about pairs. They follow from the store, the request and the calls before them alone, so that a
/// restored dream makes the same ones.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    questions: Vec<Question>,
    asked: Vec<Asked>,
}

impl Pairs {
    /// The calls about the pairs of which no answer is known, within what `spent` calls about sessions left.
    pub(super) fn of(request: &Request, store: &Snapshot, spent: u64) -> Self {
        let left = request.policy.number(&policy::MAX_CALLS).saturating_sub(spent);
        let calls = left.min(request.policy.number(&policy::COMPARE_CALLS));
        let calls = usize::try_from(calls).unwrap_or(usize::MAX);
        if calls == 0 {
            return Self::default();
        }
        let entries = resolve(store, request.now, redact).entries;
        let (named, answered) = (&request.similarities, &store.ledger.pairs);
        let questions = compare::questions(&entries, named, answered, calls.saturating_mul(ITEMS));
        let pairs = questions.iter().map(|q| (q.older.clone(), q.newer.clone()));
        let pairs: Vec<(Side, Side)> = pairs.collect();
        let mut asked = words::ask(&pairs, &request.policy);
        asked.truncate(calls);
        Self { questions, asked }
    }

    /// The calls, the most alike pairs first.
    pub(super) fn calls(&self) -> impl Iterator<Item = &ModelCall> {
        self.asked.iter().map(|asked| &asked.call)
    }

    /// What came of them. A call without a usable answer leaves nothing, so that its pairs are asked about again.
    pub(super) fn tell(&self, answers: &BTreeMap<CallId, Box<Answer>>, told: &mut Said) {
        let (mut shown, mut unanswered) = (0, 0);
        for asked in &self.asked {
            let Some(answer) = answers.get(&asked.call.id) else { continue };
            let pairs = count(asked.items.len());
            shown += pairs;
            // Also a call that the host did not make.
            unanswered += if matches!(answer.as_ref(), Answer::Failed { .. }) { pairs } else { 0 };
            let said = words::check(asked, answer);
            told.count(&asked.call, answer, said.is_some());
            let known = said.into_iter().flatten();
            let known = known.filter_map(|(at, is)| Some(self.questions.get(at)?.answered(is)));
            told.pairs.extend(known);
        }
        if shown == 0 {
            return;
        }
        sort::all(&mut told.pairs);
        let said = |is: Comparison| count(told.pairs.iter().filter(|pair| pair.said == is).count());
        let unusable = shown.saturating_sub(count(told.pairs.len()) + unanswered);
        let again = |open: u64, what: &str| match open {
            0 => String::new(),
            open => format!("; {open} without {what} answer, to be asked about again"),
        };
        let again = again(unanswered, "an") + &again(unusable, "a usable");
        let note = format!(
            "Pairs of statements that a model was asked about: {shown} ({} same, {} updates, {} contradicts, {} independent{again}).",
            said(Comparison::Same),
            said(Comparison::Updates),
            said(Comparison::Contradicts),
            said(Comparison::Independent),
        );
        told.notes.push(note);
    }
}
