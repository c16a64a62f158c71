//! What sessions teach: transcripts become session records, records become candidates, and
//! proposals of models are checked against the session. Of a store, this crate only reads the
//! ledger's session records.

pub mod check;
pub mod distil;
mod extract;
pub mod host_candidates;
pub mod import;
mod json_value;
pub mod masks;
pub mod mine;
pub mod numbered;
pub mod outcome;
pub mod pair_prompt;
pub mod propose;
pub mod select;
mod shown;
mod step;
/// The tables of the folder `words/`, as the build script packs them.
mod words {
    include!(concat!(env!("OUT_DIR"), "/words.rs"));
}

pub use words::DIGEST as WORDS;
