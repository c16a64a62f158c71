//! Values that say how names begin or end: `VITE_`, `manual_commit_`, `TestFallback_...`, `_test.go`. Statements of three
//! sources of data have them.

/// Marks that show where a value was shortened.
pub(super) const ELISIONS: [&str; 2] = ["...", "…"];

/// Whether a character goes on with a name.
pub(super) fn joins(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Fewest letters and digits of such a value. Chosen by us: `id_` and `_id` are names themselves.
const LETTERS: usize = 4;

/// Whether a value is how a name in one of `sources` begins or ends.
pub(super) fn stands(value: &str, sources: &[String]) -> bool {
    let letters = value.chars().filter(char::is_ascii_alphanumeric).count();
    letters >= LETTERS && (is_beginning(value, sources) || is_end(value, sources))
}

/// Whether a value says how names begin, and one of these does.
fn is_beginning(value: &str, sources: &[String]) -> bool {
    let name = ELISIONS.iter().find_map(|sign| value.strip_suffix(sign)).unwrap_or(value);
    let begins = |source: &String| {
        source.match_indices(name).any(|(at, _)| {
            let before = source.get(..at).unwrap_or_default();
            !before.ends_with(joins)
        })
    };
    name.ends_with('_') && name.chars().all(joins) && sources.iter().any(begins)
}

/// Whether a value says how names end, and one of these does.
fn is_end(value: &str, sources: &[String]) -> bool {
    let ends = |source: &String| {
        source.match_indices(value).any(|(at, _)| {
            let after = source.get(at + value.len()..).unwrap_or_default();
            let file = after.strip_prefix('.').is_some_and(|rest| rest.starts_with(joins));
            !after.starts_with(joins) && !file
        })
    };
    let is_name = value.chars().all(|c| joins(c) || c == '.');
    value.starts_with('_') && is_name && sources.iter().any(ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_begin_and_end_as_a_value_says() {
        for (value, source, expected) in [
            ("VITE_", "export VITE_PORT=1", true),
            ("VITE_", "export INVITE_PORT=1", false),
            ("TestFallback_...", "run TestFallback_empty", true),
            ("TestFallback_…", "run Fallback_empty", false),
            ("_test.go", "see a/state_test.go now", true),
            ("_test.go", "see a/state_test.gob now", false),
            ("_test.go", "see a/state_test.go.bak", false),
            ("_id", "the user_id", false),
            ("test.go", "see a/state_test.go now", false),
            ("VITE", "export VITE_PORT=1", false),
        ] {
            assert_eq!(stands(value, &[source.to_owned()]), expected, "{value} | {source}");
        }
    }
}
