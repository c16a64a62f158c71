//! From session records to candidates, without any model.

use std::collections::BTreeMap;

use crate::candidate::Candidate;
use crate::digest::SessionRecord;
use crate::ids::SessionId;
use crate::plan::Rejected;
use crate::policy::Policy;

/// What the miner found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mined {
    /// Candidates, sorted.
    pub candidates: Vec<Candidate>,
    /// Patterns seen in one session only, which wait for another.
    pub waiting: u64,
    /// Sessions that are a second file of another one, by origin; left out of every count.
    pub doubled: u64,
    /// What was turned down: quarantined places among them.
    pub rejected: Vec<Rejected>,
}

/// Mines the records of all sessions that the ledger keeps. A pure function of them, so that
/// splitting a batch over several dreams changes nothing.
pub fn mine(sessions: &BTreeMap<SessionId, SessionRecord>, policy: &Policy) -> Mined {
    let _ = (sessions, policy);
    Mined::default()
}
