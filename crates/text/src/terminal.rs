//! Text as a terminal shows it: without colours and cursor movements, without overwritten
//! characters, and without byte order marks. The control sequences are those of ECMA-48 and xterm.

use std::cell::LazyCell;
use std::ops::Deref;

use crate::eight_bytes::{below, equal, first};

const ESCAPE: char = '\u{1b}';
/// The control sequence introducer as one character.
const INTRODUCER: char = '\u{9b}';
const BELL: char = '\u{7}';
const BACKSPACE: char = '\u{8}';
/// The byte order mark, with which a file may begin.
const BYTE_ORDER: char = '\u{feff}';
/// The string terminator as one character.
const TERMINATOR: char = '\u{9c}';

/// How source code writes the escape character. A sequence behind one of these has not lost it.
const SPELLED: &[&str] =
    &["\\033", "\\0033", "\\x1b", "\\x1B", "\\u001b", "\\u001B", "\\e", "\\E", "^["];

/// `text` as a terminal shows it; `None` when it is the same. `printed`: whether a program printed
/// it to a terminal, so that a carriage return overwrites the line and a backspace removes a
/// character. Line ends stay as they are.
///
/// A transcript may have lost the escape character. So `[31;1m` counts as a sequence when it has
/// two numbers, or when the text contains the sequence that ends all colours. `[1m]` is a name.
pub fn shown(text: &str, printed: bool) -> Option<String> {
    let mut next = next_mark(text, printed);
    next?;
    let ends_colours = LazyCell::new(|| {
        text.match_indices("[0m").any(|(at, end)| !is_index(text, at + end.len()))
    });
    let mut shown = Shown { out: String::with_capacity(text.len()), overwrites: false };
    let mut rest = text;
    while let Some(at) = next {
        let (before, after) = rest.split_at(at);
        shown.push(before);
        let mut chars = after.chars();
        let mark = chars.next();
        let body = chars.as_str();
        rest = match mark {
            Some(ESCAPE) => after_escape(body),
            Some(INTRODUCER) => after_parameters(body).unwrap_or(body),
            Some('[') => match after_colour(&shown.out, body, &ends_colours) {
                Some(rest) => rest,
                None => {
                    shown.push("[");
                    body
                }
            },
            Some(BACKSPACE) => {
                shown.take_back();
                body
            }
            Some('\r') => shown.carriage_return(body),
            // Inside a line the mark may hide something, which other modules judge.
            Some(BYTE_ORDER) if !shown.is_line_start() => {
                shown.push("\u{feff}");
                body
            }
            _ => body,
        };
        next = next_mark(rest, printed);
    }
    shown.push(rest);
    // Only removes characters, so a different text is a shorter one.
    (shown.out.len() < text.len()).then_some(shown.out)
}

/// The position of the next character that a terminal does not show, or may not show depending on
/// what follows.
#[inline(never)] // the caller is built for size, but this reads every byte of a transcript
fn next_mark(text: &str, printed: bool) -> Option<usize> {
    // The bytes 0xC2 and 0xEF begin the introducer of a control sequence and the byte order mark,
    // and other characters too: those are skipped below.
    let begins = |eight| {
        below(eight, 0x9)
            | equal(eight, b'\r')
            | equal(eight, 0x1b)
            | equal(eight, b'[')
            | equal(eight, 0xc2)
            | equal(eight, 0xef)
    };
    let mut rest = text.as_bytes();
    loop {
        let (byte, behind) = rest.get(first(rest, begins)..)?.split_first()?;
        let is_mark = match (byte, behind) {
            (0x8 | b'\r', _) => printed,
            // A colour sequence whose escape character was lost.
            (b'[', behind) => matches!(behind, [b'0'..=b'9' | b';', ..]),
            (0xc2, behind) => behind.starts_with(&[0x9b]),
            (0xef, behind) => behind.starts_with(&[0xbb, 0xbf]),
            (0..=0x6, _) => false,
            _ => true,
        };
        if is_mark {
            return Some(text.len() - behind.len() - 1);
        }
        rest = behind;
    }
}

/// The text shown so far.
struct Shown {
    out: String,
    /// Whether the next character overwrites the line.
    overwrites: bool,
}

impl Shown {
    fn push(&mut self, text: &str) {
        if self.overwrites && !text.is_empty() {
            self.overwrites = false;
            if !text.starts_with('\n') {
                self.out.truncate(self.out.rfind('\n').map_or(0, |end| end + 1));
            }
        }
        self.out.push_str(text);
    }

    fn is_line_start(&self) -> bool {
        self.out.is_empty() || self.out.ends_with('\n')
    }

    fn take_back(&mut self) {
        if !self.out.ends_with('\n') {
            self.out.pop();
        }
    }

    /// Handles a carriage return; returns the rest of the text, behind its line end if there is
    /// one.
    fn carriage_return<'t>(&mut self, body: &'t str) -> &'t str {
        if let Some(rest) = body.strip_prefix('\n') {
            self.out.push_str("\r\n");
            self.overwrites = false;
            return rest;
        }
        self.overwrites = !body.is_empty();
        body
    }
}

