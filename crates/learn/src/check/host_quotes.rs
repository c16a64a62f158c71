//! Words that a host quotes, where the session is not at hand: they are looked at as a model's quotes
//! are, each in place of the event that it is from.

use crate::check::plain;
use crate::check::quotes::{self, MIN_QUOTE};
use crate::check::sources::Sources;
use crate::check::statement::{self, Words};
use crate::import::{Excerpt, Role};
use crate::masks;
use dreaming_records::evidence::{Evidence, Pin};
use dreaming_records::policy::Policy;
use dreaming_records::proposal::Proposal;
use dreaming_records::trust::Provenance;
use dreaming_shield::redact::{Redacted, mask, redact};

/// A quote without its secrets.
#[derive(Clone, Debug)]
pub(crate) struct Quoted(Excerpt);

impl Quoted {
    /// `quote` as the words of `excerpt`, without secrets, without what the policy wants masked and
    /// without what a reader would not see. `Err` is the reason why it is no evidence.
    pub(crate) fn new(
        excerpt: Excerpt,
        quote: &str,
        policy: &Policy,
    ) -> Result<Self, &'static str> {
        let words = plain(quote);
        let words = mask(&words, masks::of(policy)).unwrap_or(words);
        if words.trim_ascii().len() < MIN_QUOTE {
            return Err("quote-too-short");
        }
        Ok(Self(Excerpt { shown: redact(&words), mark: None, ..excerpt }))
    }

    /// The words of a place of a record. `failed`: whether they are the message of a failure, when a tool
    /// printed them.
    pub(crate) fn of(
        place: &Evidence,
        failed: bool,
        policy: &Policy,
    ) -> Result<Self, &'static str> {
        // The same words of two places are told apart by where they stand.
        let (part, line) = (format!("{} {}", place.session, place.part), place.line);
        let event = format!("{} {}", place.event, place.start);
        let excerpt = Excerpt { part, line, event, ..bare(place.provenance, failed) };
        Self::new(excerpt, &place.quote, policy)
    }

    /// Words that stand at no place, as those of somebody of this provenance.
    pub(crate) fn said(by: Provenance, words: &str, policy: &Policy) -> Result<Self, &'static str> {
        Self::new(bare(by, false), words, policy)
    }

    /// The words, as they may be kept.
    pub(crate) fn words(&self) -> &str {
        &self.0.shown.text
    }

    /// The place: all of the quote, counted from its own first byte.
    pub(crate) fn pin(&self) -> Pin {
        quotes::pin(&self.0, 0..self.0.shown.text.len())
    }
}

/// An event that says nothing yet and stands nowhere.
pub(crate) fn bare(provenance: Provenance, failed: bool) -> Excerpt {
    let role = match provenance {
        Provenance::ToolResult => Role::Result { tool: String::new(), failed },
        Provenance::User => Role::Person,
        _ => Role::Agent,
    };
    Excerpt {
        part: String::new(),
        line: 0,
        event: String::new(),
        time: None,
        provenance,
        role,
        call: String::new(),
        shown: Redacted::default(),
        mark: None,
        characters: 0,
    }
}

/// A proposal held against its quotes, without places, and which of the quotes support it; `Err` is the
/// reason why it is turned down. `known`: statements that were checked, which its names may come from, and that support
/// nothing; of what only tools showed no more than names.
pub(crate) fn proposal(
    words: Words<'_>,
    quotes: &[Quoted],
    known: &[Quoted],
    policy: &Policy,
) -> Result<(Proposal, Vec<bool>), &'static str> {
    let said = words.plain(policy)?;
    let events = || quotes.iter().map(|quoted| &quoted.0);
    let whole = events().map(|event| (event, 0..event.shown.text.len())).collect();
    let sources = Sources::of(events().chain(known.iter().map(|quoted| &quoted.0)));
    let facts = known.iter().filter(|quoted| quoted.0.provenance == Provenance::ToolResult);
    let sources = sources.noting(facts.map(|quoted| quoted.0.shown.text.clone()));
    let (proposal, support) = statement::held(said, whole, &sources)?;
    // Equal quotes support alike.
    let supports = |event: &Excerpt| support.iter().any(|(kept, _)| *kept == event);
    Ok((proposal, events().map(supports).collect()))
}
