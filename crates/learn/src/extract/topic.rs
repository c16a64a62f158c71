//! The words that say what a session was about.

use super::pin::{Seen, range_in};
use super::{note, own_words};
use crate::words::messages::ASKING;
use dreaming_shield::redact::MARK;
use dreaming_text::{cut, sort, tokens};

/// Most words kept. Chosen by us: one sentence describes a task.
const MAX_WORDS: usize = 12;

/// Fewest words that describe a task: a greeting or "go on" has fewer.
const MIN_WORDS: usize = 2;

/// Longest word kept, in bytes: longer ones are ids and encoded data.
const MAX_WORD: usize = 32;

/// How far into a message is read, in bytes. The request stands at its beginning.
const MAX_MESSAGE: usize = 4_000;

/// Reads a person's message. The first message that describes a task gives the words of the topic,
/// sorted.
pub(super) fn message(seen: &Seen<'_>, topic: &mut Vec<String>) {
    if topic.is_empty() {
        let words = said(seen);
        if words.len() >= MIN_WORDS {
            *topic = sort::set(words);
        }
    }
}

/// The first content words of a message, without numbers, addresses and paths, which identify one
/// case and no sort of task.
fn said(seen: &Seen<'_>) -> Vec<String> {
    let text = &seen.event.text;
    let mut words = Vec::new();
    for sentence in own_words::sentences(cut(text, MAX_MESSAGE)) {
        let Some(range) = range_in(text, sentence) else { continue };
        let is_plain = |word: &&str| !word.contains(MARK) && !word.contains(['/', '\\', '@']);
        let plain = seen.words(&range).split_ascii_whitespace().filter(is_plain);
        let is_content = |word: &String| {
            word.chars().count() > 1
                && word.len() <= MAX_WORD
                && !word.contains(|c: char| c.is_ascii_digit())
                && ASKING.binary_search(&&**word).is_err()
        };
        let content = plain.flat_map(tokens).filter(is_content);
        content.for_each(|word| note(word, &mut words, MAX_WORDS));
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
