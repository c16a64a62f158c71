//! A whole dream over a store, as a state machine: [`Run::poll`] says what the host has to do next,
//! and the host does it and reports back. The run makes every decision: which page comes next,
//! which sessions are unread, from what to resume, what follows when a part cannot be read, when to
//! keep progress and what to commit. The host decides nothing.
//!
//! ```text
//! run = Run::start(request)
//! loop:
//!   match run.poll():
//!     Open             -> run.opened(salt, head, checkpoint)
//!     Memories(after)  -> run.memories(page), the same for Ledger, Revisions, Sessions; an empty page ends
//!     Read(pieces)     -> for each, in any order: run.feed(session, part, bytes, last) or run.miss(session, part, reason)
//!     Calls(calls)     -> for each, in any order: run.answer(call, answer)
//!     Keep(progress)   -> keep it, or do not; run.kept()
//!     Commit(revision) -> store all of it or none; run.committed()
//!     Done(ended)      -> stop
//! ```
//!
//! `examples/native.rs` is a host over folders, `examples/own_storage.rs` one with its own storage
//! and a model.

mod mode;
mod pages;
mod round;
mod run_need;

use dreaming_learn::propose::Answer;
use dreaming_records::error::{EngineError, Invalid};
use dreaming_records::ids::{CallId, RevisionId, SessionId};
use dreaming_records::policy::Policy;
use dreaming_records::revision::{Decision, NewRevision, Selection};
use dreaming_records::snapshot::Snapshot;
use dreaming_records::time::Time;

use crate::dream::{self, Dream, Outcome, Request};
use crate::interface::bounded;
use crate::store;

use self::round::Round;

pub use self::mode::Mode;
pub use self::run_need::{Need, Piece};

/// The terms of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRequest {
    /// Numbers and switches.
    pub policy: Policy,
    /// Free text for the model; may be empty.
    pub instructions: String,
    /// The time of the dream.
    pub now: Time,
    /// What happens to the plan.
    pub mode: Mode,
}

impl RunRequest {
    /// The terms of a dream at `now` without a model and with default settings, whose plan waits
    /// for a person.
    pub fn at(now: Time) -> Self {
        let (policy, instructions) = (Policy::default(), String::new());
        Self { policy, instructions, now, mode: Mode::Propose }
    }
}

/// What a host stores, so that an interrupted run can resume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The checkpoint, to be stored in place of the one before.
    pub checkpoint: Vec<u8>,
    /// The answers that came since progress was last kept, in the order of their calls.
    pub answers: Vec<(CallId, Answer)>,
}

/// The result of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunOutcome {
    /// Plan and report.
    pub outcome: Outcome,
    /// The revision that was committed from the plan, if one was.
    pub committed: Option<RevisionId>,
}

/// A run: a dream from an unopened store to the revision that its mode allows.
///
/// [`Run::poll`] asks again for what the host has not brought. The order in which the host brings
/// the items of one need changes no byte. A call that fails leaves the run unchanged.
#[derive(Debug)]
pub struct Run {
    request: Request,
    mode: Mode,
    snapshot: Snapshot,
    checkpoint: Option<Vec<u8>>,
    /// The dream. Until the store is read, it is a dream over an empty store that only holds the
    /// checked terms.
    dream: Dream,
    round: Round,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Open,
    Memories(Option<String>),
    Ledger(Option<String>),
    Revisions(Option<u64>),
    /// A revision of what people changed waits for the host to commit it.
    Observed(Box<NewRevision>),
    Sessions(Option<SessionId>),
    Dreaming,
    /// The revision made from the plan waits for the host to commit it.
    Planned(Box<NewRevision>, Box<Outcome>),
    Done(Box<RunOutcome>),
}

impl Run {
    /// Begins a run. All of `terms` is checked before anything is read or written.
    ///
    /// # Errors
    /// [`EngineError::InvalidRequest`].
    pub fn start(terms: RunRequest) -> Result<Self, EngineError> {
        let RunRequest { policy, instructions, now, mode } = terms;
        let (sessions, similarities) = (Vec::new(), Vec::new());
        let request = Request { policy, instructions, now, sessions, similarities };
        Ok(Self {
            dream: Dream::start(request.clone(), &Snapshot::default())?,
            request,
            mode,
            snapshot: Snapshot::default(),
            checkpoint: None,
            round: Round::default(),
            stage: Stage::Open,
        })
    }

    /// The request of the dream, with cleaned texts and sorted lists. It has no sessions until the
    /// host has brought them.
    pub fn request(&self) -> &Request {
        self.dream.request()
    }

    /// What the run needs from its host next.
    ///
    /// # Errors
    /// [`EngineError::InvalidSnapshot`], [`EngineError::Other`].
    pub fn poll(&mut self) -> Result<Need, EngineError> {
        loop {
            return Ok(match &self.stage {
                Stage::Open => Need::Open,
                Stage::Memories(after) => Need::Memories(after.clone()),
                Stage::Ledger(after) => Need::Ledger(after.clone()),
                Stage::Revisions(after) => Need::Revisions(after.unwrap_or_default()),
                Stage::Sessions(after) => Need::Sessions(after.clone()),
                Stage::Observed(revision) | Stage::Planned(revision, _) => {
                    Need::Commit(revision.clone())
                }
                Stage::Done(ended) => Need::Done(ended.clone()),
                Stage::Dreaming => match self.round.need() {
                    Some(need) => need,
                    None if self.round.is_met() => Need::Keep(self.now()?),
                    None => {
                        match self.dream.poll()? {
                            dream::Need::Sessions(needs) => self.round = Round::of_sessions(needs),
                            dream::Need::Calls(calls) => self.round = Round::of_calls(calls),
                            dream::Need::Done(outcome) => self.settle(outcome)?,
                        }
                        continue;
                    }
                },
            });
        }
    }

