//! A store with its whole history as a value, read from an export and written as one: the form is `dreaming_export`.
//!
//! Plans, places of sessions, and what an export knows of a machine are no part of it: a server keeps none of them.

mod check;
mod read;
mod write;

pub use check::{Whole, check};
pub use read::read;
pub use write::write;

use crate::db::engine::Revision;

/// A store with its whole history. Lists are in the order in which an export has them.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// What digests of texts are salted with.
    pub salt: String,
    /// The revisions, from number 1.
    pub revisions: Vec<Revision>,
    /// What revisions wrote of memories, by path and number.
    pub memories: Vec<Memory>,
    /// What revisions wrote of the ledger, by key and number.
    pub ledger: Vec<Row>,
    /// What was erased or lost, the oldest first.
    pub notes: Vec<Note>,
}

/// What a revision wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// It has this value from then on.
    Kept(String),
    /// It was taken away.
    Gone,
    /// It had a value that was erased since.
    Erased,
}

/// A memory from a revision on.
#[derive(Clone, Debug)]
pub struct Memory {
    /// Its path, without `/` before it.
    pub path: String,
    /// The number of the revision.
    pub number: i64,
    /// Its text.
    pub text: Value,
    /// When the text was written, as its source says, in milliseconds since 1970.
    pub observed_at: Option<i64>,
}

/// A row of the ledger from a revision on.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its key.
    pub key: String,
    /// The number of the revision.
    pub number: i64,
    /// Its value.
    pub value: Value,
}

/// What was erased or lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The first revision without it.
    pub number: i64,
    /// `session`, `entry`, [`WORDS`] or [`LOST`].
    pub kind: String,
    /// Its id, or the path of the memory.
    pub id: String,
}

/// The kind of a note about a text that is there no more although no erasure of a session or an entry took it: somebody
/// redacted a version, say.
pub const LOST: &str = "lost";

/// The kind of a note about words that a person of the command gave.
pub const WORDS: &str = "words";

/// Begins the keys of rows that hold the digests of memories, before their paths.
pub const OF_MEMORY: &str = "memory/";
