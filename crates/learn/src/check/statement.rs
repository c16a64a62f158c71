//! One proposal: its form, its words, its evidence, its trust.

use serde::Deserialize;
use serde_json::Value;

use dreaming_records::kind::Kind;
use dreaming_records::policy::{self, Policy};
use dreaming_records::proposal::Proposal;
use dreaming_records::trust::{Provenance, Trust};
use dreaming_shield::attack;
use dreaming_shield::redact::redact;
use dreaming_text as text;
use dreaming_text::markdown::unmarked;
use dreaming_text::sort;

use crate::check::quotes::{self, MIN_QUOTE, Shown};
use crate::check::values;

/// Shortest statement in bytes. Chosen by us: nothing shorter is a sentence.
const MIN_TEXT: usize = 8;

/// Longest subject or value in bytes. Chosen by us: both name something, they do not tell.
const MAX_VALUE: usize = 200;

/// A proposal as the model wrote it. Types are strict, fields that nobody asked for are ignored.
#[derive(Deserialize)]
struct Raw {
    kind: Value,
    text: String,
    subject: Option<String>,
    wrong: Option<String>,
    right: Option<String>,
    evidence: Vec<RawEvidence>,
}

#[derive(Deserialize)]
struct RawEvidence {
    event: u64,
    quote: String,
}

/// Checks one proposal; `Err` is the reason why it is turned down.
pub(super) fn check(
    item: &Value,
    events: &[Shown<'_>],
    policy: &Policy,
) -> Result<Proposal, &'static str> {
    let raw = Raw::deserialize(item).map_err(|_| "malformed")?;
    let words = Words {
        kind: kind(&raw.kind)?,
        text: &raw.text,
        subject: raw.subject.as_deref(),
        wrong: raw.wrong.as_deref(),
        right: raw.right.as_deref(),
    };
    let said = words.plain(policy)?;
    let found = evidence(&raw.evidence, events, policy)?;
    let mut proposal = held(said, &found)?;
    proposal.pins = found.iter().map(|(event, range)| quotes::pin(event, range.clone())).collect();
    sort::all(&mut proposal.pins);
    proposal.pins.dedup();
    Ok(proposal)
}

/// What somebody proposes, as written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
    pub(crate) subject: Option<&'a str>,
    pub(crate) wrong: Option<&'a str>,
    pub(crate) right: Option<&'a str>,
}

/// The same as plain words, bounded.
pub(super) struct Said {
    kind: Kind,
    text: String,
    subject: Option<String>,
    wrong: Option<String>,
    right: Option<String>,
}

impl Words<'_> {
    /// Its words as one line each; `Err` is the reason why it is turned down.
    pub(super) fn plain(self, policy: &Policy) -> Result<Said, &'static str> {
        Ok(Said {
            kind: self.kind,
            text: line(self.text, policy)?,
            subject: value(self.subject)?,
            wrong: value(self.wrong)?,
            right: value(self.right)?,
        })
    }
}

