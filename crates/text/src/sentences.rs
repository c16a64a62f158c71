//! Where sentences end.

use std::ops::Range;

use super::unicode::{is_letter, is_space, lower};
use crate::words::function::ABBREVIATIONS;

/// The byte ranges of the sentences of a text, in order, without white space at the ends. A
/// sentence ends at `.`, `!` or `?` before white space or the end of the text, at `。`, `！` or `？`,
/// and at a line end. Nothing ends it inside a code span that is closed on its line. A full stop
/// inside a URL, a version or a path is not followed by white space.
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    each(text).collect()
}

fn each(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        while start < text.len() {
            let end = end(text, start);
            let found = trimmed(text, start..end);
            start = end;
            if found.is_some() {
                return found;
            }
        }
        None
    })
}

/// The end of the sentence that begins at `start`.
fn end(text: &str, start: usize) -> usize {
    let mut at = start;
    while let Some(mark) = text.get(at..).and_then(|rest| rest.bytes().position(may_end)) {
        at += mark;
        let mut rest = text.get(at..).unwrap_or("").chars();
        let Some(c) = rest.next() else { break };
        let next = rest.clone().next();
        let ends = match c {
            '\n' | '\r' | '\u{2028}' | '\u{2029}' | '。' | '！' | '？' => true,
            '`' => {
                let run = text.get(at..).map_or(1, ticks);
                at = code_end(text, at, run).unwrap_or(at + run);
                continue;
            }
            '!' | '?' => closes(next),
            '.' => closes(next) && !abbreviated(text.get(start..at).unwrap_or("")),
            _ => false,
        };
        at += c.len_utf8();
        if ends {
            // A closing quote or bracket belongs to the sentence that it closes.
            let closers = rest.take_while(|c| is_closer(*c));
            return at + closers.map(char::len_utf8).sum::<usize>();
        }
    }
    text.len()
}

/// Whether a byte may begin the end of a sentence, or a code span.
fn may_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r' | b'`' | b'!' | b'?' | b'.') || !byte.is_ascii()
}

/// A range without white space at its ends; `None` when nothing is left.
fn trimmed(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let part = text.get(range.clone())?;
    let lead = part.find(|c| !is_space(c))?;
    let tail = part.rfind(|c| !is_space(c))?;
    let last = part.get(tail..)?.chars().next().map_or(0, char::len_utf8);
    Some(range.start + lead..range.start + tail + last)
}

fn is_closer(c: char) -> bool {
    matches!(c, '"' | '\'' | ')' | ']' | '*' | '_' | '”' | '’' | '»' | '」' | '』' | '）')
}

fn closes(next: Option<char>) -> bool {
    next.is_none_or(|c| is_space(c) || is_closer(c))
}

/// Whether the text before a full stop ends in an abbreviation or an initial.
fn abbreviated(before: &str) -> bool {
    let rest = before.trim_end_matches(is_letter);
    let word = before.get(rest.len()..).unwrap_or("");
    match word.as_bytes() {
        [letter] => letter.is_ascii_uppercase() || rest.ends_with('.'),
        _ => ABBREVIATIONS.contains(&lower(word).as_str()),
    }
}

fn ticks(text: &str) -> usize {
    text.bytes().take_while(|b| *b == b'`').count()
}

/// The end of the code span that opens at `at` with `open` back-ticks: behind as many back-ticks on
/// the same line. `None` when nothing closes it.
fn code_end(text: &str, at: usize, open: usize) -> Option<usize> {
    let inside = at + open;
    let mut run = 0;
    // A line end closes a run of back-ticks like any other character; the search ends there.
    for (offset, byte) in text.get(inside..)?.bytes().chain([b'\n']).enumerate() {
        if byte == b'`' {
            run += 1;
        } else if run == open {
            return Some(inside + offset);
        } else if matches!(byte, b'\n' | b'\r') {
            return None;
        } else {
            run = 0;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        sentences(text).into_iter().map(|r| text.get(r).unwrap()).collect()
    }

    #[test]
    fn marks_before_white_space_and_line_ends_end_a_sentence() {
        assert_eq!(
            split("One. Two!  Three?\nfour\r\n\r\nfive"),
            ["One.", "Two!", "Three?", "four", "five"]
        );
        assert_eq!(split("(He said \"no.\") Then left."), ["(He said \"no.\")", "Then left."]);
        assert_eq!(split("一つ。二つ！三つ"), ["一つ。", "二つ！", "三つ"]);
    }

    #[test]
    fn code_urls_versions_and_abbreviations_hold_together() {
        for text in [
            "Run `a. b! c` now.",
            "See https://a.example/x.html?q=1. now",
            "Pin 1.2.3 of it.",
            "Use tools, e.g. a linter, i.e. a checker.",
            "Ask Dr. Who vs. J. Doe.",
        ] {
            let whole = split(text);
            let expected = if text.starts_with("See") { 2 } else { 1 };
            assert_eq!(whole.len(), expected, "{whole:?}");
        }
    }

    #[test]
    fn an_open_back_tick_hides_nothing() {
        assert_eq!(split("a ` to. c"), ["a ` to.", "c"]);
        assert_eq!(split("``x. ` y`` it. w"), ["``x. ` y`` it.", "w"]);
        assert!(split(" \n ").is_empty());
    }
}
