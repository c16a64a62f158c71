//! One proposal: its form, its words, its evidence, its trust.

use std::ops::Range;

use dreaming_records::kind::Kind;
use dreaming_records::policy::{self, Policy};
use dreaming_records::proposal::Proposal;
use dreaming_records::trust::Trust;
use dreaming_shield::attack;
use dreaming_shield::redact::redact;
use dreaming_text as text;
use dreaming_text::markdown::unmarked;
use dreaming_text::sort;

use crate::check::advice::{advised, to_blame};
use crate::check::copied_values;
use crate::check::in_answer::without_outside;
use crate::check::quotes::{self, Found, MIN_QUOTE, with_values};
use crate::check::shorter::{self, Cut};
use crate::check::sources::Sources;
use crate::import::{Excerpt, Role};
use crate::json_value::Value;
use crate::propose::Asked;

/// Shortest statement in bytes. Chosen by us: nothing shorter is a sentence.
const MIN_TEXT: usize = 8;

/// Longest subject or value in bytes. Chosen by us: names are shorter, and longer texts are
/// clauses.
const MAX_VALUE: usize = 200;

/// A place as the model cites it. A field of the wrong type is an error; unknown fields are
/// ignored.
struct Cited<'a> {
    event: u64,
    /// The last event, when the model cites a range of calls that begins with `event`.
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

/// Reads a field that may be missing or null; both give `Some(None)`. `None` when the field has
/// another type.
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

/// Whether an item of an answer is about this session and not about another that the call shows: the
/// first of its quotes that is there decides, else the first event that it names. What names none is left to the first
/// session.
pub(super) fn is_of(item: &Value<'_>, asked: &Asked, policy: &Policy) -> bool {
    let cited = cited(item).unwrap_or_default();
    let first = places(&cited, asked, policy).first().map(|(at, _)| *at);
    let named = || cited.iter().find_map(|e| usize::try_from(e.event.checked_sub(1)?).ok());
    let named = || named().filter(|at| *at < asked.excerpts.len());
    first.or_else(named).map_or(asked.own.start == 0, |at| asked.own.contains(&at))
}

/// Checks one proposal; returns it with the parts that it lost. `Err` is the reason why it is turned down.
pub(super) fn check(
    item: &Value<'_>,
    asked: &Asked,
    sources: &Sources,
    policy: &Policy,
) -> Result<(Proposal, Vec<Cut>), &'static str> {
    let cited = cited(item).ok_or("malformed")?;
    let corrects = optional(item, "corrects", Value::as_u64).ok_or("malformed")?;
    let words = Words::of(item)?;
    let mut found = evidence(&cited, asked, policy)?;
    let said = words.plain(policy)?;
    let room = policy.size(&policy::MAX_EVIDENCE).saturating_sub(found.len());
    let steps = ranges(&cited, &said.text, asked);
    let quoted = |step: &Excerpt| found.iter().any(|(event, _)| *event == step);
    let more: Found<'_> = steps.into_iter().filter(|(step, _)| !quoted(step)).take(room).collect();
    found.extend(more);
    let at = corrects.and_then(|n| usize::try_from(n.checked_sub(1)?).ok());
    let line = at.and_then(|at| asked.known.get(at));
    // What stays of a line may be named by the line alone.
    let with_line =
        line.map(|line| sources.clone().noting([line.text.clone()]).in_place_of(&line.text));
    let sources = with_line.as_ref().unwrap_or(sources);
    // What gives a value that nobody said is about that value: nothing is left without it.
    let (right, said) = (said.right.is_some(), with_values(said, &found));
    let cuts = if right && said.right.is_none() { 0 } else { CUTS };
    let is_newer = line.is_some() || said.right.is_some();
    let ((proposal, found), lost) = judged(said, found, sources, (is_newer, cuts))?;
    // A newer value is that of the words that bear the proposal; that an older one is wrong, others may show.
    let Proposal { right, .. } = with_values(proposal.clone(), &found);
    let mut proposal = Proposal { right, ..proposal };
    proposal.pins = found.iter().map(|(event, range)| quotes::pin(event, range.clone())).collect();
    proposal.corrects = line.map(|line| line.entry.clone());
    sort::all(&mut proposal.pins);
    proposal.pins.dedup();
    Ok((proposal, lost))
}

