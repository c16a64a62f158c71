//! What stands ahead in a text, found once.
//!
//! A value may go on for a whole window, and the next value begin inside it. Each would be read to its end
//! again, so that a text of nothing but `key=` cost a thousand times its length.

use std::ops::Range;

use super::value::{self, Classes};

/// What was found ahead in one text. Questions go from left to right; others are answered too, more slowly.
#[derive(Default)]
pub(super) struct Ahead {
    bare: Next,
    dotted: Next,
    lower: Next,
    upper: Next,
    digit: Next,
    other: Next,
    digits: Digits,
    /// How many bytes were looked at.
    #[cfg(test)]
    pub(super) steps: usize,
}

impl Ahead {
    /// The end of the bare word that begins `range`, not beyond it.
    pub(super) fn bare(&mut self, bytes: &[u8], range: Range<usize>) -> usize {
        let end = range.end;
        let ends = |b| !value::bare(b);
        let found = self.bare.find(bytes, range, ends);
        self.count(found.1);
        found.0.unwrap_or(end)
    }

    /// The same of a word that may have dots.
    pub(super) fn dotted(&mut self, bytes: &[u8], range: Range<usize>) -> usize {
        let end = range.end;
        let ends = |b| !value::bare(b) && b != b'.';
        let found = self.dotted.find(bytes, range, ends);
        self.count(found.1);
        found.0.unwrap_or(end)
    }

    /// The classes of the characters in `range`.
    pub(super) fn classes(&mut self, bytes: &[u8], range: &Range<usize>) -> Classes {
        let lower = self.lower.find(bytes, range.clone(), |b| b.is_ascii_lowercase());
        let upper = self.upper.find(bytes, range.clone(), |b| b.is_ascii_uppercase());
        let digit = self.digit.find(bytes, range.clone(), |b| b.is_ascii_digit());
        let other = self.other.find(bytes, range.clone(), value::is_other);
        self.count(lower.1 + upper.1 + digit.1 + other.1);
        let [lower, upper, digit, other] = [lower, upper, digit, other].map(|(at, _)| at.is_some());
        Classes { lower, upper, digit, other }
    }

    /// How many digits are in `range`.
    pub(super) fn digits(&mut self, bytes: &[u8], range: Range<usize>) -> usize {
        let looked = self.digits.go(bytes, range);
        self.count(looked);
        self.digits.number
    }

    #[cfg_attr(not(test), expect(clippy::unused_self, reason = "only tests count"))]
    fn count(&mut self, steps: usize) {
        #[cfg(test)]
        {
            self.steps += steps;
        }
        #[cfg(not(test))]
        let _ = steps;
    }
}

/// A stretch of a text without bytes of a set.
#[derive(Default)]
struct Next {
    without: Range<usize>,
}

impl Next {
    /// The first byte of a set in `range`, and how many bytes were looked at for it.
    fn find(
        &mut self,
        bytes: &[u8],
        range: Range<usize>,
        is_in: impl Fn(u8) -> bool,
    ) -> (Option<usize>, usize) {
        let Range { start, end } = range;
        if start < self.without.start || start > self.without.end {
            self.without = start..start;
        }
        let from = self.without.end;
        let rest = bytes.get(from..end).unwrap_or_default();
        let clear = rest.iter().position(|b| is_in(*b)).unwrap_or(rest.len());
        self.without.end += clear;
        (Some(self.without.end).filter(|at| *at < end), clear)
    }
}

/// How many digits are in a range of a text.
#[derive(Default)]
struct Digits {
    range: Range<usize>,
    number: usize,
}

impl Digits {
    /// Goes on to another range. Says how many bytes were looked at for it.
    fn go(&mut self, bytes: &[u8], range: Range<usize>) -> usize {
        let in_range = |range: Range<usize>| {
            let part = bytes.get(range).unwrap_or_default();
            (part.iter().filter(|b| b.is_ascii_digit()).count(), part.len())
        };
        let old = std::mem::replace(&mut self.range, range.clone());
        let goes_on = old.start <= range.start && range.start <= old.end && old.end <= range.end;
        let old = if goes_on { old } else { range.start..range.start };
        let (left, gone) = in_range(old.start..range.start);
        let (come, new) = in_range(old.end..range.end);
        self.number = if goes_on { self.number - left + come } else { come };
        gone + new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_is_what_looking_at_each_place_finds() {
        let bytes = b"token=aB1 key=a.b.c2 x=\xc3\xa9 A_b-9=q";
        let mut ahead = Ahead::default();
        for start in (0..bytes.len()).chain([4, 0, 9]) {
            for length in [0, 1, 5, 40] {
                let end = bytes.len().min(start + length);
                let mut fresh = Ahead::default();
                let digits = bytes[start..end].iter().filter(|b| b.is_ascii_digit()).count();
                assert_eq!(ahead.digits(bytes, start..end), digits);
                let range = start..end;
                assert_eq!(ahead.bare(bytes, range.clone()), fresh.bare(bytes, range.clone()));
                assert_eq!(ahead.dotted(bytes, range.clone()), fresh.dotted(bytes, range.clone()));
                assert_eq!(value::run(&bytes[..end], start, value::bare), fresh.bare(bytes, range));
                let (got, want) =
                    (ahead.classes(bytes, &(start..end)), Classes::of(&bytes[start..end]));
                assert_eq!(
                    (got.lower, got.upper, got.digit, got.other),
                    (want.lower, want.upper, want.digit, want.other)
                );
            }
        }
    }
}
