//! What dreams worked out and from what, for the tests that count it.

use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};

/// Pieces of work with their inputs, in the order of time. Tests run at the same time, and each names its store and its
/// sessions by a word of its own.
static WORK: Mutex<Vec<(&str, String)>> = Mutex::new(Vec::new());

/// Notes that a piece of work was done on these inputs.
pub(in crate::dream) fn note(work: &'static str, inputs: &dyn Debug) {
    let inputs = format!("{inputs:?}");
    WORK.lock().unwrap_or_else(PoisonError::into_inner).push((work, inputs));
}

/// What was noted by now of the test whose word this is.
pub(super) fn of(word: &str) -> Vec<(&'static str, String)> {
    let all = WORK.lock().unwrap_or_else(PoisonError::into_inner);
    all.iter().filter(|(_, inputs)| inputs.contains(word)).cloned().collect()
}
