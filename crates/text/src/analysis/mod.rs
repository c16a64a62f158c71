//! The one reading of texts: their words as numbers, with what is true of each different word found
//! once. What compares texts works on it and cuts none of them into words again.

pub(crate) mod lexicon;

use lexicon::{Facts, Lexicon};

use crate::join::{Sets, hash, wide};
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
    /// Room for a text in lower case, and for its terms.
    room: String,
    set: Vec<u32>,
}

impl Corpus {
    /// Reads texts.
    pub fn of<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let mut corpus = Self::default();
        texts.into_iter().for_each(|text| corpus.add(text));
        corpus
    }

    /// Reads a text, which gets the next position.
    pub fn add(&mut self, text: &str) {
        let Self { lexicon, words, ends, terms, room, set } = self;
        set.clear();
        let each: &mut dyn FnMut(&str) = &mut |word| {
            let found = lexicon.add(word);
            words.push(found.word);
            set.extend_from_slice(lexicon.terms_of(&found));
        };
        each_word(text, room, each);
        sort::u32s(set);
        set.dedup();
        terms.push(set);
        ends.push(u32::try_from(words.len()).unwrap_or(u32::MAX));
    }

    /// As [`Reading::order`], of a text that is not kept: of most texts nothing else is asked for.
    pub fn order(&mut self, text: &str) -> Option<u64> {
        let Self { lexicon, room, .. } = self;
        let mut order = Order::default();
        each_word(text, room, |word| {
            let found = lexicon.add(word);
            lexicon.terms_of(&found).iter().for_each(|term| order.add(*term));
        });
        order.number()
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

    /// A number of its terms in reading order; `None` where there are none. Two texts with one number
    /// mostly have the same ones.
    pub fn order(self) -> Option<u64> {
        let mut order = Order::default();
        self.terms_in_order().for_each(|term| order.add(term));
        order.number()
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

/// A number of terms that come one after the other.
#[derive(Default)]
struct Order {
    number: u64,
    count: u64,
}

impl Order {
    fn add(&mut self, term: u32) {
        self.number = hash::then(self.number, u64::from(term));
        self.count += 1;
    }

    fn number(&self) -> Option<u64> {
        (self.count > 0).then(|| hash::then(self.number, self.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_a_text_is_the_same_whether_it_is_kept_or_not() {
        let texts =
            ["Don't push 日本語 to it", "the of", "push to it", "To it: pushing!", "it, push"];
        let (mut kept, mut passing) = (Corpus::default(), Corpus::default());
        let mut orders = Vec::new();
        for (text, at) in texts.into_iter().zip(0..) {
            kept.add(text);
            let order = kept.reading(at).order();
            assert_eq!(passing.order(text), order, "{text}");
            orders.push(order);
        }
        assert!(passing.terms().is_empty());
        assert_eq!(orders[1], None);
        assert_eq!(orders[2], orders[3]);
        assert_ne!(orders[0], orders[2]);
    }
}
