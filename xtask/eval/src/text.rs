//! Tokens and BM25, with the constants of the reference scorers.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

static TOKEN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("[a-z0-9]+(?:'[a-z]+)?").expect("a pattern"));

/// Words that say nothing about a subject.
const STOP: &str = "a an the of to in on at for and or is are was were be been it its this that \
with as by from i my me we our you your he she they them his her their did do does have has had not";

/// The tokens of a text, lower case.
pub fn tokens(text: &str) -> Vec<String> {
    TOKEN.find_iter(&text.to_lowercase()).map(|m| m.as_str().to_owned()).collect()
}

/// The tokens that are no stop words.
pub fn content(text: &str) -> Vec<String> {
    tokens(text).into_iter().filter(|t| !STOP.split_ascii_whitespace().any(|s| s == t)).collect()
}

/// A text with single spaces between its words.
pub fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The estimate of model tokens in all protocols: characters ÷ 4, rounded up.
pub fn model_tokens(text: &str) -> usize {
    text.chars().count().div_ceil(4).max(1)
}

/// BM25 over documents, k1 = 1.2, b = 0.75.
pub struct Bm25 {
    postings: BTreeMap<String, Vec<(usize, f64)>>,
    lengths: Vec<f64>,
    average: f64,
}

impl Bm25 {
    /// An index over documents.
    pub fn new<'a>(documents: impl IntoIterator<Item = &'a str>) -> Self {
        let mut postings: BTreeMap<String, Vec<(usize, f64)>> = BTreeMap::new();
        let mut lengths = Vec::new();
        for (at, document) in documents.into_iter().enumerate() {
            let mut counts: BTreeMap<String, f64> = BTreeMap::new();
            content(document).into_iter().for_each(|t| *counts.entry(t).or_default() += 1.0);
            lengths.push(counts.values().sum());
            for (token, count) in counts {
                postings.entry(token).or_default().push((at, count));
            }
        }
        let average = lengths.iter().sum::<f64>() / (lengths.len().max(1) as f64);
        Self { postings, lengths, average: average.max(f64::MIN_POSITIVE) }
    }

    /// The scores of all documents for a query.
    pub fn scores(&self, query: &str) -> Vec<f64> {
        let (k1, b, all) = (1.2, 0.75, self.lengths.len() as f64);
        let mut scores = vec![0.0; self.lengths.len()];
        for posting in content(query).iter().filter_map(|token| self.postings.get(token)) {
            let with = posting.len() as f64;
            let idf = (1.0 + (all - with + 0.5) / (with + 0.5)).ln();
            for (at, count) in posting {
                let norm = 1.0 - b + b * self.lengths[*at] / self.average;
                scores[*at] += idf * count * (k1 + 1.0) / (count + k1 * norm);
            }
        }
        scores
    }

    /// The documents by score, best first; equal ones in their order.
    pub fn ranked(&self, query: &str) -> Vec<usize> {
        let scores = self.scores(query);
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_the_query_comes_first() {
        let index = Bm25::new(["the port is 80", "the staging port is 8443", "tea"]);
        assert_eq!(index.ranked("staging port"), [1, 0, 2]);
        assert_eq!(content("It's the user's port"), ["it's", "user's", "port"]);
        assert_eq!(model_tokens("12345"), 2);
    }
}
