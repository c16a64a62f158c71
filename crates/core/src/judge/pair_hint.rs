//! What is known of a pair of statements besides their words: a similarity measured by the host, or
//! the answer of a model that compared them.

use dreaming_records::pair::Comparison;
use dreaming_text::{Guard, LITERAL};

/// What is known of a pair besides its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PairHint {
    /// The host's own measure, embeddings for example, calls the two alike; the number is their
    /// similarity in parts per million. Guards are still checked; when none stops the pair, the two
    /// count as the same, with the reason `similar`.
    Alike(u64),
    /// A model compared the two, having seen their places and times.
    Compared(Comparison),
}

/// Whether a guard overrules a model that calls two statements the same.
///
/// A guard about values, files, addresses or versions in code always does. A guard about other
/// names in code, or about negation, opposites or order, does so only where the two texts are
/// nearly alike: a longer rewording may use different names. A guard about planned and done never
/// overrules the model.
pub(super) fn vetoes(guard: &Guard, similarity: u64) -> bool {
    match guard.kind {
        "modality" => false,
        "code" if [&guard.left, &guard.right].iter().all(|side| names_a_place(side)) => true,
        "code" | "negation" | "opposite" | "order" => similarity >= LITERAL,
        _ => true,
    }
}

/// Whether one of these code pieces is a path, a file, an address or a version: each of those
/// contains a `/` or a `.`.
fn names_a_place(code: &[String]) -> bool {
    code.iter().any(|code| code.contains(['/', '.']))
}
