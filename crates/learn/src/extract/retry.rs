//! The same command again but for one small thing: what stands in front of it, or one option.

use super::calls::name;
use crate::words::errors::NO_PROGRAM;
use dreaming_records::notes::Retry;
use dreaming_text::eights::holds;

/// Words in front of a command that are left out or put in at most. Chosen by us: what runs a command (`npx`,
/// `python3 -m`, `uv run`) has two.
const MAX_FRONT: usize = 2;

/// How a command that worked differs from one that failed, when that is one small thing which the failure may be due
/// to. `told`: the line that tells of the failure.
///
/// What was in front and is left out may have been in the way whatever was printed, but for a program that is not
/// there: that has an observer of its own. A word put in front helps where a program was not found, and an option is to blame where the error names it: else the second call asked for
/// something else.
pub(super) fn of(failed: &str, worked: &str, told: &str) -> Option<Retry> {
    let (before, after) = (words(failed), words(worked));
    let found = |left_out: &[&str], put_in: &[&str]| {
        let (left_out, put_in) = (left_out.join(" "), put_in.join(" "));
        Some(Retry { failed: name(failed), left_out, put_in })
    };
    let is_missing = NO_PROGRAM.iter().any(|said| holds(told, said));
    if let Some(front) = front(&before, &after) {
        return found(front, &[]).filter(|_| !is_missing);
    }
    if let Some(front) = front(&after, &before) {
        return found(&[], front).filter(|_| is_missing);
    }
    let equal = |(a, b): &(&&str, &&str)| a == b;
    let begin = before.iter().zip(&after).take_while(equal).count();
    let (_, left) = before.split_at_checked(begin)?;
    let (_, put) = after.split_at_checked(begin)?;
    let end = left.iter().rev().zip(put.iter().rev()).take_while(equal).count();
    let (left, put) = (left.get(..left.len() - end)?, put.get(..put.len() - end)?);
    let ([option], [] | [_]) = (left, put) else { return None };
    let is_option = |word: &&str| word.starts_with('-');
    let is_named =
        is_option(option) && told.split([' ', '=', '\'', '"', '`']).any(|word| word == *option);
    found(left, put).filter(|_| is_named && put.iter().all(is_option))
}

fn words(command: &str) -> Vec<&str> {
    command.split(' ').filter(|word| !word.is_empty()).collect()
}

/// What stands in front of a command within another one.
fn front<'w, 'a>(whole: &'w [&'a str], command: &[&'a str]) -> Option<&'w [&'a str]> {
    let front = whole.strip_suffix(command).filter(|_| !command.is_empty())?;
    (1..=MAX_FRONT).contains(&front.len()).then_some(front)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MISSING: &str = "bash: line 1: tsc: command not found";

    fn changed(failed: &str, worked: &str, told: &str) -> Option<(String, String)> {
        of(failed, worked, told).map(|retry| (retry.left_out, retry.put_in))
    }

    #[test]
    fn what_stands_in_front_or_an_option_that_the_error_names_is_one_small_thing() {
        for (failed, worked, told, left_out, put_in) in [
            ("rtk bun run test", "bun run test", "error: unrecognized subcommand 'bun'", "rtk", ""),
            ("sudo -E make db", "make db", "sudo: a password is required", "sudo -E", ""),
            ("tsc --noEmit", "npx tsc --noEmit", MISSING, "", "npx"),
            ("gh pr diff 8 --stat", "gh pr diff 8", "unknown flag: --stat", "--stat", ""),
            (
                "gh pr diff --stat 8",
                "gh pr diff --name-only 8",
                "unknown flag: --stat",
                "--stat",
                "--name-only",
            ),
        ] {
            let want = Some((left_out.to_owned(), put_in.to_owned()));
            assert_eq!(changed(failed, worked, told), want, "{failed}");
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
            ("go test ./a", "go test -race ./a", "error: x"),
            ("git commit -m x", "git commit --no-verify -m x", "husky: hook failed"),
            ("git log --all", "git log", "fatal: bad object"),
            ("a b c make", "make", "error: x"),
            ("timeout 9 make a", "make a", "bash: timeout: command not found"),
            ("tar -x f", "tar f", "unknown option: -xz"),
        ] {
            assert_eq!(changed(failed, worked, told), None, "{failed}");
        }
    }
}
