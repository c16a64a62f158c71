//! Dreaming consolidates what AI agents remember. Between sessions it reads a memory store and a
//! batch of transcripts and proposes a better store: the model only proposes, this deterministic
//! core disposes, and every change can be explained, reviewed, replayed and undone.
//!
//! The engine never calls out. [`Dream`] is polled and says what it needs; [`apply`] and its
//! neighbours are pure functions over a [`Snapshot`]. No float, clock, random source,
//! environment, hash order or thread: equal inputs give equal bytes in every host.
//!
//! The stages, each a module: [`import`] → [`read`] → [`mine`] → [`propose`] → [`check`] →
//! [`reconcile`] → [`score`] → [`tier`] → [`prune`] → [`gate`] → [`mod@apply`] → [`render`]. Beside
//! them [`mod@pack`] chooses what an agent loads.

pub mod apply;
mod attack;
pub mod candidate;
pub mod canonical;
pub mod charter;
pub mod check;
pub mod dates;
pub mod digest;
pub mod dream;
pub mod drift;
pub mod evidence;
mod extract;
pub mod fingerprint;
pub mod gate;
pub mod gather;
pub mod ids;
pub mod import;
pub mod interface;
pub mod join;
pub mod judge;
pub mod kind;
pub mod ledger;
pub mod memory;
pub mod mine;
pub mod outcome;
pub mod pack;
pub mod plan;
pub mod policy;
pub mod proposal;
pub mod propose;
pub mod prune;
pub mod read;
pub mod reconcile;
pub mod redact;
pub mod render;
pub mod report;
pub mod retention;
pub mod revision;
pub mod roots;
pub mod score;
pub mod select;
pub mod session;
pub mod snapshot;
pub mod stats;
pub mod steer;
pub mod text;
pub mod tier;
pub mod time;
pub mod trust;
pub mod withdrawn;

pub use apply::{apply, erase, observe, revert};
pub use dream::{Dream, Need, Request, rebase};
pub use fingerprint::Fingerprint;
pub use gather::gather;
pub use memory::{Memory, MemoryPath};
pub use pack::pack;
pub use plan::Plan;
pub use policy::Policy;
pub use report::Report;
pub use revision::{Decision, NewRevision, Selection};
pub use snapshot::Snapshot;
pub use time::Time;
