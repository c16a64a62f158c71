//! Finds hazardous advice: to delete something, to force something, or to skip a check. Such advice
//! may have been right where it was given and be wrong where an agent reads it.

use dreaming_text::{self as text, unicode};

/// Words that delete or end something. Chosen by us: the one statement that made later sessions
/// worse told how to remove a folder that was in use by then (docs/evaluation.md).
const DELETES: &[&str] = &[
    "delete", "deletes", "deleting", "drop", "erase", "erasing", "kill", "killall", "killing",
    "pkill", "remove", "removes", "removing", "rm", "rmdir", "wipe", "wiping",
];

/// Flags and words that force something or skip a check. Chosen by us: those of git and similar
/// tools.
const FORCES: &[&str] = &[
    "--force",
    "--force-with-lease",
    "--hard",
    "--no-verify",
    "-fr",
    "-rf",
    "force-push",
    "force-pushing",
];

/// Flags that force something when they come right after a word. Chosen by us: those of git.
const AFTER: &[&str] = &["branch -d", "clean -f", "clean -fd", "push -f"];

/// Whether a statement is hazardous advice. A false alarm costs a person one look. What it forbids in as many words
/// (`never --no-verify`) is none: rules of four sources do, and one that is left out spares nobody anything.
pub(crate) fn is_hazardous(statement: &str) -> bool {
    let lower = statement.to_ascii_lowercase();
    let mut known = DELETES.iter().chain(FORCES).chain(AFTER);
    known.any(|hazard| before_each(&lower, hazard).any(|before| !forbids(before)))
}

/// What stands before each place where a text has these words, as words of their own.
fn before_each<'t>(text: &'t str, words: &str) -> impl Iterator<Item = &'t str> {
    let goes_on = |c: char| c.is_ascii_alphanumeric() || c == '-';
    text.match_indices(words).filter_map(move |(at, words)| {
        let (before, after) = (text.get(..at)?, text.get(at + words.len()..)?);
        (!before.ends_with(goes_on) && !after.starts_with(goes_on)).then_some(before)
    })
}

/// Whether a text ends in a word that negates or forbids what comes next.
fn forbids(before: &str) -> bool {
    let before = before.trim_end_matches([' ', '`']);
    let word = before.rsplit(unicode::is_space).next().unwrap_or_default();
    word.ends_with(unicode::is_word) && text::denies(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_deletes_forces_or_skips_a_check_is_told_from_the_rest() {
        for statement in [
            "Removing the leftover clone (`tmp/clones/x`) let the same commit pass.",
            "When it hangs, `rm -rf node_modules` and install again.",
            "`git commit --no-verify` gets past the hook.",
            "Reset with `git reset --hard origin/main`.",
            "Use `git push -f` after a rebase.",
            "Kill the server on port 3000 first.",
            "`git branch -D old` cleans up.",
            "If it does not, remove the lock.",
            "Never ask: delete the folder.",
            "Never forget to `rm -rf build`.",
            "Never `rm -rf build`, delete its files.",
        ] {
            assert!(is_hazardous(statement), "{statement}");
        }
        for statement in [
            "Run `bun run lint:fix` before `bun run lint`.",
            "Skills belong in `.agent/skills/`.",
            "The platform's form has a hard limit of 40 fields.",
            "The workforce page shows all.",
            "Push the branch, then open the request.",
            "Commit hooks stay on, never `--no-verify`: they check the texts.",
            "Don't delete rows; mark them.",
            "Nunca `DELETE`: se pone `baja = true`.",
        ] {
            assert!(!is_hazardous(statement), "{statement}");
        }
    }
}
