//! How alike two statements are in their words: the families of tokens, each with the similarity
//! from which two statements may say the same. What [`crate::reconcile`] joins and what the judge
//! compares is one definition, on sets of 32-bit hashes, so that no pair that the judge would merge is
//! missed by the join.

use dreaming_text as text;
use dreaming_text::join::{Threshold, hash};

/// What makes two statements alike.
#[derive(Debug)]
pub struct Family {
    /// Its name in reports.
    pub name: &'static str,
    /// What its tokens are.
    pub tokens: Tokens,
    /// Most distinct tokens of a statement that takes part.
    pub longest: usize,
    /// Jaccard similarity from which two sets are alike.
    pub threshold: Threshold,
}

/// What is compared of the terms of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tokens {
    /// Each term.
    Terms,
    /// Each two that stand side by side.
    Neighbours,
}

/// The tokens of one statement, sorted and distinct.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenSets {
    terms: Vec<u32>,
    neighbours: Vec<u32>,
}

impl TokenSets {
    /// Makes them those of a statement with these terms.
    pub fn fill(&mut self, of: &[Term]) {
        let Self { terms, neighbours: pairs } = self;
        terms.clear();
        terms.extend(of.iter().map(|(term, _)| *term));
        terms.sort_unstable();
        terms.dedup();
        pairs.clear();
        if of.len() < MIN_NEIGHBOURS {
            pairs.extend_from_slice(terms);
            return;
        }
        neighbours(of, pairs);
        pairs.sort_unstable();
        pairs.dedup();
    }

    /// The set with which the statement takes part in a family; empty when it does not.
    pub fn of(&self, family: &Family) -> &[u32] {
        let set = match family.tokens {
            Tokens::Terms => &self.terms,
            Tokens::Neighbours => &self.neighbours,
        };
        if set.len() > family.longest { &[] } else { set }
    }
}

/// The families. The judge calls nothing the same that is in none of them.
pub const FAMILIES: [Family; 3] = [
    // Long texts: neighbouring words, because single words of long texts meet everywhere. A tenth
    // of the words may be others without halving the pairs that two texts share.
    Family {
        name: "neighbours",
        tokens: Tokens::Neighbours,
        longest: usize::MAX,
        threshold: Threshold::permille(400),
    },
    // Shorter ones, where one other word breaks two pairs of neighbours and another wording most of
    // them. On pairs of statements by one meaning that a reader labelled, most say the same from .30
    // on once guards have spoken. The longer a statement, the more of it would be lost with a wrong
    // merge, and the more texts share single words with it: so more must be shared.
    Family {
        name: "terms",
        tokens: Tokens::Terms,
        longest: 26,
        threshold: Threshold::permille(350),
    },
    Family {
        name: "few terms",
        tokens: Tokens::Terms,
        longest: 18,
        threshold: Threshold::permille(300),
    },
];

/// Fewest terms of which neighbours tell more than the terms themselves: three words make two
/// pairs, and one other word breaks both.
const MIN_NEIGHBOURS: usize = 4;

/// Bytes of a text for each of its terms, about: for how many there is room at first. English prose has
/// some nine.
const BYTES_OF_TERM: usize = 8;

/// A stem of a content word, hashed, and whether it is a piece of a script without spaces.
pub type Term = (u32, bool);

/// Calls `each` with the terms of a text in reading order; `room` is overwritten.
pub fn each_term(text: &str, room: &mut String, mut each: impl FnMut(Term)) {
    text::each_token(text, room, |token, spaceless| {
        // `has no entry` and `does not have an entry`.
        let token = if token == "no" { "not" } else { token };
        let (rest, ending) = text::stem(token);
        each((hash::token(rest.as_bytes().iter().chain(ending.as_bytes())), spaceless));
    });
}

/// Pairs of neighbouring words; pieces of scripts without spaces as they are, because two of them
/// are a pair already.
fn neighbours(of: &[Term], set: &mut Vec<u32>) {
    for (first, second) in of.iter().zip(of.iter().skip(1)) {
        match (first, second) {
            ((a, false), (b, false)) => set.push(hash::pair(*a, *b)),
            ((a, _), _) => set.push(*a),
        }
    }
    set.extend(of.last().filter(|(_, spaceless)| *spaceless).map(|(token, _)| *token));
}