/// The fields of a proposal, as written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
    pub(crate) subject: Option<&'a str>,
    pub(crate) wrong: Option<&'a str>,
    pub(crate) right: Option<&'a str>,
}

impl<'a> Words<'a> {
    /// The fields of an item of a model's answer. `Err` when one is missing or of another type, or
    /// when models may not propose the kind.
    pub(super) fn of(item: &'a Value<'_>) -> Result<Self, &'static str> {
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

    /// Makes a proposal with each field as one plain line, without evidence yet; `Err` is the
    /// reason why it is turned down.
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

/// Most parts that [`judged`] cuts from a proposal. Chosen by us: of 12 that three worlds gave none lost two.
const CUTS: usize = 3;

/// Checks a proposal as [`borne`] does. What falls for a name or value is tried without the part that names it, and so is
/// what says a newer value and for a name or value has no more than the trust of words from outside. Such a name mostly
/// stands besides: in brackets, behind a semicolon, in a later sentence (of nine sources some fell for one). Returns the
/// parts that went too, in the order in which they went.
fn judged<'e>(
    said: Proposal,
    found: Found<'e>,
    sources: &Sources,
    (is_newer, cuts): (bool, usize),
) -> Result<(Borne<'e>, Vec<Cut>), &'static str> {
    let whole = borne(said.clone(), found.clone(), sources);
    let blamed = match &whole {
        Err(reason) => to_blame(reason, (said.kind, &said.text), sources),
        Ok((held, _)) if is_newer && held.trust == Trust::External => {
            sources.within().without(&said.text)
        }
        Ok(_) => None,
    };
    let less = blamed.filter(|_| cuts > 0).and_then(|name| shorter::without(&said, name, is_newer));
    let less = less.filter(|(less, _)| less.text.len() >= MIN_TEXT);
    let less = less.and_then(|(less, cut)| {
        let (borne, later) = judged(less, found, sources, (is_newer, cuts - 1)).ok()?;
        Some((borne, [vec![cut], later].concat()))
    });
    let is_better = |less: &Proposal| whole.is_err() || less.trust > Trust::External;
    let less = less.filter(|((less, _), _)| is_better(less));
    less.map_or_else(|| Ok((whole?, Vec::new())), Ok)
}

/// A proposal without places, and the places that support it.
type Borne<'e> = (Proposal, Found<'e>);

/// Checks a proposal as [`held`] does, without what it cites from outside where the rest bears it.
fn borne<'e>(
    said: Proposal,
    found: Found<'e>,
    sources: &Sources,
) -> Result<(Proposal, Found<'e>), &'static str> {
    let borne = without_outside(&said, &found, sources);
    let borne = borne.and_then(|(said, found)| held(said, found, sources).ok());
    borne.map_or_else(|| held(said, found, sources), Ok)
}

/// Checks a proposal against the words that it cites. Returns it without places, and the places
/// that support it; `Err` is the reason why it is turned down.
pub(super) fn held<'e>(
    mut said: Proposal,
    found: Found<'e>,
    sources: &Sources,
) -> Result<(Proposal, Found<'e>), &'static str> {
    let text = &*said.text;
    if attack::instructs(text) || said.subject.as_deref().is_some_and(attack::instructs) {
        return Err("instruction-like");
    }
    if sources.without(text).is_some() {
        return Err("unsupported-value");
    }
    let (found, most) = match said.kind {
        Kind::Fact => (found, Trust::User),
        kind => advised(kind, text, found, sources)?,
    };
    let roots = found.iter().filter_map(|(event, _)| event.provenance.trust());
    let trust = Trust::of_roots(roots).ok_or("quote-not-found")?;
    // Trust falls to external in three cases: the statement names something to run or open that
    // only tools or pages named; it mostly repeats outside words; or a person pasted a cited place.
    let is_own = sources.own(&attack::actions(text))
        && !sources.is_from_outside(text, "")
        && !found.iter().any(|place| sources.is_pasted(place));
    said.trust = if is_own { trust.min(most) } else { Trust::External };
    said.subject = said.subject.map(|subject| text::unicode::lower(&subject));
    Ok((said, found))
}

/// The kinds that a model may propose: no index lines, and no practices, which the miner finds by
/// counting.
pub(crate) fn kind(value: &Value) -> Result<Kind, &'static str> {
    match value.as_str().and_then(Kind::asked_for) {
        Some(Kind::Practice) | None => Err("unknown-kind"),
        Some(kind) => Ok(kind),
    }
}

