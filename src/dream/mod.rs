//! A dream as a state machine that asks.

use serde::{Deserialize, Serialize};

use crate::canonical::CanonicalError;
use crate::fingerprint::Fingerprint;
use crate::ids::{CallId, SessionId};
use crate::plan::Plan;
use crate::policy::Policy;
use crate::propose::{Answer, ModelCall};
use crate::report::Report;
use crate::session::SessionDescriptor;
use crate::snapshot::Snapshot;
use crate::time::Time;

/// Longest chunk that [`Dream::feed`] takes, in bytes. From the design: small enough for every
/// host's call limits.
pub const MAX_CHUNK: usize = 1 << 20;
/// Longest instructions, in characters; the limit of the hosted Dreams API.
pub const MAX_INSTRUCTIONS: usize = 4096;

/// What a dream is asked to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Numbers and switches.
    pub policy: Policy,
    /// Free text for the model; may be empty.
    pub instructions: String,
    /// The time of the dream.
    pub now: Time,
    /// The sessions to read.
    pub sessions: Vec<SessionDescriptor>,
}

/// A session that is needed now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionNeed {
    /// The session.
    pub session: SessionId,
    /// Its parts that are not complete yet, by name.
    pub parts: Vec<String>,
}

/// What a dream came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The plan.
    pub plan: Plan,
    /// The report.
    pub report: Report,
}

/// What a dream needs next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// Transcripts, by session.
    Sessions(Vec<SessionNeed>),
    /// Model calls, by session and position.
    Calls(Vec<ModelCall>),
    /// Nothing; it has ended.
    Done(Box<Outcome>),
}

/// Why a dream cannot go on. Nothing was changed; a corrected call may follow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum DreamError {
    /// Two sessions of the request have the same id.
    #[error("session `{0}` occurs twice")]
    DuplicateSession(SessionId),
    /// A session has no parts, or two of one name.
    #[error("session `{0}` needs at least one part, and each name once")]
    Parts(SessionId),
    /// More sessions than the policy allows.
    #[error("{given} sessions, at most {max} in one dream")]
    TooManySessions {
        /// How many there are.
        given: u64,
        /// How many may be.
        max: u64,
    },
    /// The instructions are too long.
    #[error("instructions have {0} characters, at most 4,096")]
    Instructions(u64),
    /// The session or part was not asked for, or has ended.
    #[error("session `{session}`, part `{part}` was not asked for")]
    UnexpectedPart {
        /// The session.
        session: SessionId,
        /// The part; empty for the whole session.
        part: String,
    },
    /// The call was not asked for, or has an answer.
    #[error("call `{0}` was not asked for")]
    UnexpectedAnswer(CallId),
    /// The chunk is over [`MAX_CHUNK`].
    #[error("chunk has {0} bytes, at most 1,048,576")]
    ChunkTooLarge(u64),
    /// The checkpoint belongs to another state of the store.
    #[error("the checkpoint was taken of a dream over another state of the store")]
    StaleCheckpoint,
    /// The checkpoint was taken by another engine.
    #[error("the checkpoint was taken by engine {0}")]
    OtherEngine(String),
    /// The bytes are not a checkpoint of this version.
    #[error("not a checkpoint: {0}")]
    Checkpoint(String),
    /// The dream was canceled.
    #[error("the dream was canceled")]
    Canceled,
    /// A document could not be written.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
}

/// One run over one store revision.
#[derive(Debug)]
pub struct Dream {
    request: Request,
}

impl Dream {
    /// Begins a dream over a copy of `store`.
    ///
    /// # Errors
    /// [`DreamError`] when the request is not usable.
    pub fn start(request: Request, store: &Snapshot) -> Result<Self, DreamError> {
        let _ = store;
        Ok(Self { request })
    }

    /// What is needed next. Changes nothing that a caller could see.
    ///
    /// # Errors
    /// [`DreamError::Canceled`] only.
    pub fn poll(&mut self) -> Result<Need, DreamError> {
        let _ = Fingerprint::current();
        Ok(Need::Sessions(
            self.request
                .sessions
                .iter()
                .map(|s| SessionNeed { session: s.id.clone(), parts: Vec::new() })
                .collect(),
        ))
    }

    /// Brings the next bytes of a part; `last` ends the part.
    ///
    /// # Errors
    /// [`DreamError::UnexpectedPart`], [`DreamError::ChunkTooLarge`], [`DreamError::Canceled`].
    pub fn feed(
        &mut self,
        session: &SessionId,
        part: &str,
        chunk: &[u8],
        last: bool,
    ) -> Result<(), DreamError> {
        let _ = (session, part, chunk, last);
        Ok(())
    }

    /// Says that a session that was asked for cannot be read now. It stays pending.
    ///
    /// # Errors
    /// [`DreamError::UnexpectedPart`], [`DreamError::Canceled`].
    pub fn miss(&mut self, session: &SessionId, reason: &str) -> Result<(), DreamError> {
        let _ = (session, reason);
        Ok(())
    }

    /// Brings what became of a model call.
    ///
    /// # Errors
    /// [`DreamError::UnexpectedAnswer`], [`DreamError::Canceled`].
    pub fn answer(&mut self, call: &CallId, answer: Answer) -> Result<(), DreamError> {
        let _ = (call, answer);
        Ok(())
    }

    /// Ends the dream without a plan.
    pub fn cancel(&mut self) {}

    /// The dream so far, without transcript or store text.
    ///
    /// # Errors
    /// [`DreamError::Canceled`], [`DreamError::Canonical`].
    pub fn checkpoint(&self) -> Result<Vec<u8>, DreamError> {
        Ok(Vec::new())
    }

    /// Goes on from a checkpoint.
    ///
    /// # Errors
    /// [`DreamError::Checkpoint`], [`DreamError::StaleCheckpoint`], [`DreamError::OtherEngine`].
    pub fn restore(checkpoint: &[u8], store: &Snapshot) -> Result<Self, DreamError> {
        let _ = (checkpoint, store);
        Err(DreamError::StaleCheckpoint)
    }
}
