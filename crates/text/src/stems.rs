//! The stems of the words of a text as numbers, which is what most comparing of words needs. Of 100,000
//! stems about one pair meets in one number, and counts as one word.

use std::cell::OnceCell;

use super::analysis::Reading;
use super::stem::stem;
use crate::sort;

/// The stems of a text, function words too.
#[derive(Clone, Debug)]
pub(super) struct Stems<'a> {
    pub(super) words: Reading<'a>,
    /// Sorted, distinct; made when they are asked for.
    sorted: OnceCell<Vec<u32>>,
}

impl<'a> Stems<'a> {
    pub(super) fn of(words: Reading<'a>) -> Self {
        Self { words, sorted: OnceCell::new() }
    }

    fn sorted(&self) -> &[u32] {
        self.sorted.get_or_init(|| sort::set(self.words.facts().map(|facts| facts.stem).collect()))
    }

    /// The stems that have one of these sorted numbers, sorted, written out.
    pub(super) fn spelled(&self, numbers: &[u32]) -> Vec<String> {
        let wanted =
            self.words.words().filter(|(_, facts)| numbers.binary_search(&facts.stem).is_ok());
        sort::set(wanted.map(|(word, _)| stemmed(word)).collect())
    }

    /// The stems that the other has not, sorted, written out.
    pub(super) fn without(&self, other: &Self) -> Vec<String> {
        let alone = self.sorted().iter().filter(|stem| !other.has(**stem)).copied();
        self.spelled(&alone.collect::<Vec<u32>>())
    }

    /// Whether a stem occurs.
    pub(super) fn has(&self, stem: u32) -> bool {
        self.sorted().binary_search(&stem).is_ok()
    }
}

/// The stem of a word, written out.
pub(super) fn stemmed(word: &str) -> String {
    let (rest, ending) = stem(word);
    format!("{rest}{ending}")
}
