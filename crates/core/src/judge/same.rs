//! Whether two statements are alike enough to say the same, if nothing that they claim differs.
//!
//! They do when their words are the same in the same order, but for function words, endings, case and marks.
//! On labelled pairs of real stores every looser measure of words merges more wrongly than it may: a
//! word more is a path of another layer, a list that grew, or the point. Which other wordings say the same
//! is for a model, or a host's own measure, to say.

use std::cmp::Ordering;

use dreaming_records::number::count;
use dreaming_text::Reading;

/// Jaccard similarity of the terms of two statements, in parts per million, from which they are alike: half of
/// the words of both. Chosen by us: of what shares less, words alone cannot tell that it speaks of one thing.
const ALIKE: u64 = 500_000;

/// Fewest terms that two wordings of one claim share. Chosen by us: with fewer, two statements share
/// a topic, and each other word may be what is said of it.
const MIN_SHARED: u64 = 4;

/// Most terms of a statement in which each other word may be its value: `the colour is purple`.
/// Chosen by us: a clause.
const CLAUSE: u64 = 12;

/// Most terms that a value has. Chosen by us: a word and what specifies it.
const VALUE: u64 = 2;

/// How much two statements share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overlap {
    /// Terms of both.
    pub shared: u64,
    /// Terms that the first has alone.
    pub left: u64,
    /// Terms that the second has alone.
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
    /// They differ where a statement has its subject, or a short one its value.
    Slot,
    /// They share half of their words and more, and differ in others.
    Close,
    /// They are not.
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
    // People begin with what they speak of: statements that begin with a word that the other has nowhere
    // speak of two things.
    if replaced && short || begin_apart(a, b) { Alike::Slot } else { Alike::Close }
}

/// Whether both are the same words in the same order, but for function words, endings, case and marks.
pub(super) fn are_equal(a: Reading<'_>, b: Reading<'_>) -> bool {
    a.terms_in_order().eq(b.terms_in_order())
}

/// Whether each begins with a word that the other has nowhere.
fn begin_apart(a: Reading<'_>, b: Reading<'_>) -> bool {
    let lacks = |words: Reading<'_>, term| words.terms().binary_search(&term).is_err();
    let first = |words: Reading<'_>| words.terms_in_order().next();
    first(a).zip(first(b)).is_some_and(|(x, y)| lacks(a, y) && lacks(b, x))
}
