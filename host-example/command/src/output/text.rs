//! Text for people.

use std::fmt::Write as _;

use anstyle::Style;
use similar::{ChangeTag, TextDiff};

use super::theme::{HEAD, NEW, OLD};
use crate::document::Gates;

pub mod brief;
mod plan;
mod stats;
mod wrap;

// Words of services need them too, so they stand below both.
pub use dreaming_models::harmless::{clean, one_line};
pub use plan::{change, evidence, plan, turned_down, why};
pub use stats::stats;
pub use wrap::{broken, wrap};

/// A time in milliseconds since 1970 as RFC 3339.
pub fn time(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis)
        .map_or_else(|_| format!("{millis} ms"), |t| t.to_string())
}

/// A heading.
pub fn head(text: &str) -> String {
    format!("{HEAD}{text}{HEAD:#}")
}

/// The first digits of an id, enough to tell revisions apart.
pub fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

/// A place with what it stands below, in one line: `house.md:3 › House › Former owners`.
pub fn below(place: &str, below: &[String]) -> String {
    let all: Vec<String> =
        std::iter::once(place).chain(below.iter().map(String::as_str)).map(one_line).collect();
    all.join(" › ")
}

/// `1 change`, `2 changes`.
pub fn count(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// The counts of a plan's changes.
pub fn gates(gates: Gates) -> String {
    format!("{} auto, {} for review, {} blocked", gates.auto, gates.review, gates.blocked)
}

/// Writes the lines of `text`, each after `mark`.
pub fn block(out: &mut String, style: Style, mark: &str, text: &str) {
    for line in clean(text).lines() {
        let _ = writeln!(out, "{style}{mark}{line}{style:#}");
    }
}

/// How a memory changed, as a unified diff without context.
pub fn diff(out: &mut String, path: &str, before: Option<&str>, after: Option<&str>) {
    let state = match (before, after) {
        (None, _) => " (new)",
        (_, None) => " (removed)",
        _ => "",
    };
    let _ = writeln!(out, "\n{HEAD}{}{HEAD:#}{state}", one_line(path));
    let diff = TextDiff::from_lines(before.unwrap_or_default(), after.unwrap_or_default());
    for change in diff.iter_all_changes() {
        let (style, mark, line) = match change.tag() {
            ChangeTag::Delete => (OLD, '-', change.old_index()),
            ChangeTag::Insert => (NEW, '+', change.new_index()),
            ChangeTag::Equal => continue,
        };
        let line = line.map_or(0, |line| line + 1);
        let text = clean(change.value().trim_end_matches(['\r', '\n']));
        let _ = writeln!(out, "{style}{mark}{line:>4} {text}{style:#}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_acts_on_gets_through() {
        let hostile = "a\u{1b}[2J\u{7}\u{9b}31m\r\u{202e}b\u{200b}\u{e0041}\tc\nd";
        let cleaned = clean(hostile);
        assert_eq!(cleaned, "a\\u{1b}[2J\\u{7}\\u{9b}31m\\u{d}\\u{202e}b\\u{200b}\\u{e0041}\tc\nd");
        assert_eq!(clean("日本 é"), "日本 é");
        assert_eq!(one_line("a\u{1b}\n\tb"), "a\\u{1b}\\n\\tb");
    }

    #[test]
    fn a_diff_names_lines_of_both_sides() {
        let mut out = String::new();
        diff(&mut out, "a.md", Some("one\ntwo\n"), Some("one\n2\nthree\n"));
        let plain = anstream::adapter::strip_str(&out).to_string();
        assert_eq!(plain, "\na.md\n-   2 two\n+   2 2\n+   3 three\n");
    }
}
