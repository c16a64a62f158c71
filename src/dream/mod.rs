//! A dream as a state machine that asks: [`Dream::poll`] says what is needed, the host brings it.

mod ask;
mod brought;
mod checkpoint;
mod distil;
mod finish;
mod pairs;
mod rebase;
mod report;
mod request;
mod rounds;
mod said;
mod unusable;
mod work;

use std::collections::BTreeMap;

use serde::Serialize;

use dreaming_core::pack::Packer;
use dreaming_learn::propose::{Answer, ModelCall};
use dreaming_records::error::{EngineError, Invalid};
use dreaming_records::ids::{CallId, Digest, SessionId};
use dreaming_records::plan::Plan;
use dreaming_records::report::Report;
use dreaming_records::session::{NotUnderstood, SessionDescriptor};
use dreaming_records::snapshot::Snapshot;
use dreaming_text::Set;

use self::ask::{Answers, Questions};
use self::finish::Found;
use self::request::checked;
use self::work::{Place, Read, Work};

pub use self::brought::{MAX_CANDIDATES, plan};
pub use self::rebase::rebase;
pub use self::request::{MAX_INSTRUCTIONS, MAX_SIMILARITIES, Request};

/// Longest chunk that [`Dream::feed`] takes, in bytes. From the design: small enough for every
/// host's call limits.
pub const MAX_CHUNK: usize = 1 << 20;
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

/// One run over one store revision.
///
/// It works when something is brought: the call that brings the last of what was asked for takes as long as the plan,
/// or the next question, does.
///
/// Sessions are taken in rounds of `round.sessions` in the order of their ids, so that no order in
/// which a host brings things can change what is read together.
#[derive(Debug)]
pub struct Dream {
    request: Request,
    store: Snapshot,
    /// The sessions that have to be read, in rounds; the last one is the current one.
    rounds: Vec<Vec<SessionId>>,
    /// Sessions of the current round that are not done, by id.
    current: Vec<Work>,
    /// What became of the sessions that are done.
    done: BTreeMap<SessionId, Finished>,
    /// Calls that were handed out before a restore: their answers may come before their sessions
    /// are read again.
    handed_out: Set<CallId>,
    /// Answers that have come for calls of the current round.
    answers: Answers,
    /// What the memory says already, for the prompts; only when a model is to be told of it.
    known: Option<Packer>,
    /// What a model is asked when no round is left; `None` before.
    questions: Option<Questions>,
    /// What is known when no round is left, as long as something is asked about it.
    found: Option<Box<Found>>,
    /// What it came to, or why it cannot come to anything.
    outcome: Option<Result<Box<Outcome>, EngineError>>,
    canceled: bool,
    /// The root of the ledger of `store`: it is read from all rows, so it is asked once.
    ledger: Digest,
    /// The sessions of the current round in the order in which calls are budgeted, and the calls of those of
    /// the rounds before it.
    round: Vec<SessionId>,
    spent: u64,
}

/// A session that needs nothing more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
enum Finished {
    /// The cursor says that it was read before.
    Unchanged,
    /// It could not be read, or not understood.
    Missed {
        /// Why.
        reason: String,
        /// How little of it was understood, when that is why.
        #[serde(skip_serializing_if = "Option::is_none")]
        not_understood: Option<NotUnderstood>,
    },
    /// It was read.
    Read(Box<Read>),
}

impl Dream {
    /// Begins a dream over a copy of `store`.
    ///
    /// # Errors
    /// [`EngineError::InvalidRequest`], [`EngineError::InvalidSnapshot`] when the ledger is not that of the head.
    pub fn start(request: Request, store: &Snapshot) -> Result<Self, EngineError> {
        let mut dream = Self::new(request, store)?;
        for session in &dream.request.sessions {
            if dream.needs_nothing(session) {
                dream.done.insert(session.id.clone(), Finished::Unchanged);
            }
        }
        dream.plan_rounds();
        dream.advance();
        Ok(dream)
    }

    /// A dream of which nothing is done.
    fn new(request: Request, store: &Snapshot) -> Result<Self, EngineError> {
        let request = checked(request)?;
        let ledger = store.ledger_of_head()?;
        Ok(Self {
            request,
            store: store.clone(),
            rounds: Vec::new(),
            current: Vec::new(),
            done: BTreeMap::new(),
            handed_out: Set::default(),
            answers: BTreeMap::new(),
            known: None,
            questions: None,
            found: None,
            outcome: None,
            canceled: false,
            ledger,
            round: Vec::new(),
            spent: 0,
        })
    }

    /// What the dream was asked to do, sessions and parts sorted.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// What is needed next. Asking again gives the same answer until something is brought.
    ///
    /// # Errors
    /// [`EngineError::Canceled`].
    pub fn poll(&mut self) -> Result<Need, EngineError> {
        self.check_running()?;
        // Calls first: a session that waits for answers keeps its text, and ends with them.
        let calls: Vec<ModelCall> = self.unanswered().into_iter().cloned().collect();
        if !calls.is_empty() {
            return Ok(Need::Calls(calls));
        }
        if let Some(outcome) = &self.outcome {
            return Ok(Need::Done(outcome.clone()?));
        }
        let needs = self
            .current
            .iter()
            .map(|work| SessionNeed { session: work.id().clone(), parts: work.missing_parts() })
            .filter(|need| !need.parts.is_empty());
        Ok(Need::Sessions(needs.collect()))
    }