/// A proposal held against the words that it cites, without its places; `Err` is the reason why it is
/// turned down.
pub(super) fn held(said: Said, found: &Found<'_>) -> Result<Proposal, &'static str> {
    let Said { kind, text, subject, wrong, right } = said;
    let cited: Vec<&Shown> = found.iter().map(|(event, _)| *event).collect();
    may_say(kind, &cited)?;
    if attack::instructs(&text) || subject.as_deref().is_some_and(attack::instructs) {
        return Err("instruction-like");
    }
    let texts: Vec<&str> = cited.iter().map(|(_, shown)| &*shown.text).collect();
    if !values::supported(values::all(&text), &texts) {
        return Err("unsupported-value");
    }
    instructed(kind, &text, found)?;
    let trust = cited.iter().filter_map(|(excerpt, _)| excerpt.provenance.trust());
    let trust = Trust::of_roots(trust).ok_or("no-evidence")?;
    let in_session = |value: &String| texts.iter().any(|t| t.contains(&**value));
    let right = right.filter(|value| text.contains(&**value) && in_session(value));
    Ok(Proposal {
        kind,
        subject: subject.map(|s| text::unicode::lower(&s)),
        wrong: wrong.filter(|wrong| in_session(wrong) && Some(wrong) != right.as_ref()),
        right,
        text,
        pins: Vec::new(),
        trust,
    })
}

/// Whether what a reader would do is said by those who may say it, in the very words that are
/// cited: an event that is cited for something else says nothing. Text of tools and pages tells
/// what is so and what went wrong. What to run or to open, it must not tell.
fn instructed(kind: Kind, text: &str, found: &Found<'_>) -> Result<(), &'static str> {
    let quotes = |may: &dyn Fn(Provenance) -> bool| -> Vec<&str> {
        let may = found.iter().filter(|((event, _), _)| may(event.provenance));
        may.filter_map(|((_, shown), range)| shown.text.get(range.clone())).collect()
    };
    let said = quotes(&Provenance::may_instruct);
    // What an agent called is what went wrong for it.
    let done = quotes(&|p| p.may_instruct() || p == Provenance::ToolUse);
    let sources = if kind == Kind::Mistake { &done } else { &said };
    let mut copied = attack::actions(text);
    if kind != Kind::Fact {
        copied.extend(values::spans(text));
    }
    if !values::supported(copied, sources) {
        return Err("untrusted-instruction");
    }
    let tokens = text::tokens(text);
    let heard = text::tokens(&said.join("\n"));
    let shared = tokens.iter().filter(|token| heard.binary_search(token).is_ok()).count();
    // Half: a preference may be put in other words, but not be about something else.
    if kind == Kind::Preference && shared * 2 < tokens.len() {
        return Err("unsupported");
    }
    Ok(())
}

/// The kinds that a model may propose. An index line is none of them, and what goes along with
/// results is counted, not told.
fn kind(value: &Value) -> Result<Kind, &'static str> {
    match Kind::deserialize(value) {
        Ok(Kind::Index | Kind::Practice | Kind::Heuristic | Kind::TrainingPriority) | Err(_) => {
            Err("unknown-kind")
        }
        Ok(kind) => Ok(kind),
    }
}

/// A statement as one line of plain words.
fn line(said: &str, policy: &Policy) -> Result<String, &'static str> {
    if said.len() > policy.size(&policy::STATEMENT_BYTES).saturating_mul(4) {
        return Err("too-long"); // white space alone does not make up for that
    }
    let text = text::normal(&spaced(said));
    let text = unmarked(&text);
    plain(text)?;
    if text.len() < MIN_TEXT {
        return Err("too-short");
    }
    if text.len() > policy.size(&policy::STATEMENT_BYTES) {
        return Err("too-long");
    }
    Ok(text.into())
}

/// A subject or value: `None` when there is none, or nothing is left of it.
pub(super) fn value(said: Option<&str>) -> Result<Option<String>, &'static str> {
    let Some(said) = said else { return Ok(None) };
    if said.len() > MAX_VALUE {
        return Err("malformed");
    }
    let text = text::normal(&spaced(said));
    plain(&text)?;
    Ok((!text.is_empty()).then_some(text))
}

/// Line ends and tabs are white space; every other control character stays to be seen.
fn spaced(text: &str) -> String {
    text.replace(['\n', '\r', '\t'], " ")
}

/// What a reader sees is what an agent reads, and nothing in it is a secret.
fn plain(text: &str) -> Result<(), &'static str> {
    // A comment is hidden text in Markdown.
    if text.contains("<!--") || text.chars().any(|c| c.is_control() || text::unicode::hidden(c)) {
        return Err("hidden-characters");
    }
    if redact(text).text != text {
        return Err("secret");
    }
    Ok(())
}

/// The places that are cited, each with the words of it.
pub(super) type Found<'e> = Vec<(&'e Shown<'e>, std::ops::Range<usize>)>;

/// The places that a proposal cites and that exist. At most `ledger.max-evidence` quotes are
/// looked for, in their order: more would not be kept.
fn evidence<'e>(
    cited: &[RawEvidence],
    events: &'e [Shown<'e>],
    policy: &Policy,
) -> Result<Found<'e>, &'static str> {
    let read = || cited.iter().take(policy.size(&policy::MAX_EVIDENCE));
    let long = read().filter(|e| e.quote.len() >= MIN_QUOTE);
    let found: Found = long.filter_map(|e| quotes::find(e.event, &e.quote, events)).collect();
    match found.is_empty() {
        false => Ok(found),
        true if !cited.is_empty() && read().all(|e| e.quote.len() < MIN_QUOTE) => {
            Err("quote-too-short")
        }
        true => Err("no-evidence"),
    }
}

/// Whether the cited events may support a statement of this kind. Text of tools and pages can
/// support facts; an instruction needs the words of a person or an agent. What failed may be
/// cited for a mistake, because a failure is what a mistake is about.
fn may_say(kind: Kind, cited: &[&Shown<'_>]) -> Result<(), &'static str> {
    if kind == Kind::Fact {
        return Ok(());
    }
    let failed = |event: &Shown<'_>| {
        kind == Kind::Mistake
            && event.0.provenance == Provenance::ToolResult
            && event.0.label.starts_with("failed")
    };
    let allowed = |event: &&Shown<'_>| {
        let provenance = event.0.provenance;
        provenance.may_instruct() || provenance == Provenance::ToolUse || failed(event)
    };
    let carries = |event: &&Shown<'_>| event.0.provenance.may_instruct() || failed(event);
    if cited.iter().all(allowed) && cited.iter().any(carries) {
        Ok(())
    } else {
        Err("untrusted-instruction")
    }
}
