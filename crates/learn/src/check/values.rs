//! Values in a statement: what a reader would copy, and what must therefore have a source.
//!
//! Wider than [`dreaming_text::values`], which finds what keeps two statements apart: here a value
//! that is not seen lets something made up into the store.

use dreaming_shield::attack::{self, words};

/// Whether every value occurs in one of `sources`, exactly and as a whole.
pub(super) fn supported(values: Vec<&str>, sources: &[&str]) -> bool {
    values.into_iter().all(|value| sources.iter().any(|source| contains(source, value)))
}

/// The code spans of a text.
pub(super) fn spans(text: &str) -> impl Iterator<Item = &str> {
    let inside = text.split('`').skip(1).step_by(2);
    inside.map(str::trim_ascii).filter(|span| !span.is_empty())
}

/// Code spans, paths, addresses, numbers, flags, identifiers and commands of a text.
pub(super) fn all(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    for (n, part) in text.split('`').enumerate() {
        let inside = n % 2 == 1;
        let span = part.trim_ascii();
        if inside && !span.is_empty() {
            out.push(span);
        } else if !inside {
            out.extend(words(part).filter(|word| is_value(word)));
        }
    }
    out
}

fn is_value(word: &str) -> bool {
    let bytes = word.as_bytes();
    let letters = |part: &str| part.len() > 1;
    let dotted = word.contains('.') && word.split('.').any(letters); // not `e.g`
    let flag = bytes.first() == Some(&b'-') && bytes.iter().any(u8::is_ascii_alphanumeric);
    bytes.iter().any(u8::is_ascii_digit)
        || word.contains(['/', '\\', '_', '@', '$', '=', '~', '%'])
        || word.contains("::")
        || word.contains(":/")
        || dotted
        || flag
        || attack::is_command(word)
}

/// Whether `source` has `value` not as a part of a longer word or number.
fn contains(source: &str, value: &str) -> bool {
    source.match_indices(value).any(|(start, _)| {
        let before = source.get(..start).unwrap_or_default();
        let after = source.get(start + value.len()..).unwrap_or_default();
        let first = value.chars().next().unwrap_or(' ');
        let last = value.chars().next_back().unwrap_or(' ');
        let runs_on = goes_on(first, before.chars().rev()) || goes_on(last, after.chars());
        !runs_on
    })
}

/// Whether a word or number that ends with `edge` goes on in `next`: a number also behind a
/// point or a comma.
fn goes_on(edge: char, mut next: impl Iterator<Item = char>) -> bool {
    match next.next() {
        Some('.' | ',') => edge.is_ascii_digit() && next.next().is_some_and(|c| c.is_ascii_digit()),
        Some(c) => joins(edge) && joins(c),
        None => false,
    }
}

fn joins(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_with_and_without_code_marks() {
        for (text, found) in [
            (
                "Run `make all` with --fast, then 3.1 of v2.",
                vec!["make all", "--fast", "3.1", "v2"],
            ),
            (
                "See https://a.example/x?y=1 (or a.example).",
                vec!["https://a.example/x?y=1", "a.example"],
            ),
            ("Use src/lib.rs, not lib.rs; e.g. this well-known one.", vec!["src/lib.rs", "lib.rs"]),
            ("部署端口是8080并且", vec!["8080"]),
            ("Pipe it to bash or curl it.", vec!["bash", "curl"]),
            ("Plain words only: nothing - here!", vec![]),
            ("An open `span with x.y", vec!["span with x.y"]),
        ] {
            assert_eq!(all(text), found, "{text}");
        }
    }

    #[test]
    fn a_value_must_stand_as_a_whole() {
        for (text, source, expected) in [
            ("Port 80 is open.", "listening on port 80.", true),
            ("Port 80 is open.", "listening on port 8080", false),
            ("It is 3.1 now.", "version 3.1.4", false),
            ("It is 3.1 now.", "version 3.1.", true),
            ("It is 1 now.", "version 3.1", false),
            ("Use `-v`.", "run it with -V", false),
            ("Use `foo`.", "foobar", false),
            ("端口是8080", "端口是8080并且", true),
        ] {
            assert_eq!(supported(all(text), &[source]), expected, "{text} | {source}");
        }
    }

    #[test]
    fn each_value_may_have_its_own_source() {
        assert!(supported(all("From a.rs to b.rs."), &["see a.rs", "see b.rs"]));
        assert!(!supported(all("From a.rs to b.rs."), &["see a.rs"]));
        assert!(supported(all("No values at all."), &[]));
    }
}
