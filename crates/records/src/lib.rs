//! The documents of the engine and the values in them: ids, times, entries, session records, plans,
//! revisions, the policy table, and their one byte form. Nothing here decides.

#![warn(unreachable_pub)]

// What is derived names this crate as others do.
extern crate self as dreaming_records;

pub mod candidate;
pub mod canonical;
pub mod copies;
pub mod distilled;
pub mod drift;
pub mod engine;
pub mod error;
pub mod evidence;
pub mod fingerprint;
pub mod ids;
pub mod json;
pub mod key;
pub mod kind;
pub mod ledger;
pub mod look;
pub mod memory;
pub mod notes;
pub mod number;
pub mod outcome;
pub mod pair;
pub mod plan;
pub mod policy;
pub mod proposal;
pub mod report;
pub mod revision;
pub mod roots;
pub mod rows;
#[cfg(feature = "schema")]
pub mod schema;
pub mod score;
pub mod session;
pub mod session_record;
pub mod snapshot;
pub mod time;
pub mod trust;
pub mod withdrawn;
mod words;
