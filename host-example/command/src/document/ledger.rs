//! What the ledger holds about an entry.

use serde::Deserialize;

use super::evidence::{Evidence, Support};

/// The ledger row `entry/<id>`.
#[derive(Clone, Debug, Deserialize)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// The memory that holds it, or held it last.
    pub path: String,
    /// Its text.
    pub text: String,
    /// `imported`, `written` or `dream`.
    pub origin: String,
    /// How far it is trusted.
    pub trust: String,
    /// Short, intermediate or long.
    pub tier: String,
    /// Whose preference it is.
    pub principal: Option<String>,
    /// Where its support comes from.
    pub evidence: Vec<Pinned>,
    /// How widely it is supported.
    pub support: Support,
    /// The time of its newest source, in milliseconds since 1970.
    pub last_seen: Option<i64>,
    /// Entries whose place it took.
    pub supersedes: Vec<String>,
    /// Set when it is no longer in the store.
    pub retired: Option<Retired>,
    /// The stores that it came from.
    #[serde(default)]
    pub sources: Vec<EntrySource>,
}

/// A store that said what an entry says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct EntrySource {
    /// Its name.
    pub store: String,
}

/// Why an entry is no longer in the store.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Retired {
    /// The revision that retired it.
    pub revision: u64,
    /// `merge`, `supersede`, `retire`, or `edited` when a person took it out.
    pub by: String,
    /// The entry that took its place.
    pub superseded_by: Option<String>,
}

/// A place in a transcript, with the bytes that were read there.
#[derive(Clone, Debug, Deserialize)]
pub struct Pinned {
    /// The place.
    #[serde(flatten)]
    pub evidence: Evidence,
    /// Length in bytes of the part as it was read.
    pub part_bytes: u64,
    /// Digest of those bytes.
    pub part_digest: String,
}
