//! A dream as a state machine that asks: [`Dream::poll`] says what is needed, the host brings it.

mod brought;
mod checkpoint;
mod counts;
mod error;
mod finish;
mod insights;
mod looks;
mod pairs;
mod rebase;
mod request;
mod rounds;
mod work;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use dreaming_core::pack::Packer;
use dreaming_learn::insight::Inferred;
use dreaming_learn::propose::{Answer, ModelCall};
use dreaming_records::ids::{CallId, Digest, SessionId};
use dreaming_records::number::count;
use dreaming_records::plan::{Plan, WAITS_FOR_A_LOOK};
use dreaming_records::policy;
use dreaming_records::report::Report;
use dreaming_records::session::SessionDescriptor;
use dreaming_records::snapshot::Snapshot;

use self::finish::Said;
use self::insights::Insights;
use self::looks::Looks;
use self::pairs::Pairs;
use self::request::checked;
use self::work::{Place, Read, Work};

pub use self::brought::{MAX_CANDIDATES, plan};
pub use self::error::DreamError;
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
    handed_out: BTreeSet<CallId>,
    /// Answers that have come for calls of the current round.
    answers: BTreeMap<CallId, Answer>,
    /// What the memory says already, for the prompts; only when a model is to be told of it.
    known: Option<Packer>,
    /// The calls about pairs of statements; made when no round is left.
    pairs: Option<Pairs>,
    /// The calls about what was noticed; made when those about pairs are answered.
    looks: Option<Looks>,
    /// The calls across sessions; made when everything else is answered, and gone when they are.
    insights: Option<Insights>,
    outcome: Option<Box<Outcome>>,
    canceled: bool,
    /// The root of the ledger of `store`: it is read from all rows, so it is asked once.
    ledger: Digest,
    /// The sessions of the current round in the order in which calls are budgeted, and the calls of those of
    /// the rounds before it.
    round: Vec<SessionId>,
    spent: u64,
}

/// A session that needs nothing more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state", try_from = "checkpoint::WrittenFinished")]
enum Finished {
    /// The cursor says that it was read before.
    Unchanged,
    /// It could not be read.
    Missed {
        /// Why.
        reason: String,
    },
    /// It was read.
    Read(Box<Read>),
}

impl Dream {
    /// Begins a dream over a copy of `store`.
    ///
    /// # Errors
    /// [`DreamError::DuplicateSession`], [`DreamError::Parts`], [`DreamError::TooManySessions`],
    /// [`DreamError::Instructions`], [`DreamError::Ledger`].
    pub fn start(request: Request, store: &Snapshot) -> Result<Self, DreamError> {
        let request = checked(request)?;
        let ledger = store.ledger_of_head()?.ok_or(DreamError::Ledger)?;
        let mut dream = Self {
            request,
            store: store.clone(),
            rounds: Vec::new(),
            current: Vec::new(),
            done: BTreeMap::new(),
            handed_out: BTreeSet::new(),
            answers: BTreeMap::new(),
            known: None,
            pairs: None,
            looks: None,
            insights: None,
            outcome: None,
            canceled: false,
            ledger,
            round: Vec::new(),
            spent: 0,
        };
        for session in &dream.request.sessions {
            if dream.needs_nothing(session) {
                dream.done.insert(session.id.clone(), Finished::Unchanged);
            }
        }
        dream.plan_rounds();
        Ok(dream)
    }

    /// What the dream was asked to do, sessions and parts sorted.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// What is needed next. Asking again gives the same answer until something is brought.
    ///
    /// # Errors
    /// [`DreamError::Canceled`], [`DreamError::Canonical`].
    pub fn poll(&mut self) -> Result<Need, DreamError> {
        self.check_running()?;
        // Calls first: a session that waits for answers keeps its text, and ends with them.
        let calls: Vec<ModelCall> =
            self.calls().filter(|call| !self.answers.contains_key(&call.id)).cloned().collect();
        if !calls.is_empty() {
            return Ok(Need::Calls(calls));
        }
        let sessions: Vec<SessionNeed> = self
            .current
            .iter()
            .map(|work| SessionNeed { session: work.id().clone(), parts: work.missing_parts() })
            .filter(|need| !need.parts.is_empty())
            .collect();
        if !sessions.is_empty() {
            return Ok(Need::Sessions(sessions));
        }
        if let Some(outcome) = &self.outcome {
            return Ok(Need::Done(outcome.clone()));
        }
        let Some(looks) = &mut self.looks else {
            self.looks = Some(self.look_again()?);
            return self.poll();
        };
        let unasked = looks.unasked();
        let Some(insights) = self.insights.take() else {
            let first = match unasked {
                Some(first) => first,
                None => Box::new(self.finish(&self.request, &[])?),
            };
            let insights = Insights::of(&self.request, &self.store, &self.done, first);
            self.insights = Some(insights);
            return self.poll();
        };
        let (first, told) = insights.answered(&self.answers, &self.request.policy);
        let mut outcome = match told.inferred.as_slice() {
            [] => first,
            inferred => Box::new(self.finish(&self.request, inferred)?),
        };
        told.tell(&mut outcome);
        self.outcome = Some(outcome.clone());
        Ok(Need::Done(outcome))
    }

