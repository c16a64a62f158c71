//! Remembers what a scan ahead in a text has found.
//!
//! A value may be as long as the whole window, and the next value may begin inside it. Reading each
//! to its end again would make a text of repeated `key=` cost a thousand times its length.

use std::ops::Range;
use std::sync::LazyLock;

use super::value::{self, Classes};

/// Sets of bytes, as bits of a byte.
const ENDS_BARE: u8 = 1;
const ENDS_DOTTED: u8 = 2;
const LOWER: u8 = 4;
const UPPER: u8 = 8;
const DIGIT: u8 = 16;
const OTHER: u8 = 32;

/// For each byte the sets that contain it.
static SETS: LazyLock<[u8; 256]> = LazyLock::new(|| {
    let sets = |b: u8| {
        [
            (!value::bare(b), ENDS_BARE),
            (!value::bare(b) && b != b'.', ENDS_DOTTED),
            (b.is_ascii_lowercase(), LOWER),
            (b.is_ascii_uppercase(), UPPER),
            (b.is_ascii_digit(), DIGIT),
            (value::is_other(b), OTHER),
        ]
        .map(|(is_in, set)| if is_in { set } else { 0 })
        .iter()
        .sum()
    };
    let mut all = [0; 256];
    for (of_byte, b) in all.iter_mut().zip(0..=u8::MAX) {
        *of_byte = sets(b);
    }
    all
});

/// Results of scans ahead in one text. Queries from left to right are fast; others work too, but
/// slower.
#[derive(Default)]
pub(super) struct Ahead {
    bare: Next,
    dotted: Next,
    lower: Next,
    upper: Next,
    digit: Next,
    other: Next,
    digits: Digits,
    /// How many bytes were read, to check that the work is linear.
    pub(super) steps: usize,
}

impl Ahead {
    /// The end of the bare word at the beginning of `range`, at most the end of `range`.
    pub(super) fn bare(&mut self, bytes: &[u8], range: Range<usize>) -> usize {
        let end = range.end;
        let (found, steps) = self.bare.find(bytes, range, ENDS_BARE);
        self.count(steps);
        found.unwrap_or(end)
    }

    /// Like [`Ahead::bare`], for a word that may contain dots.
    pub(super) fn dotted(&mut self, bytes: &[u8], range: Range<usize>) -> usize {
        let end = range.end;
        let (found, steps) = self.dotted.find(bytes, range, ENDS_DOTTED);
        self.count(steps);
        found.unwrap_or(end)
    }

    /// The classes of characters in `range`.
    pub(super) fn classes(&mut self, bytes: &[u8], range: &Range<usize>) -> Classes {
        let all = [
            (&mut self.lower, LOWER),
            (&mut self.upper, UPPER),
            (&mut self.digit, DIGIT),
            (&mut self.other, OTHER),
        ];
        let found = all.map(|(next, set)| next.find(bytes, range.clone(), set));
        self.count(found.iter().map(|(_, steps)| steps).sum());
        let [lower, upper, digit, other] = found.map(|(at, _)| at.is_some());
        Classes { lower, upper, digit, other }
    }

    /// The number of digits in `range`.
    pub(super) fn digits(&mut self, bytes: &[u8], range: Range<usize>) -> usize {
        let looked = self.digits.go(bytes, range);
        self.count(looked);
        self.digits.number
    }

    fn count(&mut self, steps: usize) {
        self.steps += steps;
    }
}

/// A stretch of the text that has no byte of a set.
#[derive(Default)]
struct Next {
    without: Range<usize>,
}

impl Next {
    /// The first byte in `range` that belongs to `set`, and how many bytes were read.
    fn find(&mut self, bytes: &[u8], range: Range<usize>, set: u8) -> (Option<usize>, usize) {
        let Range { start, end } = range;
        if start < self.without.start || start > self.without.end {
            self.without = start..start;
        }
        let from = self.without.end;
        let rest = bytes.get(from..end).unwrap_or_default();
        let all = &*SETS;
        let is_in = |b: &u8| all.get(usize::from(*b)).is_some_and(|sets| sets & set != 0);
        let clear = rest.iter().position(is_in).unwrap_or(rest.len());
        self.without.end += clear;
        (Some(self.without.end).filter(|at| *at < end), clear)
    }
}

/// The number of digits in a range of a text.
#[derive(Default)]
struct Digits {
    range: Range<usize>,
    number: usize,
}

impl Digits {
    /// Moves to another range. Returns how many bytes were read.
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
