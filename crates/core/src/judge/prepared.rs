//! A statement that the judge has read, so that a statement compared with many others is read once.

use std::cell::OnceCell;

use super::Statement;
use dreaming_text::{Claims, Reading};

/// A statement that is ready to be judged. Claims, which only some pairs need, are made at first
/// use.
#[derive(Clone, Debug)]
pub(crate) struct Prepared<'a> {
    pub(super) statement: Statement<'a>,
    pub(super) words: Reading<'a>,
    claims: OnceCell<Claims<'a>>,
}

impl<'a> Prepared<'a> {
    /// A statement and the words of its text.
    pub(crate) fn new(statement: Statement<'a>, words: Reading<'a>) -> Self {
        Self { statement, words, claims: OnceCell::new() }
    }

    /// What the guards compare.
    pub(super) fn claims(&self) -> &Claims<'a> {
        self.claims.get_or_init(|| Claims::of(self.statement.text, self.words))
    }
}
