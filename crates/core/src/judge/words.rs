//! How alike two statements are in their words, on numbers of their stems.

use dreaming_records::number::count;
use dreaming_text::Reading;

/// Jaccard similarity of the terms of two statements, in parts per million, from which they are alike: half of
/// the words of both. Chosen by us: of what shares less, words alone cannot tell that it speaks of one thing.
pub(super) const ALIKE: u64 = 500_000;

/// The words of one statement as the judge compares them.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a>(Reading<'a>);

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
    /// The words of a text.
    pub fn new(words: Reading<'a>) -> Self {
        Self(words)
    }

    /// Whether both are the same words in the same order, but for function words, endings, case and marks.
    pub(crate) fn are_equal(&self, other: &Self) -> bool {
        self.0.terms_in_order().eq(other.0.terms_in_order())
    }

    /// Whether each begins with a word that the other has nowhere.
    pub(crate) fn begin_apart(&self, other: &Self) -> bool {
        let lacks = |words: &Self, term| words.0.terms().binary_search(&term).is_err();
        let first = |words: &Self| words.0.terms_in_order().next();
        first(self).zip(first(other)).is_some_and(|(a, b)| lacks(self, b) && lacks(other, a))
    }

    /// What the two share.
    pub fn overlap(&self, other: &Self) -> Overlap {
        overlap(self.0.terms(), other.0.terms())
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
