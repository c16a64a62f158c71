//! The one judge of sameness.

use crate::text::{self, Guard};

/// Similarity from which two statements may be the same, in parts per million of Jaccard over
/// content tokens. Chosen by us on published pairs: below it, most pairs only share a topic.
pub const NEAR: u64 = 800_000;

/// A statement, prepared for comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// The raw statement; guards compare it.
    pub text: String,
    /// Its normal form.
    pub normal: String,
    /// Its content tokens, sorted.
    pub tokens: Vec<String>,
}

impl Prepared {
    /// Prepares a statement.
    pub fn new(text: &str) -> Self {
        Self { text: text.into(), normal: text::normal(text), tokens: text::tokens(text) }
    }
}

/// How two statements relate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sameness {
    /// Equal after normalisation.
    Exact,
    /// Near, and no guard fires; with the similarity in parts per million.
    Near(u64),
    /// Near, but a guard says that they speak of different values.
    Guarded(Guard),
    /// Neither.
    Different,
}

/// Decides whether two statements say the same. Guards fire on any pair that is not equal byte by
/// byte after normalisation, whatever the similarity.
pub fn same(a: &Prepared, b: &Prepared) -> Sameness {
    if a.normal == b.normal {
        return Sameness::Exact;
    }
    let similarity = text::similarity(&a.tokens, &b.tokens);
    if similarity < NEAR {
        return Sameness::Different;
    }
    match text::guard(&a.text, &b.text) {
        Some(guard) => Sameness::Guarded(guard),
        None => Sameness::Near(similarity),
    }
}
