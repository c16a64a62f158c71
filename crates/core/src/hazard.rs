//! Finds hazardous advice: to delete something, to force something, or to skip a check. Such advice
//! may have been right where it was given and be wrong where an agent reads it.

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

/// Whether a statement is hazardous advice. A false alarm costs a person one look.
pub(crate) fn is_hazardous(statement: &str) -> bool {
    let lower = statement.to_ascii_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
    let forces = |pair: &[&str]| matches!(pair, [of, flag] if AFTER.iter().any(|known| known == &(*of, *flag)));
    has(DELETES) || has(FORCES) || words.windows(2).any(forces)
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
        ] {
            assert!(is_hazardous(statement), "{statement}");
        }
        for statement in [
            "Run `bun run lint:fix` before `bun run lint`.",
            "Skills belong in `.agent/skills/`.",
            "The platform's form has a hard limit of 40 fields.",
            "The workforce page shows all.",
            "Push the branch, then open the request.",
        ] {
            assert!(!is_hazardous(statement), "{statement}");
        }
    }
}
