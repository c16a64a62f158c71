//! The different words of some texts, each with what is true of it wherever it stands.

use crate::join::hash;
use crate::join::wide;
use crate::sense::Part;
use crate::stem::stem;
use crate::tokens::{each_piece, is_stop};

/// What is true of a word wherever it stands, found once.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    /// The number of its stem.
    pub(crate) stem: u32,
    /// Whether that stem is a function word.
    pub(crate) is_function: bool,
    /// What it says of the words around it.
    pub(crate) part: Part,
    terms: Terms,
    /// Where its letters end.
    end: u32,
}

/// By what texts are compared.
#[derive(Clone, Copy, Debug)]
enum Terms {
    /// A function word.
    None,
    One(u32),
    /// A word of a script without spaces: a range of [`Lexicon::pieces`].
    Many(u32, u32),
}

/// A place in the table.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    /// Half of the number of the word.
    tag: u32,
    /// The word, counted from 1; 0 = free.
    word: u32,
}

/// Words in the order in which they first came. A word is found by its number, and by comparing its
/// letters. No order but that of the texts shows.
#[derive(Clone, Debug)]
pub(crate) struct Lexicon {
    /// The letters of all words without anything between them.
    letters: String,
    words: Vec<Facts>,
    /// Terms of the words that have several.
    pieces: Vec<u32>,
    /// A power of two, at most half of them taken.
    slots: Vec<Slot>,
}

impl Default for Lexicon {
    fn default() -> Self {
        // Two sentences.
        let slots = vec![Slot::default(); 1 << 7];
        Self { letters: String::new(), words: Vec::new(), pieces: Vec::new(), slots }
    }
}

impl Lexicon {
    /// The position of a word, which is added when it is new.
    pub(crate) fn add(&mut self, word: &str) -> u32 {
        let tag = tag(word);
        let mut at = tag;
        loop {
            at &= self.mask();
            match self.slots.get(wide(at)) {
                Some(Slot { word: 0, .. }) | None => break,
                Some(slot) if slot.tag == tag && self.letters(slot.word - 1) == word => {
                    return slot.word - 1;
                }
                Some(_) => at += 1,
            }
        }
        let number = u32::try_from(self.words.len()).unwrap_or(u32::MAX - 1);
        if let Some(slot) = self.slots.get_mut(wide(at)) {
            *slot = Slot { tag, word: number + 1 };
        }
        let facts = self.read(word);
        self.words.push(facts);
        if 2 * self.words.len() > self.slots.len() {
            self.grow();
        }
        number
    }

    fn read(&mut self, word: &str) -> Facts {
        let from = self.pieces.len();
        each_piece(word, |token| {
            // `has no entry` and `does not have an entry`.
            self.pieces.push(number(if token == "no" { "not" } else { token }));
        });
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let terms = match self.pieces.get(from..) {
            Some([one]) => Terms::One(*one),
            None | Some([]) => Terms::None,
            Some(_) => Terms::Many(place(from), place(self.pieces.len())),
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
            end: place(self.letters.len()),
        }
    }

    fn mask(&self) -> u32 {
        u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
    }

    fn grow(&mut self) {
        let twice = vec![Slot::default(); 2 * self.slots.len()];
        let before = std::mem::replace(&mut self.slots, twice);
        for slot in before.into_iter().filter(|slot| slot.word > 0) {
            let mut at = slot.tag & self.mask();
            while self.slots.get(wide(at)).is_some_and(|taken| taken.word > 0) {
                at = (at + 1) & self.mask();
            }
            if let Some(free) = self.slots.get_mut(wide(at)) {
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
}

/// The better mixed half of the number of a word.
fn tag(word: &str) -> u32 {
    u32::try_from(hash::bytes(word.as_bytes()) >> 32).unwrap_or(0)
}

/// The number of the stem of a word.
pub(crate) fn number(word: &str) -> u32 {
    let (rest, ending) = stem(word);
    joined(rest, ending)
}

/// The number of a stem in two parts.
pub(crate) fn joined(rest: &str, ending: &str) -> u32 {
    hash::token(rest.as_bytes().iter().chain(ending.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_again_and_no_other() {
        let mut lexicon = Lexicon::default();
        let words: Vec<String> = (0..2_000).map(|n| format!("word{n}")).collect();
        for _ in 0..2 {
            let places: Vec<u32> = words.iter().map(|word| lexicon.add(word)).collect();
            assert!(places.iter().copied().eq(0..2_000));
        }
        assert!((0..).zip(&words).all(|(at, word)| lexicon.letters(at) == word));
    }
}
