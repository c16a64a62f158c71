//! Shell steps that worked.

use super::calls::Call;
use super::keep;
use crate::digest::Step;

/// Programs that only look or move around: their order says nothing about how work is done.
const LOOKING: &[&str] = &[
    "cat", "cd", "echo", "find", "grep", "head", "ls", "pwd", "rg", "sed", "sleep", "tail", "tree",
    "wc", "which",
];

/// The steps so far.
#[derive(Debug, Default)]
pub(super) struct Steps {
    pub(super) found: Vec<Step>,
    pub(super) left_out: u64,
}

impl Steps {
    /// A call worked.
    pub(super) fn succeeded(&mut self, call: &Call) {
        let Some(name) = &call.shell_step else { return };
        let again = self.found.last().is_some_and(|last| last.name == *name);
        if !again && !LOOKING.contains(&name.as_str()) {
            keep(
                &mut self.found,
                &mut self.left_out,
                Step { name: name.clone(), pin: call.pin.clone() },
            );
        }
    }
}
