//! One proposal: its form, its words, its evidence, its trust.

use dreaming_records::kind::Kind;
use dreaming_records::policy::{self, Policy};
use dreaming_records::proposal::Proposal;
use dreaming_records::trust::{Provenance, Trust};
use dreaming_shield::attack;
use dreaming_shield::redact::redact;
use dreaming_text as text;
use dreaming_text::markdown::unmarked;
use dreaming_text::sort;

use crate::check::quotes::{self, MIN_QUOTE};
use crate::check::sources::Sources;
use crate::check::{taken_up, values};
use crate::import::{Excerpt, Role};
use crate::json::Value;
use crate::propose::Asked;

/// Shortest statement in bytes. Chosen by us: nothing shorter is a sentence.
const MIN_TEXT: usize = 8;

/// Longest subject or value in bytes. Chosen by us: both name something, they do not tell.
const MAX_VALUE: usize = 200;

/// A place as the model cites it. Types are strict, fields that nobody asked for are ignored.
struct Cited<'a> {
    event: u64,
    /// The last event of a range of calls that begins with `event`.
    to: Option<u64>,
    quote: &'a str,
}

impl<'a> Cited<'a> {
    fn of(item: &'a Value<'_>) -> Option<Self> {
        Some(Self {
            event: item.get("event")?.as_u64()?,
            to: optional(item, "to", Value::as_u64)?,
            quote: item.get("quote")?.as_str()?,
        })
    }
}

/// A field that may be missing or null; `None` when it is of another type.
fn optional<'a, T>(
    item: &'a Value<'_>,
    name: &str,
    read: impl Fn(&'a Value<'a>) -> Option<T>,
) -> Option<Option<T>> {
    match item.get(name) {
        None | Some(Value::Null) => Some(None),
        Some(value) => read(value).map(Some),
    }
}

/// Checks one proposal; `Err` is the reason why it is turned down.
pub(super) fn check(
    item: &Value<'_>,
    asked: &Asked,
    sources: &Sources,
    policy: &Policy,
) -> Result<Proposal, &'static str> {
    let events = &asked.excerpts;
    let cited = item.get("evidence").and_then(Value::as_array).ok_or("malformed")?;
    let cited: Option<Vec<Cited<'_>>> = cited.iter().map(Cited::of).collect();
    let cited = cited.ok_or("malformed")?;
    let corrects = optional(item, "corrects", Value::as_u64).ok_or("malformed")?;
    let words = Words::of(item)?;
    let mut found = evidence(&cited, events, policy)?;
    let said = words.plain(policy)?;
    let room = policy.size(&policy::MAX_EVIDENCE).saturating_sub(found.len());
    let steps = ranges(&cited, &said.text, events);
    let quoted = |step: &Excerpt| found.iter().any(|(event, _)| *event == step);
    let more: Found<'_> = steps.into_iter().filter(|(step, _)| !quoted(step)).take(room).collect();
    found.extend(more);
    let (mut proposal, found) = held(said, found, sources)?;
    proposal.pins = found.iter().map(|(event, range)| quotes::pin(event, range.clone())).collect();
    let at = corrects.and_then(|n| usize::try_from(n.checked_sub(1)?).ok());
    proposal.corrects = at.and_then(|at| asked.known.get(at)).cloned();
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

impl<'a> Words<'a> {
    /// Those of a proposal as the model wrote it. `Err` says that a field is missing or of another type, or that
    /// nobody asks for the kind.
    fn of(item: &'a Value<'_>) -> Result<Self, &'static str> {
        let value = |name| optional(item, name, Value::as_str).ok_or("malformed");
        let said = item.get("kind").ok_or("malformed")?;
        Ok(Self {
            text: item.get("text").and_then(Value::as_str).ok_or("malformed")?,
            subject: value("subject")?,
            wrong: value("wrong")?,
            right: value("right")?,
            kind: kind(said)?,
        })
    }

    /// A proposal of its words as one line each, so far without a place that supports it; `Err` is the reason why
    /// it is turned down.
    pub(crate) fn plain(self, policy: &Policy) -> Result<Proposal, &'static str> {
        Ok(Proposal {
            kind: self.kind,
            text: line(self.text, policy)?,
            subject: value(self.subject)?,
            wrong: value(self.wrong)?,
            right: value(self.right)?,
            corrects: None,
            pins: Vec::new(),
            trust: Trust::External,
            worth: None,
        })
    }
}

