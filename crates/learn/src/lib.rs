//! What sessions teach: transcripts become session records, records become candidates, and what a
//! model proposes is held against the session. It knows no memory store but its ledger of sessions.

pub mod brought;
pub mod check;
pub mod compare;
pub mod distil;
mod extract;
pub mod import;
mod json;
pub mod masks;
pub mod mine;
pub mod numbered;
pub mod outcome;
pub mod propose;
pub mod select;
mod shown;
mod step;
mod words;

pub use words::DIGEST as WORDS;
