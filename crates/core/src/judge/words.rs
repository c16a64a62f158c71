//! How alike two statements are in their words. What [`crate::reconcile`] joins and what the judge compares
//! is one definition, on sets of 32-bit hashes, so that no pair that the judge would relate is missed by
//! the join.

use dreaming_text::join::Threshold;
use dreaming_text::{Reading, count_words};

use crate::words::labels::LABELS;
use dreaming_records::number::count;

/// Jaccard similarity of the terms of two statements from which they are alike: half of the words of both.
/// Chosen by us: of what shares less, words alone cannot tell that it speaks of one thing.
pub const ALIKE: Threshold = Threshold::permille(500);

/// Such a label: `Note` of `Note: the port is 80`.
fn label(text: &str) -> Option<&str> {
    let (before, _) = text.split_once(':')?;
    let label = before.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    LABELS.iter().any(|known| known.eq_ignore_ascii_case(label)).then_some(before)
}

/// The words of one statement as the judge compares them.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    text: &'a str,
    words: Reading<'a>,
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

impl<'a> Words<'a> {
    /// A text and its words.
    pub fn new(text: &'a str, words: Reading<'a>) -> Self {
        Self { text, words }
    }

    /// Whether both are the same words in the same order, but for function words, endings, case and marks.
    pub(crate) fn are_equal(&self, other: &Self) -> bool {
        self.words.terms() == other.words.terms()
            && self.words.terms_in_order(0).eq(other.words.terms_in_order(0))
    }

    /// Whether each begins with a word that the other has nowhere, with a label or without.
    pub(crate) fn begin_apart(&self, other: &Self) -> bool {
        let lacks = |words: &Self, term| words.words.terms().binary_search(&term).is_err();
        let apart = |ours: Option<u32>, theirs: Option<u32>| {
            ours.zip(theirs).is_some_and(|(a, b)| lacks(self, b) && lacks(other, a))
        };
        apart(self.first(0), other.first(0))
            || apart(self.first_after_label(), other.first_after_label())
    }

    /// The first term after some words.
    fn first(&self, skipped: usize) -> Option<u32> {
        self.words.terms_in_order(skipped).next()
    }

    /// The term that it begins with after a label.
    fn first_after_label(&self) -> Option<u32> {
        self.first(label(self.text).map_or(0, count_words))
    }

    /// What the two share.
    pub fn overlap(&self, other: &Self) -> Overlap {
        overlap(self.words.terms(), other.words.terms())
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
    use dreaming_text::Corpus;

    #[test]
    fn a_label_is_not_what_a_statement_speaks_of() {
        let apart = |a: &str, b: &str| {
            let corpus = Corpus::of([a, b]);
            let of = |text, at| Words::new(text, corpus.reading(at));
            of(a, 0).begin_apart(&of(b, 1))
        };
        // `note` has the stem of `not`.
        let plain = "The night team meets at nine, not at ten";
        assert!(apart("**Note:** the day team meets at nine", plain));
        assert!(!apart("Reminder: the night team meets at nine", plain));
        assert_eq!(label("Port: 80"), None);
    }
}