/// A proposal held against the words that it cites, without its places, and the places that support it;
/// `Err` is the reason why it is turned down.
pub(super) fn held<'e>(
    mut said: Proposal,
    found: Found<'e>,
    sources: &Sources,
) -> Result<(Proposal, Found<'e>), &'static str> {
    let text = &*said.text;
    if attack::instructs(text) || said.subject.as_deref().is_some_and(attack::instructs) {
        return Err("instruction-like");
    }
    if !sources.any(&values::all(text)) {
        return Err("unsupported-value");
    }
    let found = match said.kind {
        Kind::Fact => found,
        kind => advised(kind, text, found, sources)?,
    };
    let roots = found.iter().filter_map(|(event, _)| event.provenance.trust());
    let trust = Trust::of_roots(roots).ok_or("quote-not-found")?;
    // What only tools and pages name or say is their word, whoever else is cited, and so is what a person pasted.
    let is_own = sources.own(&attack::actions(text))
        && !sources.is_told(text, "")
        && !found.iter().any(|place| sources.is_pasted(place));
    said.trust = if is_own { trust } else { Trust::External };
    let in_session =
        |value: &String| found.iter().any(|(event, _)| event.shown.text.contains(&**value));
    said.right = said.right.filter(|value| text.contains(&**value) && in_session(value));
    said.wrong = said.wrong.filter(|wrong| in_session(wrong) && Some(wrong) != said.right.as_ref());
    said.subject = said.subject.map(|subject| text::unicode::lower(&subject));
    Ok((said, found))
}

/// The cited places that can support advice: words of persons and agents, calls, and for a mistake what
/// failed. Tools and pages tell what is so and what went wrong; what to run, to open and to do, they must
/// not tell. `Err` is the reason why it is no advice.
fn advised<'e>(
    kind: Kind,
    text: &str,
    found: Found<'e>,
    sources: &Sources,
) -> Result<Found<'e>, &'static str> {
    let is_own = |event: &Excerpt| {
        event.provenance.may_instruct() || event.provenance == Provenance::ToolUse
    };
    let mut named = attack::actions(text);
    // What went wrong is told in the words of the tool.
    let is_told = |span: &&str| {
        matches!(kind, Kind::Mistake | Kind::Workflow)
            && values::is_message(span, |flag| sources.own(&[flag]))
            || sources.notes(span)
    };
    let is_taken_up = |span: &&str| kind == Kind::Mistake && taken_up::is_taken_up(span, &found);
    let own = |span: &&str| !is_told(span) && !is_taken_up(span);
    named.extend(values::spans(text).filter(own));
    let told = found.iter().filter(|place| !is_own(place.0) || sources.is_pasted(place));
    let told: Vec<&str> = told.map(|(event, range)| event.words(range)).collect();
    if !sources.own(&named) || sources.is_told(text, &told.join("\n")) {
        return Err("untrusted-instruction");
    }
    if kind == Kind::Preference {
        wished(text, &found)?;
    }
    let failed = |event: &Excerpt| {
        kind == Kind::Mistake && event.provenance == Provenance::ToolResult && event.is_failure()
    };
    let support: Found = found.into_iter().filter(|(e, _)| is_own(e) || failed(e)).collect();
    if support.is_empty() { Err("untrusted-instruction") } else { Ok(support) }
}

/// Whether a preference is about what the words that it cites say. It is mostly put in other words; the
/// reader sees the quote beside it.
fn wished(text: &str, found: &Found<'_>) -> Result<(), &'static str> {
    /// Content words in common. Chosen by us: of 16 recorded ones that cite a person 15 have three or more.
    const SHARED: usize = 2;
    // What was approved with a plan is a decision for the task, and nobody's wish.
    let wishes = |event: &Excerpt| event.provenance.may_instruct() && event.role != Role::Plan;
    let said = found.iter().filter(|(event, _)| wishes(event));
    let said: Vec<&str> = said.map(|(event, range)| event.words(range)).collect();
    if said.is_empty() {
        return Err("untrusted-instruction");
    }
    let heard = text::tokens(&said.join("\n"));
    let wish = text::tokens(text);
    let shared = wish.iter().filter(|token| heard.binary_search(token).is_ok()).count();
    if shared < SHARED { Err("unsupported") } else { Ok(()) }
}

/// The kinds that a model may propose. An index line is none of them, and what goes along with
/// results is counted, not told.
pub(crate) fn kind(value: &Value) -> Result<Kind, &'static str> {
    match value.as_str().and_then(Kind::asked_for) {
        Some(Kind::Practice) | None => Err("unknown-kind"),
        Some(kind) => Ok(kind),
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

/// A name, subject or value in plain words: `None` when there is none, or nothing is left of it.
pub(crate) fn value(said: Option<&str>) -> Result<Option<String>, &'static str> {
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
pub(super) type Found<'e> = Vec<(&'e Excerpt, std::ops::Range<usize>)>;

/// The places that a proposal cites and that exist. At most `ledger.max-evidence` quotes are
/// looked for, in their order: more would not be kept.
fn evidence<'e>(
    cited: &[Cited<'_>],
    events: &'e [Excerpt],
    policy: &Policy,
) -> Result<Found<'e>, &'static str> {
    let read = || cited.iter().take(policy.size(&policy::MAX_EVIDENCE));
    let long = read().filter(|e| e.quote.len() >= MIN_QUOTE);
    let found: Found = long.filter_map(|e| quotes::find(e.event, e.quote, events)).collect();
    match found.is_empty() {
        false => Ok(found),
        true if !cited.is_empty() && read().all(|e| e.quote.len() < MIN_QUOTE) => {
            Err("quote-too-short")
        }
        true => Err("quote-not-found"),
    }
}

/// The calls of the cited ranges that ran something which the statement names, each up to where words of it
/// were left out.
fn ranges<'e>(cited: &[Cited<'_>], text: &str, events: &'e [Excerpt]) -> Found<'e> {
    let place = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let within = |at: usize| {
        cited.iter().any(|e| e.to.is_some_and(|to| (place(e.event)..=place(to)).contains(&at)))
    };
    let step = |event: &'e Excerpt| {
        let end = event.mark.as_ref().map_or(event.shown.text.len(), |mark| mark.start);
        let ran = |span: &str| event.words(&(0..end)).contains(span);
        (matches!(event.role, Role::Call(_)) && values::spans(text).any(ran))
            .then_some((event, 0..end))
    };
    let numbered = (1..).zip(events).filter(|(at, _)| within(*at));
    numbered.filter_map(|(_, event)| step(event)).collect()
}
