//! What a model said of two statements that it compared.

use serde::Serialize;

use crate::canonical::Readable;
use crate::case_words::words;
use crate::ids::{Digest, EntryId};
use crate::memory::MemoryPath;
use crate::time::Time;

/// What a model says of two statements that it compared. It does not say which one is older.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "kebab-case")]
pub enum Comparison {
    /// One statement says everything that the other says.
    Same,
    /// The later one replaces the earlier one.
    Updates,
    /// They cannot both hold.
    Contradicts,
    /// Both may hold.
    Independent,
}

words!(Comparison: Same "same", Updates "updates", Contradicts "contradicts",
    Independent "independent");

/// One of two statements that a model is to compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// The memory that holds it.
    pub path: MemoryPath,
    /// The headings above it, outermost first, as written: a prompt has to cut secrets out of them. Behind
    /// them the line that introduces its list, and the items above it.
    pub headings: Vec<String>,
    /// Its words, without secrets.
    pub text: String,
    /// When its source last said so; `None` = nothing tells.
    pub said: Option<Time>,
}

/// The ledger row of two texts that a model compared, so that they are not asked about again. It
/// has no time: times in the ledger are source times, and the revision that wrote the row has one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PairRecord {
    /// Digest of both texts, independent of their order.
    pub key: Digest,
    /// Digest of each text, sorted: with these the engine finds out whether the store still has the
    /// text.
    pub texts: [Digest; 2],
    /// The model's answer.
    pub said: Comparison,
}

/// Two entries that a measure of the host (embeddings, say) calls alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
pub struct Similarity {
    /// One of them.
    pub a: EntryId,
    /// The other one.
    pub b: EntryId,
    /// How alike, in parts per million.
    pub similarity: u64,
}
