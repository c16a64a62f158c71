//! Checks a model's answer against the session: quoted evidence must stand there word for word.

mod advice;
pub(crate) mod answer;
mod copied_values;
mod dates;
mod fallen;
mod grade;
mod host_quotes;
mod in_answer;
mod line_values;
mod quotes;
mod shorter;
mod sources;
mod statement;
mod taken_up;

pub(crate) use self::host_quotes::{Quoted, bare, proposal, to_blame};
pub(crate) use self::statement::{Words, kind, value};

pub(crate) use self::copied_values::names;

pub use self::advice::FROM_OUTSIDE;
pub use self::fallen::mendable;
pub(crate) use self::fallen::reason;
pub use self::grade::grade;
pub use self::sources::Sources;

use dreaming_records::evidence::MAX_QUOTE;
use dreaming_records::plan::{Rejected, Stage};
use dreaming_records::policy::{self, Policy};
use dreaming_records::proposal::Proposal;
use dreaming_shield::attack;
use dreaming_shield::redact::{mask, redact};
use dreaming_text as text;
use dreaming_text::sort;

use crate::json_value::Value;
use crate::masks;
use crate::propose::{Answer, Asked};

/// What remains of an answer after the check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked<T> {
    /// The items that passed.
    pub held: Vec<T>,
    /// The items that were turned down, and parts of those that passed, with the reason; also notes about items beyond
    /// the limit, and about an answer that cannot be read.
    pub rejected: Vec<Rejected>,
    /// Whether the answer could be read at all.
    pub usable: bool,
}

/// Reason for a part that a proposal does without: what it names has no source, or only one from outside.
pub const PART: &str = "part-without-source";

/// Checks one answer to a call for one of the sessions that it shows. `sources` holds the words of the whole session. The
/// proposals come back sorted, none twice. Never fails: a bad answer only yields fewer proposals.
pub fn check(
    asked: &Asked,
    answer: &Answer,
    sources: &Sources,
    policy: &Policy,
) -> Checked<Proposal> {
    let one = |item: &Value<'_>| statement::check(item, asked, sources, policy);
    let piece = |reason: &str, item: &Value<'_>| {
        let said = (kind(item.get("kind")?).ok()?, item.get("text")?.as_str()?);
        advice::to_blame(reason, said, sources).map(str::to_owned)
    };
    let most = policy.size(&policy::MAX_PROPOSALS);
    let of = |item: &Value<'_>| asked.starts.len() < 2 || statement::is_of(item, asked, policy);
    let items = items(answer, answer::PROPOSALS, policy);
    let Checked { held, mut rejected, usable } =
        each_of(items, (answer::PROPOSALS, most), of, one, piece);
    let lost = held.iter().flat_map(|(_, lost)| lost);
    rejected.extend(lost.map(|cut| turned_down(PART, &cut.from, Some(&cut.part))));
    let held = held.into_iter().map(|(proposal, _)| proposal).collect();
    let mut checked = Checked { held, rejected, usable };
    // DETERMINISM: the first of equal statements stays, whatever the order of the answer.
    sort::by(&mut checked.held, |a, b| key(a).cmp(&key(b)));
    checked.held.dedup_by(|again, p| (again.kind, &again.text) == (p.kind, &p.text));
    sort::all(&mut checked.rejected);
    checked.rejected.dedup();
    checked
}

/// Whether an answer can be read at all.
pub fn is_usable(answer: &Answer, policy: &Policy) -> bool {
    items(answer, answer::PROPOSALS, policy).is_ok()
}

