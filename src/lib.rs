//! Dreaming consolidates what AI agents remember. Between sessions it reads a memory store and a batch of
//! transcripts and proposes a better store: the model only proposes, a deterministic core disposes, and
//! every change can be explained, reviewed, replayed and undone.
//!
//! The engine never calls out. [`Dream`] is polled and says what it needs; [`apply`] and its neighbours
//! are pure functions over a [`Snapshot`]. No float, clock, random source, environment, hash order or
//! thread: equal inputs give equal bytes in every host.
//!
//! This crate is the front: the state machine of a dream ([`dream`]), that of a whole run over a store ([`run`]), the functions over stores, and what
//! every edge exports ([`interface`]). What sessions teach is in `dreaming-learn`, figures about them in
//! `dreaming-stats`, what becomes of a store in `dreaming-core`; the two never meet but here, as
//! candidates. The documents that both share are in `dreaming-records`.

pub mod dream;
mod engine;
pub mod interface;
pub mod run;
mod store;

pub use dreaming_core::{apply, gather, judge, pack, precedence, reconcile, render};
pub use dreaming_learn::{brought, import, propose};
pub use dreaming_records::{
    canonical, drift, evidence, ids, kind, ledger, memory, notes, outcome, pair, plan, policy,
    report, revision, score, session, session_record, snapshot, time, trust,
};
pub use dreaming_shield::redact;
pub use dreaming_stats as stats;
pub use dreaming_text as text;
pub use dreaming_text::{join, markdown};

pub use dream::{Dream, Need, Request, plan, rebase};
pub use dreaming_records::memory::{Memory, MemoryPath};
pub use dreaming_records::plan::Plan;
pub use dreaming_records::policy::Policy;
pub use dreaming_records::report::Report;
pub use dreaming_records::revision::{Decision, NewRevision, Selection};
pub use dreaming_records::snapshot::Snapshot;
pub use dreaming_records::time::Time;
pub use engine::fingerprint as current_fingerprint;
pub use run::Run;
pub use store::{apply, catch_up, erase, gather, observe, pack, read, revert, stats};
