//! The words that tell what a session was about.

use std::collections::BTreeSet;

use super::own_words;
use super::pin::{Seen, range_in};
use crate::words::messages::ASKING;
use dreaming_shield::redact::MARK;
use dreaming_text::{cut, tokens};

/// Most words kept. Chosen by us: a task is told in one sentence.
const MAX_WORDS: usize = 12;

/// Fewest words that tell a task: what greets or says "go on" has fewer.
const MIN_WORDS: usize = 2;

/// Longest word kept, in bytes: beyond it stand ids and encoded data.
const MAX_WORD: usize = 32;

/// How far into a message is read, in bytes. The request stands at its beginning.
const MAX_MESSAGE: usize = 4_000;

/// The words of the topic, once a message told it.
#[derive(Debug, Default)]
pub(super) struct Topic(pub(super) BTreeSet<String>);

impl Topic {
    /// A message of a person. The first one that says what to do counts.
    pub(super) fn message(&mut self, seen: &Seen<'_>) {
        if self.0.is_empty() {
            let words = said(seen);
            if words.len() >= MIN_WORDS {
                self.0 = words;
            }
        }
    }
}

/// The first words of a message that carry content. No numbers, addresses and paths: they name one
/// case, not a sort of task.
fn said(seen: &Seen<'_>) -> BTreeSet<String> {
    let text = &seen.event.text;
    let mut words = BTreeSet::new();
    for sentence in own_words::sentences(cut(text, MAX_MESSAGE)) {
        let Some(range) = range_in(text, sentence) else { continue };
        let is_plain = |word: &&str| !word.contains(MARK) && !word.contains(['/', '\\', '@']);
        let plain = seen.words(&range).split_ascii_whitespace().filter(is_plain);
        for word in plain.flat_map(tokens) {
            let is_content = word.chars().count() > 1
                && word.len() <= MAX_WORD
                && !word.contains(|c: char| c.is_ascii_digit())
                && ASKING.binary_search(&&*word).is_err();
            if is_content && words.len() < MAX_WORDS {
                words.insert(word);
            }
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_asking_are_sorted_so_that_they_can_be_searched() {
        assert!(ASKING.is_sorted());
    }
}
