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

/// Pairs of a word and a flag that forces something when it comes right after that word. Chosen by
/// us: those of git.
const AFTER: &[(&str, &str)] =
    &[("branch", "-d"), ("clean", "-f"), ("clean", "-fd"), ("push", "-f")];

/// Whether a statement is hazardous advice. A false alarm costs a person one look. A word or a flag that a rule forbids for
/// ever (`never --no-verify`) is none: rules of four sources do, and one that is left out spares nobody anything.
pub(crate) fn is_hazardous(statement: &str) -> bool {
    let lower = statement.to_ascii_lowercase();
    let words = lower.split(|c: char| !is_part(&c));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let forces = |pair: &[&str]| matches!(pair, [of, flag] if AFTER.iter().any(|known| known == &(*of, *flag)));
    let mut known = DELETES.iter().chain(FORCES);
    words.windows(2).any(forces)
        || known.any(|hazard| around_each(&lower, hazard).any(|around| !is_forbidden(around)))
}

/// Whether a character is a part of a word or flag.
fn is_part(c: &char) -> bool {
    c.is_ascii_alphanumeric() || *c == '-'
}

/// What stands before and behind each place where a text has a word.
fn around_each<'t>(text: &'t str, word: &str) -> impl Iterator<Item = (&'t str, &'t str)> {
    text.match_indices(word).filter_map(move |(at, word)| {
        let (before, behind) = (text.get(..at)?, text.get(at + word.len()..)?);
        let is_whole = !before.chars().next_back().is_some_and(|c| is_part(&c))
            && !behind.chars().next().is_some_and(|c| is_part(&c));
        is_whole.then_some((before, behind))
    })
}

/// Whether `never` stands right before a place and begins its clause, and nothing in its sentence, or behind it, limits
/// that.
fn is_forbidden((before, behind): (&str, &str)) -> bool {
    let before = before.trim_end_matches([' ', '`']);
    let never = before.rsplit(|c| !unicode::is_word(c)).next().unwrap_or_default();
    let above = before.strip_suffix(never).unwrap_or_default().trim_end_matches(' ');
    let begins = above.is_empty() || above.ends_with(['.', ',', ':', ';', '!']);
    let of = |text: &str, at: Option<std::ops::Range<usize>>| {
        text::limits(at.and_then(|at| text.get(at)).unwrap_or_default())
    };
    let is_limited = of(above, text::sentences(above).pop())
        || of(behind, text::sentences(behind).into_iter().next());
    text::is_never(never) && begins && !is_limited && !text::excepts(behind)
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
            "If you don't delete `dist` first, the build fails.",
            "The hook hangs without --no-verify.",
            "Why not delete the folder when it hangs?",
            "Never ask: delete the folder.",
            "Never forget to delete `build`.",
            "Never delete `build`, remove its files.",
            "Never delete anything but the `data` folder.",
            "Never delete rows; only the data folder.",
            "Never delete `dist.old`, only the `data` folder.",
            "Never delete rows if the table is live.",
            "Never delete it without a backup.",
            "Never delete `data/app.db` unless it is backed up.",
            "Never --force, unless you rebased.",
            "Except on staging, never `--no-verify`.",
            "If you never delete `dist`, the build fails.",
            "Why never delete the folder?",
            "Almost never --no-verify.",
            "`git branch` -D old cleans up.",
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
            "Never delete rows; mark them.",
            "Nunca `DELETE`: se pone `baja = true`.",
        ] {
            assert!(!is_hazardous(statement), "{statement}");
        }
    }
}
