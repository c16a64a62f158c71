//! The question across sessions: prompts out, answers in. What a model infers is of no session alone, so it
//! stands on places of several, and always waits for a person.

mod findings;
mod prompt;

use dreaming_records::candidate::Candidate;
use dreaming_records::evidence::{self, Evidence};
use dreaming_records::kind::Kind;
use dreaming_records::ledger::{Finder, Sessions};
use dreaming_records::policy::{self, Policy};
use dreaming_records::trust::Trust;
use dreaming_text::{Set, sort};

use crate::brought;
use crate::check::{self, Checked, Quoted, Words};
use crate::json::Value;
use crate::propose::{Answer, ModelCall};

use self::findings::standing;

pub use self::prompt::ask;
pub(crate) use self::prompt::who;

/// A call with the places that it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The call.
    pub call: ModelCall,
    /// The places, in the order in which the prompt numbers them from 1.
    places: Vec<Place>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    evidence: Evidence,
    /// Whether it is the message of a failure, when a tool printed it.
    failed: bool,
    /// The command that failed there.
    ran: Option<String>,
}

/// What a model says that holds across sessions, after the check.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Inferred {
    /// What sort of statement it is.
    pub kind: Kind,
    /// The statement.
    pub text: String,
    /// Whose preference it is; `None` = everybody's.
    pub principal: Option<String>,
    /// How far it is trusted: at most as an agent, for nobody else said it.
    pub trust: Trust,
    /// The places that it stands on, sorted.
    pub evidence: Vec<Evidence>,
}

/// What holds of an answer: statements that stand on places of two sessions at least, under the rules of
/// proposals. Never fails: whatever the answer is, it can only say less.
pub fn check(
    asked: &Asked,
    answer: &Answer,
    sessions: &Sessions,
    policy: &Policy,
) -> Checked<Inferred> {
    let one = |item: &Value<'_>| inferred(item, asked, sessions, policy);
    check::each(answer, "insights", policy, one)
}

/// What one item of an answer says; `Err` is the reason why it is turned down.
fn inferred(
    item: &Value,
    asked: &Asked,
    sessions: &Sessions,
    policy: &Policy,
) -> Result<Inferred, &'static str> {
    let text = item.get("text").and_then(Value::as_str).ok_or("malformed")?;
    let kind = check::kind(item.get("kind").ok_or("malformed")?)?;
    let cited = item.get("evidence").and_then(Value::as_array).ok_or("malformed")?;
    let place = |number: &Value| {
        let at = usize::try_from(number.as_u64()?.checked_sub(1)?).ok()?;
        Some((at, asked.places.get(at)?))
    };
    let cited: Option<Vec<(usize, &Place)>> = cited.iter().map(place).collect();
    let mut cited = cited.filter(|cited| !cited.is_empty()).ok_or("no-such-place")?;
    sort::by_key(&mut cited, |(at, _)| *at);
    cited.dedup_by_key(|(at, _)| *at);
    let quoted = |(_, place): &(usize, &Place)| Quoted::of(&place.evidence, place.failed, policy);
    let mut quotes = cited.iter().map(quoted).collect::<Result<Vec<Quoted>, _>>()?;
    // What failed may be named: the agent ran it, though its words stand at no place.
    let ran = Set::of(cited.iter().filter_map(|(_, place)| place.ran.as_ref()));
    quotes.extend(ran.into_iter().filter_map(|ran| Quoted::ran(ran, policy).ok()));
    let words = Words { kind, text, subject: None, wrong: None, right: None };
    let (said, supports) = check::proposal(words, &quotes, policy)?;
    let supported = cited.iter().zip(supports).filter(|(_, supports)| *supports);
    let supported = supported.map(|((_, place), _)| place.evidence.clone()).collect();
    let inferred = Inferred {
        kind,
        text: said.text,
        principal: None,
        trust: said.trust.min(Trust::Agent),
        evidence: evidence::select(supported, policy.size(&policy::MAX_EVIDENCE)),
    };
    candidate(&inferred, sessions, policy).ok_or("one-session")?;
    let principal = match kind {
        Kind::Preference => wisher(&inferred.evidence, sessions, policy)?,
        _ => None,
    };
    Ok(Inferred { principal, ..inferred })
}

/// Whose preference it is that these places show; `None` = everybody's. As elsewhere, what enough people want is
/// wanted by all; of fewer nobody says that they want the same.
fn wisher(
    evidence: &[Evidence],
    sessions: &Sessions,
    policy: &Policy,
) -> Result<Option<String>, &'static str> {
    let of = |place: &Evidence| sessions.get(&place.session)?.notes.principal.clone();
    let people = Set::of(evidence.iter().filter_map(of));
    let number = u64::try_from(people.len()).unwrap_or(u64::MAX);
    match people.into_iter().next() {
        Some(_) if number >= policy.number(&policy::TEAM_PRINCIPALS) => Ok(None),
        Some(_) if number > 1 => Err("of-several-people"),
        person => Ok(person),
    }
}

/// What was inferred as a candidate, as far as its places still count; `None` when they are not of two sessions
/// that are sources of their own.
pub fn candidate(inferred: &Inferred, sessions: &Sessions, policy: &Policy) -> Option<Candidate> {
    let Inferred { kind, text, principal, trust, evidence } = inferred;
    let evidence = Set::of(standing(evidence, sessions));
    let key = (*kind, text.clone(), None, principal.clone(), None);
    let found = brought::candidate(key, *trust, evidence, Finder::Insight, sessions, policy);
    (found.support.sessions > 1).then_some(found)
}

#[cfg(test)]
mod tests;
