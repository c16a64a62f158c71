//! Whether a quote exists, and where.

use std::ops::Range;

use dreaming_records::canonical;
use dreaming_records::evidence::{MAX_QUOTE, Pin};
use dreaming_records::number::count;
use dreaming_records::proposal::Proposal;
use dreaming_text as text;

use crate::import::Excerpt;

/// The cited places: each event with the range of the cited words.
pub(super) type Found<'e> = Vec<(&'e Excerpt, Range<usize>)>;

/// Shortest quote in bytes. Chosen by us: shorter ones occur anywhere.
pub(crate) const MIN_QUOTE: usize = 8;

/// Finds the event that holds `quote` word for word: its index, and the range of the quote in the
/// shown text.
/// The event `number` is tried first, then all others in order. Arguments of a call are shown as
/// JSON; a quote of them may have the escapes or not.
pub(super) fn find(number: u64, quote: &str, events: &[Excerpt]) -> Option<(usize, Range<usize>)> {
    let cited = number.checked_sub(1).and_then(|n| usize::try_from(n).ok());
    let numbered = |at: usize| Some((at, events.get(at)?));
    let events = || {
        let all = cited.and_then(numbered).into_iter().chain(events.iter().enumerate());
        all.filter(|(_, event)| event.provenance.trust().is_some())
    };
    let escaped = escaped(quote);
    let calls = || events().filter(|(_, event)| event.is_call());
    events()
        .find_map(|(at, event)| Some((at, place(event, quote)?)))
        .or_else(|| calls().find_map(|(at, event)| Some((at, place(event, &escaped)?))))
}

/// Where an event shows `quote`. A quote must not touch the mark that stands for words left out.
fn place(event: &Excerpt, quote: &str) -> Option<Range<usize>> {
    let start = event.shown.text.find(quote)?;
    let range = start..start + quote.len();
    let touches = |mark: &Range<usize>| range.start < mark.end && mark.start < range.end;
    (!event.mark.as_ref().is_some_and(touches)).then_some(range)
}

/// The quote as it stands in a string of JSON.
fn escaped(quote: &str) -> String {
    let mut json = Vec::new();
    canonical::escaped(quote, &mut json);
    String::from_utf8(json).unwrap_or_default()
}

/// Pins a range of the redacted text to the text before redaction. A range that begins or ends
/// inside a replacement takes in all of it, on both sides, so that quote and range agree.
pub(super) fn pin(excerpt: &Excerpt, range: Range<usize>) -> Pin {
    let (shown, original) = excerpt.shown.placed(&range);
    let words = excerpt.words(&shown);
    Pin {
        part: excerpt.part.clone(),
        line: excerpt.line,
        start: count(original.start),
        end: count(original.end),
        event: excerpt.event.clone(),
        time: excerpt.time,
        provenance: excerpt.provenance,
        quote: text::cut(words, MAX_QUOTE).into(),
        quote_digest: canonical::digest(words.as_bytes()),
    }
}

/// A proposal with the values that cited events show.
pub(super) fn with_values(said: Proposal, found: &Found<'_>) -> Proposal {
    let in_session =
        |value: &String| found.iter().any(|(event, _)| event.shown.text.contains(&**value));
    let right = said.right.filter(|value| said.text.contains(&**value) && in_session(value));
    let wrong = said.wrong.filter(|wrong| in_session(wrong) && Some(wrong) != right.as_ref());
    Proposal { right, wrong, ..said }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::Role;
    use dreaming_records::trust::Provenance;
    use dreaming_shield::redact::{Redacted, redact};

    fn shown() -> Excerpt {
        let text = "key [REDACTED:x] and more".into();
        Excerpt {
            part: "main".into(),
            line: 3,
            event: "e3".into(),
            time: None,
            provenance: Provenance::User,
            role: Role::Person,
            call: String::new(),
            shown: Redacted { text, cuts: vec![(4..24, 4..16)] },
            mark: None,
            characters: 0,
        }
    }

    fn quoted(quote: &str) -> Pin {
        let events = [shown()];
        let (at, range) = find(1, quote, &events).unwrap();
        pin(&events[at], range)
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
        let text = "é".repeat(400);
        let redacted = Redacted { text: text.clone(), cuts: Vec::new() };
        let events = [Excerpt { shown: redacted, ..shown() }];
        let (at, range) = find(1, &text, &events).unwrap();
        let pin = pin(&events[at], range);
        assert_eq!((pin.quote.len(), pin.start, pin.end), (300, 0, 800));
        assert_eq!(pin.quote_digest, canonical::digest(text.as_bytes()));
    }

    #[test]
    fn arguments_are_quoted_with_their_escapes_or_without() {
        let redacted = redact(r#"{"command":"grep \"a b\" x\nls"}"#);
        let role = Role::Call("Bash".into());
        let events = [Excerpt { shown: redacted, role, ..shown() }];
        for quote in [r#"grep \"a b\" x\nls"#, "grep \"a b\" x\nls"] {
            let (at, range) = find(1, quote, &events).unwrap();
            assert_eq!(events[at].words(&range), r#"grep \"a b\" x\nls"#);
        }
        let message = [Excerpt { role: Role::Agent, ..events[0].clone() }];
        assert!(find(1, "grep \"a b\"", &message).is_none());
    }

    #[test]
    fn what_stands_for_left_out_words_is_no_quote() {
        let text = "begin\n[20 bytes are left out]\nend of it";
        let redacted = Redacted { text: text.into(), cuts: Vec::new() };
        let events = [Excerpt { shown: redacted, mark: Some(5..30), ..shown() }];
        assert!(find(1, "bytes are left out", &events).is_none());
        assert!(find(1, "begin\n[20", &events).is_none());
        assert!(find(1, "end of it", &events).is_some());
    }
}
