//! The stems of the words of a text as numbers, which is what most comparing of words needs. Of 100,000
//! stems about one pair meets in one number, and counts as one word.

use std::cell::OnceCell;

use super::stem::stem;
use super::tokens::PlainWords;
use crate::join::hash;
use crate::sort;
use crate::words::function::is_stop;

/// The words of a text with their stems, function words too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stems {
    pub(super) words: PlainWords,
    /// In reading order.
    pub(super) in_order: Vec<u32>,
    /// Those that are no function words, in reading order.
    pub(super) content: Vec<u32>,
    /// Sorted, distinct.
    sorted: Vec<u32>,
}

impl Stems {
    pub(super) fn of(text: &str) -> Self {
        let words = PlainWords::of(text);
        let room = || Vec::with_capacity(words.len());
        let mut stems = Self { in_order: room(), content: room(), ..Self::default() };
        for word in words.iter() {
            let (rest, ending) = stem(word);
            let number = joined(rest, ending);
            stems.in_order.push(number);
            if !(ending.is_empty() && is_stop(rest)) {
                stems.content.push(number);
            }
        }
        stems.sorted.clone_from(&stems.in_order);
        sort::u32s(&mut stems.sorted);
        stems.sorted.dedup();
        Self { words, ..stems }
    }

    /// The stems that have one of these sorted numbers, sorted, written out.
    pub(super) fn spelled(&self, numbers: &[u32]) -> Vec<String> {
        let words = self.words.iter().zip(&self.in_order);
        let wanted = words.filter(|(_, number)| numbers.binary_search(number).is_ok());
        sort::set(wanted.map(|(word, _)| stemmed(word)).collect())
    }

    /// The stems that the other has not, sorted, written out.
    pub(super) fn without(&self, other: &Self) -> Vec<String> {
        let alone = self.sorted.iter().filter(|stem| !other.has(**stem)).copied();
        self.spelled(&alone.collect::<Vec<u32>>())
    }

    /// Whether a stem occurs.
    pub(super) fn has(&self, stem: u32) -> bool {
        self.sorted.binary_search(&stem).is_ok()
    }
}

/// The stems of a text, read when they are asked for: texts that name other things are not compared word
/// by word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LazyStems<'a> {
    text: &'a str,
    stems: OnceCell<Stems>,
}

impl<'a> LazyStems<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, stems: OnceCell::new() }
    }

    pub(super) fn get(&self) -> &Stems {
        self.stems.get_or_init(|| Stems::of(self.text))
    }
}

/// The number of the stem of a word.
pub(super) fn number(word: &str) -> u32 {
    let (rest, ending) = stem(word);
    joined(rest, ending)
}

/// The number of a stem in two parts.
pub(super) fn joined(rest: &str, ending: &str) -> u32 {
    hash::token(rest.as_bytes().iter().chain(ending.as_bytes()))
}

/// The stem of a word, written out.
pub(super) fn stemmed(word: &str) -> String {
    let (rest, ending) = stem(word);
    format!("{rest}{ending}")
}
