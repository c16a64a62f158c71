//! Places in an event, as pins.

use std::cell::OnceCell;
use std::ops::Range;

use dreaming_records::canonical::digest;
use dreaming_records::evidence::{MAX_QUOTE, Pin};
use dreaming_records::session::Event;
use dreaming_shield::redact::{Redacted, redact};
use dreaming_text::cut;

/// An event of a part, redacted at most once.
#[derive(Debug)]
pub(super) struct Seen<'a> {
    pub(super) event: &'a Event,
    part: &'a str,
    redacted: OnceCell<Redacted>,
}

impl<'a> Seen<'a> {
    pub(super) fn new(event: &'a Event, part: &'a str) -> Self {
        Self { event, part, redacted: OnceCell::new() }
    }

    /// The words of a range of the event's text, of which no secret is left. What a secret is
    /// often stands beside it, so whatever is derived from a text is derived from these.
    pub(super) fn words(&self, range: &Range<usize>) -> &str {
        let redacted = self.redacted.get_or_init(|| redact(&self.event.text));
        redacted.text.get(redacted.covering(range).1).unwrap_or_default()
    }

    /// A text field of the event's arguments: its decoded value without secrets, and the range of
    /// what stands between its quotes. `None` also when a secret reaches beyond the field.
    pub(super) fn field(&self, name: &str) -> Option<(String, Range<usize>)> {
        let range = string_field(&self.event.text, name)?;
        let value: String =
            serde_json::from_slice(format!("\"{}\"", self.words(&range)).as_bytes()).ok()?;
        // Decoding brings together what an escape kept apart.
        Some((redact(&value).text, range))
    }

    /// A pin on a range of the event's text, with at most `max` bytes of quote, and the redacted
    /// words of the whole range. The whole text is redacted before anything is cut out of it, so
    /// that no cut leaves half a secret.
    pub(super) fn pin(&self, range: &Range<usize>, max: usize) -> (Pin, String) {
        let redacted = self.redacted.get_or_init(|| redact(&self.event.text));
        let (place, image) = redacted.covering(range);
        let words = redacted.text.get(image).unwrap_or_default();
        let wide = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let pin = Pin {
            part: self.part.into(),
            line: self.event.line,
            start: wide(place.start),
            end: wide(place.end),
            event: cut(&redact(&self.event.id).text, MAX_QUOTE).into(),
            time: self.event.time,
            provenance: self.event.provenance,
            quote: cut(words, max.min(MAX_QUOTE)).into(),
            quote_digest: digest(words.as_bytes()),
        };
        (pin, words.into())
    }
}

/// The range of `part`, a slice of `whole`.
#[expect(clippy::disallowed_methods, reason = "only the distance of two addresses in one text")]
pub(super) fn range_in(whole: &str, part: &str) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    let range = start..start + part.len();
    whole.get(range.clone()).is_some_and(|found| found.as_ptr() == part.as_ptr()).then_some(range)
}

/// The range between the quotes of a text field of arguments in canonical JSON.
fn string_field(arguments: &str, name: &str) -> Option<Range<usize>> {
    let opening = format!("\"{name}\":\"");
    let mut from = 0;
    loop {
        let at = from + arguments.get(from..)?.find(&opening)?;
        let start = at + opening.len();
        // Inside a string a quote would be escaped, so this is a key.
        let is_key = at > 0 && matches!(arguments.as_bytes().get(at - 1), Some(b'{' | b','));
        let end = start + closing_quote(arguments.get(start..)?)?;
        if is_key {
            return Some(start..end);
        }
        from = start;
    }
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}
