//! Makes the model calls of a dream: it uses recorded answers instead of paying again, keeps to the
//! budget, makes a few calls at a time, tries again when that may help, and records each answer
//! when it comes. The host brings the [`Record`] and the [`Watch`].

mod batches;
mod tries;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use dreaming_wasmtime::{Answer, Model, ModelCall};

pub use self::batches::Left;
use self::tries::{Heard, Stop};
use crate::batch::{self, Batch};
use crate::budget::Budget;
use crate::tally::{Spent, Tally, Usage};
use crate::{Service, Trouble};

/// Failed calls in a row, each with all its tries, after which a service counts as gone for this
/// dream. Chosen by us: as many as are made at a time. Otherwise 200 calls that wait two minutes
/// each would hold the store for hours.
const UNHEARD: usize = 4;

/// The beginning of the text that replaces an unusable answer.
const UNUSABLE: &str = "(no usable answer: ";

/// How calls are made.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// Calls at the same time.
    pub parallel: usize,
    /// Wait before the second try; it doubles with each further one.
    pub wait: Duration,
    /// Longest wait. A service that asks for a longer one is asked again by the next dream.
    pub longest_wait: Duration,
    /// Whether calls go in batches, where the service takes them.
    pub in_batches: bool,
    /// Whether to wait for a batch. Otherwise the run ends while one is at work, and the next run goes on with it.
    pub waits: bool,
}

/// The record of a call that need not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Its answer.
    Answer(Answer),
    /// Only unusable answers: why the last one was unusable, and what makes the host ask again.
    GivenUp(String),
}

/// Why something could not be recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Unkept {
    /// Whether there is no space left.
    pub is_full: bool,
    /// Why, in words.
    pub why: String,
}

/// Where a host records calls and answers, so that a killed process has not paid for them in vain.
/// Used by several threads.
pub trait Record: Send + Sync {
    /// What is recorded of a call; `None` if it has to be made.
    fn find(&self, call: &ModelCall) -> Option<Found>;

    /// Records that a call is being made, which takes at most so many tokens. One of the functions
    /// below ends the call.
    ///
    /// # Errors
    /// [`Unkept`]: then the call is not made.
    fn begin(&self, call: &ModelCall, tokens: u64) -> Result<(), Unkept>;

    /// Records the answer to a call that was begun.
    ///
    /// # Errors
    /// [`Unkept`]: then the answer will be paid for again.
    fn keep(&self, call: &ModelCall, tokens: u64, answer: &Answer) -> Result<(), Unkept>;

    /// Counts an unusable answer, which is not kept.
    ///
    /// # Errors
    /// [`Unkept`].
    fn count_unusable(&self, call: &ModelCall, tokens: u64, why: &str) -> Result<(), Unkept>;

    /// Records that a try was refused and took nothing.
    ///
    /// # Errors
    /// [`Unkept`].
    fn turned_away(&self, call: &ModelCall, tokens: u64) -> Result<(), Unkept>;

    /// Ends a try that brought nothing back and may have been paid for.
    fn no_answer(&self, call: &ModelCall);

    /// The batch that was kept last and did not end.
    ///
    /// # Errors
    /// [`Unkept`]: then no call is made, because it could be in a batch.
    fn batch(&self) -> Result<Option<Batch>, Unkept>;

    /// Keeps a batch in place of the one with its tag.
    ///
    /// # Errors
    /// [`Unkept`]: then the batch is not sent.
    fn keep_batch(&self, batch: &Batch) -> Result<(), Unkept>;

    /// Forgets a batch: all that it brought is kept.
    ///
    /// # Errors
    /// [`Unkept`]: then the next run reads it again.
    fn end_batch(&self, tag: &str) -> Result<(), Unkept>;
}

/// Who sees how the calls of a dream go. Used by several threads.
pub trait Watch: Send + Sync {
    /// So many calls are wanted, whether a model will be asked or an answer is recorded; `spent` is
    /// what calls took so far, as below.
    fn asks(&self, calls: u64, spent: Spent);

    /// A call is done. `asked` calls were made so far.
    fn answered(&self, answer: &Answer, asked: u64, spent: Spent);

    /// No call is running now.
    fn pauses(&self);

    /// The service counted these tokens for a call.
    fn took(&self, _: Usage) {}

    /// The service works on a batch of so many calls, and so many are done, as far as it says.
    fn waits(&self, _calls: u64, _done: u64) {}

    /// Something that a person should know.
    fn note(&self, message: &str);
}

/// Nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn asks(&self, _: u64, _: Spent) {}

    fn answered(&self, _: &Answer, _: u64, _: Spent) {}

    fn pauses(&self) {}

    fn note(&self, _: &str) {}
}

/// A model that answers the calls of a dream.
pub struct Desk<R, W> {
    service: Box<dyn Service>,
    manner: Manner,
    record: R,
    budget: Budget,
    watch: W,
    tally: Mutex<Tally>,
    /// How many calls in a row the service did not answer.
    unheard: AtomicUsize,
    /// The batch that was left at work, when the run is to end for it.
    left: OnceLock<Left>,
    /// Set when no further call can succeed: why.
    hopeless: OnceLock<String>,
    /// Why the last call that failed did.
    trouble: Mutex<Option<String>>,
    /// Why the first call that was not made was not.
    left_out: OnceLock<String>,
    /// What a person can do about `hopeless`, if anything.
    todo: OnceLock<String>,
    /// Whether `hopeless` was set because the disk is full.
    full: AtomicBool,
}

