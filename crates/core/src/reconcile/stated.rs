//! A statement as it is held against others.

use crate::judge::Statement;
use crate::precedence::Rank;

/// A statement with what says which of two is newer and better founded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stated<'a> {
    /// What the judge sees.
    pub statement: Statement<'a>,
    /// Where it says what it says: who reads it, and the headings above it. Statements of two scopes never say
    /// the same, because a step of one section is none of another, and an agent that reads one file does
    /// not read the other.
    pub scope: &'a str,
    /// When its source last said so, how far it is trusted, and what supports it.
    pub rank: Rank,
}
