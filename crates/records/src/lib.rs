//! The documents of the engine and the values in them: ids, times, entries, session records, plans,
//! revisions, the policy table, and their only byte form. No decisions are made here.

#![warn(unreachable_pub)]

// Derived code names this crate as other crates do.
extern crate self as dreaming_records;

pub mod candidate;
pub mod canonical;
mod case_words;
pub mod copies;
pub mod distilled;
pub mod engine;
pub mod error;
pub mod evidence;
pub mod figures;
pub mod finding_result;
pub mod fingerprint;
pub mod ids;
pub mod json;
pub mod key;
pub mod kind;
pub mod ledger;
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
pub mod statement_of;
pub mod time;
pub mod trust;
pub mod withdrawn;
