//! A statement with everything by which it is compared with others.

use crate::judge::Statement;
use crate::precedence::Rank;

/// A statement with its rank, which says which of two is newer and better founded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stated<'a> {
    /// What the judge sees.
    pub statement: Statement<'a>,
    /// Its context: who reads it, and the headings above it. Statements of two scopes never say the
    /// same, because a step in one section is not a step in another, and an agent that reads one
    /// file does not read the other.
    pub scope: &'a str,
    /// When the source last said the statement, how far it is trusted, and how widely it is
    /// supported.
    pub rank: Rank,
}