/// A statement as one line of plain words.
fn line(said: &str, policy: &Policy) -> Result<String, &'static str> {
    if said.len() > policy.size(&policy::STATEMENT_BYTES).saturating_mul(4) {
        return Err("too-long"); // even with much white space to remove
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

/// A name, subject or value as plain words: `None` when the field is missing, or nothing is left
/// after cleaning.
pub(crate) fn value(said: Option<&str>) -> Result<Option<String>, &'static str> {
    let Some(said) = said else { return Ok(None) };
    if said.len() > MAX_VALUE {
        return Err("malformed");
    }
    let text = text::normal(&spaced(said));
    plain(&text)?;
    Ok((!text.is_empty()).then_some(text))
}

/// Line ends and tabs become spaces; other control characters stay, so that [`plain`] finds them.
fn spaced(text: &str) -> String {
    text.replace(['\n', '\r', '\t'], " ")
}

/// Refuses a text with characters or comments that a reader does not see, and a text with a secret.
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

/// The places that an item cites; `None` when they are malformed.
fn cited<'a>(item: &'a Value<'_>) -> Option<Vec<Cited<'a>>> {
    item.get("evidence")?.as_array()?.iter().map(Cited::of).collect()
}

/// The cited places that exist, with the index of their event. Only the first `ledger.max-evidence`
/// quotes are looked for, since an entry keeps no more. Where another event than the cited one has
/// the quote, events of one session alone may have it: else nobody knows whose it is.
fn places(cited: &[Cited<'_>], asked: &Asked, policy: &Policy) -> Vec<(usize, Range<usize>)> {
    let events = &asked.excerpts;
    let session = |at: usize| asked.starts.partition_point(|start| *start <= at);
    let read = cited.iter().take(policy.size(&policy::MAX_EVIDENCE));
    let long = read.filter(|e| e.quote.len() >= MIN_QUOTE);
    let known = |e: &&Cited<'_>, at: usize| {
        let next = asked.starts.get(session(at)).copied().unwrap_or(events.len());
        let later = events.get(next..).unwrap_or_default();
        usize::try_from(e.event) == Ok(at + 1) || quotes::find(0, e.quote, later).is_none()
    };
    let found = |e: &Cited<'_>| {
        let place = quotes::find(e.event, e.quote, events)?;
        known(&e, place.0).then_some(place)
    };
    long.filter_map(found).collect()
}

/// The cited places in the session.
fn evidence<'e>(
    cited: &[Cited<'_>],
    asked: &'e Asked,
    policy: &Policy,
) -> Result<Found<'e>, &'static str> {
    let own = places(cited, asked, policy).into_iter().filter(|(at, _)| asked.own.contains(at));
    let found: Found =
        own.filter_map(|(at, quote)| Some((asked.excerpts.get(at)?, quote))).collect();
    let mut read = cited.iter().take(policy.size(&policy::MAX_EVIDENCE));
    match found.is_empty() {
        false => Ok(found),
        true if !cited.is_empty() && read.all(|e| e.quote.len() < MIN_QUOTE) => {
            Err("quote-too-short")
        }
        true => Err("quote-not-found"),
    }
}

/// The calls of the session within the cited ranges that ran something which the statement names.
/// Each place ends where the prompt left words out.
fn ranges<'e>(cited: &[Cited<'_>], text: &str, asked: &'e Asked) -> Found<'e> {
    let place = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let within = |at: usize| {
        cited.iter().any(|e| e.to.is_some_and(|to| (place(e.event)..=place(to)).contains(&at)))
    };
    let step = |event: &'e Excerpt| {
        let end = event.mark.as_ref().map_or(event.shown.text.len(), |mark| mark.start);
        let ran = |span: &str| event.words(&(0..end)).contains(span);
        (matches!(event.role, Role::Call(_)) && copied_values::spans(text).any(ran))
            .then_some((event, 0..end))
    };
    let own = asked.excerpts.iter().enumerate().filter(|(at, _)| asked.own.contains(at));
    own.filter(|(at, _)| within(at + 1)).filter_map(|(_, event)| step(event)).collect()
}
