//! A command that failed and then worked without the words in front of it.

use super::names::name;
use crate::words::errors::NO_PROGRAM;
use dreaming_records::notes::Retry;
use dreaming_text::eight_bytes::holds;

/// Most words in front of a command that may be dropped. Chosen by us: what runs a command (`npx`,
/// `python3 -m`, `uv run`) has at most two.
const MAX_FRONT: usize = 2;

/// The words in front of a failed command that worked without them. `told`: the error line.
///
/// Any error may come from these words, except that a program was not found: then the retry called
/// another program.
pub(super) fn of(failed: &str, worked: &str, told: &str) -> Option<Retry> {
    let front = failed.strip_suffix(worked).filter(|_| !worked.is_empty())?.strip_suffix(' ')?;
    let is_short = front.split(' ').count() <= MAX_FRONT && !front.is_empty();
    let is_missing = NO_PROGRAM.iter().any(|said| holds(told, said));
    let retry = || Retry { failed: name(failed), left_out: front.into() };
    (is_short && !is_missing).then(retry)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left_out(failed: &str, worked: &str, told: &str) -> Option<String> {
        of(failed, worked, told).map(|retry| retry.left_out)
    }

    #[test]
    fn what_stands_in_front_is_left_out() {
        for (failed, worked, told, front) in [
            ("rtk bun run test", "bun run test", "error: unrecognized subcommand 'bun'", "rtk"),
            ("sudo -E make db", "make db", "sudo: a password is required", "sudo -E"),
        ] {
            assert_eq!(left_out(failed, worked, told).as_deref(), Some(front), "{failed}");
        }
        assert_eq!(of("rtk make", "make", "x").unwrap().failed, "rtk make");
    }

    #[test]
    fn another_command_is_none() {
        for (failed, worked, told) in [
            ("make lint", "make lint", "error: x"),
            ("make lint", "make fmt", "error: x"),
            ("make lint", "", "error: x"),
            ("make lint", "sudo make lint", "permission denied"),
            ("tsc --noEmit", "npx tsc --noEmit", "bash: line 1: tsc: command not found"),
            ("gh pr diff 8 --stat", "gh pr diff 8", "unknown flag: --stat"),
            ("cmake lint", "make lint", "error: x"),
            ("a b c make", "make", "error: x"),
            ("timeout 9 make a", "make a", "bash: timeout: command not found"),
        ] {
            assert_eq!(left_out(failed, worked, told), None, "{failed}");
        }
    }
}
