//! What sessions teach: transcripts become session records, records become candidates, and what a
//! model proposes is held against the session. It knows no memory store but its ledger of sessions.

pub mod brought;
pub mod check;
pub mod compare;
pub mod extract;
pub mod import;
pub mod insight;
mod json;
pub mod masks;
pub mod mine;
pub mod numbered;
pub mod outcome;
pub mod propose;
pub mod second_look;
pub mod select;
mod shown;
mod step;
mod words;

pub use words::DIGEST as WORDS;
