//! What an extractor of a host found, held against the session records as far as they show it: it takes
//! the way of a model's proposals, with the same bounds, the same redaction and the same shield.
//!
//! The transcripts are not at hand. A quote that a session record has at its place is evidence like any
//! other; all other evidence is marked as claimed.

mod citation;

use dreaming_records::candidate::{Candidate, Replacement};
use dreaming_records::evidence::{self, Evidence};
use dreaming_records::ids::SessionId;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::{Finder, Sessions};
use dreaming_records::plan::Rejected;
use dreaming_records::policy::{self, Policy};
use dreaming_records::time::Time;
use dreaming_records::trust::Trust;
use dreaming_records::{roots, withdrawn};

use crate::check::{self, Words};
use crate::mine;
use dreaming_text::{Groups, Set, sort};

pub use self::citation::Citation;

/// Most places that one claim may cite. Chosen by us: an entry keeps eight, and support is counted over
/// all of them.
const MAX_CITED: usize = 256;

/// Longest id of a session or event, or name of a part, in bytes. Chosen by us, the limit of the path of
/// a memory.
const MAX_NAME: usize = 1024;

/// Longest quote in bytes. Chosen by us, the longest statement that a reviewer may write; evidence keeps
/// the first [`evidence::MAX_QUOTE`] bytes.
const MAX_QUOTED: usize = 2000;

/// A statement that a host's extractor found, as the host brings it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// What sort of statement it is; anything but a line of the index.
    pub kind: Kind,
    /// The statement.
    pub text: String,
    /// Subject and attribute, when one value of it holds: `staging url`.
    pub subject: Option<String>,
    /// Whose preference it is; `None` = everybody's.
    pub principal: Option<String>,
    /// The value that no longer holds.
    pub wrong: Option<String>,
    /// The value that holds. With a subject, it replaces other values of that.
    pub right: Option<String>,
    /// Where it comes from, in any order; never empty.
    pub evidence: Vec<Citation>,
}

/// Why claims cannot be used at all. Nothing of them was taken up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("candidate {at}: {why}")]
pub struct Unusable {
    /// The position of the claim, counted from 0.
    pub at: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

/// What is left of claims.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brought {
    /// Candidates, sorted, none twice.
    pub candidates: Vec<Candidate>,
    /// What was turned down, with the reason, sorted.
    pub rejected: Vec<Rejected>,
}

/// What makes two claims one.
pub(crate) type Key = (Kind, String, Option<String>, Option<String>, Option<Replacement>);

/// Checks claims against the records of sessions; the order of claims and evidence does not matter.
///
/// # Errors
/// [`Unusable`] for the first claim that is malformed. What a claim says is no reason to fail: it is
/// turned down by itself.
pub fn check(
    claims: &[Claim],
    sessions: &Sessions,
    now: Time,
    policy: &Policy,
) -> Result<Brought, Unusable> {
    for (at, claim) in claims.iter().enumerate() {
        well_formed(claim).map_err(|why| Unusable { at, why })?;
    }
    let gone = withdrawn::all(sessions);
    let mut brought = Brought::default();
    let mut all: Vec<(Key, (Trust, Vec<Evidence>))> = Vec::new();
    for claim in claims {
        match held(claim, sessions, &gone, now, policy) {
            Ok((key, evidence)) => {
                let trust = Trust::of_roots(evidence.iter().map(trust)).unwrap_or(Trust::External);
                all.push((key, (trust, evidence)));
            }
            Err(reason) => brought.rejected.push(check::rejected(reason, &claim.text)),
        }
    }
    for (key, group) in Groups::of(all).iter() {
        // As with proposals of a model: a copy of lower trust takes none away.
        let Some(trust) = group.clone().map(|(trust, _)| *trust).max() else { continue };
        let most = group.filter(|(other, _)| *other == trust);
        let evidence = Set::of(most.flat_map(|(_, evidence)| evidence).cloned());
        let found = candidate(key.clone(), trust, evidence, Finder::Host, sessions, policy);
        brought.candidates.push(found);
    }
    sort::all(&mut brought.candidates);
    sort::all(&mut brought.rejected);
    brought.rejected.dedup();
    Ok(brought)
}

/// Whether a claim has the form that the interface asks for.
fn well_formed(claim: &Claim) -> Result<(), &'static str> {
    if claim.kind == Kind::Index {
        return Err("a line of the index is no statement: the engine writes those");
    }
    if claim.evidence.is_empty() {
        return Err("it cites nothing");
    }
    if claim.evidence.len() > MAX_CITED {
        return Err("it cites more than 256 places");
    }
    claim.evidence.iter().try_for_each(Citation::well_formed)
}

/// The words and the evidence of a claim, or why it is turned down.
fn held(
    claim: &Claim,
    sessions: &Sessions,
    gone: &Set<&SessionId>,
    now: Time,
    policy: &Policy,
) -> Result<(Key, Vec<Evidence>), &'static str> {
    let standing = claim.evidence.iter().filter(|cited| !gone.contains(&cited.session));
    let standing: Vec<&Citation> = sort::set(standing.collect());
    if standing.is_empty() {
        return Err("withdrawn");
    }
    let places: Vec<_> = standing
        .into_iter()
        .map(|cited| cited.place(sessions.get(&cited.session), now, policy))
        .collect::<Result<_, _>>()?;
    let (quotes, evidence): (Vec<_>, Vec<Evidence>) = places.into_iter().unzip();
    let words = Words {
        kind: claim.kind,
        text: &claim.text,
        subject: claim.subject.as_deref(),
        wrong: claim.wrong.as_deref(),
        right: claim.right.as_deref(),
    };
    let (said, supports) = check::proposal(words, &quotes, &[], policy)?;
    let supported = evidence.into_iter().zip(supports).filter(|(_, supports)| *supports);
    let evidence = supported.map(|(piece, _)| piece).collect();
    let principal = check::value(claim.principal.as_deref())?;
    let subject = said.subject.as_deref().and_then(mine::subject);
    let right = said.right.filter(|_| subject.is_some());
    let wrong = said.wrong.unwrap_or_default();
    let replaces = right.map(|right| Replacement { wrong, right, shown: false });
    Ok(((said.kind, said.text, subject, principal, replaces), evidence))
}

/// Words that only the host vouches for are trusted as an agent's are, whoever is said to have typed
/// them.
fn trust(piece: &Evidence) -> Trust {
    let trust = piece.provenance.trust().unwrap_or(Trust::External);
    if piece.claimed { trust.min(Trust::Agent) } else { trust }
}

/// What stands on these places, with what they add up to.
pub(crate) fn candidate(
    (kind, text, subject, principal, replaces): Key,
    trust: Trust,
    evidence: Set<Evidence>,
    finder: Finder,
    sessions: &Sessions,
    policy: &Policy,
) -> Candidate {
    let evidence: Vec<Evidence> = evidence.into_iter().collect();
    let times = || evidence.iter().filter_map(|piece| piece.time);
    Candidate {
        corrects: None,
        kind,
        text,
        subject,
        principal,
        replaces,
        support: roots::shown(&evidence, sessions),
        trust,
        first: times().min(),
        last: times().max(),
        finder,
        calls: None,
        worth: None,
        evidence: evidence::select(evidence, policy.size(&policy::MAX_EVIDENCE)),
    }
}

#[cfg(test)]
mod tests;
