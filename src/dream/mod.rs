//! A dream as a state machine: [`Dream::poll`] says what is needed, and the host brings it.

mod anew;
mod ask;
mod checkpoint;
mod distil;
mod dream_need;
mod dream_report;
mod dream_request;
mod finish;
mod heard;
mod host_plan;
mod lines_to_mend;
mod model_answers;
mod pairs;
mod part_work;
mod place;
mod rebase;
mod rounds;
mod session_calls;
mod session_read;
mod together;
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
use dreaming_records::session::{NotUnderstood, Session};
use dreaming_records::snapshot::Snapshot;
use dreaming_text::Set;

use self::ask::{Answers, Questions};
use self::dream_request::checked;
use self::finish::Found;
use self::place::Place;
use self::session_read::Read;
use self::together::Shared;
use self::work::Work;

pub use self::dream_need::{Need, SessionNeed};
pub use self::dream_request::Request;
pub use self::host_plan::{MAX_CANDIDATES, plan};
pub use self::rebase::rebase;

/// Longest chunk that [`Dream::feed`] takes, in bytes. From the design: small enough for every
/// host's call limits.
pub const MAX_CHUNK: usize = 1 << 20;

/// What a dream came to, see the fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The plan.
    pub plan: Plan,
    /// The report.
    pub report: Report,
}

/// A dream over one revision of a store.
///
/// The dream works when a host brings something: the call that brings the last missing piece takes
/// as long as it takes to make the plan or the next question.
///
/// Sessions are read in rounds of `round.sessions`, ordered by id, so that the order in which a
/// host brings things does not change which sessions are read together.
#[derive(Debug)]
pub struct Dream {
    request: Request,
    store: Snapshot,
    /// The rounds of sessions that have to be read. The first round to come is the last item.
    rounds: Vec<Vec<SessionId>>,
    /// Sessions of the current round that are not done, by id.
    current: Vec<Work>,
    /// What became of the sessions that are done.
    done: BTreeMap<SessionId, Finished>,
    /// Calls that the dream made before it was restored. Their answers may come before their
    /// sessions are read again.
    handed_out: Set<CallId>,
    /// Answers that have come for calls of the current round.
    answers: Answers,
    /// Finds existing statements for prompts; `None` when prompts show none.
    known: Option<Packer>,
    /// The questions to a model after the last round; `None` before that.
    questions: Option<Questions>,
    /// What is known after the last round, kept while questions about it are open.
    found: Option<Box<Found>>,
    /// The plan with its report, or the error because of which there are none.
    outcome: Option<Result<Box<Outcome>, EngineError>>,
    canceled: bool,
    /// The root of the ledger of `store`. It is computed once, because all rows go into it.
    ledger: Digest,
    /// The sessions of the current round, in the order in which they get calls from the budget; and
    /// how many calls earlier rounds spent.
    round: Vec<SessionId>,
    spent: u64,
    /// The calls that show several sessions.
    shared: Shared,
}

/// A session that needs nothing more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
enum Finished {
    /// The ledger says that all of it was read before.
    Unchanged,
    /// It could not be read, or too little of it was understood.
    Missed {
        /// Why.
        reason: String,
        /// How little of it was understood, if that is the reason.
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
    /// [`EngineError::InvalidRequest`], [`EngineError::InvalidSnapshot`] when the ledger is not
    /// that of the head.
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

    /// A dream in which nothing is done yet.
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
            shared: Shared::default(),
        })
    }

    /// The request of the dream, with its sessions and parts sorted.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// What the dream needs next. Asking again gives the same answer until the host brings
    /// something.
    ///
    /// # Errors
    /// [`EngineError::Canceled`].
    pub fn poll(&mut self) -> Result<Need, EngineError> {
        self.check_running()?;
        // Calls come first, because a session that waits for answers keeps its text in memory.
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

    /// Brings the next bytes of a part, at most [`MAX_CHUNK`]; `last` says that the part ends with
    /// them. The chunks of one part come in order; chunks of different parts and sessions may
    /// alternate.
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

    /// Says that the host cannot read a session now. The session stays pending, and nothing is
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

    /// Brings the answer to a model call, or the failure of the call. Answers may come in any
    /// order.
    ///
    /// # Errors
    /// [`EngineError::Unexpected`], [`EngineError::Canceled`].
    pub fn answer(&mut self, call: &CallId, answer: Answer) -> Result<(), EngineError> {
        self.check_running()?;
        // `handed_out` holds calls from before a restore whose sessions are not read again yet.
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

    /// Whether the ledger says that the session was read, and this dream would not ask a model
    /// about it again.
    fn needs_nothing(&self, session: &Session) -> bool {
        let known = self.store.ledger.sessions.get(&session.id);
        let asks = known.is_none_or(|known| work::asks(&known.notes, &self.request.policy));
        self.store.is_done(session, asks)
    }

    /// The place of a session in the order in which calls are budgeted, see [`Place::of`].
    fn place(&self, id: &SessionId) -> Place {
        Place::of(id, self.store.ledger.sessions.get(id), self.request.now)
    }

    /// The calls of the current round, or after the last round those of the questions.
    fn calls(&self) -> Vec<&ModelCall> {
        match &self.questions {
            Some(questions) => questions.calls(),
            None => self.current.iter().flat_map(Work::calls).collect(),
        }
    }

    /// The calls that have no answer yet.
    fn unanswered(&self) -> Vec<&ModelCall> {
        let mut calls = self.calls();
        calls.retain(|call| !self.answers.contains_key(&call.id));
        calls
    }

    fn check_running(&self) -> Result<(), EngineError> {
        if self.canceled { Err(EngineError::Canceled) } else { Ok(()) }
    }
}

/// The error for a session or part that was not asked for, or that has ended. `part` is empty when
/// the error is about the whole session.
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

    /// How little of it was understood, if it stays pending for that reason.
    fn not_understood(&self) -> Option<&NotUnderstood> {
        match self {
            Self::Missed { not_understood, .. } => not_understood.as_ref(),
            Self::Unchanged | Self::Read(_) => None,
        }
    }

    /// How many calls were made for the session.
    fn calls(&self) -> u64 {
        self.read().map_or(0, |read| read.calls)
    }
}

#[cfg(test)]
mod tests;
