//! Shows on stderr how far a dream is: a changing line on a terminal, and a few plain lines
//! elsewhere.

use std::io::{IsTerminal as _, stderr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use dreaming_models::desk::Watch;
use dreaming_models::tally::Spent;
use dreaming_wasmtime::Answer;
use indicatif::{HumanBytes, ProgressBar};

use self::calls::Calls;
use crate::interrupt;
use crate::output::{self, text};

mod calls;

/// Time between the plain line at the first call and the next one. It doubles with each line, up to
/// [`RAREST`]. Chosen by us: a log of an hour has some sixty lines.
const RARE: Duration = Duration::from_secs(10);

/// Longest time between two plain lines. Chosen by us.
const RAREST: Duration = Duration::from_secs(60);

/// The line that shows how far a run is. Clones show the same line.
#[derive(Clone, Debug)]
pub struct Progress {
    bar: ProgressBar,
    shown: Arc<Mutex<Shown>>,
}

#[derive(Debug, Default)]
struct Shown {
    bytes: u64,
    calls: Calls,
    /// When the next plain line is due, and the time from that to the one after it; `None` if none
    /// are printed.
    plain: Option<(Instant, Duration)>,
}

impl Progress {
    /// Shows a line on stderr, or a few plain lines if stderr is no terminal.
    pub fn shown() -> Self {
        let bar = ProgressBar::new_spinner();
        bar.enable_steady_tick(Duration::from_millis(120));
        let plain = (!stderr().is_terminal()).then(|| (Instant::now(), RARE));
        Self { bar, shown: Arc::new(Mutex::new(Shown { plain, ..Shown::default() })) }
    }

    /// Shows nothing.
    pub fn hidden() -> Self {
        Self { bar: ProgressBar::hidden(), shown: Arc::default() }
    }

    /// Shows the present stage of the run.
    pub fn stage(&self, what: &'static str) {
        self.bar.set_message(what);
    }

    /// Sets how many session parts will be read, and how many calls about them there will be at
    /// most.
    pub fn expects(&self, parts: u64, most: u64) {
        self.lock().calls.expects(parts, most);
    }

    /// Counts bytes of transcripts, and a part when `is_first` is set.
    pub fn read(&self, bytes: usize, is_first: bool) {
        let mut shown = self.lock();
        shown.bytes += bytes as u64;
        shown.calls.read(is_first);
        self.update(&mut shown);
    }

    /// Removes the line.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }

    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn update(&self, shown: &mut Shown) {
        let now = Instant::now();
        let Some(calls) = shown.calls.line(now) else {
            self.bar.set_message(format!("dreaming: {} read", HumanBytes(shown.bytes)));
            return;
        };
        if let Some((due, step)) = &mut shown.plain
            && *due <= now
        {
            output::note(&format!("Asking the model: {calls}"));
            *due = now + *step;
            *step = (*step * 2).min(RAREST);
        }
        self.bar.set_message(format!("dreaming: {calls}"));
    }
}

impl Watch for Progress {
    fn asks(&self, calls: u64, spent: Spent) {
        let mut shown = self.lock();
        shown.calls.asks(calls, spent, Instant::now());
        self.update(&mut shown);
    }

    fn answered(&self, answer: &Answer, asked: u64, spent: Spent) {
        let mut shown = self.lock();
        shown.calls.answered(answer, asked, spent);
        self.update(&mut shown);
    }

    /// The time until the next calls does not count as time of calls.
    fn pauses(&self) {
        self.lock().calls.pauses(Instant::now());
    }

    fn waits(&self, calls: u64, done: u64) {
        interrupt::batch_at_work();
        let mut shown = self.lock();
        let line = format!("a batch of {} is at work, {done} done", text::count(calls, "call"));
        if let Some((due, step)) = &mut shown.plain
            && *due <= Instant::now()
        {
            output::note(&format!("Waiting: {line}"));
            *due = Instant::now() + *step;
            *step = (*step * 2).min(RAREST);
        }
        self.bar.set_message(format!("dreaming: {line}"));
    }

    /// Prints the message on stderr, above the line.
    fn note(&self, message: &str) {
        self.bar.suspend(|| output::note(message));
    }
}
