//! The stems of a text's words as numbers, which suffices for most comparisons. Among 100,000 stems
//! about one pair shares a number and counts as one word.

use std::cell::OnceCell;

use super::analysis::Reading;
use super::stem::stem;
use super::tokens::bag;
use crate::sort;

/// The stems of a text, including function words.
#[derive(Clone, Debug)]
pub(super) struct Stems<'a> {
    pub(super) words: Reading<'a>,
    /// Sorted, distinct; computed on demand.
    sorted: OnceCell<Vec<u32>>,
}

impl<'a> Stems<'a> {
    pub(super) fn of(words: Reading<'a>) -> Self {
        Self { words, sorted: OnceCell::new() }
    }

    fn sorted(&self) -> &[u32] {
        self.sorted.get_or_init(|| sort::set(self.words.facts().map(|facts| facts.stem).collect()))
    }

    /// The stems with these sorted numbers, as text, sorted.
    pub(super) fn spelled(&self, numbers: &[u32]) -> Vec<String> {
        let wanted =
            self.words.words().filter(|(_, facts)| numbers.binary_search(&facts.stem).is_ok());
        sort::set(wanted.map(|(word, _)| stemmed(word)).collect())
    }

    /// The stems that the other text lacks, as text, sorted.
    pub(super) fn without(&self, other: &Self) -> Vec<String> {
        let alone = self.sorted().iter().filter(|stem| !other.has(**stem)).copied();
        self.spelled(&alone.collect::<Vec<u32>>())
    }

    /// Whether a stem occurs.
    pub(super) fn has(&self, stem: u32) -> bool {
        self.sorted().binary_search(&stem).is_ok()
    }
}

/// The words of [`bag`], without English endings: `restaurants` and `restaurant` are one.
pub fn stem_bag(text: &str) -> Vec<String> {
    let mut stems: Vec<String> = bag(text).iter().map(|word| stemmed(word)).collect();
    sort::all(&mut stems);
    stems
}

/// The stem of a word, as text.
pub(super) fn stemmed(word: &str) -> String {
    let (rest, ending) = stem(word);
    format!("{rest}{ending}")
}
