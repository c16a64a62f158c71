//! The functions over stores, as hosts call them: those of the core, with this engine's fingerprint and
//! its rules for secrets. What a person says (notes, instructions) is cleaned here, before the core
//! keeps it.

use dreaming_core::apply as chain;
use dreaming_core::apply::Erasure;
use dreaming_core::gather::Other;
use dreaming_core::identity::{Resolution, resolve};
use dreaming_core::pack::{Packed, Packer};
use dreaming_learn::masks;
use dreaming_records::error::EngineError;
use dreaming_records::plan::Plan;
use dreaming_records::policy::Policy;
use dreaming_records::revision::{Decision, NewRevision};
use dreaming_records::snapshot::Snapshot;
use dreaming_records::time::Time;
use dreaming_shield::redact::told_by_person;
use dreaming_shield::{Screened, screen};
use dreaming_stats::{self as stats, Stats};

use crate::engine::{engine, fingerprint, redact};

/// A revision for what people and agents changed since the head, see [`dreaming_core::apply::observe`].
///
/// # Errors
/// As there.
pub fn observe(store: &Snapshot, now: Time) -> Result<Option<NewRevision>, EngineError> {
    chain::observe(&engine(), store, now)
}

/// [`observe`], and takes the store on to that revision, see [`dreaming_core::apply::catch_up`].
///
/// # Errors
/// As there.
pub fn catch_up(store: &mut Snapshot, now: Time) -> Result<Option<NewRevision>, EngineError> {
    chain::catch_up(&engine(), store, now)
}

/// Applies a plan as a decision says, see [`dreaming_core::apply::apply`]. Its note is kept without
/// secrets, and without the personal data that the plan's policy wants masked.
///
/// # Errors
/// As there.
pub fn apply(
    store: &Snapshot,
    plan: &Plan,
    decision: &Decision,
) -> Result<NewRevision, EngineError> {
    let note = told_by_person(&decision.note, masks::of(&plan.policy));
    chain::apply(&engine(), store, plan, &Decision { note, ..decision.clone() })
}

/// Goes back to `target`, see [`dreaming_core::apply::revert`]. The note is kept without secrets.
///
/// # Errors
/// As there.
pub fn revert(
    store: &Snapshot,
    target: &Snapshot,
    reviewer: &str,
    note: &str,
    now: Time,
) -> Result<NewRevision, EngineError> {
    chain::revert(&engine(), store, target, reviewer, &clean(note), now)
}

/// Erases a session or an entry, see [`dreaming_core::apply::erase`]. The note is kept without secrets.
///
/// # Errors
/// As there.
pub fn erase(
    store: &Snapshot,
    what: &Erasure,
    reviewer: &str,
    note: &str,
    now: Time,
) -> Result<NewRevision, EngineError> {
    chain::erase(&engine(), store, what, reviewer, &clean(note), now)
}

/// Takes in what another store says, screened as everything from outside, see [`dreaming_core::gather::gather`].
///
/// # Errors
/// As there.
pub fn gather(
    store: &Snapshot,
    other: Other<'_>,
    now: Time,
) -> Result<Option<NewRevision>, EngineError> {
    dreaming_core::gather::gather(&engine(), store, other, screened, now)
}

/// What of a store an agent should load, see [`Packer::pack`].
pub fn pack(store: &Snapshot, query: &str, budget: u32, principal: Option<&str>) -> Vec<Packed> {
    packer(store).pack(query, budget, principal)
}

/// The same store for several packs.
pub(crate) fn packer(store: &Snapshot) -> Packer {
    Packer::new(store, redact)
}

/// What the sessions of a store say, see [`dreaming_stats::stats`].
pub fn stats(store: &Snapshot, policy: &Policy, now: Time) -> Stats {
    stats::stats(fingerprint(), store, policy, now)
}

/// The entries of a store, each with its ledger record, and the ledger as [`observe`] would have it at
/// `now`.
pub fn read(store: &Snapshot, now: Time) -> Resolution {
    resolve(store, now, redact)
}

/// What of a text from elsewhere may stand in a memory.
fn screened(text: &str) -> Option<String> {
    let Screened { text, instructs, .. } = screen(text);
    (!instructs).then_some(text)
}

/// A note under the default policy.
fn clean(note: &str) -> String {
    told_by_person(note, masks::of(&Policy::default()))
}
