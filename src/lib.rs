//! Dreaming consolidates what AI agents remember. Between sessions it reads a memory store and a
//! batch of transcripts and proposes a better store: the model only proposes, a deterministic core
//! disposes, and every change can be explained, reviewed, replayed and undone.
//!
//! The engine makes no calls to the outside. [`Dream::poll`] says what a dream needs, and the host
//! brings it; [`apply`] and the other functions here are pure functions over a [`Snapshot`]. No
//! float, clock, random source, environment, hash order or thread plays a part: equal inputs give
//! equal bytes in every host.
//!
//! This crate is the front: the state machine of a dream ([`dream`]), that of a whole run over a
//! store ([`run`]), the functions over stores, and what every edge exports ([`interface`]).
//! `dreaming-learn` reads what sessions teach, `dreaming-stats` makes figures about sessions, and
//! `dreaming-core` decides what becomes of a store. `dreaming-learn` and `dreaming-core` meet only
//! here; candidates pass from the first to the second. The documents that all crates share are in
//! `dreaming-records`. Items of these crates that hosts need are exported here one by one; the
//! crates themselves are no public interface.

mod current_engine;
pub mod dream;
mod exports;
pub mod interface;
pub mod run;
mod store;

pub use exports::{
    apply, canonical, evidence, figures, gather, home, host_candidates, ids, import, join, kind,
    ledger, markdown, memory, notes, outcome, pack, pair, plan, policy, propose, redact, render,
    report, revision, score, session, session_record, snapshot, statements, stats, text, time,
    trust,
};

pub use current_engine::fingerprint as current_fingerprint;
pub use dream::{Dream, Need, Request, plan, rebase};
pub use dreaming_records::memory::{Memory, MemoryPath};
pub use dreaming_records::plan::Plan;
pub use dreaming_records::policy::Policy;
pub use dreaming_records::report::Report;
pub use dreaming_records::revision::{Decision, NewRevision, Selection};
pub use dreaming_records::snapshot::Snapshot;
pub use dreaming_records::time::Time;
pub use run::Run;
pub use store::{apply, catch_up, erase, gather, observe, pack, read, reopen, revert, stats};
