//! The stems of the words of a text as numbers, which is what most comparing of words needs. Two stems
//! that meet in one number, one pair among 100,000, count as one word.

use super::stem::stem;
use super::tokens::PlainWords;
use crate::join::hash;

/// The stems of a text, function words too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stems {
    /// In reading order.
    pub(super) in_order: Vec<u32>,
    /// Sorted, distinct.
    sorted: Vec<u32>,
}

impl Stems {
    pub(super) fn of(words: &PlainWords) -> Self {
        let in_order: Vec<u32> = words.iter().map(number).collect();
        let sorted = set(in_order.clone());
        Self { in_order, sorted }
    }

    /// Whether a stem occurs.
    pub(super) fn has(&self, stem: u32) -> bool {
        self.sorted.binary_search(&stem).is_ok()
    }
}

/// The number of the stem of a word.
pub(super) fn number(word: &str) -> u32 {
    let (rest, ending) = stem(word);
    hash::token(rest.as_bytes().iter().chain(ending.as_bytes()))
}

/// The stem of a word, written out.
pub(super) fn stemmed(word: &str) -> String {
    let (rest, ending) = stem(word);
    format!("{rest}{ending}")
}

/// The stems of a text that have one of these sorted numbers, sorted, written out.
pub(super) fn spelled(text: &str, numbers: &[u32]) -> Vec<String> {
    let words = PlainWords::of(text);
    let wanted = words.iter().filter(|word| numbers.binary_search(&number(word)).is_ok());
    set(wanted.map(stemmed).collect())
}

/// A list as a set: sorted, each once.
pub(super) fn set<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort_unstable();
    list.dedup();
    list
}
