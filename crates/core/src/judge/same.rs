//! Whether two statements are alike enough to say the same, if nothing that they claim differs.

use super::words::{ALIKE, Overlap, Words};

/// Fewest terms that two wordings of one claim share. Chosen by us: with fewer, two statements share
/// a topic, and each other word may be what is said of it.
const MIN_SHARED: u64 = 4;

/// Similarity, in parts per million of Jaccard, from which two statements say the same. Chosen by us: of ten
/// words one may differ. On labelled pairs of 26 real stores no measure of words below that is right in 19
/// of 20 merges of what people wrote; which other wordings say the same is for a model to say.
const ALL_BUT_EQUAL: u64 = 800_000;

/// Most terms of a statement in which each other word may be its value: `the colour is purple`.
/// Chosen by us: a clause.
const CLAUSE: u64 = 12;

/// Most terms that a value has. Chosen by us: a word and what specifies it.
const VALUE: u64 = 2;

/// How two statements are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alike {
    /// Their words let them say the same.
    Wording,
    /// They differ where a statement has its subject, or a short one its value.
    Slot,
    /// They share half of their words and more, and not enough to say the same.
    Close,
    /// They are not.
    Not,
}

/// Compares the words of two statements.
pub fn alike(a: &Words, b: &Words, overlap: Overlap) -> Alike {
    let similarity = overlap.similarity();
    if overlap.shared < MIN_SHARED || similarity < u64::from(ALIKE.as_permille()) * 1_000 {
        return Alike::Not;
    }
    let (few, many) = (overlap.left.min(overlap.right), overlap.left.max(overlap.right));
    let replaced = (1..=VALUE).contains(&few) && many <= VALUE;
    let short = overlap.shared + few <= CLAUSE;
    // People begin with what they speak of: two statements that begin with a word that the other has
    // nowhere are no two wordings.
    if replaced && short || a.begin_apart(b) {
        Alike::Slot
    } else if similarity < ALL_BUT_EQUAL {
        Alike::Close
    } else {
        Alike::Wording
    }
}