/// The text behind the sequence that an escape character begins.
fn after_escape(body: &str) -> &str {
    let mut chars = body.chars();
    match chars.next() {
        Some('[') => after_parameters(chars.as_str()).unwrap_or(body),
        Some(']' | 'P' | 'X' | '^' | '_') => after_string(chars.as_str()),
        Some(' '..='/') => {
            let end = chars.as_str().trim_start_matches(|c| matches!(c, ' '..='/'));
            end.strip_prefix(|c| matches!(c, '0'..='~')).unwrap_or(body)
        }
        Some('0'..='~') => chars.as_str(),
        _ => body,
    }
}

/// The text behind parameters and their final letter.
fn after_parameters(body: &str) -> Option<&str> {
    let rest = body.trim_start_matches(|c| matches!(c, '0'..='?'));
    let rest = rest.trim_start_matches(|c| matches!(c, ' '..='/'));
    rest.strip_prefix(|c| matches!(c, '@'..='~'))
}

/// The text behind a string meant for the terminal (a title, the target of a link). A string that
/// does not end on its line is shown.
fn after_string(body: &str) -> &str {
    let end = body.find([BELL, TERMINATOR, ESCAPE, '\n']);
    let Some((_, end)) = end.and_then(|at| body.split_at_checked(at)) else { return body };
    end.strip_prefix([BELL, TERMINATOR]).or_else(|| end.strip_prefix("\u{1b}\\")).unwrap_or(body)
}

/// The text behind a colour sequence whose escape character was lost.
fn after_colour<'t>(
    before: &str,
    body: &'t str,
    ends_colours: &impl Deref<Target = bool>,
) -> Option<&'t str> {
    let rest = body.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
    let numbers = body.get(..body.len() - rest.len())?;
    let after = rest.strip_prefix('m').filter(|_| !numbers.is_empty())?;
    let is_colour = numbers.contains(';') || **ends_colours;
    let is_spelled = SPELLED.iter().any(|spelled| before.ends_with(spelled));
    (is_colour && !is_spelled && !after.starts_with(']')).then_some(after)
}

fn is_index(text: &str, at: usize) -> bool {
    text.get(at..).is_some_and(|rest| rest.starts_with(']'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn printed(text: &str) -> String {
        shown(text, true).unwrap_or_else(|| text.into())
    }

    #[test]
    fn sequences_of_every_form_are_taken_out() {
        for (text, want) in [
            ("\u{1b}[31;1mError \u{1b}[0m: no", "Error : no"),
            ("\u{1b}[38;2;1;2;3mred\u{1b}[K\u{1b}[?25l\u{1b}[2 q", "red"),
            ("\u{9b}1mbold\u{9b}m", "bold"),
            ("\u{1b}]0;title\u{7}a\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\", "alink"),
            ("\u{1b}P1$r\u{1b}\\a\u{1b}(Bb\u{1b}7c\u{1b}=\u{1b}cd", "abcd"),
            ("a\u{7}b", "ab"),
            ("\u{feff}a\n\u{feff}b", "a\nb"),
            // Cut short, or no sequence: the visible characters stay.
            ("a\u{1b}", "a"),
            ("a\u{1b}[31", "a[31"),
            ("\u{1b}]0;no end\nnext", "0;no end\nnext"),
            ("\u{1b}é", "é"),
        ] {
            assert_eq!(printed(text), want, "{text:?}");
            assert_eq!(shown(want, true), None, "{want:?}");
        }
    }

    #[test]
    fn a_colour_is_known_without_its_escape_character() {
        assert_eq!(printed("[31;1mError [0m: x"), "Error : x");
        assert_eq!(printed("[31mError[0m"), "Error");
        assert_eq!(printed("a [31;1mError"), "a Error");
        for kept in [
            "claude-opus-4-8[1m]",
            "a[0m] [1m",
            "rate(x[5m])",
            "[5m or [30m",
            "[m [;] [0n [12",
            "a\u{feff}b",
            "R='\\033[0;31m' E=\"\\e[0m\" \\x1b[1;2m",
        ] {
            assert_eq!(shown(kept, true), None, "{kept}");
        }
    }

    #[test]
    fn what_was_overwritten_is_gone_where_a_program_printed_it() {
        for (text, want) in [
            ("a\n10 %\r50 %\r\u{1b}[K100 %\ndone", "a\n100 %\ndone"),
            ("Rebasing (4/7)\rerror: no", "error: no"),
            ("a\r\nb\r\n", "a\r\nb\r\n"),
            ("a\r\r\nb", "a\r\nb"),
            ("last\r", "last"),
            ("N\u{8}NA\u{8}A\n\u{8}x", "NA\nx"),
        ] {
            assert_eq!(printed(text), want, "{text:?}");
        }
        assert_eq!(shown("a\rb\u{8}", false), None);
    }

    proptest! {
        #[test]
        fn nothing_is_added_and_no_control_is_left(
            text in "(\u{1b}|\u{9b}|\u{7}|\u{8}|\r|\n|\\[|[0-9;mK\\]\\\\P (a-cé]){0,40}"
        ) {
            let found = printed(&text);
            prop_assert!(found.len() <= text.len());
            prop_assert!(!found.contains([ESCAPE, INTRODUCER, BELL]));
            let mut rest = text.chars();
            prop_assert!(found.chars().all(|c| rest.any(|other| other == c)), "{found:?}");
            let plain: String = text.chars().filter(|c| matches!(c, 'a'..='c' | '\n' | ' ')).collect();
            prop_assert_eq!(shown(&plain, true), None);
        }
    }
}
