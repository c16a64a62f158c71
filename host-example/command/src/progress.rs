//! What a person sees while a dream runs. On stderr, and only when that is a terminal.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dreaming_wasmtime::Answer;
use indicatif::{HumanBytes, ProgressBar};

use crate::output;

/// The line that shows how far a run is. Clones show the same line.
#[derive(Clone, Debug)]
pub struct Progress {
    bar: ProgressBar,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    bytes: AtomicU64,
    answers: AtomicU64,
    failed: AtomicU64,
}

impl Progress {
    /// A line on stderr; nothing when that is no terminal.
    pub fn shown() -> Self {
        let bar = ProgressBar::new_spinner();
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar, counts: Arc::default() }
    }

    /// Nothing at all.
    pub fn hidden() -> Self {
        Self { bar: ProgressBar::hidden(), counts: Arc::default() }
    }

    /// Says what is being done.
    pub fn stage(&self, what: &'static str) {
        self.bar.set_message(what);
    }

    /// Counts bytes of transcripts.
    pub fn read(&self, bytes: usize) {
        self.counts.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.update();
    }

    /// Counts an answer of the model.
    pub fn answered(&self, answer: &Answer) {
        self.counts.answers.fetch_add(1, Ordering::Relaxed);
        if matches!(answer, Answer::Failed(_)) {
            self.counts.failed.fetch_add(1, Ordering::Relaxed);
        }
        self.update();
    }

    /// Says something on stderr, above the line.
    pub fn note(&self, message: &str) {
        self.bar.suspend(|| output::note(message));
    }

    /// Removes the line.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }

    fn update(&self) {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let bytes = HumanBytes(count(&self.counts.bytes));
        let message = match (count(&self.counts.answers), count(&self.counts.failed)) {
            (0, _) => format!("dreaming: {bytes} read"),
            (answers, failed) => {
                format!("dreaming: {bytes} read, {answers} model calls, {failed} failed")
            }
        };
        self.bar.set_message(message);
    }
}
