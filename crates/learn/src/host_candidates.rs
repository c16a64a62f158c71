//! Checks what a host's own extractor found against the session records. The bounds, redaction and
//! shield are those for a model's proposals.
//!
//! The transcripts are not at hand. A quote that the session record holds at its place is evidence
//! like any other; all other evidence is marked as claimed.

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

/// Most places that a candidate may cite. Chosen by us: an entry keeps eight, but support is
/// counted over all of them.
const MAX_CITED: usize = 256;

/// Longest id of a session or event, or name of a part, in bytes. Chosen by us: the same as the
/// limit for the path of a memory.
const MAX_NAME: usize = 1024;

/// Longest quote in bytes. Chosen by us: as long as the longest statement that a reviewer may
/// write. Evidence keeps the first [`evidence::MAX_QUOTE`] bytes.
const MAX_QUOTED: usize = 2000;

/// A statement that a host's extractor found, as the host brings it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostCandidate {
    /// What sort of statement it is; anything but a line of the index.
    pub kind: Kind,
    /// The statement.
    pub text: String,
    /// What the statement gives a value to, if only one value can hold: `staging url`.
    pub subject: Option<String>,
    /// Whose preference it is; `None` = everybody's.
    pub principal: Option<String>,
    /// The value that no longer holds.
    pub wrong: Option<String>,
    /// The value that holds. When there is a subject, it replaces other values of that subject.
    pub right: Option<String>,
    /// Where it comes from, in any order; never empty.
    pub evidence: Vec<Citation>,
}

/// Why the list of candidates is refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("candidate {at}: {why}")]
pub struct Unusable {
    /// The position of the candidate, counted from 0.
    pub at: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

/// The result of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckedCandidates {
    /// The candidates that passed, sorted, none twice.
    pub candidates: Vec<Candidate>,
    /// What was turned down, with the reason, sorted.
    pub rejected: Vec<Rejected>,
}

/// Two candidates with equal keys are one.
pub(crate) type Key = (Kind, String, Option<String>, Option<String>, Option<Replacement>);

/// Checks candidates against the records of sessions; the order of candidates and evidence does not
/// matter.
///
/// # Errors
/// [`Unusable`] for the first malformed candidate. A well-formed candidate with bad content is
/// turned down by itself.
pub fn check(
    candidates: &[HostCandidate],
    sessions: &Sessions,
    now: Time,
    policy: &Policy,
) -> Result<CheckedCandidates, Unusable> {
    for (at, candidate) in candidates.iter().enumerate() {
        well_formed(candidate).map_err(|why| Unusable { at, why })?;
    }
    let gone = withdrawn::all(sessions);
    let mut checked = CheckedCandidates::default();
    let mut all: Vec<(Key, (Trust, Vec<Evidence>))> = Vec::new();
    for candidate in candidates {
        match held(candidate, sessions, &gone, now, policy) {
            Ok(found) => all.push(found),
            Err(reason) => checked.rejected.push(check::rejected(reason, &candidate.text)),
        }
    }
    for (key, group) in Groups::of(all).iter() {
        // Equal candidates get the highest trust among them and only the evidence with that trust:
        // a less trusted copy lowers nothing. Proposals of models follow the same rule.
        let Some(trust) = group.clone().map(|(trust, _)| *trust).max() else { continue };
        let most = group.filter(|(other, _)| *other == trust);
        let evidence = Set::of(most.flat_map(|(_, evidence)| evidence).cloned());
        let found = candidate(key.clone(), trust, evidence, Finder::Host, sessions, policy);
        checked.candidates.push(found);
    }
    sort::all(&mut checked.candidates);
    sort::all(&mut checked.rejected);
    checked.rejected.dedup();
    Ok(checked)
}

/// Whether a candidate has the form that the interface asks for.
fn well_formed(candidate: &HostCandidate) -> Result<(), &'static str> {
    if candidate.kind == Kind::Index {
        return Err("a line of the index is no statement: the engine writes those");
    }
    if candidate.evidence.is_empty() {
        return Err("it cites nothing");
    }
    if candidate.evidence.len() > MAX_CITED {
        return Err("it cites more than 256 places");
    }
    candidate.evidence.iter().try_for_each(Citation::well_formed)
}

/// The words of a candidate, how far it is trusted, and its evidence; `Err` is the reason why it is
/// turned down.
fn held(
    candidate: &HostCandidate,
    sessions: &Sessions,
    gone: &Set<&SessionId>,
    now: Time,
    policy: &Policy,
) -> Result<(Key, (Trust, Vec<Evidence>)), &'static str> {
    let standing = candidate.evidence.iter().filter(|cited| !gone.contains(&cited.session));
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
        kind: candidate.kind,
        text: &candidate.text,
        subject: candidate.subject.as_deref(),
        wrong: candidate.wrong.as_deref(),
        right: candidate.right.as_deref(),
    };
    let (said, supports) = check::proposal(words, &quotes, &[], None, policy)?;
    let supported = evidence.into_iter().zip(supports).filter(|(_, supports)| *supports);
    let evidence: Vec<Evidence> = supported.map(|(piece, _)| piece).collect();
    // The check may have lowered the trust, since a person only pasted the words.
    let trust = Trust::of_roots(evidence.iter().map(trust)).unwrap_or(Trust::External);
    let trust = trust.min(said.trust);
    let principal = check::value(candidate.principal.as_deref())?;
    let subject = said.subject.as_deref().and_then(mine::subject);
    let right = said.right.filter(|_| subject.is_some());
    let wrong = said.wrong.unwrap_or_default();
    let replaces = right.map(|right| Replacement { wrong, right, shown: false });
    Ok(((said.kind, said.text, subject, principal, replaces), (trust, evidence)))
}

/// The trust of a place. Words that only the host vouches for are trusted at most as an agent's,
/// whoever is said to have typed them.
fn trust(piece: &Evidence) -> Trust {
    let trust = piece.provenance.trust().unwrap_or(Trust::External);
    if piece.claimed { trust.min(Trust::Agent) } else { trust }
}

/// A candidate from its evidence, with the support counted over it.
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
