//! Records what work dreams did on which inputs, for tests that count it.

use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};

/// The pieces of work with their inputs, in the order in which they were done. Tests run in
/// parallel, so each test puts a word of its own into the names of its store and sessions.
static WORK: Mutex<Vec<(&str, String)>> = Mutex::new(Vec::new());

/// Notes that a piece of work was done on these inputs.
pub(in crate::dream) fn note(work: &'static str, inputs: &dyn Debug) {
    let inputs = format!("{inputs:?}");
    WORK.lock().unwrap_or_else(PoisonError::into_inner).push((work, inputs));
}

/// The work that was done so far in the test with this word.
pub(super) fn of(word: &str) -> Vec<(&'static str, String)> {
    let all = WORK.lock().unwrap_or_else(PoisonError::into_inner);
    all.iter().filter(|(_, inputs)| inputs.contains(word)).cloned().collect()
}
