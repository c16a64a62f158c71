//! Whether two statements are alike enough to say the same, if nothing that they claim differs.

use super::words::Words;

/// Fewest terms that two wordings of one claim share. Chosen by us: with fewer, two statements share
/// a topic, and each other word may be what is said of it.
const MIN_SHARED: u64 = 4;

/// Most terms of a statement in which each other word may be its value: `the colour is purple`.
/// Chosen by us: a clause.
const CLAUSE: u64 = 12;

/// Most terms that a value has. Chosen by us: a word and what specifies it.
const VALUE: u64 = 2;

/// Whether the words of two statements let them say the same.
pub fn alike(a: &Words, b: &Words) -> bool {
    let overlap = a.overlap(b);
    let (few, many) = (overlap.left.min(overlap.right), overlap.left.max(overlap.right));
    let replaced = (1..=VALUE).contains(&few) && many <= VALUE;
    let short = overlap.shared + few <= CLAUSE;
    overlap.shared >= MIN_SHARED && !(replaced && short) && a.alike(b)
}