    /// Brings the next bytes of a part, at most [`MAX_CHUNK`]; `last` ends the part. Chunks of one
    /// part come in order; parts and sessions may be interleaved.
    ///
    /// # Errors
    /// [`EngineError::Unexpected`], [`EngineError::TooLarge`], [`EngineError::Canceled`].
    pub fn feed(
        &mut self,
        session: &SessionId,
        part: &str,
        chunk: &[u8],
        last: bool,
    ) -> Result<(), EngineError> {
        self.check_running()?;
        if chunk.len() > MAX_CHUNK {
            let why = format!("chunk has {} bytes, at most 1,048,576", chunk.len());
            return Err(EngineError::TooLarge(Invalid::new("chunk", why)));
        }
        let mut works = self.current.iter_mut();
        let work = works.find(|work| work.id() == session);
        if !work.is_some_and(|work| work.feed(part, chunk, last)) {
            return Err(unexpected(session, part));
        }
        self.advance();
        Ok(())
    }

    /// Says that a session that was asked for cannot be read now. It stays pending, and nothing is
    /// concluded from its absence.
    ///
    /// # Errors
    /// [`EngineError::Unexpected`], [`EngineError::Canceled`].
    pub fn miss(&mut self, session: &SessionId, reason: &str) -> Result<(), EngineError> {
        self.check_running()?;
        let asked = |work: &Work| work.id() == session && !work.missing_parts().is_empty();
        let Some(at) = self.current.iter().position(asked) else {
            return Err(unexpected(session, ""));
        };
        self.current.remove(at);
        let missed = Finished::Missed { reason: reason.into(), not_understood: None };
        self.done.insert(session.clone(), missed);
        self.advance();
        Ok(())
    }

    /// Brings what became of a model call, in any order.
    ///
    /// # Errors
    /// [`EngineError::Unexpected`], [`EngineError::Canceled`].
    pub fn answer(&mut self, call: &CallId, answer: Answer) -> Result<(), EngineError> {
        self.check_running()?;
        // Also when its session is not read again yet.
        let asked = self.handed_out.contains(call) || self.calls().iter().any(|c| c.id == *call);
        if !asked || self.answers.contains_key(call) {
            let why = format!("call `{call}` was not asked for");
            return Err(EngineError::Unexpected(Invalid::new(call, why)));
        }
        self.answers.insert(call.clone(), answer.into());
        self.advance();
        Ok(())
    }

    /// Ends the dream without a plan.
    pub fn cancel(&mut self) {
        self.canceled = true;
    }

    /// Whether the cursor knows a session, and no call for it lacks an answer that this dream would ask for.
    fn needs_nothing(&self, session: &SessionDescriptor) -> bool {
        let known = self.store.ledger.sessions.get(&session.id);
        let asks = known.is_none_or(|known| work::asks(&known.notes, &self.request.policy));
        self.store.is_done(session, asks)
    }

    /// See [`Place::of`].
    fn place(&self, id: &SessionId) -> Place {
        Place::of(id, self.store.ledger.sessions.get(id), self.request.now)
    }

    /// The calls of the round, and when none is left what is asked about all of it.
    fn calls(&self) -> Vec<&ModelCall> {
        match &self.questions {
            Some(questions) => questions.calls(),
            None => self.current.iter().flat_map(Work::calls).collect(),
        }
    }

    /// Those of them without an answer.
    fn unanswered(&self) -> Vec<&ModelCall> {
        let mut calls = self.calls();
        calls.retain(|call| !self.answers.contains_key(&call.id));
        calls
    }

    fn check_running(&self) -> Result<(), EngineError> {
        if self.canceled { Err(EngineError::Canceled) } else { Ok(()) }
    }
}

/// A session or part that was not asked for, or has ended; `part` is empty for the whole session.
fn unexpected(session: &SessionId, part: &str) -> EngineError {
    let why = format!("session `{session}`, part `{part}` was not asked for");
    EngineError::Unexpected(Invalid::new(session, why))
}

impl Finished {
    fn read(&self) -> Option<&Read> {
        match self {
            Self::Read(read) => Some(read),
            Self::Unchanged | Self::Missed { .. } => None,
        }
    }

    /// How little of it was understood, when that is why it stays pending.
    fn not_understood(&self) -> Option<&NotUnderstood> {
        match self {
            Self::Missed { not_understood, .. } => not_understood.as_ref(),
            Self::Unchanged | Self::Read(_) => None,
        }
    }

    /// The calls that it took.
    fn calls(&self) -> u64 {
        self.read().map_or(0, |read| read.calls)
    }
}

#[cfg(test)]
mod tests;
