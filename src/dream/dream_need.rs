//! The types of what a dream asks its host for.

use dreaming_learn::propose::ModelCall;
use dreaming_records::ids::SessionId;

use super::Outcome;

/// What a dream needs next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// The transcripts of these sessions, ordered by session.
    Sessions(Vec<SessionNeed>),
    /// Answers to these model calls, ordered by session and position.
    Calls(Vec<ModelCall>),
    /// Nothing; it has ended.
    Done(Box<Outcome>),
}

/// A session that is needed now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionNeed {
    /// The session.
    pub session: SessionId,
    /// Its parts that are not complete yet, by name.
    pub parts: Vec<String>,
}
