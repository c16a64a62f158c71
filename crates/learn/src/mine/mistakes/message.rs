//! The words of an error as a memory shows them.

use super::pattern::Found;
use dreaming_shield::redact::MARK;
use dreaming_text as text;

use crate::mine::words;

/// Length of a message beyond which only its first sentences are shown, in bytes. Chosen by us: one
/// line of text.
const MAX_MESSAGE: usize = 100;

/// Words below which the beginning of a message says too little, so that its end is shown too.
/// Chosen by us.
const MIN_WORDS: usize = 4;

/// What all messages of a pattern say: their common beginning, so that a value is shown only where
/// it was the same each time; behind a short one, `…` and their common end. `None` when nothing
/// can be shown.
pub(super) fn common(found: &Found<'_>) -> Option<String> {
    let mut lines = Vec::new();
    for (_, failure) in found {
        lines.push(shown(&words::code(&failure.pin.quote, usize::MAX)?));
    }
    let (first, others) = lines.split_first()?;
    let first: Vec<&str> = first.split(' ').collect();
    // An address asks to be visited, and what held a secret is not the message.
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
        return words::code(trimmed(&head), MAX_MESSAGE);
    }
    let tail = first.get(first.len().saturating_sub(end).max(begin)..)?.join(" ");
    words::code(format!("{head} … {tail}").trim_start_matches([' ', '…']), MAX_MESSAGE)
}

/// The sentences of a message that fit [`MAX_MESSAGE`], else its words that do: what follows in a
/// long one is advice or a log.
fn shown(message: &str) -> String {
    let ends = text::sentences(message).into_iter().map(|sentence| sentence.end);
    let fits = ends.take_while(|end| *end <= MAX_MESSAGE).last();
    let kept = fits.and_then(|end| message.get(..end)).unwrap_or_else(|| {
        let head = text::cut(message, MAX_MESSAGE);
        let last = head.rfind(' ').filter(|_| head.len() < message.len());
        head.get(..last.unwrap_or(head.len())).unwrap_or(head)
    });
    trimmed(kept).into()
}

/// Without the marks that lead on to what was cut off.
fn trimmed(message: &str) -> &str {
    message.trim_end_matches(['.', ':', ';', ',', ' ', '-', '(', '['])
}
