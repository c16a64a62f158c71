//! Whether a quote exists, and where.

use std::ops::Range;

use dreaming_records::canonical;
use dreaming_records::evidence::{MAX_QUOTE, Pin};
use dreaming_shield::redact::Redacted;
use dreaming_text as text;

use crate::import::Excerpt;

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

#[cfg(test)]
mod tests {
    use super::*;
    use dreaming_records::trust::Provenance;

    fn shown() -> Shown<'static> {
        static EVENT: std::sync::LazyLock<Excerpt> = std::sync::LazyLock::new(|| Excerpt {
            part: "main".into(),
            line: 3,
            event: "e3".into(),
            time: None,
            provenance: Provenance::User,
            label: "user".into(),
            text: "key 0123456789abcdef0123 and more".into(),
        });
        let text = "key [REDACTED:x] and more".into();
        (&EVENT, Redacted { text, cuts: vec![(4..24, 4..16)] })
    }

    fn quoted(quote: &str) -> Pin {
        let events = [shown()];
        let (event, range) = find(1, quote, &events).unwrap();
        pin(event, range)
    }

    #[test]
    fn a_quote_that_touches_a_secret_takes_in_all_of_its_replacement() {
        let from_inside = quoted("ED:x] and more");
        assert_eq!((&*from_inside.quote, from_inside.start), ("[REDACTED:x] and more", 4));
        let into_it = quoted("key [REDA");
        assert_eq!((&*into_it.quote, into_it.start), ("key [REDACTED:x]", 0));
        let within = quoted("REDACTED");
        assert_eq!((&*within.quote, within.start), ("[REDACTED:x]", 4));
        assert_eq!(within.quote_digest, canonical::digest(b"[REDACTED:x]"));
    }

    #[test]
    fn a_long_quote_is_cut_and_its_digest_is_not() {
        let excerpt = Excerpt { text: "é".repeat(400), ..shown().0.clone() };
        let events = [(&excerpt, Redacted { text: excerpt.text.clone(), cuts: Vec::new() })];
        let (event, range) = find(1, &excerpt.text, &events).unwrap();
        let pin = pin(event, range);
        assert_eq!((pin.quote.len(), pin.start, pin.end), (300, 0, 800));
        assert_eq!(pin.quote_digest, canonical::digest(excerpt.text.as_bytes()));
    }
}
