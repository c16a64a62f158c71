//! The tries of one call. Before each try its most is set aside in the budget and the try is
//! recorded. So every try that may have been paid for counts, and a try that cannot be recorded is
//! not made.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use backon::{BlockingRetryable as _, ExponentialBuilder};
use dreaming_wasmtime::{Answer, ModelCall};

use super::{Desk, Record, Unkept, Watch, lock};
use crate::budget::{Reserved, about};
use crate::tally::Usage;
use crate::{Said, Took, Trouble, Try};

/// Tries after the first one. Chosen by us: with waits of 1, 2 and 4 seconds a server has time to
/// restart; the next dream asks one that is gone for longer.
pub(super) const RETRIES: usize = 3;

/// Tries after the first one when no server was there. Chosen by us: a starting server gets a
/// second, and a wrong address is reported soon.
const RETRIES_GONE: usize = 1;

/// What a call brought back.
pub(super) enum Heard {
    /// An answer.
    Answer(Answer),
    /// An unusable answer, and why it is unusable.
    Unusable(&'static str),
}

/// Why a call brought nothing back.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    /// The last try failed.
    Trouble(Trouble),
    /// No try was made.
    NotAsked(String),
}

impl<R: Record, W: Watch> Desk<R, W> {
    /// Asks the service, again while that may help and the budget allows it.
    pub(super) fn ask(&self, call: &ModelCall) -> Result<Heard, Stop> {
        if self.hopeless.get().is_none() {
            self.budget.begin(call).map_err(Stop::NotAsked)?;
        }
        let longest = self.manner.longest_wait;
        // The wait that the service asked for in its last response.
        let asked_for = Rc::new(Cell::new(None));
        let to_wait = Rc::clone(&asked_for);
        let waits = ExponentialBuilder::default()
            .with_min_delay(self.manner.wait)
            .with_max_delay(longest)
            .with_max_times(RETRIES)
            .with_jitter();
        let last = RefCell::new(None);
        let found_nobody = Cell::new(0);
        let came = (|| self.attempt(call, last.borrow().is_some()))
            .retry(waits)
            .sleep(move |wait: Duration| thread::sleep(to_wait.take().unwrap_or(wait)))
            .when(|stop| match stop {
                Stop::Trouble(Trouble::Now(_, wait)) => wait.is_none_or(|wait| wait <= longest),
                Stop::Trouble(Trouble::Gone(_)) => {
                    found_nobody.replace(found_nobody.get() + 1) < RETRIES_GONE
                }
                _ => false,
            })
            .notify(|stop, _| {
                if let Stop::Trouble(trouble) = stop {
                    if let Trouble::Now(_, wait) = trouble {
                        asked_for.set(*wait);
                    }
                    last.replace(Some(trouble.clone()));
                }
            })
            .call();
        match (came, last.into_inner()) {
            (Err(Stop::NotAsked(why)), Some(last)) => {
                let why = format!("{}; not tried again: {why}", last.why());
                Err(Stop::Trouble(Trouble::Call(why)))
            }
            (came, _) => came,
        }
    }

    /// Makes one try.
    fn attempt(&self, call: &ModelCall, is_again: bool) -> Result<Heard, Stop> {
        if let Some(why) = self.hopeless.get() {
            return Err(Stop::NotAsked(why.clone()));
        }
        let reserved = self.budget.reserve(call).map_err(Stop::NotAsked)?;
        let most = reserved.most.total();
        if let Err(error) = self.record.begin(call, most) {
            self.budget.settle(&reserved, Usage::default());
            return Err(Stop::NotAsked(self.cannot_keep(&error)));
        }
        let tried = self.service.ask(call);
        self.account(call, &reserved, &tried, is_again);
        let ended = self.end(call, most, tried);
        self.service.settled(call);
        ended
    }

    /// Replaces what was set aside for a try by what it took.
    pub(super) fn account(
        &self,
        call: &ModelCall,
        reserved: &Reserved,
        tried: &Try,
        is_again: bool,
    ) {
        let used = match (tried.took, &tried.came) {
            (Took::Nothing, _) => Usage::default(),
            (Took::Unknown, _) => reserved.most,
            // For a service that does not count tokens, take the estimate.
            (Took::Counted(usage), Ok(said)) if usage == Usage::default() => about(call, said),
            (Took::Counted(usage), _) => usage,
        };
        self.budget.settle(reserved, used);
        let mut tally = lock(&self.tally);
        tally.tries += 1;
        tally.asked += u64::from(!is_again);
        tally.retries += u64::from(is_again);
        match tried.took {
            Took::Nothing => {}
            Took::Counted(usage) => {
                tally.tokens += usage;
                if reserved.is_batched {
                    tally.batched += usage;
                }
                self.watch.took(usage);
            }
            Took::Unknown => {
                tally.set_aside.tries += 1;
                tally.set_aside.tokens += reserved.most;
            }
        }
    }

    /// Records the outcome of a try.
    pub(super) fn end(&self, call: &ModelCall, most: u64, tried: Try) -> Result<Heard, Stop> {
        let answer = match tried.came {
            Ok(Said::Text(text)) => Answer::Text(text),
            Ok(Said::Refused) => Answer::Refused,
            Ok(Said::Unusable(why)) => {
                if let Err(error) = self.record.count_unusable(call, most, why) {
                    self.is_lost(&error);
                }
                return Ok(Heard::Unusable(why));
            }
            Err(trouble) => {
                let ended = match tried.took {
                    Took::Nothing => self.record.turned_away(call, most),
                    _ => {
                        self.record.no_answer(call);
                        Ok(())
                    }
                };
                if let Err(error) = ended {
                    self.cannot_keep(&error);
                }
                return Err(Stop::Trouble(trouble));
            }
        };
        if let Err(error) = self.record.keep(call, most, &answer) {
            self.is_lost(&error);
        }
        Ok(Heard::Answer(answer))
    }

    /// Stops further calls because answers cannot be recorded. Prints this once, and returns the
    /// reason.
    pub(super) fn cannot_keep(&self, error: &Unkept) -> String {
        if error.is_full {
            self.full.store(true, Ordering::Relaxed);
        }
        let why = format!("the answer could not be kept: {error}");
        if self.hopeless.set(why.clone()).is_ok() {
            let again = if error.is_full { "make room and run again" } else { "run again" };
            self.watch.note(&format!(
                "no call is made any more, for {why}; {again}: what is recorded is not paid for twice"
            ));
        }
        why
    }

    /// Notes that an answer was paid for but could not be recorded.
    fn is_lost(&self, error: &Unkept) {
        lock(&self.tally).not_kept += 1;
        self.watch.note(&format!(
            "an answer that was paid for is not recorded, and is paid for again when it is needed again: {error}"
        ));
        self.cannot_keep(error);
    }
}
