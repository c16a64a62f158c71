//! Words that a host quotes, where the session is not at hand: they are looked at as a model's quotes
//! are, each in place of the event that it is from.

use dreaming_records::evidence::Pin;
use dreaming_records::policy::Policy;
use dreaming_records::proposal::Proposal;
use dreaming_shield::redact::{Redacted, mask, redact};
use dreaming_text as text;

use crate::check::quotes::{self, MIN_QUOTE, Shown};
use crate::check::sources::Sources;
use crate::check::statement::{self, Words};
use crate::import::Excerpt;
use crate::masks;

/// A quote without its secrets.
#[derive(Clone, Debug)]
pub(crate) struct Quoted {
    excerpt: Excerpt,
    shown: Redacted,
}

impl Quoted {
    /// The text of `excerpt` as a quote, without secrets, without what the policy wants masked and
    /// without what a reader would not see. `Err` is the reason why it is no evidence.
    pub(crate) fn new(mut excerpt: Excerpt, policy: &Policy) -> Result<Self, &'static str> {
        let seen = |c: char| if c.is_control() || text::unicode::hidden(c) { ' ' } else { c };
        excerpt.text = excerpt.text.chars().map(seen).collect();
        if let Some(masked) = mask(&excerpt.text, masks::of(policy)) {
            excerpt.text = masked;
        }
        if excerpt.text.trim_ascii().len() < MIN_QUOTE {
            return Err("quote-too-short");
        }
        let shown = redact(&excerpt.text);
        Ok(Self { excerpt, shown })
    }

    /// The words, as they may be kept.
    pub(crate) fn words(&self) -> &str {
        &self.shown.text
    }

    /// The place: all of the quote, counted from its own first byte.
    pub(crate) fn pin(&self) -> Pin {
        quotes::pin(&(&self.excerpt, self.shown.clone()), 0..self.shown.text.len())
    }
}

/// A proposal held against its quotes, without places, and which of the quotes support it; `Err` is the
/// reason why it is turned down.
pub(crate) fn proposal(
    words: Words<'_>,
    quotes: &[Quoted],
    policy: &Policy,
) -> Result<(Proposal, Vec<bool>), &'static str> {
    let said = words.plain(policy)?;
    let events: Vec<_> = quotes.iter().map(|q| (&q.excerpt, q.shown.clone())).collect();
    let whole = events.iter().map(|event| (event, 0..event.1.text.len())).collect();
    let (proposal, support) = statement::held(said, whole, &Sources::of(&events))?;
    // Equal quotes support alike.
    let supports = |event: &Shown<'_>| support.iter().any(|(kept, _)| kept.0 == event.0);
    Ok((proposal, events.iter().map(supports).collect()))
}

/// A name that somebody gives, in plain words; `None` when nothing is left of it.
pub(crate) fn name(said: Option<&str>) -> Result<Option<String>, &'static str> {
    statement::value(said)
}
