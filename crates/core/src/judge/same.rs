//! Whether two statements are alike enough to say the same, if nothing that they claim differs.
//!
//! They do when their words are the same in the same order, but for function words, endings, case and marks.
//! On labelled pairs of real stores every looser measure of words merges more wrongly than it may: a
//! word more is a path of another layer, a list that grew, or the point. Which other wordings say the same
//! is for a model, or a host's own measure, to say.

use super::words::{ALIKE, Overlap, Words};

/// Fewest terms that two wordings of one claim share. Chosen by us: with fewer, two statements share
/// a topic, and each other word may be what is said of it.
const MIN_SHARED: u64 = 4;

/// Most terms of a statement in which each other word may be its value: `the colour is purple`.
/// Chosen by us: a clause.
const CLAUSE: u64 = 12;

/// Most terms that a value has. Chosen by us: a word and what specifies it.
const VALUE: u64 = 2;

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
pub fn alike(a: &Words<'_>, b: &Words<'_>, overlap: Overlap) -> Alike {
    let similarity = overlap.similarity();
    if overlap.shared >= MIN_SHARED && a.are_equal(b) {
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
    if replaced && short || a.begin_apart(b) { Alike::Slot } else { Alike::Close }
}
