//! The words of an error as a memory shows them.

use super::Found;
use super::cause::without_holes;
use crate::mine::words;
use crate::text;

/// Length of a message beyond which only its first sentences are shown, in bytes. Chosen by us: one
/// line of text.
const MAX_MESSAGE: usize = 100;

/// Words below which the beginning of a message says too little. Chosen by us.
const MIN_WORDS: usize = 2;

/// What all messages of a pattern say: their common beginning, so that a value is shown only where
/// it was the same each time; where they differ from the start, the longest piece that has no
/// value in it. `None` when nothing can be shown.
pub(super) fn common(found: &Found<'_>) -> Option<String> {
    let mut lines = found.iter().map(|(_, failure)| words::code(&failure.pin.quote, usize::MAX));
    let first = lines.next()??;
    let mut shared: Vec<&str> = first.split(' ').collect();
    let whole = shared.len();
    for line in lines {
        let line = line?;
        let same = shared.iter().zip(line.split(' ')).take_while(|(a, b)| *a == b).count();
        shared.truncate(same);
    }
    let is_whole = shared.len() == whole;
    let beginning = shown(&shared.join(" "), is_whole);
    if beginning.split(' ').count() >= MIN_WORDS.min(whole) && !beginning.is_empty() {
        return Some(beginning);
    }
    let template = found.iter().map(|(_, failure)| &failure.template).min()?;
    let pieces = without_holes(template);
    let pieces = pieces.split("  ").map(str::trim).filter(|piece| !piece.is_empty());
    let longest = pieces.max_by_key(|piece| piece.len())?;
    words::code(&shown(longest, true), MAX_MESSAGE)
}

/// The sentences of a message that fit [`MAX_MESSAGE`], else its words that do: what follows in a
/// long one is advice or a log.
fn shown(message: &str, is_whole: bool) -> String {
    let ends = text::sentences(message).into_iter().map(|sentence| sentence.end);
    let fits = ends.take_while(|end| *end <= MAX_MESSAGE).last();
    let kept = match fits {
        Some(end) => message.get(..end).unwrap_or(message),
        None => {
            let head = text::cut(message, MAX_MESSAGE);
            let last = head.rfind(' ').filter(|_| head.len() < message.len());
            head.get(..last.unwrap_or(head.len())).unwrap_or(head)
        }
    };
    // A quotation mark or bracket that opens what was cut off.
    let stops = ['.', ':', ';', ',', ' ', '-', '('];
    let kept = if is_whole { kept } else { kept.trim_end_matches(['"', '\'', '(', '[', '<']) };
    kept.trim_end_matches(stops).into()
}