    /// Brings the next bytes of a part, any number of them; `last` says that the part ends with
    /// them. Bytes for a session that was missed are ignored.
    ///
    /// # Errors
    /// [`EngineError::Unexpected`] for a part that was not asked for or has ended.
    pub fn feed(
        &mut self,
        session: &SessionId,
        part: &str,
        bytes: &[u8],
        last: bool,
    ) -> Result<(), EngineError> {
        self.round.feed(&mut self.dream, session, part, bytes, last)
    }

    /// Says that the host cannot read a part. The whole session is then missed, because half a
    /// session would be recorded as another session. It stays pending, and the report gives the
    /// reason. If several parts fail, the first of them in the order of parts gives the reason,
    /// whichever failed first.
    /// # Errors
    /// As [`Run::feed`].
    pub fn miss(
        &mut self,
        session: &SessionId,
        part: &str,
        reason: &str,
    ) -> Result<(), EngineError> {
        self.round.miss(&mut self.dream, session, part, reason)
    }

    /// Brings the answer to a model call. An answer over [`MAX_PAGE`](crate::interface::MAX_PAGE)
    /// counts as failed.
    ///
    /// # Errors
    /// [`EngineError::Unexpected`] for a call that was not asked for or has an answer.
    pub fn answer(&mut self, call: &CallId, answer: Answer) -> Result<(), EngineError> {
        self.round.answer(&mut self.dream, call, bounded(answer))
    }

    /// The progress since it was last kept, if a session was read or a call answered: for a host
    /// that has to stop before the run asks it to keep progress.
    pub fn progress(&self) -> Option<Progress> {
        // Making a checkpoint cannot fail here: its numbers are bounded.
        self.round.has_news().then(|| self.now().ok()).flatten()
    }

    /// Says that the host kept the progress. A host that could not keep it calls this too: it then
    /// only cannot resume from there.
    pub fn kept(&mut self) {
        self.round.keep();
    }

    /// Says that the host stored the revision.
    ///
    /// # Errors
    /// [`EngineError::Unexpected`] when there was no revision to store, and the errors of
    /// [`Dream::start`].
    pub fn committed(&mut self) -> Result<(), EngineError> {
        match &self.stage {
            Stage::Observed(_) => return self.resume(),
            Stage::Planned(revision, outcome) => {
                self.stage = ended((**outcome).clone(), Some(revision.id.clone()));
            }
            _ => return Err(not_asked("commit")),
        }
        Ok(())
    }

    /// The current checkpoint, with the answers to be kept with it.
    fn now(&self) -> Result<Progress, EngineError> {
        Ok(Progress { checkpoint: self.dream.checkpoint()?, answers: self.round.answers() })
    }

    /// Resumes from the stored checkpoint or, without one, asks for the list of sessions. A
    /// checkpoint that was made with another policy or other instructions is not used.
    fn resume(&mut self) -> Result<(), EngineError> {
        let asked = self.dream.request();
        let fits = |dream: &Dream| {
            let kept = dream.request();
            kept.policy == asked.policy && kept.instructions == asked.instructions
        };
        let kept = self.checkpoint.take();
        let restored = kept.and_then(|bytes| Dream::restore(&bytes, &self.snapshot).ok());
        match restored.filter(fits) {
            Some(dream) => {
                self.dream = dream;
                self.stage = Stage::Dreaming;
            }
            None => self.stage = Stage::Sessions(None),
        }
        Ok(())
    }

    /// Begins the dream over the store as its pages were read.
    fn begin(&mut self) -> Result<(), EngineError> {
        self.dream = Dream::start(self.request.clone(), &self.snapshot)?;
        self.stage = Stage::Dreaming;
        Ok(())
    }

    /// Decides what happens to the plan: ends the run, or lets the host commit.
    fn settle(&mut self, outcome: Box<Outcome>) -> Result<(), EngineError> {
        let plan = &outcome.plan;
        if self.mode == Mode::Propose && plan.open_changes().next().is_some() {
            self.stage = ended(*outcome, None);
            return Ok(());
        }
        let decision = Decision {
            accept: Selection::Auto,
            reject: Vec::new(),
            edits: Vec::new(),
            reviewer: String::new(),
            note: String::new(),
            now: self.request.now,
        };
        let revision = store::apply(&self.snapshot, plan, &decision)?;
        // A dream that read nothing and changes nothing adds no revision.
        self.stage = if revision.memories.is_empty() && revision.ledger.is_empty() {
            ended(*outcome, None)
        } else {
            Stage::Planned(Box::new(revision), outcome)
        };
        Ok(())
    }
}

fn ended(outcome: Outcome, committed: Option<RevisionId>) -> Stage {
    Stage::Done(Box::new(RunOutcome { outcome, committed }))
}

/// The error for something that the host brought without being asked for it.
fn not_asked(what: &str) -> EngineError {
    EngineError::Unexpected(Invalid::new(what, "was not asked for"))
}
