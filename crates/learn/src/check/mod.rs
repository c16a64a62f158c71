//! What a model answered, held against the session: evidence must exist word for word.

pub(crate) mod answer;
mod grade;
mod quoted;
mod quotes;
mod sources;
mod statement;
mod values;

pub(crate) use self::quoted::{Quoted, bare, proposal};
pub(crate) use self::quotes::MIN_QUOTE;
pub(crate) use self::statement::{Words, kind, value};

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

use crate::json::Value;
use crate::masks;
use crate::propose::{Answer, Asked};

/// What was left of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Proposals whose evidence was found, sorted, none twice.
    pub proposals: Vec<Proposal>,
    /// The others, with the reason, sorted; also a note when the whole answer was unusable.
    pub rejected: Vec<Rejected>,
    /// Whether the answer could be read at all.
    pub usable: bool,
}

/// Checks one answer to a call of a session, in all of which `sources` are the words. Never fails: whatever
/// the answer is, it can only propose less.
pub fn check(asked: &Asked, answer: &Answer, sources: &Sources, policy: &Policy) -> Checked {
    let one = |item: &Value<'_>| statement::check(item, asked, sources, policy);
    let (mut proposals, mut rejected, usable) = each(answer, answer::PROPOSALS, policy, one);
    // DETERMINISM: the first of equal statements stays, whatever the order of the answer.
    sort::by(&mut proposals, |a, b| key(a).cmp(&key(b)));
    proposals.dedup_by(|again, p| (again.kind, &again.text) == (p.kind, &p.text));
    sort::all(&mut rejected);
    rejected.dedup();
    Checked { proposals, rejected, usable }
}

/// What `check` leaves of the items that an answer lists under `name`, without what the policy wants masked; what
/// was turned down, with the reason, also a note when there is more than is read or when nothing can be read; and
/// whether the answer could be read at all.
pub(crate) fn each<T>(
    answer: &Answer,
    name: &str,
    policy: &Policy,
    check: impl Fn(&Value<'_>) -> Result<T, &'static str>,
) -> (Vec<T>, Vec<Rejected>, bool) {
    let (mut left, mut turned_down) = (Vec::new(), Vec::new());
    let items = match items(answer, name, policy, &mut turned_down) {
        Ok(items) => items,
        Err(unusable) => return (left, vec![unusable], false),
    };
    for item in &items {
        match check(item) {
            Ok(found) => left.push(found),
            Err(reason) => {
                let said = item.get("text").and_then(Value::as_str).unwrap_or_default();
                turned_down.push(rejected(reason, said));
            }
        }
    }
    (left, turned_down, true)
}

fn items(
    answer: &Answer,
    name: &str,
    policy: &Policy,
    notes: &mut Vec<Rejected>,
) -> Result<Vec<Value<'static>>, Rejected> {
    let text = match answer {
        Answer::Text { text } => text,
        Answer::Refused => return Err(rejected("refused", "")),
        Answer::Failed { reason } => return Err(rejected("failed", reason)),
    };
    let masked = mask(text, masks::of(policy));
    let text = masked.as_ref().unwrap_or(text);
    let mut items = answer::list(text, name).ok_or_else(|| rejected("unreadable", text))?;
    let max = policy.size(&policy::MAX_PROPOSALS);
    if items.len() > max {
        notes.push(rejected("too-many", &format!("{} {name}, {max} read", items.len())));
        items.truncate(max);
    }
    Ok(items)
}

fn key(proposal: &Proposal) -> impl Ord + '_ {
    let Proposal { kind, text, subject, wrong, right, corrects, pins, trust, .. } = proposal;
    (kind, text, std::cmp::Reverse(trust), pins, subject, wrong, right, corrects)
}

/// What an answer says that its part of a session was about: one line without secrets, at most
/// `propose.summary-bytes`; empty when it says nothing, or gives orders.
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

/// A text without what a reader would not see.
fn plain(text: &str) -> String {
    let seen = |c: char| if c.is_control() || text::unicode::hidden(c) { ' ' } else { c };
    text.chars().map(seen).collect()
}

/// A note for the report. The words are a model's, so they are cut and redacted like any others.
pub(crate) fn rejected(reason: &str, said: &str) -> Rejected {
    /// Bytes that are looked at: enough for a secret that ends after the cut to be seen whole.
    const LOOK: usize = 16 * MAX_QUOTE;
    let plain = plain(text::cut(said, LOOK));
    Rejected {
        stage: Stage::Check,
        reason: reason.into(),
        text: text::cut(&redact(&plain).text, MAX_QUOTE).into(),
        evidence: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