    /// The calls about what was noticed in one session, a budget of their own: else a store with many new sessions
    /// would never get to them.
    fn look_again(&self) -> Result<Looks, DreamError> {
        let number = |setting| self.request.policy.number(setting);
        let first = self.finish(&self.request, &[])?;
        let waits = first.plan.rejected.iter().any(|r| r.reason == WAITS_FOR_A_LOOK);
        let calls = usize::try_from(number(&policy::WORTH_CALLS)).unwrap_or(usize::MAX);
        if !waits || number(&policy::MAX_CALLS) == 0 {
            return Ok(Looks::none(first));
        }
        // What would be proposed when nobody looked again is what there is to look at.
        let policy = self.request.policy.clone().with(&policy::WORTH_CALLS, 0);
        let request = Request { policy, ..self.request.clone() };
        let plan = self.finish(&request, &[])?.plan;
        Ok(Looks::of(&self.request, &first.plan, plan, calls))
    }

    /// What `request` comes to with what a model inferred across sessions.
    fn finish(&self, request: &Request, inferred: &[Inferred]) -> Result<Outcome, DreamError> {
        let compared = self.pairs.as_ref().map(|pairs| pairs.compared(&self.answers));
        let looked = self.looks.as_ref().map(|looks| looks.looked(&self.answers));
        let (compared, looked) = (compared.unwrap_or_default(), looked.unwrap_or_default());
        let said = Said { compared, looked, inferred, carried: Vec::new() };
        Ok(finish::finish(request, &self.store, &self.ledger, &self.done, &said)?)
    }

    /// Brings the next bytes of a part, at most [`MAX_CHUNK`]; `last` ends the part. Chunks of one
    /// part come in order; parts and sessions may be interleaved.
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
        self.check_running()?;
        if chunk.len() > MAX_CHUNK {
            return Err(DreamError::ChunkTooLarge(count(chunk.len())));
        }
        let mut works = self.current.iter_mut();
        let work = works.find(|work| work.id() == session);
        if !work.is_some_and(|work| work.feed(part, chunk, last)) {
            return Err(DreamError::UnexpectedPart { session: session.clone(), part: part.into() });
        }
        self.advance();
        Ok(())
    }

    /// Says that a session that was asked for cannot be read now. It stays pending, and nothing is
    /// concluded from its absence.
    ///
    /// # Errors
    /// [`DreamError::UnexpectedPart`], [`DreamError::Canceled`].
    pub fn miss(&mut self, session: &SessionId, reason: &str) -> Result<(), DreamError> {
        self.check_running()?;
        let asked = |work: &Work| work.id() == session && !work.missing_parts().is_empty();
        let Some(at) = self.current.iter().position(asked) else {
            let part = String::new();
            return Err(DreamError::UnexpectedPart { session: session.clone(), part });
        };
        self.current.remove(at);
        self.done.insert(session.clone(), Finished::Missed { reason: reason.into() });
        self.advance();
        Ok(())
    }

    /// Brings what became of a model call, in any order.
    ///
    /// # Errors
    /// [`DreamError::UnexpectedAnswer`], [`DreamError::Canceled`].
    pub fn answer(&mut self, call: &CallId, answer: Answer) -> Result<(), DreamError> {
        self.check_running()?;
        let asked = self.outstanding().any(|asked| asked == call);
        if !asked || self.answers.contains_key(call) {
            return Err(DreamError::UnexpectedAnswer(call.clone()));
        }
        self.answers.insert(call.clone(), answer);
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

    /// The calls of the round; when none is left those about pairs, then those about what was noticed, and then
    /// those across sessions.
    fn calls(&self) -> impl Iterator<Item = &ModelCall> {
        let of_sessions = self.current.iter().flat_map(Work::calls);
        let of_pairs = self.pairs.iter().flat_map(Pairs::calls);
        let of_looks = self.looks.iter().flat_map(Looks::calls);
        let across = self.insights.iter().flat_map(Insights::calls);
        of_sessions.chain(of_pairs).chain(of_looks).chain(across)
    }

    /// The same, whether or not their sessions are read again.
    fn outstanding(&self) -> impl Iterator<Item = &CallId> {
        self.calls().map(|call| &call.id).chain(&self.handed_out)
    }

    fn check_running(&self) -> Result<(), DreamError> {
        if self.canceled { Err(DreamError::Canceled) } else { Ok(()) }
    }
}

impl Finished {
    fn read(&self) -> Option<&Read> {
        match self {
            Self::Read(read) => Some(read),
            Self::Unchanged | Self::Missed { .. } => None,
        }
    }

    /// The calls that it took.
    fn calls(&self) -> u64 {
        self.read().map_or(0, |read| read.calls)
    }
}
