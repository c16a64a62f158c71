//! Whether two statements are alike enough to say the same, provided that no guard finds a
//! difference in what they claim.
//!
//! Two statements are that much alike when their words are the same in the same order, apart from
//! function words, endings, case and marks. On labelled pairs of real stores every looser measure
//! of words made too many wrong merges: one additional word may name a path in another layer,
//! lengthen a list, or be the point of the statement. Only a model, or a host's own measure, can
//! say which other wordings say the same.

use std::cmp::Ordering;

use dreaming_records::number::count;
use dreaming_text::Reading;

/// Jaccard similarity of the terms of two statements, in parts per million, from which they are
/// alike: half of the words of both. Chosen by us: with less in common, words alone cannot show
/// that two statements are about one thing.
const ALIKE: u64 = 500_000;

/// Fewest terms that two wordings of one claim share. Chosen by us: with fewer, two statements
/// share only a topic, and every other word may be the claim.
const MIN_SHARED: u64 = 4;

/// Most terms of a short statement, in which any differing word may be the value: `the colour is
/// purple`. Chosen by us: the length of a clause.
const CLAUSE: u64 = 12;

/// Most terms that a value has. Chosen by us: a word and what specifies it.
const VALUE: u64 = 2;

/// How many terms two statements share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overlap {
    /// Terms of both.
    pub shared: u64,
    /// Terms that only the first has.
    pub left: u64,
    /// Terms that only the second has.
    pub right: u64,
}

impl Overlap {
    /// What the words of two statements share.
    pub fn of(one: Reading<'_>, other: Reading<'_>) -> Self {
        let (mut a, mut b) = (one.terms(), other.terms());
        let mut found = Self::default();
        while let ([x, more_a @ ..], [y, more_b @ ..]) = (a, b) {
            match x.cmp(y) {
                Ordering::Less => (found.left, a) = (found.left + 1, more_a),
                Ordering::Greater => (found.right, b) = (found.right + 1, more_b),
                Ordering::Equal => (found.shared, a, b) = (found.shared + 1, more_a, more_b),
            }
        }
        found.left += count(a.len());
        found.right += count(b.len());
        found
    }

    /// Jaccard similarity in parts per million; 0 when neither has a term.
    pub fn similarity(self) -> u64 {
        (self.shared * 1_000_000).checked_div(self.shared + self.left + self.right).unwrap_or(0)
    }
}

/// How two statements are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alike {
    /// Their words are the same.
    Wording,
    /// They differ in the word with which they begin, their subject, or, in a short statement, at
    /// the value.
    Slot,
    /// They share at least half of their words, and differ in others.
    Close,
    /// They are not alike.
    Not,
}

/// Compares the words of two statements.
pub fn alike(a: Reading<'_>, b: Reading<'_>, overlap: Overlap) -> Alike {
    let similarity = overlap.similarity();
    if overlap.shared >= MIN_SHARED && are_equal(a, b) {
        return Alike::Wording;
    }
    if overlap.shared < MIN_SHARED || similarity < ALIKE {
        return Alike::Not;
    }
    let (few, many) = (overlap.left.min(overlap.right), overlap.left.max(overlap.right));
    let replaced = (1..=VALUE).contains(&few) && many <= VALUE;
    let short = overlap.shared + few <= CLAUSE;
    // A statement begins with its subject: when each begins with a word that the other does not
    // contain, their subjects differ.
    if replaced && short || begin_apart(a, b) { Alike::Slot } else { Alike::Close }
}

/// Whether both have the same words in the same order, apart from function words, endings, case and
/// marks.
pub(super) fn are_equal(a: Reading<'_>, b: Reading<'_>) -> bool {
    a.terms_in_order().eq(b.terms_in_order())
}

/// Whether each begins with a word that the other does not contain.
fn begin_apart(a: Reading<'_>, b: Reading<'_>) -> bool {
    let lacks = |words: Reading<'_>, term| words.terms().binary_search(&term).is_err();
    let first = |words: Reading<'_>| words.terms_in_order().next();
    first(a).zip(first(b)).is_some_and(|(x, y)| lacks(a, y) && lacks(b, x))
}
