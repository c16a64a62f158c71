//! A statement with what judging it takes, so that one that is held against many is read once.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::Statement;
use super::frame::Outline;
use crate::join::hash;
use crate::text::{self, Facts};

/// A statement that is ready to be judged. What only some pairs need is made at its first use.
#[derive(Clone, Debug)]
pub struct Prepared<'a> {
    pub(super) statement: Statement<'a>,
    /// The text in normal form.
    pub(super) normal: Cow<'a, str>,
    /// The content tokens as numbers, sorted, distinct.
    pub(super) tokens: Vec<u32>,
    facts: OnceCell<Facts>,
    outline: OnceCell<Outline<'a>>,
}

impl<'a> Prepared<'a> {
    /// Reads a statement; `room` is overwritten.
    pub fn new(statement: Statement<'a>, room: &mut String) -> Self {
        let normal = match text::is_normal(statement.text) {
            true => Cow::Borrowed(statement.text),
            false => Cow::Owned(text::normal(statement.text)),
        };
        let mut tokens = Vec::new();
        text::each_token(statement.text, room, |token, _| {
            tokens.push(hash::token(token.as_bytes()));
        });
        tokens.sort_unstable();
        tokens.dedup();
        Self { statement, normal, tokens, facts: OnceCell::new(), outline: OnceCell::new() }
    }

    /// What the guards compare.
    pub(super) fn facts(&self) -> &Facts {
        self.facts.get_or_init(|| Facts::of(self.statement.text))
    }

    /// What frames are found by.
    pub(super) fn outline(&self) -> &Outline<'a> {
        self.outline.get_or_init(|| Outline::of(self.statement.text))
    }
}
