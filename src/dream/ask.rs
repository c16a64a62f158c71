//! What a model is asked about many things at once, when all sessions are read: one question after the other, each
//! when all calls before it are answered and within a budget of its own.

use std::collections::BTreeMap;
use std::fmt::{self, Debug, Formatter};

use dreaming_learn::propose::{Answer, ModelCall};
use dreaming_records::ids::CallId;
use dreaming_records::policy::Policy;

use super::finish::Step;
use super::said::Said;

/// The answers that have come, by call. Boxed as rows are: for each size of value a map is code of its own.
pub(super) type Answers = BTreeMap<CallId, Box<Answer>>;

/// Something that a model is asked once in a dream.
pub(super) trait Question {
    /// Most calls that it may take.
    fn budget(&self, step: &Step<'_>) -> u64;

    /// Makes its calls, at most `most`. They follow from what is known at this step alone, so that a restored dream
    /// makes the same ones.
    fn ask(&mut self, step: &Step<'_>, most: usize);

    /// Its calls, in their order; none before it was asked.
    fn calls(&self) -> Vec<&ModelCall>;

    /// Adds what came of those that are answered.
    fn tell(&self, answers: &Answers, policy: &Policy, said: &mut Said);
}

/// Its type is named, and nothing in it: what it holds would be code for every question.
impl Debug for dyn Question {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Question")
    }
}

/// The questions of a dream, in the order in which they are asked.
#[derive(Debug)]
pub(super) struct Questions {
    all: [Box<dyn Question>; 2],
    /// How many of them were asked.
    asked: usize,
}

impl Questions {
    /// None of them is asked yet.
    pub(super) fn new(all: [Box<dyn Question>; 2]) -> Self {
        Self { all, asked: 0 }
    }

    /// Asks the next one that has something to ask. Whether there was one.
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

    /// The calls of all that were asked.
    pub(super) fn calls(&self) -> Vec<&ModelCall> {
        let mut calls = Vec::new();
        self.all.iter().for_each(|question| calls.append(&mut question.calls()));
        calls
    }

    /// What models said to them by now.
    pub(super) fn said(&self, answers: &Answers, policy: &Policy) -> Said {
        let mut said = Said::default();
        self.all.iter().for_each(|question| question.tell(answers, policy, &mut said));
        said
    }
}
