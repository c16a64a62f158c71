//! Breaks long lines between words, for a terminal.

use std::io::IsTerminal;

use textwrap::core::{Word, display_width};
use textwrap::{Options, WordSeparator, WordSplitter};

/// Columns of a terminal that does not tell its width: the usual 80.
const UNKNOWN: usize = 80;

/// Fewest columns that are left for words after the indent. Chosen by us.
const FEWEST: usize = 20;

/// Wraps `text` to the width of the terminal. A word that fits a line is not broken, and continued
/// lines are indented to the first word, after mark or id. Text between backticks and paths are
/// never broken, because a person may copy them.
pub fn wrap(text: &str) -> String {
    // `termwidth` returns 80 if there is no terminal, but 0 for a terminal that reports no columns.
    let width = textwrap::termwidth();
    at(text, if width == 0 { UNKNOWN } else { width })
}

/// [`wrap`] if `place` is a terminal; else `text` unchanged.
pub fn broken(text: &str, place: &impl IsTerminal) -> String {
    if place.is_terminal() { wrap(text) } else { text.into() }
}

/// Wraps `text` to at most `width` columns.
fn at(text: &str, width: usize) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        if display_width(line) <= width {
            out.push_str(line);
        } else {
            let plain = anstream::adapter::strip_str(line).to_string();
            let indent = " ".repeat(before_words(&plain).min(width.saturating_sub(FEWEST)));
            // Paths and flags keep their hyphens.
            let options = Options::new(width)
                .subsequent_indent(&indent)
                .word_separator(WordSeparator::Custom(pieces))
                .word_splitter(WordSplitter::NoHyphenation)
                .break_words(pieces(line).all(|piece| !is_copied(&piece)));
            out.push_str(&textwrap::fill(line, options));
        }
        out.push_str(end);
    }
    out
}

/// Splits a line into pieces that must not be broken: words, and text between two backticks with
/// the words that touch it.
fn pieces(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let mut out = Vec::new();
    let (mut start, mut end, mut ticks) = (0, 0, 0);
    for word in WordSeparator::AsciiSpace.find_words(line) {
        end += word.word.len() + word.whitespace.len();
        ticks += word.word.matches('`').count();
        if ticks % 2 == 0 {
            out.extend(line.get(start..end).map(Word::from));
            start = end;
        }
    }
    // After a backtick without a partner, split at blanks again.
    out.extend(WordSeparator::AsciiSpace.find_words(line.get(start..).unwrap_or_default()));
    Box::new(out.into_iter())
}

/// Whether somebody may want to copy a piece: a command or a path.
fn is_copied(piece: &Word<'_>) -> bool {
    piece.word.contains(['`', '/'])
}

/// The indent of a line in columns: blanks, the id of a change and a mark before its words.
fn before_words(line: &str) -> usize {
    let mut rest = line.trim_start();
    let is_marked = |rest: &str| {
        let mut start = rest.chars();
        start.next().is_some_and(|c| "-+=>x12".contains(c)) && start.next() == Some(' ')
    };
    if !is_marked(rest)
        && let Some((id, after)) = rest.split_once("  ")
        && !id.contains(' ')
    {
        rest = after.trim_start();
    }
    if is_marked(rest) {
        rest = rest.get(2..).unwrap_or(rest);
    }
    display_width(line) - display_width(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::theme::{HEAD, NEW};

    #[test]
    fn lines_break_between_words_and_go_on_below_the_first_one() {
        let line =
            format!("  {HEAD}c4c94442{HEAD:#}  {NEW}+ one two three four five six seven{NEW:#}\n");
        let wrapped = anstream::adapter::strip_str(&at(&line, 36)).to_string();
        assert_eq!(wrapped, "  c4c94442  + one two three four\n              five six seven\n");
        let quote = "    > one two  three four five six seven";
        assert_eq!(at(quote, 26), "    > one two  three four\n      five six seven");
        let path = "            a/well-known-path.md: it is-so\n";
        assert_eq!(at(path, 40), "            a/well-known-path.md: it\n            is-so\n");
    }

    #[test]
    fn what_stands_between_backticks_stays_whole_however_long_it_is() {
        let line =
            "Next: `dreaming run --memory 'my notes' --codex` reads 1 session, asks no model.\n";
        let expected =
            "Next:\n`dreaming run --memory 'my notes' --codex`\nreads 1 session, asks no\nmodel.\n";
        assert_eq!(at(line, 26), expected);
        let path = "Written: /a/long/path/to/a/file.md and more";
        assert_eq!(at(path, 20), "Written:\n/a/long/path/to/a/file.md\nand more");
        assert_eq!(at("one `two three four five", 16), "one `two three\nfour five", "it is alone");
    }

    #[test]
    fn what_fits_stays_and_only_a_word_longer_than_a_line_is_broken() {
        assert_eq!(at("\n  short\n\n", 20), "\n  short\n\n");
        let long = at(&format!("  {}", "x".repeat(90)), 40);
        assert!(
            long.lines().all(|line| line.len() <= 40) && long.matches('x').count() == 90,
            "{long}"
        );
        // Each of these characters has two columns.
        assert!(at(&"日本".repeat(30), 40).lines().all(|line| display_width(line) <= 40));
    }
}