/// Labels that announce a statement and say nothing of what it is about. English ones; chosen by us.
const LABELS: [&str; 12] = [
    "attention",
    "caution",
    "fact",
    "fyi",
    "hint",
    "important",
    "learned",
    "lesson",
    "note",
    "reminder",
    "tip",
    "update",
];

/// What follows such a label: `Note: the port is 80`.
fn announced(text: &str) -> Option<&str> {
    let (label, rest) = text.split_once(':')?;
    let label = label.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    LABELS.iter().any(|known| known.eq_ignore_ascii_case(label)).then_some(rest)
}

fn first_term(text: &str) -> Option<u32> {
    let mut first = None;
    each_term(text, &mut String::new(), |(term, _)| first = first.or(Some(term)));
    first
}

/// The words of one statement as the judge compares them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    sets: TokenSets,
    /// The term that it begins with.
    first: Option<u32>,
    /// The term that it begins with after a label.
    told: Option<u32>,
    /// Whether it can be the same as another only when hardly a word differs.
    literal: bool,
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
        words.sets.fill(&all);
        words.literal = is_literal(text);
        words.first = all.first().map(|(term, _)| *term);
        words.told = announced(text).map_or(words.first, first_term);
        words
    }

    /// Whether the two are alike in a family; `terms` is what they share.
    pub fn alike(&self, other: &Self, terms: Overlap) -> bool {
        let alike = |family: &Family| {
            let (ours, theirs) = (self.sets.of(family), other.sets.of(family));
            let found = match family.tokens {
                _ if ours.is_empty() || theirs.is_empty() => return false,
                Tokens::Terms => terms,
                Tokens::Neighbours => overlap(ours, theirs),
            };
            family.threshold.holds(found.shared, found.all())
        };
        // Those whose overlap is known first.
        FAMILIES.iter().rev().any(alike)
    }

    /// Whether each begins with a word that the other has nowhere, with a label or without.
    pub fn begin_apart(&self, other: &Self) -> bool {
        let lacks = |words: &Self, term| words.sets.terms.binary_search(&term).is_err();
        let apart = |ours: Option<u32>, theirs: Option<u32>| {
            ours.zip(theirs).is_some_and(|(a, b)| lacks(self, b) && lacks(other, a))
        };
        apart(self.first, other.first) || apart(self.told, other.told)
    }

    /// Whether one of them is the same as another only when hardly a word differs.
    pub fn literal(&self, other: &Self) -> bool {
        self.literal || other.literal
    }

    /// What the two share.
    pub fn overlap(&self, other: &Self) -> Overlap {
        overlap(&self.sets.terms, &other.sets.terms)
    }
}

/// Whether shared words tell little of a text: a question is made of stock phrases (`can you help me`),
/// as what people say of themselves is; a row of a table gets its meaning from its columns, a line of
/// code with a comment is that line, and what ends in a colon says what follows, not what is so.
fn is_literal(text: &str) -> bool {
    let text = text.trim_ascii();
    let leads_in = text.trim_end_matches(['*', '_']).ends_with(':');
    let commented = text.contains("  # ");
    let asks = text.ends_with('?') && text::is_one_sentence(text);
    text.starts_with('|') || leads_in || commented || asks
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
    found.left += u64::try_from(a.len()).unwrap_or(u64::MAX);
    found.right += u64::try_from(b.len()).unwrap_or(u64::MAX);
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

    #[test]
    fn lead_ins_rows_comments_and_questions_are_the_same_only_in_the_same_words() {
        for text in [
            "**What the night job writes to the cold bucket:**",
            "Keys of the bucket:",
            "make night-job    # Copies the tables to the cold bucket",
            "| night job | cold bucket |",
            "Can the night job write to the cold bucket?",
        ] {
            assert!(is_literal(text), "{text}");
        }
        for text in [
            "Note: the night job writes to the cold bucket",
            "Issue # 4 is about the night job",
            "The night job writes to the cold bucket. Right?",
        ] {
            assert!(!is_literal(text), "{text}");
        }
    }
}
