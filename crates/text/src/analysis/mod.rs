//! The one reading of texts: their words as numbers, with what is true of each different word found
//! once. What compares texts works on it and cuts none of them into words again.

pub(crate) mod lexicon;

use lexicon::{Facts, Lexicon};

use crate::join::{Sets, wide};
use crate::sort;
use crate::tokens::each_word;

/// Texts that are read. Each has a position, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub struct Corpus {
    lexicon: Lexicon,
    /// The words of all texts, one text after the other.
    words: Vec<u32>,
    /// Where each text ends among the words.
    ends: Vec<u32>,
    /// The distinct terms of each text.
    terms: Sets,
}

impl Corpus {
    /// Reads texts.
    pub fn of<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let mut corpus = Self::default();
        let (mut room, mut terms) = (String::new(), Vec::new());
        for text in texts {
            terms.clear();
            each_word(text, &mut room, &mut |word| {
                let found = corpus.lexicon.add(word);
                corpus.words.push(found.word);
                if found.term > 0 {
                    terms.push(found.term);
                } else if let Some(facts) = corpus.lexicon.facts(found.word) {
                    terms.extend_from_slice(corpus.lexicon.terms(facts));
                }
            });
            sort::u32s(&mut terms);
            terms.dedup();
            corpus.terms.push(&terms);
            corpus.ends.push(u32::try_from(corpus.words.len()).unwrap_or(u32::MAX));
        }
        corpus
    }

    /// The words of the text at a position; none when there is no such text.
    pub fn reading(&self, at: u32) -> Reading<'_> {
        let end = |at: u32| self.ends.get(wide(at)).map_or(0, |end| wide(*end));
        let words = self.words.get(at.checked_sub(1).map_or(0, end)..end(at)).unwrap_or(&[]);
        Reading { lexicon: &self.lexicon, words, terms: self.terms.get(at) }
    }

    /// The distinct terms of each text.
    pub fn terms(&self) -> &Sets {
        &self.terms
    }
}

/// The words of one text: in lower case and reading order, contractions written out.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'c> {
    lexicon: &'c Lexicon,
    words: &'c [u32],
    terms: &'c [u32],
}

impl<'c> Reading<'c> {
    /// Its distinct terms, sorted: the numbers of the stems of its content words, and of pairs of
    /// characters in scripts without spaces. `no` and `not` are one term.
    pub fn terms(self) -> &'c [u32] {
        self.terms
    }

    /// Its terms in reading order.
    pub fn terms_in_order(self) -> impl Iterator<Item = u32> + use<'c> {
        self.facts().flat_map(move |facts| self.lexicon.terms(facts)).copied()
    }

    /// What is true of each of its words.
    pub(crate) fn facts(self) -> impl DoubleEndedIterator<Item = &'c Facts> + use<'c> {
        self.words.iter().filter_map(move |word| self.lexicon.facts(*word))
    }

    /// What is true of the word at a place.
    pub(crate) fn at(self, place: usize) -> Option<&'c Facts> {
        self.lexicon.facts(*self.words.get(place)?)
    }

    /// Each word with what is true of it.
    pub(crate) fn words(self) -> impl Iterator<Item = (&'c str, &'c Facts)> + use<'c> {
        let word = move |at: &u32| Some((self.lexicon.letters(*at), self.lexicon.facts(*at)?));
        self.words.iter().filter_map(word)
    }

    /// How many words it has.
    pub(crate) fn len(self) -> usize {
        self.words.len()
    }
}
