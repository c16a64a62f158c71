//! Properties of values: sets of bytes, classes, placeholders.

use std::ops::Range;

use crate::words::secrets::{PLACEHOLDERS, STAND_INS};

/// The end of the longest run of bytes in `set` from `from` on.
pub(super) fn run(bytes: &[u8], from: usize, set: fn(u8) -> bool) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().position(|b| !set(*b)).unwrap_or(rest.len())
}

/// Whether `bytes` begin with `prefix` in any ASCII case.
pub(super) fn begins_ignoring_case(bytes: &[u8], prefix: &str) -> bool {
    // Compares one byte first, because lists of words are tried at every word.
    let same = |a: &u8| prefix.as_bytes().first().is_none_or(|b| a.eq_ignore_ascii_case(b));
    bytes.first().is_some_and(same)
        && bytes
            .get(..prefix.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(prefix.as_bytes()))
}

/// Whether a value only stands for a secret, as in documentation.
pub(super) fn is_placeholder(value: &[u8]) -> bool {
    // Fewer than six distinct characters is not random: 12 random characters have more, but for one
    // case in a million.
    distinct(value) < 6 || names_placeholder(value) || is_sequence(value)
}

/// Whether most of a value counts up, as in `1234567890abcdef`: people type that, chance does not
/// produce it.
fn is_sequence(value: &[u8]) -> bool {
    let steps = value.windows(2).filter(|pair| match pair {
        [a, b] => a.checked_add(1) == Some(*b),
        _ => false,
    });
    steps.count() * 2 > value.len()
}

/// Whether a value consists of words and numbers joined by signs: `my-token-v2` is a name. A part
/// in which letters and digits alternate is no word.
pub(super) fn is_wordy(value: &[u8]) -> bool {
    value.split(|b| matches!(b, b'-' | b'_' | b'.' | b'/')).all(|part| {
        let letters = part.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let number = part.get(letters..).unwrap_or_default();
        number.len() <= 4 && number.iter().all(u8::is_ascii_digit)
    })
}

/// Whether a short value only stands for a secret: a placeholder, a variable, a word such as
/// `password`, or the next flag.
pub(super) fn is_stand_in(value: &[u8]) -> bool {
    let is_variable = matches!(value.first(), Some(b'$' | b'%'))
        && value.iter().skip(1).all(|b| word(*b) || matches!(b, b'{' | b'}' | b'%'));
    let opens = matches!(value.first(), Some(b'<' | b'{' | b'[' | b'-' | b'('))
        || value.starts_with(b"$(")
        || value.starts_with(b"${");
    // Variables and fields to fill in are often written in capitals.
    let is_capitals = value.iter().all(|b| b.is_ascii_uppercase() || *b == b'_');
    is_variable
        || opens
        || is_capitals
        || distinct(value) < 3
        || STAND_INS.iter().any(|w| value.eq_ignore_ascii_case(w.as_bytes()))
        || names_placeholder(value)
        || is_sequence(value)
}

/// Whether a value contains a word that documentation writes in place of a secret.
pub(super) fn names_placeholder(value: &[u8]) -> bool {
    let head = value.get(..value.len().min(256)).unwrap_or_default();
    let begins = |from| {
        let rest = head.get(from..).unwrap_or_default();
        PLACEHOLDERS.iter().any(|word| begins_ignoring_case(rest, word))
    };
    (0..head.len()).any(begins)
}

/// The number of distinct bytes, as a whole-number measure of entropy.
pub(super) fn distinct(value: &[u8]) -> usize {
    let mut seen = [false; 256];
    for byte in value {
        if let Some(slot) = seen.get_mut(usize::from(*byte)) {
            *slot = true;
        }
    }
    seen.iter().filter(|s| **s).count()
}

/// The word that begins at `from`: text in quotes, or the bytes up to a space or another end of an
/// argument. `None` when it is empty or longer than 512 bytes, which keeps the time linear. It
/// begins and ends next to ASCII, so no character is split.
pub(super) fn argument(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    const LONGEST: usize = 512;
    let escaped = usize::from(bytes.get(from) == Some(&b'\\'));
    let quote = bytes.get(from + escaped).filter(|b| matches!(b, b'"' | b'\'' | b'`'));
    let start = if quote.is_some() { from + escaped + 1 } else { from };
    let window = bytes.get(start..bytes.len().min(start + LONGEST))?;
    let length = match quote {
        Some(quote) => window.iter().position(|b| b == quote || b.is_ascii_control())?,
        None => match window.iter().position(|b| ends_argument(*b)) {
            Some(length) => length,
            None if start + window.len() == bytes.len() => window.len(),
            None => return None,
        },
    };
    if quote.is_some_and(|quote| bytes.get(start + length) != Some(quote)) {
        return None;
    }
    // Inside a JSON string the closing quote is escaped as well.
    let ends_escaped = escaped == 1 && length > 0 && bytes.get(start + length - 1) == Some(&b'\\');
    let length = length - usize::from(ends_escaped);
    (length > 0).then_some(start..start + length)
}

fn ends_argument(byte: u8) -> bool {
    byte.is_ascii_whitespace()
        || byte.is_ascii_control()
        || matches!(
            byte,
            b'"' | b'\'' | b'`' | b';' | b'|' | b'&' | b'<' | b'>' | b'(' | b')' | b'\\'
        )
}

pub(super) fn word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

pub(super) fn word_dash(byte: u8) -> bool {
    word(byte) || byte == b'-'
}

pub(super) fn base64(byte: u8) -> bool {
    word_dash(byte) || matches!(byte, b'+' | b'/' | b'=' | b'.' | b'~')
}

pub(super) fn has_digit(words: &[u8]) -> bool {
    words.iter().any(u8::is_ascii_digit)
}

pub(super) fn mixed(words: &[u8]) -> bool {
    has_digit(words) && words.iter().any(u8::is_ascii_alphabetic)
}

/// Bytes of an unquoted value.
pub(super) fn bare(b: u8) -> bool {
    word(b)
        || matches!(b, b'-' | b'+' | b'/' | b'=' | b'!' | b'@' | b'#' | b'%' | b'^' | b'&' | b'~')
}

/// A sign that does not occur in names.
pub(super) fn is_other(b: u8) -> bool {
    b.is_ascii_punctuation() && !matches!(b, b'_' | b'-' | b'.')
}

/// The classes of characters in a value.
pub(super) struct Classes {
    pub(super) lower: bool,
    pub(super) upper: bool,
    pub(super) digit: bool,
    pub(super) other: bool,
}

impl Classes {
    pub(super) fn of(value: &[u8]) -> Self {
        Self {
            lower: value.iter().any(u8::is_ascii_lowercase),
            upper: value.iter().any(u8::is_ascii_uppercase),
            digit: value.iter().any(u8::is_ascii_digit),
            other: value.iter().any(|b| is_other(*b)),
        }
    }

    pub(super) fn count(&self) -> usize {
        [self.lower, self.upper, self.digit, self.other].iter().filter(|c| **c).count()
    }
}
