//! What somebody else says of two statements: a measure of a host, or a model that compared them.

use dreaming_records::pair::Comparison;
use dreaming_text::{Guard, LITERAL};

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

/// Whether a guard stands above a model that calls two statements the same: values always do, files and versions
/// in code among them; other names in code and the sense of the words where the two differ in little else. Of other
/// wordings they are the wording, and so is what one plans and the other has done.
pub(super) fn vetoes(guard: &Guard, similarity: u64) -> bool {
    match guard.kind {
        "modality" => false,
        "code" if [&guard.left, &guard.right].iter().all(|side| names_a_place(side)) => true,
        "code" | "negation" | "opposite" | "order" => similarity >= LITERAL,
        _ => true,
    }
}

/// Whether code among these is a path, a file, an address or a version: all of them have a sign that words have not.
fn names_a_place(code: &[String]) -> bool {
    code.iter().any(|code| code.contains(['/', '.']))
}
