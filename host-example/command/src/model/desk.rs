//! Where a dream has its calls made: what is recorded is not paid for again, the budget is kept, a few
//! calls are made at a time and again when that may help, and each answer is written down when it comes.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use backon::{BlockingRetryable as _, ExponentialBuilder};
use dreaming_wasmtime::{Answer, Model, ModelCall};

use super::budget::{Budget, about};
use super::tally::{Tally, Usage};
use super::{Said, Service, Trouble};
use crate::progress::Progress;
use crate::state::answers::Recorder;

/// Tries after the first one. Chosen by us: with waits of 1, 2 and 4 seconds a server has time to start
/// again, and one that is gone for longer is for the next dream.
const RETRIES: usize = 3;

/// Calls in a row, each with all its tries, after which a service counts as gone for this dream. Chosen by us:
/// as many as are made at a time; 200 calls that wait two minutes each would hold the store for hours.
const UNHEARD: usize = 4;

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
        Self { service, manner, recorder, budget, progress, tally, unheard, hopeless }
    }

    /// What was asked, and what it took.
    pub fn tally(&self) -> Tally {
        lock(&self.tally).clone()
    }

    /// What it cost, if that is known.
    pub fn cost(&self) -> Option<f64> {
        self.budget.cost(self.tally().tokens)
    }

    /// What becomes of a call. Whatever goes wrong is an answer.
    fn answer(&self, call: &ModelCall) -> Answer {
        if let Some(answer) = self.recorder.as_ref().and_then(|recorder| recorder.find(&call.id)) {
            lock(&self.tally).recorded += 1;
            return answer;
        }
        if let Some(why) = self.hopeless.get() {
            return self.not_asked(why);
        }
        let Some(reserved) = self.budget.reserve(call) else {
            return self.not_asked("the budget is spent");
        };
        lock(&self.tally).asked += 1;
        let (came, usage) = self.ask(call);
        // A service that does not count is taken to have used what is estimated.
        let counts = usage != Usage::default();
        let used =
            if counts { usage } else { came.as_ref().map_or(usage, |said| about(call, said)) };
        self.budget.settle(&reserved, used);
        let mut tally = lock(&self.tally);
        tally.tokens += usage;
        let said = match came {
            Ok(said) => said,
            Err(trouble) => {
                tally.failed += 1;
                let is_hopeless = match trouble {
                    Trouble::All(_) => true,
                    Trouble::Now(..) | Trouble::Late(_) => {
                        self.unheard.fetch_add(1, Ordering::Relaxed) + 1 >= UNHEARD
                    }
                    Trouble::Call(_) => false,
                };
                let (Trouble::Now(why, _)
                | Trouble::Late(why)
                | Trouble::Call(why)
                | Trouble::All(why)) = trouble;
                if is_hopeless {
                    let _ = self.hopeless.set(why.clone());
                }
                return Answer::Failed(why);
            }
        };
        self.unheard.store(0, Ordering::Relaxed);
        match said {
            Said::Text(_) => tally.answered += 1,
            Said::Refused => tally.refused += 1,
        }
        drop(tally);
        let answer = Answer::from(said);
        if let Some(recorder) = &self.recorder {
            recorder.keep(&call.id, &answer);
        }
        answer
    }

    fn not_asked(&self, why: &str) -> Answer {
        lock(&self.tally).not_asked += 1;
        Answer::Failed(format!("not asked: {why}"))
    }

    /// Asks the service, again while that may help. Tokens of all tries count.
    fn ask(&self, call: &ModelCall) -> (Result<Said, Trouble>, Usage) {
        let longest = self.manner.longest_wait;
        let mut usage = Usage::default();
        // What the service asked for in its last answer.
        let asked_for = Rc::new(Cell::new(None));
        let to_wait = Rc::clone(&asked_for);
        let waits = ExponentialBuilder::default()
            .with_min_delay(self.manner.wait)
            .with_max_delay(longest)
            .with_max_times(RETRIES)
            .with_jitter();
        let mut tries = 0_u64;
        let came = (|| {
            tries += 1;
            let tried = self.service.ask(call);
            usage += tried.usage;
            tried.came
        })
        .retry(waits)
        .sleep(move |wait: Duration| thread::sleep(to_wait.take().unwrap_or(wait)))
        .when(|trouble| match trouble {
            Trouble::Now(_, wait) => wait.is_none_or(|wait| wait <= longest),
            Trouble::Late(_) | Trouble::Call(_) | Trouble::All(_) => false,
        })
        .notify(|trouble, _| {
            if let Trouble::Now(_, wait) = trouble {
                asked_for.set(*wait);
            }
        })
        .call();
        lock(&self.tally).retries += tries.saturating_sub(1);
        (came, usage)
    }
}

impl Model for Desk {
    fn complete_many(&mut self, calls: Vec<ModelCall>) -> Vec<Answer> {
        let desk = &*self;
        let next = AtomicUsize::new(0);
        let answers = Mutex::new(vec![Answer::Failed("not asked".into()); calls.len()]);
        thread::scope(|scope| {
            for _ in 0..desk.manner.parallel.min(calls.len()) {
                scope.spawn(|| {
                    while let Some((at, call)) = take(&next, &calls) {
                        let answer = desk.answer(call);
                        desk.progress.answered(&answer);
                        lock(&answers)[at] = answer;
                    }
                });
            }
        });
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
