//! The question about pairs of statements of the store, asked after all sessions are read.

use dreaming_core::reconcile::pair_questions;
use dreaming_learn::numbered::{Asked, ITEMS};
use dreaming_learn::pair_prompt as words;
use dreaming_learn::propose::{Answer, ModelCall};
use dreaming_records::number::count;
use dreaming_records::pair::{Comparison, Side};
use dreaming_records::policy::{self, Policy};
use dreaming_text::{Set, sort};

use super::Finished;
use super::ask::{Answers, Question};
use super::finish::Step;
use super::model_answers::ModelAnswers;

/// The calls about pairs.
#[derive(Default)]
pub(super) struct Pairs {
    questions: Vec<pair_questions::Question>,
    asked: Vec<Asked>,
}

impl Question for Pairs {
    /// The calls that those about sessions left of `propose.max-calls`, but at most
    /// `compare.max-calls`.
    fn budget(&self, step: &Step<'_>) -> u64 {
        let policy = &step.request.policy;
        let spent = step.done.values().map(Finished::calls).sum();
        let left = policy.number(&policy::MAX_CALLS).saturating_sub(spent);
        left.min(policy.number(&policy::COMPARE_CALLS))
    }

    /// Asks about the pairs that no model has answered yet, the most alike first.
    fn ask(&mut self, step: &Step<'_>, most: usize) {
        let (request, ledger) = (step.request, &step.store.ledger);
        let (entries, named) = (&step.found.read.entries, &request.similarities);
        let limit = most.saturating_mul(ITEMS);
        self.questions = pair_questions::questions(entries, named, &ledger.pairs, limit);
        let pairs = self.questions.iter().map(|q| (q.older.clone(), q.newer.clone()));
        let pairs: Vec<(Side, Side)> = pairs.collect();
        self.asked = words::ask(&pairs, &request.policy);
        self.asked.truncate(most);
    }

    fn calls(&self) -> Vec<&ModelCall> {
        self.asked.iter().map(|asked| &asked.call).collect()
    }

    /// Records nothing for a call without a usable answer, so that its pairs are asked about again.
    fn tell(&self, answers: &Answers, _: &Policy, told: &mut ModelAnswers) {
        let (mut shown, mut unanswered) = (0, 0);
        let mut apart = Vec::new();
        for asked in &self.asked {
            let Some(answer) = answers.get(&asked.call.id) else { continue };
            let pairs = count(asked.items.len());
            shown += pairs;
            // A call also counts as failed if the host did not make it.
            unanswered += if matches!(answer.as_ref(), Answer::Failed { .. }) { pairs } else { 0 };
            let said = words::check(asked, answer);
            told.count(&asked.call, answer, said.is_some());
            let known: Vec<_> = said.into_iter().flatten().collect();
            let same = known.iter().filter(|(_, is)| *is == Comparison::Same);
            let same = same.filter_map(|(at, _)| self.questions.get(*at));
            apart.extend(same.filter_map(pair_questions::kept_apart));
            let known = known.into_iter();
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
        let (number, kinds) = (apart.len(), Set::of(apart));
        let kinds: Vec<&str> = kinds.iter().copied().collect();
        let apart = match number {
            0 => String::new(),
            _ => format!(
                " Called the same, but kept apart by a difference ({}): {number}.",
                kinds.join(", ")
            ),
        };
        let note = format!(
            "Pairs of statements that a model was asked about: {shown} ({} same, {} updates, {} contradicts, {} independent{again}).{apart}",
            said(Comparison::Same),
            said(Comparison::Updates),
            said(Comparison::Contradicts),
            said(Comparison::Independent),
        );
        told.notes.push(note);
    }
}
