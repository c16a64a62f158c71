//! Pins: the places of words in an event.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Range;

use dreaming_records::canonical::{self, digest};
use dreaming_records::evidence::{MAX_QUOTE, Pin};
use dreaming_records::ids::Digest;
use dreaming_records::number::count;
use dreaming_records::session::Event;
use dreaming_shield::redact::{Redacted, redact};
use dreaming_text::cut;
use dreaming_text::eight_bytes::{equal, first};

/// An event of a part, redacted at most once.
#[derive(Debug)]
pub(super) struct Seen<'a> {
    pub(super) event: &'a Event,
    part: &'a str,
    redacted: OnceCell<Redacted>,
    /// The event's id as pins hold it.
    id: OnceCell<String>,
    /// The text fields of the arguments, see [`string_fields`].
    fields: OnceCell<Vec<(&'a str, Range<usize>)>>,
}

impl<'a> Seen<'a> {
    pub(super) fn new(event: &'a Event, part: &'a str) -> Self {
        Self {
            event,
            part,
            redacted: OnceCell::new(),
            id: OnceCell::new(),
            fields: OnceCell::new(),
        }
    }

    /// The redacted words of a range of the event's text. A secret is often recognised by what
    /// stands beside it, so the whole text is redacted first, and every other value is derived from
    /// these words.
    pub(super) fn words(&self, range: &Range<usize>) -> &str {
        let redacted = self.redacted.get_or_init(|| redact(&self.event.text));
        redacted.text.get(redacted.covering(range).1).unwrap_or_default()
    }

    /// A text field of the event's arguments: its decoded value without secrets, and the range
    /// between its quotes in the text. `None` also when a secret reaches beyond the field.
    pub(super) fn field(&self, name: &str) -> Option<(String, Range<usize>)> {
        let (value, range) = self.decoded(name)?;
        // Decoding can complete a secret that an escape had split.
        Some((redact(&value).text, range))
    }

    /// Whether the event's arguments have this text field.
    pub(super) fn has_field(&self, name: &str) -> bool {
        self.decoded(name).is_some()
    }

    fn decoded(&self, name: &str) -> Option<(Cow<'_, str>, Range<usize>)> {
        let fields = self.fields.get_or_init(|| string_fields(&self.event.text));
        let range = fields.iter().find(|(known, _)| *known == name)?.1.clone();
        let words = self.words(&range);
        let is_plain = next_sign(words.as_bytes()) == words.len();
        let value = if is_plain {
            words.into()
        } else {
            canonical::from_bytes::<String>(format!("\"{words}\"").as_bytes()).ok()?.into()
        };
        Some((value, range))
    }

    /// Like [`Seen::pin`], but the digest of a short quote is computed only when somebody cites the
    /// place: most calls work, and nothing cites them.
    pub(super) fn place(&self, range: &Range<usize>, max: usize) -> (Place, &str) {
        let (pin, words) = self.without_digest(range, max);
        let place = if words.len() <= SHORT {
            Place { pin, words: Some(words.into()) }
        } else {
            Place { pin: Pin { quote_digest: digest(words.as_bytes()), ..pin }, words: None }
        };
        (place, words)
    }

    /// A pin on a range of the event's text, with at most `max` bytes of quote, and the redacted
    /// words of the whole range. The whole text is redacted before anything is cut out of it, so
    /// that no cut leaves half a secret.
    pub(super) fn pin(&self, range: &Range<usize>, max: usize) -> (Pin, &str) {
        let (pin, words) = self.without_digest(range, max);
        (Pin { quote_digest: digest(words.as_bytes()), ..pin }, words)
    }

    /// The event's id as pins hold it.
    pub(super) fn id(&self) -> String {
        self.id.get_or_init(|| cut(&redact(&self.event.id).text, MAX_QUOTE).into()).clone()
    }

    fn without_digest(&self, range: &Range<usize>, max: usize) -> (Pin, &str) {
        let redacted = self.redacted.get_or_init(|| redact(&self.event.text));
        let (place, image) = redacted.covering(range);
        let words = redacted.text.get(image).unwrap_or_default();
        let pin = Pin {
            part: self.part.into(),
            line: self.event.line,
            start: count(place.start),
            end: count(place.end),
            event: self.id(),
            time: self.event.time,
            provenance: self.event.provenance,
            quote: cut(words, max.min(MAX_QUOTE)).into(),
            quote_digest: Digest::default(),
        };
        (pin, words)
    }
}

/// Longest quote that is kept until its digest is needed, in bytes. Chosen by us: 64 open calls in
/// each of 64 threads then take 4 MB.
pub(super) const SHORT: usize = 1 << 10;

/// A place in an event that may be pinned later.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pin: Pin,
    /// The quoted words, until their digest is computed.
    words: Option<String>,
}

impl Place {
    /// The beginning of the quoted words.
    pub(super) fn quote(&self) -> &str {
        &self.pin.quote
    }

    /// The pin, with its digest.
    pub(super) fn pin(&self) -> Pin {
        match &self.words {
            Some(words) => Pin { quote_digest: digest(words.as_bytes()), ..self.pin.clone() },
            None => self.pin.clone(),
        }
    }
}

/// The range of `part`, a slice of `whole`.
#[expect(clippy::disallowed_methods, reason = "only the distance of two addresses in one text")]
pub(super) fn range_in(whole: &str, part: &str) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    let range = start..start + part.len();
    whole.get(range.clone()).is_some_and(|found| found.as_ptr() == part.as_ptr()).then_some(range)
}

/// The text fields of arguments in canonical JSON, at any depth: names, and the ranges between the
/// quotes. Of fields with equal names the first counts.
fn string_fields(arguments: &str) -> Vec<(&str, Range<usize>)> {
    let from = |at: usize| arguments.get(at..).unwrap_or_default();
    let mut found = Vec::new();
    let mut name = None;
    let mut at = 0;
    while let Some(quote) = from(at).find('"') {
        let start = at + quote + 1;
        let Some(length) = closing_quote(from(start)) else { break };
        let end = start + length;
        at = end + 1;
        if let Some(name) = name.take() {
            found.push((name, start..end));
        } else if from(at).starts_with(":\"") {
            name = arguments.get(start..end);
        }
    }
    found
}

/// How many bytes precede the first quote or backslash.
fn next_sign(bytes: &[u8]) -> usize {
    first(bytes, |eight| equal(eight, b'"') | equal(eight, b'\\'))
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + next_sign(text.as_bytes().get(from..)?);
        if text.as_bytes().get(at) == Some(&b'"') {
            return Some(at);
        }
        from = at + 2;
    }
}
