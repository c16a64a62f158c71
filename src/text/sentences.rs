//! Where sentences end.

use std::ops::Range;

use super::unicode::{is_letter, is_space, lower};

/// Abbreviations whose full stop ends no sentence; a letter after a full stop (`e.g.`) and a single
/// capital (`J. Doe`) are such too. Chosen by us.
const ABBREVIATIONS: &[&str] =
    &["approx", "cf", "dr", "eg", "esp", "ie", "incl", "mr", "mrs", "ms", "vs"];

/// The byte ranges of the sentences of a text, in order, without white space at their ends. A
/// sentence ends at `.`, `!` or `?` before white space or the end, at `。`, `！` or `？`, and at
/// a line end. Nothing ends inside a code span that is closed on its line, and a full stop
/// inside a URL, a version or a path is followed by no white space.
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    let mut code_until = 0;
    while let Some((at, c)) = chars.next() {
        if at < code_until {
            continue;
        }
        let end = at + c.len_utf8();
        let next = chars.peek().map(|(_, next)| *next);
        let ends = match c {
            '\n' | '\r' | '\u{2028}' | '\u{2029}' | '。' | '！' | '？' => true,
            '`' => {
                let run = text.get(at..).map_or(1, ticks);
                code_until = code_end(text, at, run).unwrap_or(at + run);
                false
            }
            '!' | '?' => closes(next),
            '.' => closes(next) && !abbreviated(text.get(start..at).unwrap_or("")),
            _ => false,
        };
        if ends {
            // A closing quote or bracket belongs to the sentence that it closes.
            let mut end = end;
            while let Some((at, c)) = chars.next_if(|(_, c)| is_closer(*c)) {
                end = at + c.len_utf8();
            }
            push(text, start..end, &mut found);
            start = end;
        }
    }
    push(text, start..text.len(), &mut found);
    found
}

fn push(text: &str, range: Range<usize>, found: &mut Vec<Range<usize>>) {
    let Some(sentence) = text.get(range.clone()) else { return };
    let lead = sentence.find(|c| !is_space(c));
    let tail = sentence.rfind(|c| !is_space(c));
    if let (Some(lead), Some(tail)) = (lead, tail) {
        let last = sentence.get(tail..).and_then(|s| s.chars().next()).map_or(0, char::len_utf8);
        found.push(range.start + lead..range.start + tail + last);
    }
}

fn is_closer(c: char) -> bool {
    matches!(c, '"' | '\'' | ')' | ']' | '*' | '_' | '”' | '’' | '»' | '」' | '』' | '）')
}

fn closes(next: Option<char>) -> bool {
    next.is_none_or(|c| is_space(c) || is_closer(c))
}

/// Whether what stands before a full stop is an abbreviation or the initial of a name.
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

/// The end of the code span that opens at `at` with `open` back-ticks: after as many of them on the
/// same line. `None` when nothing closes it.
fn code_end(text: &str, at: usize, open: usize) -> Option<usize> {
    let inside = at + open;
    let mut run = 0;
    // A line end closes a run as any other sign does, and nothing after it counts.
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
