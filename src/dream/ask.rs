//! The questions that a dream asks a model after all sessions are read. They are asked one after
//! the other, each when all earlier calls are answered and with a budget of its own.

use std::collections::BTreeMap;
use std::fmt::{self, Debug, Formatter};

use dreaming_learn::propose::{Answer, ModelCall};
use dreaming_records::ids::CallId;
use dreaming_records::policy::Policy;

use super::finish::Step;
use super::model_answers::ModelAnswers;

/// The answers so far, by the call that they answer. Boxed, so that maps share compiled code.
pub(super) type Answers = BTreeMap<CallId, Box<Answer>>;

/// A question that a dream asks a model once, in one or more calls.
pub(super) trait Question {
    /// The most calls that the question may take.
    fn budget(&self, step: &Step<'_>) -> u64;

    /// Makes the calls of the question, at most `most`. They depend only on `step`, so that a
    /// restored dream makes the same calls.
    fn ask(&mut self, step: &Step<'_>, most: usize);

    /// Makes further calls, once, which depend on the answers to the first ones, when these are all there. Returns whether
    /// there are any.
    fn ask_again(&mut self, _answers: &Answers, _policy: &Policy) -> bool {
        false
    }

    /// The calls of the question, in order; none before `ask`.
    fn calls(&self) -> Vec<&ModelCall>;

    /// Adds the results of the answered calls to `said`.
    fn tell(&self, answers: &Answers, policy: &Policy, said: &mut ModelAnswers);
}

/// Prints only the name, so that no question needs `Debug` code of its own.
impl Debug for dyn Question {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Question")
    }
}

/// The questions of a dream, in the order in which they are asked.
#[derive(Debug)]
pub(super) struct Questions {
    all: [Box<dyn Question>; 2],
    /// How many questions were asked.
    asked: usize,
}

impl Questions {
    /// The questions, none of them asked yet.
    pub(super) fn new(all: [Box<dyn Question>; 2]) -> Self {
        Self { all, asked: 0 }
    }

    /// Asks the last question again, when it has more calls to make. Returns whether it had.
    pub(super) fn ask_again(&mut self, answers: &Answers, policy: &Policy) -> bool {
        let last = self.asked.checked_sub(1).and_then(|last| self.all.get_mut(last));
        last.is_some_and(|question| question.ask_again(answers, policy))
    }

    /// Asks the next question that has calls to make. Returns whether there was one.
    pub(super) fn ask_next(&mut self, step: &Step<'_>) -> bool {
        while let Some(question) = self.all.get_mut(self.asked) {
            self.asked += 1;
            let most = usize::try_from(question.budget(step)).unwrap_or(usize::MAX);
            if most > 0 {
                question.ask(step, most);
            }
            if !question.calls().is_empty() {
                return true;
            }
        }
        false
    }

    /// The calls of all questions that were asked.
    pub(super) fn calls(&self) -> Vec<&ModelCall> {
        let mut calls = Vec::new();
        self.all.iter().for_each(|question| calls.append(&mut question.calls()));
        calls
    }

    /// The results of all answers so far.
    pub(super) fn model_answers(&self, answers: &Answers, policy: &Policy) -> ModelAnswers {
        let mut said = ModelAnswers::default();
        self.all.iter().for_each(|question| question.tell(answers, policy, &mut said));
        said
    }
}
