//! The functions over stores that hosts call: those of the core, with this engine's fingerprint and
//! its rules for secrets. Secrets are cut out of people's notes here, before the core keeps these.

use dreaming_core::apply as chain;
use dreaming_core::apply::Erasure;
use dreaming_core::gather::Other;
use dreaming_core::home::{self, Damage, Edits, Folder, Form, HomeFile, Refused, Rendering, Room};
use dreaming_core::identity::{Resolution, resolve};
use dreaming_core::pack::{Packed, Packer};
use dreaming_learn::masks;
use dreaming_records::error::EngineError;
use dreaming_records::ids::ChangeId;
use dreaming_records::plan::Plan;
use dreaming_records::policy::Policy;
use dreaming_records::revision::{Decision, NewRevision};
use dreaming_records::snapshot::Snapshot;
use dreaming_records::time::Time;
use dreaming_shield::redact::redact_and_mask;
use dreaming_shield::{Screened, screen};
use dreaming_stats::{self as stats, Stats};

use crate::current_engine::{engine, fingerprint, redact};

/// A revision for what people and agents changed since the head, see
/// [`dreaming_core::apply::observe`].
///
/// # Errors
/// As in the core.
pub fn observe(store: &Snapshot, now: Time) -> Result<Option<NewRevision>, EngineError> {
    chain::observe(&engine(), store, now)
}

/// As [`observe`], and moves the store to the new revision, see
/// [`dreaming_core::apply::catch_up`].
///
/// # Errors
/// As in the core.
pub fn catch_up(store: &mut Snapshot, now: Time) -> Result<Option<NewRevision>, EngineError> {
    chain::catch_up(&engine(), store, now)
}

/// Applies a plan as a decision says, see [`dreaming_core::apply::apply`]. The decision's note is
/// stored without secrets, and without the personal data that the plan's policy masks.
///
/// # Errors
/// As in the core.
pub fn apply(
    store: &Snapshot,
    plan: &Plan,
    decision: &Decision,
) -> Result<NewRevision, EngineError> {
    let note = redact_and_mask(&decision.note, masks::of(&plan.policy));
    chain::apply(&engine(), store, plan, &Decision { note, ..decision.clone() })
}

/// Goes back to `target`, see [`dreaming_core::apply::revert`]. The note is stored without secrets.
///
/// # Errors
/// As in the core.
pub fn revert(
    store: &Snapshot,
    target: &Snapshot,
    reviewer: &str,
    note: &str,
    now: Time,
) -> Result<NewRevision, EngineError> {
    chain::revert(&engine(), store, target, reviewer, &clean(note), now)
}

/// Takes rejections back, see [`dreaming_core::apply::reopen`]. The note is stored without secrets.
///
/// # Errors
/// As in the core.
pub fn reopen(
    store: &Snapshot,
    changes: &[ChangeId],
    reviewer: &str,
    note: &str,
    now: Time,
) -> Result<NewRevision, EngineError> {
    chain::reopen(&engine(), store, changes, reviewer, &clean(note), now)
}

/// Erases a session or an entry, see [`dreaming_core::apply::erase`]. The note is stored without
/// secrets.
///
/// # Errors
/// As in the core.
pub fn erase(
    store: &Snapshot,
    what: &Erasure,
    reviewer: &str,
    note: &str,
    now: Time,
) -> Result<NewRevision, EngineError> {
    chain::erase(&engine(), store, what, reviewer, &clean(note), now)
}

/// Takes in the memories of another store, and cuts out of them what no text from outside may bring
/// into a memory, see [`dreaming_core::gather::gather`].
///
/// # Errors
/// As in the core.
pub fn gather(
    store: &Snapshot,
    other: Other<'_>,
    now: Time,
) -> Result<Option<NewRevision>, EngineError> {
    dreaming_core::gather::gather(&engine(), store, other, screened, now)
}

/// The entries that an agent should load, see [`Packer::pack`].
pub fn pack(store: &Snapshot, query: &str, budget: u32, principal: Option<&str>) -> Vec<Packed> {
    packer(store).pack(query, budget, principal)
}

/// A file with the entries of a store as its block, see [`Packer::render`].
///
/// # Errors
/// As in the core.
pub fn render(
    store: &Snapshot,
    file: &str,
    room: Room,
    principal: Option<&str>,
) -> Result<Rendering, Damage> {
    packer(store).render(file, room, principal)
}

/// What people changed in the block of a file, see [`dreaming_core::home::read_back`].
///
/// # Errors
/// As in the core.
pub fn read_back(store: &Snapshot, file: &str) -> Result<Edits, Damage> {
    home::read_back(store, file, redact)
}

/// A store as a folder of small files, see [`dreaming_core::home::render_files`].
///
/// # Errors
/// As in the core.
pub fn render_files(
    store: &Snapshot,
    form: &Form,
    there: &[HomeFile],
    principal: Option<&str>,
) -> Result<Folder, Refused> {
    home::render_files(store, form, there, principal, redact)
}

/// What people changed in such files, see [`dreaming_core::home::read_files`].
///
/// # Errors
/// As in the core.
pub fn read_files(store: &Snapshot, form: &Form, there: &[HomeFile]) -> Result<Edits, Refused> {
    home::read_files(store, form, there, redact)
}

/// Reads the store once, to choose from it several times what an agent should load.
pub(crate) fn packer(store: &Snapshot) -> Packer {
    Packer::new(store, redact)
}

/// Figures about the sessions of a store, see [`dreaming_stats::stats`].
pub fn stats(store: &Snapshot, policy: &Policy, now: Time) -> Stats {
    stats::stats(fingerprint(), store, policy, now)
}

/// The entries of a store, each with its ledger record; and the ledger as [`observe`] would write
/// it at `now`.
pub fn read(store: &Snapshot, now: Time) -> Resolution {
    resolve(store, now, redact)
}

/// A text from elsewhere as it may stand in a memory; `None` if it orders agents about.
fn screened(text: &str) -> Option<String> {
    let Screened { text, instructs, .. } = screen(text);
    (!instructs).then_some(text)
}

/// A note without secrets and without the personal data that the default policy masks.
fn clean(note: &str) -> String {
    redact_and_mask(note, masks::of(&Policy::default()))
}
