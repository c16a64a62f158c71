//! Where a dream has its calls made: what is recorded is not paid for again, the budget is kept, a few
//! calls are made at a time and again when that may help, and each answer is written down when it comes.

mod tries;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use dreaming_wasmtime::{Answer, Model, ModelCall};

use self::tries::{Heard, Stop};
use super::budget::Budget;
use super::tally::{Tally, Usage};
use super::{Service, Trouble};
use crate::progress::{Progress, Spent};
use crate::state::answers::asked::Lost;
use crate::state::answers::{Found, Recorder};

/// Calls in a row, each with all its tries, after which a service counts as gone for this dream. Chosen by us:
/// as many as are made at a time; 200 calls that wait two minutes each would hold the store for hours.
const UNHEARD: usize = 4;

/// How the words begin that stand in the place of answers that nobody can use.
const UNUSABLE: &str = "(no usable answer: ";

/// How calls are made.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// Calls at the same time.
    pub parallel: usize,
    /// Wait before the second try; it doubles with each further one.
    pub wait: Duration,
    /// Longest wait. A service that asks for more is asked again by the next dream.
    pub longest_wait: Duration,
}

/// A model that answers the calls of a dream.
pub struct Desk {
    service: Box<dyn Service>,
    manner: Manner,
    recorder: Option<Recorder>,
    budget: Budget,
    progress: Progress,
    tally: Mutex<Tally>,
    /// Calls in a row that the service did not answer in time, or at all.
    unheard: AtomicUsize,
    /// Why no call needs to be made any more.
    hopeless: OnceLock<String>,
    /// What a person can do about that, if anything.
    todo: OnceLock<String>,
    /// Whether that is for want of space.
    full: AtomicBool,
}

impl Desk {
    /// A desk before which nothing was asked. Without a recorder answers are not kept.
    pub fn new(
        service: Box<dyn Service>,
        manner: Manner,
        recorder: Option<Recorder>,
        budget: Budget,
        progress: Progress,
    ) -> Self {
        let (tally, unheard, hopeless) = (Mutex::default(), AtomicUsize::new(0), OnceLock::new());
        let full = AtomicBool::new(false);
        let todo = OnceLock::new();
        Self { service, manner, recorder, budget, progress, tally, unheard, hopeless, todo, full }
    }

    /// What was asked, and what it took.
    pub fn tally(&self) -> Tally {
        lock(&self.tally).clone()
    }

    /// What tokens cost, if that is known.
    pub fn cost(&self, tokens: Usage) -> Option<f64> {
        self.budget.cost(tokens)
    }

    /// What this run took so far, with what nobody counted at its most.
    fn spent(&self) -> Spent {
        let Tally { mut tokens, set_aside, .. } = self.tally();
        tokens += set_aside.tokens;
        self.cost(tokens).map_or(Spent::Tokens(tokens.total()), Spent::Dollars)
    }

    /// What calls of earlier runs took, of which nobody knows the end.
    pub fn lost(&self) -> Lost {
        self.recorder.as_ref().map(Recorder::lost).unwrap_or_default()
    }

    /// Says to the record that a person is told of all tries that nobody knows the end of.
    pub fn tell(&self) {
        if let Some(recorder) = &self.recorder {
            recorder.tell();
        }
    }

    /// What a person can do when no call was answered.
    pub fn todo(&self) -> String {
        let tally = self.tally();
        match self.todo.get() {
            Some(todo) => todo.clone(),
            None if tally.not_asked > 0 && tally.failed == 0 && tally.unusable == 0 => {
                format!("raise {}", self.budget.options())
            }
            None => "try again later".into(),
        }
    }

    /// Takes the answers to these calls for what the engine took them: nobody can use them, and they are asked for
    /// again, as often as that may help. All others are kept.
    ///
    /// # Errors
    /// [`crate::error::Error::Full`], [`crate::error::Error::State`].
    pub fn put_away(&self, unusable: &[String]) -> crate::error::Result<()> {
        self.recorder.as_ref().map_or(Ok(()), |recorder| recorder.put_away(unusable))
    }