impl<R: Record, W: Watch> Desk<R, W> {
    /// A desk that has made no call yet.
    pub fn new(
        service: Box<dyn Service>,
        manner: Manner,
        record: R,
        budget: Budget,
        watch: W,
    ) -> Self {
        let (tally, unheard, hopeless) = (Mutex::default(), AtomicUsize::new(0), OnceLock::new());
        let (full, trouble) = (AtomicBool::new(false), Mutex::default());
        let (todo, left, left_out) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Self {
            service,
            manner,
            record,
            budget,
            watch,
            tally,
            unheard,
            left,
            hopeless,
            trouble,
            left_out,
            todo,
            full,
        }
    }

    /// Where answers are kept.
    pub fn record(&self) -> &R {
        &self.record
    }

    /// What was asked, and what it took.
    pub fn tally(&self) -> Tally {
        lock(&self.tally).clone()
    }

    /// What tokens cost in calls one by one, if that is known.
    pub fn cost(&self, tokens: Usage) -> Option<f64> {
        self.budget.cost(tokens)
    }

    /// What the tokens cost that the service counted, if that is known.
    pub fn paid(&self) -> Option<f64> {
        let Tally { tokens, batched, .. } = self.tally();
        let saved = self.cost(batched)? * (1.0 - batch::SHARE);
        Some(self.cost(tokens)? - saved)
    }

    /// What this run took so far; calls without a count are taken at their most.
    fn spent(&self) -> Spent {
        let Tally { mut tokens, set_aside, .. } = self.tally();
        let paid = self.paid().zip(self.cost(set_aside.tokens));
        tokens += set_aside.tokens;
        paid.map_or(Spent::Tokens(tokens.total()), |(paid, aside)| Spent::Dollars(paid + aside))
    }

    /// The batch that this run left at work, if it ended for that.
    pub fn left(&self) -> Option<&Left> {
        self.left.get()
    }

    /// What a person can do after a dream in which no call was answered.
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

    /// Why no further call is made, or else why the last call that failed did; `None` if none failed.
    pub fn why(&self) -> Option<String> {
        self.hopeless.get().cloned().or_else(|| lock(&self.trouble).clone())
    }

    /// Why the first call that was not made was not; `None` if all were made.
    pub fn why_left_out(&self) -> Option<&str> {
        self.left_out.get().map(String::as_str)
    }

    /// Whether calls were not made because there was no space for their answers.
    pub fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    /// Answers a call: from the record or from the service. A failure is an answer too.
    fn answer(&self, call: &ModelCall) -> Answer {
        self.recorded(call).unwrap_or_else(|| self.heard(call, self.ask(call)))
    }

    /// The answer to a call that need not be made.
    fn recorded(&self, call: &ModelCall) -> Option<Answer> {
        match self.record.find(call)? {
            Found::Answer(answer) => {
                self.found(call, &answer);
                lock(&self.tally).recorded += 1;
                Some(answer)
            }
            Found::GivenUp(why) => {
                lock(&self.tally).given_up += 1;
                Some(unusable(&why))
            }
        }
    }

    /// The answer to a call that was made.
    fn heard(&self, call: &ModelCall, heard: Result<Heard, Stop>) -> Answer {
        let heard = match heard {
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

    /// The answer for a call that failed; notes whether further calls are hopeless.
    fn failed(&self, stop: Stop) -> Answer {
        let mut tally = lock(&self.tally);
        let trouble = match stop {
            Stop::NotAsked(why) => {
                tally.not_asked += 1;
                let _ = self.left_out.set(why.clone());
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
        *lock(&self.trouble) = Some(why.clone());
        if is_hopeless {
            let _ = self.hopeless.set(why.clone());
        }
        Answer::Failed(why)
    }
}

/// The text that the engine gets instead of an unusable answer. It proposes nothing, and the engine
/// decides whether the call is made again.
fn unusable(why: &str) -> Answer {
    Answer::Text(format!("{UNUSABLE}{why})"))
}

/// The reason in a text that [`unusable`] made; `None` for other texts.
pub fn why_unusable(text: &str) -> Option<&str> {
    text.strip_prefix(UNUSABLE)?.strip_suffix(')')
}

impl<R: Record, W: Watch> Desk<R, W> {
    /// Answers calls one by one, a few at a time.
    fn one_by_one(&self, calls: &[ModelCall], came: &BTreeMap<String, Answer>) -> Vec<Answer> {
        let next = AtomicUsize::new(0);
        let answers = Mutex::new(vec![Answer::Failed("not asked".into()); calls.len()]);
        thread::scope(|scope| {
            for _ in 0..self.manner.parallel.min(calls.len()) {
                scope.spawn(|| {
                    while let Some((at, call)) = take(&next, calls) {
                        let answer = came.get(&call.id).cloned().unwrap_or_else(|| {
                            let answer = self.answer(call);
                            self.tell(&answer);
                            answer
                        });
                        lock(&answers)[at] = answer;
                    }
                });
            }
        });
        answers.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells who watches that a call is done.
    fn tell(&self, answer: &Answer) {
        self.watch.answered(answer, self.tally().asked, self.spent());
    }
}

impl<R: Record, W: Watch> Model for Desk<R, W> {
    fn complete_many(&mut self, calls: Vec<ModelCall>) -> Vec<Answer> {
        let desk = &*self;
        desk.watch.asks(calls.len() as u64, desk.spent());
        let answers = match desk.in_batches(&calls) {
            Ok(came) => desk.one_by_one(&calls, &came),
            Err(left) => {
                let _ = desk.left.set(left);
                vec![Answer::Failed("its batch is at work".into()); calls.len()]
            }
        };
        desk.watch.pauses();
        answers
    }

    fn leaves(&self) -> bool {
        self.left.get().is_some()
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
