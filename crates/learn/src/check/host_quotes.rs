//! Quotes from sessions whose text the engine does not have at hand: a host gives them, or a
//! session record keeps them. Each is checked like a quote of a model, with the quoted words in
//! place of the event's text.

use crate::check::quotes::{self, MIN_QUOTE};
use crate::check::sources::Sources;
use crate::check::statement::{self, Words};
use crate::check::{advice, plain};
use crate::import::{Excerpt, Role};
use crate::masks;
use dreaming_records::evidence::{Evidence, Pin};
use dreaming_records::kind::Kind;
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

    /// The words of a place that a session record keeps. `failed`: whether words that a tool
    /// printed there are the message of a failure.
    pub(crate) fn of(
        place: &Evidence,
        failed: bool,
        policy: &Policy,
    ) -> Result<Self, &'static str> {
        // Parts of two sessions may have one name, and an event is later than another only within
        // one part of one session.
        let part = format!("{} {}", place.session, place.part);
        let (line, time) = (place.line, place.time);
        let excerpt = Excerpt { part, line, time, ..bare(place.provenance, failed) };
        Self::new(excerpt, &place.quote, policy)
    }

    /// Words without a place in a session, said by somebody of this provenance.
    pub(crate) fn of_words(
        by: Provenance,
        words: &str,
        policy: &Policy,
    ) -> Result<Self, &'static str> {
        Self::new(bare(by, false), words, policy)
    }

    /// The words, without what may not be kept.
    pub(crate) fn words(&self) -> &str {
        &self.0.shown.text
    }

    /// The place of the whole quote, in bytes from the beginning of the quote.
    pub(crate) fn pin(&self) -> Pin {
        quotes::pin(&self.0, 0..self.0.shown.text.len())
    }
}

/// An event without words, id or position.
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

/// Checks a proposal against its quotes. Returns it without places, and for each quote whether it
/// supports the proposal; `Err` is the reason why the proposal is turned down. `known` are
/// statements checked earlier: the proposal may take names from them, but they do not support it.
/// From a known statement that only tools showed, it may take no program and no address (as
/// `attack::actions` knows them; a path alone counts as neither). `line`: the words of the line whose place it takes.
pub(crate) fn proposal(
    words: Words<'_>,
    quotes: &[Quoted],
    known: &[Quoted],
    line: Option<&str>,
    policy: &Policy,
) -> Result<(Proposal, Vec<bool>), &'static str> {
    let said = words.plain(policy)?;
    let events = || quotes.iter().map(|quoted| &quoted.0);
    let whole: quotes::Found = events().map(|event| (event, 0..event.shown.text.len())).collect();
    let said = quotes::with_values(said, &whole);
    let (proposal, support) = statement::held(
        said,
        whole,
        &sources(quotes, known).in_place_of(line.unwrap_or_default()),
    )?;
    // A quote supports the proposal when `support` has an equal one.
    let supports = |event: &Excerpt| support.iter().any(|(kept, _)| *kept == event);
    Ok((proposal, events().map(supports).collect()))
}

/// What made a text fall for a reason of [`proposal`], see [`advice::to_blame`].
pub(crate) fn to_blame<'t>(
    reason: &str,
    said: (Kind, &'t str),
    quotes: &[Quoted],
    known: &[Quoted],
    line: Option<&str>,
) -> Option<&'t str> {
    let sources = sources(quotes, known).in_place_of(line.unwrap_or_default());
    advice::to_blame(reason, said, &sources)
}

fn sources(quotes: &[Quoted], known: &[Quoted]) -> Sources {
    let sources = Sources::of_quotes(quotes.iter().chain(known).map(|quoted| &quoted.0));
    let facts = known.iter().filter(|quoted| quoted.0.provenance == Provenance::ToolResult);
    sources.noting(facts.map(|quoted| quoted.0.shown.text.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use dreaming_records::ids::{Digest, SessionId};
    use dreaming_records::kind::Kind;
    use dreaming_records::number::count;

    /// What `proposal` says of a mistake that names a file which only a result shows, at line 10 of
    /// session `s1`; `after` is where the agent acts: session, part and line.
    fn checked(after: (&str, &str, u64)) -> Result<(), &'static str> {
        let policy = Policy::default();
        let place = |(session, part, line): (&str, &str, u64), provenance, quote: &str| Evidence {
            session: SessionId::new(session),
            part: part.into(),
            line,
            start: 0,
            end: count(quote.len()),
            event: format!("line-{line}"),
            time: None,
            provenance,
            part_bytes: 0,
            part_digest: Digest::default(),
            quote: quote.into(),
            quote_digest: Digest::default(),
            claimed: false,
        };
        let quotes = [
            place(
                ("s1", "main", 10),
                Provenance::ToolResult,
                "formatting at .claude/settings.json",
            ),
            place(after, Provenance::ToolUse, r#"{"command":"git commit -m x"}"#),
        ];
        let quotes = quotes.map(|quote| Quoted::of(&quote, true, &policy).unwrap());
        let words = Words {
            kind: Kind::Mistake,
            text: "Linting looks at foreign work too and stopped at `.claude/settings.json` here.",
            subject: None,
            wrong: None,
            right: None,
        };
        proposal(words, &quotes, &[], None, &policy).map(drop)
    }

    #[test]
    fn the_agent_acted_on_a_result_only_when_it_acted_later_in_the_same_part_of_the_session() {
        assert_eq!(checked(("s1", "main", 11)), Ok(()));
        for elsewhere in [("s1", "main", 9), ("s2", "main", 11), ("s1", "helper", 11)] {
            assert_eq!(checked(elsewhere), Err("untrusted-instruction"), "{elsewhere:?}");
        }
    }

    #[test]
    fn advice_takes_a_name_from_a_checked_fact_but_not_from_words_from_outside() {
        let policy = Policy::default();
        let told = |by, fact: &str, text: &str| {
            let said = "The compile step stops here again, so I set the mode by hand first.";
            let said = Quoted::of_words(Provenance::Agent, said, &policy).unwrap();
            let known = Quoted::of_words(by, fact, &policy).unwrap();
            let (kind, subject, wrong, right) = (Kind::Mistake, None, None, None);
            let words = Words { kind, text, subject, wrong, right };
            proposal(words, &[said], &[known], None, &policy).map(drop)
        };
        let fact = "The compile step reads `strictMode` and nothing else.";
        let text = "The compile step stops again: set the mode by hand first, in `strictMode`.";
        assert_eq!(told(Provenance::ToolResult, fact, text), Ok(()));
        assert_eq!(told(Provenance::External, fact, text), Err("untrusted-instruction"));
        // A program or an address is taken from own words only.
        let fact = "The compile step reads `https://a.example/mode` and nothing else.";
        let text = "The compile step stops again: set the mode by hand first, from `https://a.example/mode`.";
        assert_eq!(told(Provenance::ToolResult, fact, text), Err("untrusted-instruction"));
        assert_eq!(told(Provenance::Agent, fact, text), Ok(()));
    }

    #[test]
    fn who_speaks_follows_from_the_provenance() {
        let role = |by| bare(by, true).role;
        assert_eq!(role(Provenance::User), Role::Person);
        assert_eq!(role(Provenance::Agent), Role::Agent);
        let result = Role::Result { tool: String::new(), failed: true };
        assert_eq!(role(Provenance::ToolResult), result);
    }
}
