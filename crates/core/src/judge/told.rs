//! What somebody else says of two statements: a measure of a host, or a model that compared them.

use dreaming_text::Guard;

/// Similarity, in parts per million of Jaccard, from which two texts differ in little else, so that a
/// negation on one side is the difference and not another wording. As in the guards of `dreaming-text`.
const LITERAL: u64 = 600_000;

/// What a model says of two statements that it compared. Which of them is older is no part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Comparison {
    /// One says all that the other says.
    Same,
    /// The later one replaces the earlier one.
    Updates,
    /// They cannot both hold.
    Contradicts,
    /// Both may hold.
    Independent,
}

/// What is known of a pair beside its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// Somebody calls the two alike, in parts per million: the embeddings of a host, say. They are held against
    /// the guards as if their words had proposed it, and what none of them stops is the same, for the reason
    /// `similar`. No guard is lifted.
    Alike(u64),
    /// A model compared them, with their places and times before it.
    Compared(Comparison),
}

/// Whether a guard stands above a model that calls two statements the same: values always do, the sense of
/// the words where little else differs. One that plans what the other has done may be another wording.
pub(super) fn vetoes(guard: &Guard, similarity: u64) -> bool {
    match guard.kind {
        "modality" => false,
        "negation" | "opposite" | "order" => similarity >= LITERAL,
        _ => true,
    }
}
