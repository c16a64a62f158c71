//! One need of a dream (parts of sessions, or model calls) until the host has met all of it.

use dreaming_learn::propose::{Answer, ModelCall};
use dreaming_records::error::{EngineError, Invalid};
use dreaming_records::ids::{CallId, SessionId};

use super::{Need, Piece};
use crate::dream::{Dream, MAX_CHUNK, SessionNeed};

/// The parts or calls that the dream needs, each with its state. Empty before the dream says what
/// it needs.
#[derive(Debug, Default)]
pub(super) struct Round {
    parts: Vec<Part>,
    calls: Vec<Call>,
    /// Whether a session was read or a call answered since progress was last kept.
    has_news: bool,
}

#[derive(Debug)]
struct Part {
    piece: Piece,
    state: State,
}

#[derive(Debug, PartialEq)]
enum State {
    Open,
    Complete,
    /// The part cannot be read, for this reason. An earlier part of the session may still fail too;
    /// its reason then counts instead.
    Failed(String),
    /// The session of the part was missed.
    Missed,
}

#[derive(Debug)]
struct Call {
    call: ModelCall,
    answer: Option<Answer>,
    is_kept: bool,
}

impl Round {
    /// The need for the parts of these sessions.
    pub(super) fn of_sessions(needs: Vec<SessionNeed>) -> Self {
        let of = |SessionNeed { session, parts }: SessionNeed| {
            let piece = move |part| Piece { session: session.clone(), part, offset: 0 };
            parts.into_iter().map(piece).map(|piece| Part { piece, state: State::Open })
        };
        Self { parts: needs.into_iter().flat_map(of).collect(), ..Self::default() }
    }

    /// The need for answers to these calls.
    pub(super) fn of_calls(calls: Vec<ModelCall>) -> Self {
        let open = |call| Call { call, answer: None, is_kept: false };
        Self { calls: calls.into_iter().map(open).collect(), ..Self::default() }
    }

    /// What of the need is not met yet, as the run asks the host for it.
    pub(super) fn need(&self) -> Option<Need> {
        let calls = self.calls.iter().filter(|call| call.answer.is_none());
        let calls: Vec<_> = calls.map(|call| call.call.clone()).collect();
        if !calls.is_empty() {
            return Some(Need::Calls(calls));
        }
        let mut failed = None;
        let mut pieces = Vec::new();
        for Part { piece, state } in &self.parts {
            match state {
                // When a part of a session has failed, the parts after it need not be read any
                // more.
                State::Open if failed != Some(&piece.session) => pieces.push(piece.clone()),
                State::Failed(_) => failed = Some(&piece.session),
                _ => {}
            }
        }
        (!pieces.is_empty()).then_some(Need::Read(pieces))
    }

    /// Whether there was a need and the host has met all of it, so that progress should be kept.
    pub(super) fn is_met(&self) -> bool {
        let was_asked = !self.parts.is_empty() || !self.calls.is_empty();
        was_asked && !self.is_open()
    }

    fn is_open(&self) -> bool {
        self.calls.iter().any(|call| call.answer.is_none())
            || self.parts.iter().any(|part| part.state == State::Open)
    }

    pub(super) fn has_news(&self) -> bool {
        self.has_news
    }

    /// The answers since progress was last kept, in the order of the calls.
    pub(super) fn answers(&self) -> Vec<(CallId, Answer)> {
        let new = self.calls.iter().filter(|call| !call.is_kept);
        new.filter_map(|call| Some((call.call.id.clone(), call.answer.clone()?))).collect()
    }

    /// Takes note that the host kept the progress.
    pub(super) fn keep(&mut self) {
        if !self.is_open() {
            *self = Self::default();
        }
        self.has_news = false;
        for call in &mut self.calls {
            call.is_kept |= call.answer.is_some();
        }
    }

    /// See [`super::Run::feed`].
    pub(super) fn feed(
        &mut self,
        dream: &mut Dream,
        session: &SessionId,
        part: &str,
        bytes: &[u8],
        last: bool,
    ) -> Result<(), EngineError> {
        let Part { piece, state } = self.part(session, part)?;
        if *state != State::Open {
            return Ok(());
        }
        for chunk in bytes.chunks(MAX_CHUNK) {
            dream.feed(session, part, chunk, false)?;
        }
        piece.offset += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if last {
            dream.feed(session, part, &[], true)?;
            *state = State::Complete;
        }
        self.conclude(dream, session)
    }

    /// See [`super::Run::miss`].
    pub(super) fn miss(
        &mut self,
        dream: &mut Dream,
        session: &SessionId,
        part: &str,
        reason: &str,
    ) -> Result<(), EngineError> {
        let state = &mut self.part(session, part)?.state;
        if *state == State::Open {
            *state = State::Failed(format!("part `{part}`: {reason}"));
        }
        self.conclude(dream, session)
    }

    /// See [`super::Run::answer`].
    pub(super) fn answer(
        &mut self,
        dream: &mut Dream,
        id: &CallId,
        answer: Answer,
    ) -> Result<(), EngineError> {
        dream.answer(id, answer.clone())?;
        if let Some(call) = self.calls.iter_mut().find(|call| call.call.id == *id) {
            call.answer = Some(answer);
        }
        self.has_news = true;
        Ok(())
    }

    /// The part with this name, if it was asked for and has not ended.
    fn part(&mut self, session: &SessionId, part: &str) -> Result<&mut Part, EngineError> {
        let is_it = |known: &&mut Part| {
            known.piece.session == *session
                && known.piece.part == part
                && known.state != State::Complete
        };
        self.parts.iter_mut().find(is_it).ok_or_else(|| {
            EngineError::Unexpected(Invalid::new(
                session,
                format!("part `{part}` was not asked for"),
            ))
        })
    }

    /// Checks whether a session is read or missed by now. The first of its parts that is not
    /// complete decides, so that parts may be read in any order.
    fn conclude(&mut self, dream: &mut Dream, session: &SessionId) -> Result<(), EngineError> {
        let mut parts = self.parts.iter_mut().filter(|part| part.piece.session == *session);
        match parts.find(|part| part.state != State::Complete) {
            None => self.has_news = true,
            Some(Part { state: State::Failed(reason), .. }) => {
                dream.miss(session, reason)?;
                for part in self.parts.iter_mut().filter(|part| part.piece.session == *session) {
                    part.state = State::Missed;
                }
            }
            Some(_) => {}
        }
        Ok(())
    }
}