/// Runs `check` on the items that an answer lists under `name`, at most `most` of them, after
/// masking what the policy wants masked.
pub(crate) fn each<T>(
    answer: &Answer,
    (name, most): (&str, usize),
    policy: &Policy,
    check: impl Fn(&Value<'_>) -> Result<T, &'static str>,
) -> Checked<T> {
    each_of(items(answer, name, policy), (name, most), |_| true, check, |_, _| None)
}

/// As [`each`], of what the answer lists under `beside` in the object that lists something under `name`; it may be
/// missing.
pub(crate) fn each_beside<T>(
    answer: &Answer,
    (name, beside, most): (&str, &str, usize),
    policy: &Policy,
    check: impl Fn(&Value<'_>) -> Result<T, &'static str>,
) -> Checked<T> {
    let items = items_beside(answer, (name, beside), policy);
    each_of(items, (beside, most), |_| true, check, |_, _| None)
}

/// Runs `check` on the items for which `of` says so. `piece` finds in an item what made it fall for a reason.
fn each_of<T>(
    items: Result<Vec<Value<'static>>, Rejected>,
    (name, most): (&str, usize),
    of: impl Fn(&Value<'_>) -> bool,
    check: impl Fn(&Value<'_>) -> Result<T, &'static str>,
    piece: impl Fn(&str, &Value<'_>) -> Option<String>,
) -> Checked<T> {
    let mut checked = Checked { held: Vec::new(), rejected: Vec::new(), usable: true };
    let mut items = match items {
        Ok(items) => items,
        Err(why) => {
            checked.usable = false;
            checked.rejected.push(why);
            return checked;
        }
    };
    items.retain(of);
    if items.len() > most {
        let note = format!("{} {name}, {most} read", items.len());
        checked.rejected.push(rejected("too-many", &note));
        items.truncate(most);
    }
    for item in &items {
        match check(item) {
            Ok(found) => checked.held.push(found),
            Err(reason) => {
                let said = item.get("text").and_then(Value::as_str).unwrap_or_default();
                let piece = piece(reason, item);
                checked.rejected.push(turned_down(reason, said, piece.as_deref()));
            }
        }
    }
    checked
}

/// The items that an answer lists under `name`; `Err` says why it is of no use.
fn items(answer: &Answer, name: &str, policy: &Policy) -> Result<Vec<Value<'static>>, Rejected> {
    read(answer, policy, |text| answer::list(text, name))
}

/// The items that an answer lists under `beside`, in the object that has a list under `name`.
fn items_beside(
    answer: &Answer,
    (name, beside): (&str, &str),
    policy: &Policy,
) -> Result<Vec<Value<'static>>, Rejected> {
    read(answer, policy, |text| answer::list_beside(text, name, beside))
}

fn read<T>(
    answer: &Answer,
    policy: &Policy,
    of: impl Fn(&str) -> Option<T>,
) -> Result<T, Rejected> {
    match answer {
        Answer::Text { text } => {
            let masked = mask(text, masks::of(policy));
            let text = masked.as_ref().unwrap_or(text);
            of(text).ok_or_else(|| rejected("unreadable", text))
        }
        Answer::Refused => Err(rejected("refused", "")),
        Answer::Failed { reason } => Err(rejected("failed", reason)),
    }
}

fn key(proposal: &Proposal) -> impl Ord + '_ {
    let Proposal { kind, text, subject, wrong, right, corrects, pins, trust, .. } = proposal;
    (kind, text, std::cmp::Reverse(trust), pins, subject, wrong, right, corrects)
}

/// What the model says this part of the session was about: one line without secrets, at most
/// `propose.summary-bytes`; empty when the model says nothing, or gives orders.
pub fn summary(answer: &Answer, policy: &Policy) -> String {
    let Answer::Text { text: answer } = answer else { return String::new() };
    let said = answer::summary(answer).unwrap_or_default();
    let masked = mask(&said, masks::of(policy)).unwrap_or(said);
    let line = redact(&text::normal(&plain(&masked))).text;
    if attack::instructs(&line) {
        return String::new();
    }
    text::cut(&line, policy.size(&policy::SUMMARY_BYTES)).into()
}

/// A text with spaces in place of characters that a reader would not see.
fn plain(text: &str) -> String {
    let seen = |c: char| if c.is_control() || text::unicode::hidden(c) { ' ' } else { c };
    text.chars().map(seen).collect()
}

/// A note for the report about something turned down.
pub(crate) fn rejected(reason: &str, said: &str) -> Rejected {
    turned_down(reason, said, None)
}

/// The same with the words that made it fall. All are a model's, so they are cut and redacted like
/// any others.
fn turned_down(reason: &str, said: &str, piece: Option<&str>) -> Rejected {
    /// Bytes of the text that are read: enough that a secret which crosses the cut is still
    /// recognised.
    const LOOK: usize = 16 * MAX_QUOTE;
    let redacted = redact(&plain(text::cut(said, LOOK))).text;
    let rejected = Rejected {
        stage: Stage::Check,
        reason: reason.into(),
        text: text::cut(&redacted, MAX_QUOTE).into(),
        piece: None,
        evidence: Vec::new(),
    };
    rejected.because_of(piece, &redacted)
}

#[cfg(test)]
mod tests;
