//! A statement with what judging it takes, so that one that is held against many is read once.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::Statement;
use super::frame::Outline;
use super::value;
use super::words::Words;
use dreaming_text as text;
use dreaming_text::Claims;

/// A statement that is ready to be judged. What only some pairs need is made at its first use.
#[derive(Clone, Debug)]
pub(crate) struct Prepared<'a> {
    pub(super) statement: Statement<'a>,
    /// The text in normal form.
    pub(super) normal: Cow<'a, str>,
    words: OnceCell<Words>,
    claims: OnceCell<Claims<'a>>,
    outline: OnceCell<Outline<'a>>,
    value_of: OnceCell<Option<String>>,
}

impl<'a> Prepared<'a> {
    /// Reads a statement.
    pub(crate) fn new(statement: Statement<'a>) -> Self {
        let normal = match text::is_normal(statement.text) {
            true => Cow::Borrowed(statement.text),
            false => Cow::Owned(text::normal(statement.text)),
        };
        Self {
            statement,
            normal,
            words: OnceCell::new(),
            claims: OnceCell::new(),
            outline: OnceCell::new(),
            value_of: OnceCell::new(),
        }
    }

    /// Its words. Equal texts are not compared by them.
    pub(super) fn words(&self) -> &Words {
        self.words.get_or_init(|| Words::of(self.statement.text))
    }

    /// What the guards compare.
    pub(super) fn claims(&self) -> &Claims<'a> {
        self.claims.get_or_init(|| Claims::of(self.statement.text))
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
