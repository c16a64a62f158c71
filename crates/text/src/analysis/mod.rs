//! Reads texts once: words become numbers, and facts about each distinct word are computed once.
//! All comparisons use these readings; nothing splits a text into words again.

pub(crate) mod lexicon;

use lexicon::{Facts, Lexicon};

use crate::join::{Sets, hash, wide};
use crate::sort;
use crate::tokens::each_word;

/// Texts with their words. Each text has a position, in the order of arrival.
#[derive(Clone, Debug, Default)]
pub struct Corpus {
    lexicon: Lexicon,
    /// The words of all texts, one text behind the other.
    words: Vec<u32>,
    /// Where each text ends in `words`.
    ends: Vec<u32>,
    /// The distinct terms of each text.
    terms: Sets,
    /// Buffers for a text in lower case and for its terms, reused.
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

    /// Reads a text and gives it the next position.
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

    /// Like [`Reading::order`], for a text that need not be kept.
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
    /// Its distinct terms, sorted: numbers for the stems of content words, and for pairs of
    /// characters in scripts without spaces. `no` and `not` are one term.
    pub fn terms(self) -> &'c [u32] {
        self.terms
    }

    /// Its terms in reading order.
    pub fn terms_in_order(self) -> impl Iterator<Item = u32> + use<'c> {
        self.facts().flat_map(move |facts| self.lexicon.terms(facts)).copied()
    }

    /// A hash of its terms in reading order; `None` without terms. Two texts with equal hashes
    /// mostly have the same terms.
    pub fn order(self) -> Option<u64> {
        let mut order = Order::default();
        self.terms_in_order().for_each(|term| order.add(term));
        order.number()
    }

    /// The facts about each of its words.
    pub(crate) fn facts(self) -> impl DoubleEndedIterator<Item = &'c Facts> + use<'c> {
        self.words.iter().filter_map(move |word| self.lexicon.facts(*word))
    }

    /// The facts about the word at a position.
    pub(crate) fn at(self, place: usize) -> Option<&'c Facts> {
        self.lexicon.facts(*self.words.get(place)?)
    }

    /// Each word with its facts.
    pub(crate) fn words(self) -> impl Iterator<Item = (&'c str, &'c Facts)> + use<'c> {
        let word = move |at: &u32| Some((self.lexicon.letters(*at), self.lexicon.facts(*at)?));
        self.words.iter().filter_map(word)
    }

    /// How many words it has.
    pub(crate) fn len(self) -> usize {
        self.words.len()
    }
}

/// A running hash of terms.
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