    /// Whether calls were not made because there was no space for their answers.
    pub fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    /// What becomes of a call. Whatever goes wrong is an answer.
    fn answer(&self, call: &ModelCall) -> Answer {
        match self.recorder.as_ref().and_then(|recorder| recorder.find(call)) {
            Some(Found::Answer(answer)) => {
                self.found(call, &answer);
                lock(&self.tally).recorded += 1;
                return answer;
            }
            Some(Found::GivenUp(why)) => {
                lock(&self.tally).given_up += 1;
                return unusable(&format!("{why}; asked again only with --ask-again"));
            }
            None => {}
        }
        let heard = match self.ask(call) {
            Ok(heard) => heard,
            Err(stop) => return self.failed(stop),
        };
        self.unheard.store(0, Ordering::Relaxed);
        let mut tally = lock(&self.tally);
        match heard {
            Heard::Answer(answer) => {
                self.found(call, &answer);
                match answer {
                    Answer::Refused => tally.refused += 1,
                    _ => tally.answered += 1,
                }
                answer
            }
            Heard::Unusable(why) => {
                tally.unusable += 1;
                unusable(why)
            }
        }
    }

    /// Tells the budget what an answer found.
    fn found(&self, call: &ModelCall, answer: &Answer) {
        if let Answer::Text(text) = answer {
            self.budget.found(call, text);
        }
    }

    /// The answer to a call that came to nothing.
    fn failed(&self, stop: Stop) -> Answer {
        let mut tally = lock(&self.tally);
        let trouble = match stop {
            Stop::NotAsked(why) => {
                tally.not_asked += 1;
                return Answer::Failed(format!("not asked: {why}"));
            }
            Stop::Trouble(trouble) => trouble,
        };
        tally.failed += 1;
        let is_hopeless = match &trouble {
            Trouble::All(cause) | Trouble::Gone(cause) => {
                let _ = self.todo.set(cause.todo.clone());
                true
            }
            Trouble::Now(..) | Trouble::Late(_) => {
                self.unheard.fetch_add(1, Ordering::Relaxed) + 1 >= UNHEARD
            }
            Trouble::Call(_) => false,
        };
        let why = trouble.why().to_owned();
        if is_hopeless {
            let _ = self.hopeless.set(why.clone());
        }
        Answer::Failed(why)
    }
}

/// What the engine is given in the place of answers that nobody can use: words that propose nothing. It decides
/// whether the call is made again.
fn unusable(why: &str) -> Answer {
    Answer::Text(format!("{UNUSABLE}{why})"))
}

/// Why nobody could use the answers to a call, when these are the words in their place.
pub fn why_unusable(text: &str) -> Option<&str> {
    text.strip_prefix(UNUSABLE)?.strip_suffix(')')
}

impl Model for Desk {
    fn complete_many(&mut self, calls: Vec<ModelCall>) -> Vec<Answer> {
        let desk = &*self;
        let next = AtomicUsize::new(0);
        desk.progress.asks(calls.len() as u64, desk.spent());
        let answers = Mutex::new(vec![Answer::Failed("not asked".into()); calls.len()]);
        thread::scope(|scope| {
            for _ in 0..desk.manner.parallel.min(calls.len()) {
                scope.spawn(|| {
                    while let Some((at, call)) = take(&next, &calls) {
                        let answer = desk.answer(call);
                        desk.progress.answered(&answer, desk.tally().asked, desk.spent());
                        lock(&answers)[at] = answer;
                    }
                });
            }
        });
        desk.progress.pauses();
        answers.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

fn take<'a>(next: &AtomicUsize, calls: &'a [ModelCall]) -> Option<(usize, &'a ModelCall)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    calls.get(at).map(|call| (at, call))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
