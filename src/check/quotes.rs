//! Whether a quote exists, and where.

use std::ops::Range;

use crate::canonical;
use crate::evidence::{MAX_QUOTE, Pin};
use crate::import::Excerpt;
use crate::redact::Redacted;
use crate::text;

/// Shortest quote in bytes. Chosen by us: shorter ones occur anywhere.
pub(super) const MIN_QUOTE: usize = 8;

/// An event with what the prompt showed of it.
pub(super) type Shown<'a> = (&'a Excerpt, Redacted);

/// The event that holds `quote` word for word, and where in the redacted text: the event with
/// that number, else the first one that has it.
pub(super) fn find<'e>(
    number: u64,
    quote: &str,
    events: &'e [Shown<'e>],
) -> Option<(&'e Shown<'e>, Range<usize>)> {
    let cited = number.checked_sub(1).and_then(|n| events.get(usize::try_from(n).ok()?));
    cited.into_iter().chain(events).filter(|(e, _)| e.provenance.trust().is_some()).find_map(
        |event| {
            let start = event.1.text.find(quote)?;
            Some((event, start..start + quote.len()))
        },
    )
}

/// Pins a range of the redacted text to the text before redaction. A range that begins or ends
/// inside a replacement takes in all of it, on both sides, so that quote and range agree.
pub(super) fn pin((excerpt, shown): &Shown<'_>, range: Range<usize>) -> Pin {
    let mut whole = range;
    for (_, cut) in &shown.cuts {
        if cut.contains(&whole.start) {
            whole.start = cut.start;
        }
        if cut.start < whole.end && whole.end < cut.end {
            whole.end = cut.end.min(shown.text.len());
        }
    }
    let words = shown.text.get(whole.clone()).unwrap_or_default();
    let original = shown.original(whole.clone());
    let place = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    Pin {
        part: excerpt.part.clone(),
        line: excerpt.line,
        start: place(original.start),
        end: place(original.end),
        event: excerpt.event.clone(),
        time: excerpt.time,
        provenance: excerpt.provenance,
        quote: text::cut(words, MAX_QUOTE).into(),
        quote_digest: canonical::digest(words.as_bytes()),
    }
}
