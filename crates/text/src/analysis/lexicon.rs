//! The distinct words of a corpus, each with facts that do not depend on where it occurs.

use crate::join::hash;
use crate::join::wide;
use crate::part::Part;
use crate::stem::{joined, number, stem};
use crate::tokens::each_piece;
use crate::words::function::is_stop;

/// Facts about a word that hold wherever it occurs, computed once.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    /// The number of its stem.
    pub(crate) stem: u32,
    /// Whether that stem is a function word.
    pub(crate) is_function: bool,
    /// The part that it plays for the words around it, such as a negation.
    pub(crate) part: Part,
    terms: Terms,
    /// Where its letters end among those of the [`Lexicon`].
    end: u32,
}

/// The terms of a word, by which texts are compared.
#[derive(Clone, Copy, Debug)]
enum Terms {
    /// A function word.
    None,
    One(u32),
    /// A word of a script without spaces: a range of [`Lexicon::pieces`].
    Many(u32, u32),
}

/// An entry of the hash table, with the facts that are needed most often.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Slot {
    /// The key, see [`key`]; 0 = free.
    key: u64,
    /// The word.
    pub(crate) word: u32,
    /// Its term, if it has exactly one; for 0 see [`Lexicon::terms`].
    pub(crate) term: u32,
}

/// The distinct words, in the order in which they first occurred. A word is found by its key; of a
/// long word the letters are compared as well. The order depends only on the texts.
#[derive(Clone, Debug)]
pub(crate) struct Lexicon {
    /// The letters of all words, without separators.
    letters: String,
    words: Vec<Facts>,
    /// Terms of the words that have several.
    pieces: Vec<u32>,
    /// The hash table: a power of two, at most half full.
    slots: Vec<Slot>,
}

impl Default for Lexicon {
    fn default() -> Self {
        // Enough for two sentences.
        let slots = vec![Slot::default(); 1 << 7];
        Self { letters: String::new(), words: Vec::new(), pieces: Vec::new(), slots }
    }
}

impl Lexicon {
    /// Finds a word, or adds it when it is new.
    pub(crate) fn add(&mut self, word: &str) -> Slot {
        let key = key(word);
        let mut free = None;
        for at in self.looks(key) {
            match self.slots.get(at) {
                Some(slot) if slot.key == 0 => {
                    free = Some(at);
                    break;
                }
                Some(slot) if slot.key == key => {
                    if word.len() < SHORT || self.letters(slot.word) == word {
                        return *slot;
                    }
                }
                Some(_) | None => {}
            }
        }
        let facts = self.read(word);
        let term = if let Terms::One(term) = facts.terms { term } else { 0 };
        let word = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        let added = Slot { key, word, term };
        self.words.push(facts);
        if let Some(slot) = free.and_then(|at| self.slots.get_mut(at)) {
            *slot = added;
        }
        if 2 * self.words.len() > self.slots.len() {
            self.grow();
        }
        added
    }

    fn read(&mut self, word: &str) -> Facts {
        let from = self.pieces.len();
        each_piece(word, &mut |token| {
            // So `has no entry` and `does not have an entry` share the term.
            self.pieces.push(number(if token == "no" { "not" } else { token }));
        });
        let end = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let terms = match self.pieces.get(from..) {
            Some([one]) => Terms::One(*one),
            None | Some([]) => Terms::None,
            Some(_) => Terms::Many(end(from), end(self.pieces.len())),
        };
        if let Terms::One(_) = terms {
            self.pieces.truncate(from);
        }
        self.letters.push_str(word);
        let (rest, ending) = stem(word);
        Facts {
            stem: joined(rest, ending),
            is_function: ending.is_empty() && is_stop(rest),
            part: Part::of(word),
            terms,
            end: end(self.letters.len()),
        }
    }

    /// The slots where a key may be.
    fn looks(&self, key: u64) -> impl Iterator<Item = usize> + use<> {
        let mask = self.slots.len() - 1;
        let mixed = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let first = wide(u32::try_from(mixed).unwrap_or(0));
        (first..first + LOOKS).map(move |at| at & mask)
    }

    fn grow(&mut self) {
        let twice = vec![Slot::default(); 2 * self.slots.len()];
        let before = std::mem::replace(&mut self.slots, twice);
        for slot in before.into_iter().filter(|slot| slot.key > 0) {
            let mut looks = self.looks(slot.key);
            let free = looks.find(|at| self.slots.get(*at).is_some_and(|taken| taken.key == 0));
            if let Some(free) = free.and_then(|at| self.slots.get_mut(at)) {
                *free = slot;
            }
        }
    }

    pub(crate) fn facts(&self, word: u32) -> Option<&Facts> {
        self.words.get(wide(word))
    }

    pub(crate) fn letters(&self, word: u32) -> &str {
        let before = word.checked_sub(1).and_then(|before| self.facts(before));
        let range = before.map_or(0, |facts| wide(facts.end))
            ..self.facts(word).map_or(0, |facts| wide(facts.end));
        self.letters.get(range).unwrap_or("")
    }

    /// The terms of a word, in order.
    pub(crate) fn terms<'f>(&'f self, facts: &'f Facts) -> &'f [u32] {
        match &facts.terms {
            Terms::None => &[],
            Terms::One(term) => std::slice::from_ref(term),
            Terms::Many(from, to) => self.pieces.get(wide(*from)..wide(*to)).unwrap_or(&[]),
        }
    }

    /// The terms of a word that [`Lexicon::add`] found.
    pub(crate) fn terms_of<'f>(&'f self, found: &'f Slot) -> &'f [u32] {
        match found.term {
            0 => self.facts(found.word).map_or(&[], |facts| self.terms(facts)),
            _ => std::slice::from_ref(&found.term),
        }
    }
}

/// Most slots that are searched for a word. Chosen by us: in a table half empty no word needs so
/// many by chance. If somebody chooses words that collide, a word without a slot is analysed each
/// time it occurs, and costs no more than that.
const LOOKS: usize = 64;

/// Words of fewer bytes fit into a key together with their length.
const SHORT: usize = 8;

/// The key of a word, never 0. Two short words have different keys, and no long word has the key of
/// a short one.
fn key(word: &str) -> u64 {
    if word.len() < SHORT {
        let bytes = word.bytes().rev().fold(0, |key, byte| key << 8 | u64::from(byte));
        let length = u64::try_from(word.len()).unwrap_or(0);
        return bytes | (length + 1) << 56;
    }
    hash::bytes(word.as_bytes()) | 0xff << 56
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_again_and_no_other() {
        let mut lexicon = Lexicon::default();
        let words: Vec<String> = (0..2_000).map(|n| format!("{:x<1$}{n}", "", n % 9)).collect();
        for _ in 0..2 {
            let places: Vec<u32> = words.iter().map(|word| lexicon.add(word).word).collect();
            assert!(places.iter().copied().eq(0..2_000));
        }
        assert!((0..).zip(&words).all(|(at, word)| lexicon.letters(at) == word));
    }
}
