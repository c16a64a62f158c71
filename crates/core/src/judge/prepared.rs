//! A statement with what judging it takes, so that one that is held against many is read once.

use std::cell::OnceCell;

use super::Statement;
use super::frame::Outline;
use super::value;
use super::words::Words;
use dreaming_text::{Claims, Reading};

/// A statement that is ready to be judged. What only some pairs need is made at its first use.
#[derive(Clone, Debug)]
pub(crate) struct Prepared<'a> {
    pub(super) statement: Statement<'a>,
    words: Reading<'a>,
    claims: OnceCell<Claims<'a>>,
    outline: OnceCell<Outline<'a>>,
    value_of: OnceCell<Option<String>>,
}

impl<'a> Prepared<'a> {
    /// A statement and the words of its text.
    pub(crate) fn new(statement: Statement<'a>, words: Reading<'a>) -> Self {
        Self {
            statement,
            words,
            claims: OnceCell::new(),
            outline: OnceCell::new(),
            value_of: OnceCell::new(),
        }
    }

    /// Its words.
    pub(super) fn words(&self) -> Words<'a> {
        Words::new(self.statement.text, self.words)
    }

    /// What the guards compare.
    pub(super) fn claims(&self) -> &Claims<'a> {
        self.claims.get_or_init(|| Claims::of(self.statement.text, self.words))
    }

    /// What frames are found by.
    pub(super) fn outline(&self) -> &Outline<'a> {
        self.outline.get_or_init(|| Outline::of(self.statement.text))
    }

    /// What it gives a value of, see [`value::subject`].
    pub(super) fn value_of(&self) -> Option<&str> {
        self.value_of.get_or_init(|| value::subject(self.statement.text)).as_deref()
    }
}
