//! The part of an error message that a memory shows.

use super::failure_pattern::Found;
use dreaming_shield::redact::MARK;
use dreaming_text as text;

use crate::mine::pattern_words;

/// Longest message that is shown whole, in bytes; of a longer one only the first sentences are.
/// Chosen by us: one line of text.
const MAX_MESSAGE: usize = 100;

/// Fewest words of a common beginning that say enough alone; otherwise the common end is shown too.
/// Chosen by us.
const MIN_WORDS: usize = 4;

/// The words that all messages of a pattern share: their common beginning, and, if that is short,
/// `…` and their common end. A value is thus shown only if it was always the same. `None` when
/// nothing can be shown.
pub(super) fn common(found: &Found<'_>) -> Option<String> {
    let mut lines = Vec::new();
    for (_, failure) in found {
        lines.push(shown(&pattern_words::code(&failure.pin.quote, usize::MAX)?));
    }
    let (first, others) = lines.split_first()?;
    let first: Vec<&str> = first.split(' ').collect();
    // A reader might visit an address, and a word with a redacted secret is not the original.
    let is_plain = |word: &&str| !word.contains("://") && !word.contains(MARK);
    let mut begin = first.iter().take_while(|word| is_plain(word)).count();
    let mut end = first.iter().rev().take_while(|word| is_plain(word)).count();
    for other in others {
        let other: Vec<&str> = other.split(' ').collect();
        let equal = |(a, b): &(&&str, &&str)| a == b;
        begin = begin.min(first.iter().zip(&other).take_while(equal).count());
        end = end.min(first.iter().rev().zip(other.iter().rev()).take_while(equal).count());
    }
    let head = first.get(..begin)?.join(" ");
    if begin == first.len() || begin >= MIN_WORDS || end == 0 {
        return pattern_words::code(trimmed(&head), MAX_MESSAGE);
    }
    let tail = first.get(first.len().saturating_sub(end).max(begin)..)?.join(" ");
    pattern_words::code(format!("{head} … {tail}").trim_start_matches([' ', '…']), MAX_MESSAGE)
}

/// The leading sentences of a message within [`MAX_MESSAGE`] bytes, else its leading clauses, else its leading words.
/// The rest of a long message is advice or a log.
fn shown(message: &str) -> String {
    let ends = text::sentences(message).into_iter().map(|sentence| sentence.end);
    let fits = ends.take_while(|end| *end <= MAX_MESSAGE).last();
    let clauses = message.match_indices("; ").map(|(at, _)| at);
    let clause = clauses.take_while(|end| *end <= MAX_MESSAGE).last();
    let kept = fits.or(clause).and_then(|end| message.get(..end)).unwrap_or_else(|| {
        let head = text::cut(message, MAX_MESSAGE);
        let last = head.rfind(' ').filter(|_| head.len() < message.len());
        head.get(..last.unwrap_or(head.len())).unwrap_or(head)
    });
    trimmed(kept).into()
}

/// Without punctuation that announces the part cut off.
fn trimmed(message: &str) -> &str {
    message.trim_end_matches(['.', ':', ';', ',', ' ', '-', '(', '['])
}
