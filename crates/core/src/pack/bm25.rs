//! BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009) in integers, with
//! its usual k1 = 1.2 and b = 0.75, and the inverse document frequency of Lucene, which is never
//! negative: ln(1 + (N − n + ½) ÷ (n + ½)).

use dreaming_records::number::count;
use dreaming_text::sort;

/// What is known of all documents together.
pub(super) struct Corpus<'a> {
    documents: u64,
    /// The tokens of all documents.
    length: u64,
    /// The weight of each word of the query, in parts per million.
    rarity: Vec<(&'a str, u64)>,
}

impl<'a> Corpus<'a> {
    /// A corpus of documents for the words of a query. Each document is a sorted list of its
    /// tokens.
    pub(super) fn new(bags: &[Vec<String>], wanted: &'a [String]) -> Self {
        let documents = count(bags.len());
        let rarity = wanted.iter().map(|word| {
            let with = count(bags.iter().filter(|bag| occurrences(bag, word) > 0).count());
            // 1 + (N − n + ½) ÷ (n + ½) = (2N + 2) ÷ (2n + 1)
            (word.as_str(), ln(2 * documents + 2).saturating_sub(ln(2 * with + 1)))
        });
        let length = bags.iter().map(|bag| count(bag.len())).sum();
        Self { documents, length, rarity: rarity.collect() }
    }

    /// How well a document of the corpus fits the query, in parts per million.
    pub(super) fn score(&self, bag: &[String]) -> u64 {
        let term = |(word, rarity): &(&str, u64)| {
            let found = u128::from(occurrences(bag, word));
            let (all, documents) = (u128::from(self.length), u128::from(self.documents));
            let length = u128::from(count(bag.len()));
            // f (k1 + 1) ÷ (f + k1 (1 − b + b length ÷ mean)); numerator and denominator are
            // multiplied by ten and by the length of all documents, so that both are integers.
            let part = u128::from(*rarity) * 22 * found * all;
            let whole = (10 * found + 3) * all + 9 * length * documents;
            u64::try_from(part.checked_div(whole).unwrap_or(0)).unwrap_or(u64::MAX)
        };
        self.rarity.iter().map(term).fold(0, u64::saturating_add)
    }
}

/// How often a word stands in a sorted list.
fn occurrences(bag: &[String], word: &str) -> u64 {
    count(sort::run(bag, |token| token.as_str().cmp(word)).len())
}

/// How many binary digits of the logarithm are computed after the point.
const FRACTION: u32 = 24;

/// ln 2 in parts per thousand million.
const LN_2: u64 = 693_147_181;

/// The natural logarithm of `x` in parts per million, rounded down; 0 for 0. The error is less than
/// 2.
///
/// Computed by repeated squaring: the mantissa m in [1, 2) is squared, and each time that the
/// square reaches 2, one bit of log2 m is set and the square is halved. An error of 2^-31 in one
/// step adds at most 2^-31 to the result: each step doubles the error, and each bit weighs half as
/// much as the one before.
fn ln(x: u64) -> u64 {
    let Some(whole) = x.checked_ilog2() else { return 0 };
    let mut mantissa = match whole {
        0..=31 => x << (31 - whole),
        _ => x >> (whole - 31),
    };
    let mut log2 = u64::from(whole);
    for _ in 0..FRACTION {
        mantissa = (mantissa * mantissa) >> 31;
        let bit = mantissa >> 32;
        mantissa >>= bit;
        log2 = (log2 << 1) | bit;
    }
    (log2 * LN_2 / 1000) >> FRACTION
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bags(texts: &[&str]) -> Vec<Vec<String>> {
        texts.iter().map(|text| dreaming_text::bag(text)).collect()
    }

    #[expect(
        clippy::as_conversions,
        clippy::cast_precision_loss,
        clippy::disallowed_methods,
        clippy::disallowed_types,
        clippy::float_arithmetic,
        reason = "the integers are held against floats here, and only here"
    )]
    fn off(x: u64) -> f64 {
        ((x as f64).ln() * 1e6 - ln(x) as f64).abs()
    }

    #[test]
    fn the_logarithm_is_off_by_less_than_two_parts_per_million() {
        assert_eq!((ln(0), ln(1), ln(2)), (0, 0, 693_147));
        for x in (1..100_000).chain([u64::MAX, u64::MAX - 1, 1 << 32, (1 << 32) - 1, 1 << 63]) {
            assert!(off(x) < 2.0, "{x}: {}", off(x));
        }
    }

    proptest! {
        #[test]
        fn the_logarithm_is_as_near_for_any_number(x in 1..u64::MAX) {
            prop_assert!(off(x) < 2.0, "{x}: {}", off(x));
        }
    }

    /// N = 2, n = 1: ln(2) × 2.2 ÷ (1 + 1.2 × (0.25 + 0.75 × length ÷ mean)).
    #[test]
    fn a_score_is_that_of_the_formula() {
        let bags = bags(&["alpha beta", "gamma delta"]);
        let wanted = ["alpha".to_owned()];
        let corpus = Corpus::new(&bags, &wanted);
        assert_eq!(corpus.score(&bags[0]), 693_147);
        assert_eq!(corpus.score(&bags[1]), 0);
    }

    #[test]
    fn rare_words_repeated_words_and_short_texts_count_more() {
        let bags = bags(&["a1 b1 b1", "a1 c1 d1", "a1 d1", "e1 f1 g1 h1"]);
        let score = |query: &str, at: usize| {
            let wanted = dreaming_text::tokens(query);
            Corpus::new(&bags, &wanted).score(&bags[at])
        };
        assert!(score("c1", 1) > score("a1", 1));
        assert!(score("b1", 0) > score("c1", 1));
        assert!(score("d1", 2) > score("d1", 1));
        assert!(score("a1 b1", 0) > score("b1", 0));
    }
}
