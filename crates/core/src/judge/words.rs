//! How alike two statements are in their words. What [`crate::reconcile`] joins and what the judge compares
//! is one definition, on sets of 32-bit hashes, so that no pair that the judge would relate is missed by
//! the join.

use dreaming_records::number::count;
use dreaming_text as text;
use dreaming_text::join::{Threshold, hash};
use dreaming_text::sort;

use crate::words::labels::LABELS;

/// Jaccard similarity of the terms of two statements from which they are alike: half of the words of both.
/// Chosen by us: of what shares less, words alone cannot tell that it speaks of one thing.
pub const ALIKE: Threshold = Threshold::permille(500);

/// Makes `set` the distinct terms of `of`, sorted.
pub(crate) fn fill(set: &mut Vec<u32>, of: &[u32]) {
    set.clear();
    set.extend_from_slice(of);
    sort::u32s(set);
    set.dedup();
}

/// Bytes of a text for each of its terms, about: for how many there is room at first. English prose has
/// some nine.
const BYTES_OF_TERM: usize = 8;

/// Calls `each` with the terms of a text (stems of its content words, hashed) in reading order; `room` is
/// overwritten.
pub(crate) fn each_term(text: &str, room: &mut String, mut each: impl FnMut(u32)) {
    text::each_token(text, room, &mut |token, _| {
        // `has no entry` says what `does not have an entry` says.
        let token = if token == "no" { "not" } else { token };
        let (rest, ending) = text::stem(token);
        each(hash::token(rest.as_bytes().iter().chain(ending.as_bytes())));
    });
}

/// What follows such a label: `Note: the port is 80`.
fn announced(text: &str) -> Option<&str> {
    let (label, rest) = text.split_once(':')?;
    let label = label.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    LABELS.iter().any(|known| known.eq_ignore_ascii_case(label)).then_some(rest)
}

fn first_term(text: &str) -> Option<u32> {
    let mut first = None;
    each_term(text, &mut String::new(), |term| first = first.or(Some(term)));
    first
}

/// The words of one statement as the judge compares them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// Its distinct terms, sorted.
    terms: Vec<u32>,
    /// A hash of its terms in their order.
    in_order: u64,
    /// The term that it begins with.
    first: Option<u32>,
    /// The term that it begins with after a label.
    first_after_label: Option<u32>,
}

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
    /// Jaccard similarity in parts per million; 0 when neither has a term.
    pub fn similarity(self) -> u64 {
        (self.shared * 1_000_000).checked_div(self.all()).unwrap_or(0)
    }

    fn all(self) -> u64 {
        self.shared + self.left + self.right
    }
}

impl Words {
    /// The words of a text.
    pub fn of(text: &str) -> Self {
        let mut all = Vec::with_capacity(text.len() / BYTES_OF_TERM);
        each_term(text, &mut String::new(), |term| all.push(term));
        let mut words = Self::default();
        fill(&mut words.terms, &all);
        let bytes: Vec<u8> = all.iter().flat_map(|term| term.to_le_bytes()).collect();
        words.in_order = hash::bytes(&bytes);
        words.first = all.first().copied();
        words.first_after_label = announced(text).map_or(words.first, first_term);
        words
    }

    /// Whether both are the same words in the same order, but for function words, endings, case and marks.
    pub(crate) fn are_equal(&self, other: &Self) -> bool {
        self.in_order == other.in_order && self.terms == other.terms
    }

    /// Whether each begins with a word that the other has nowhere, with a label or without.
    pub(crate) fn begin_apart(&self, other: &Self) -> bool {
        let lacks = |words: &Self, term| words.terms.binary_search(&term).is_err();
        let apart = |ours: Option<u32>, theirs: Option<u32>| {
            ours.zip(theirs).is_some_and(|(a, b)| lacks(self, b) && lacks(other, a))
        };
        apart(self.first, other.first) || apart(self.first_after_label, other.first_after_label)
    }

    /// What the two share.
    pub fn overlap(&self, other: &Self) -> Overlap {
        overlap(&self.terms, &other.terms)
    }
}

/// What two sorted sets share.
fn overlap(mut a: &[u32], mut b: &[u32]) -> Overlap {
    let mut found = Overlap { shared: 0, left: 0, right: 0 };
    while let ([x, more_a @ ..], [y, more_b @ ..]) = (a, b) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => (found.left, a) = (found.left + 1, more_a),
            std::cmp::Ordering::Greater => (found.right, b) = (found.right + 1, more_b),
            std::cmp::Ordering::Equal => (found.shared, a, b) = (found.shared + 1, more_a, more_b),
        }
    }
    found.left += count(a.len());
    found.right += count(b.len());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_not_what_a_statement_speaks_of() {
        let apart = |a: &str, b: &str| Words::of(a).begin_apart(&Words::of(b));
        // `note` has the stem of `not`.
        let plain = "The night team meets at nine, not at ten";
        assert!(apart("**Note:** the day team meets at nine", plain));
        assert!(!apart("Reminder: the night team meets at nine", plain));
        assert_eq!(announced("Port: 80"), None);
    }
}
