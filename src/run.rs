//! A whole dream over a store, as a state machine that asks: [`Run::poll`] says what the host has to do next, the host
//! does it and tells. It owns every decision of the loop: which page comes next, what is unread, what to go on from,
//! what a failing part means, when to keep progress and what to commit. The host only carries out.
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
//! `examples/native.rs` is a host over folders, `examples/own_storage.rs` one over storage of its own with a model.

mod pages;
mod round;

use dreaming_learn::propose::{Answer, ModelCall};
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

/// What is done with the plan of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Nothing but what no one needs to decide: a plan without open changes is committed, so that its sessions count
    /// as read; any other plan waits.
    #[default]
    Propose,
    /// Changes with gate `auto` are applied, the others stay open.
    Auto,
}

/// What a run is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Numbers and switches.
    pub policy: Policy,
    /// Free text for the model; may be empty.
    pub instructions: String,
    /// The time of the dream.
    pub now: Time,
    /// What is done with the plan.
    pub mode: Mode,
}

impl Terms {
    /// Those of a dream at `now` that asks no model, with every setting as by default, whose plan waits.
    pub fn at(now: Time) -> Self {
        let (policy, instructions) = (Policy::default(), String::new());
        Self { policy, instructions, now, mode: Mode::Propose }
    }
}

/// What a run needs next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// The store at its head: [`Run::opened`].
    Open,
    /// The page of memories after this path: [`Run::memories`].
    Memories(Option<String>),
    /// The page of ledger rows after this key: [`Run::ledger`].
    Ledger(Option<String>),
    /// The page of revision records after this number, 0 for the first page: [`Run::revisions`].
    Revisions(u64),
    /// The page of sessions after this id: [`Run::sessions`].
    Sessions(Option<SessionId>),
    /// The next bytes of these parts: [`Run::feed`] or [`Run::miss`], in any order.
    Read(Vec<Piece>),
    /// Model calls: [`Run::answer`], in any order. None unless the policy allows some.
    Calls(Vec<ModelCall>),
    /// Progress to be kept: [`Run::kept`], also when it could not be.
    Keep(Progress),
    /// A revision to be stored, all of it or none, and only when its base is the head: [`Run::committed`].
    Commit(Box<NewRevision>),
    /// Nothing; the run has ended.
    Done(Box<Ended>),
}

/// Where the next bytes of a part begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The session.
    pub session: SessionId,
    /// Its part.
    pub part: String,
    /// Bytes of it that this run was fed before. Whoever has a stream goes on with it.
    pub offset: u64,
}

/// What a host keeps, so that a run that is interrupted goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The checkpoint; replaces the one before.
    pub checkpoint: Vec<u8>,
    /// The answers since the last time, in the order of their calls.
    pub answers: Vec<(CallId, Answer)>,
}

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Plan and report.
    pub outcome: Outcome,
    /// The revision that was committed from the plan, if one was.
    pub committed: Option<RevisionId>,
}

/// A run: a dream from an unopened store to the revision that its mode allows.
///
/// [`Run::poll`] asks again for what was not brought. No order in which the items of one need are brought changes a
/// byte. What fails leaves the run as it was.
#[derive(Debug)]
pub struct Run {
    request: Request,
    mode: Mode,
    snapshot: Snapshot,
    checkpoint: Option<Vec<u8>>,
    /// One over nothing, for the terms as they are understood, until the store was read.
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
    /// What people changed is to be committed.
    Observed(Box<NewRevision>),
    Sessions(Option<SessionId>),
    Dreaming,
    /// What the plan comes to is to be committed.
    Planned(Box<NewRevision>, Box<Outcome>),
    Done(Box<Ended>),
}

impl Run {
    /// Begins a run. Nothing is read or written before all of `terms` is known to be usable.
    ///
    /// # Errors
    /// [`EngineError::InvalidRequest`].
    pub fn start(terms: Terms) -> Result<Self, EngineError> {
        let Terms { policy, instructions, now, mode } = terms;
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

    /// What is asked of the dream, as the engine understands it. It has its sessions once they are known.
    pub fn request(&self) -> &Request {
        self.dream.request()
    }

    /// What is needed next.
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

    /// Brings the next bytes of a part, any number of them; `last` ends it. What comes for a session that was missed is
    /// passed over.
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

    /// Says that a part cannot be read. Its session is missed as a whole, for what is concluded from half a session would
    /// be another session's digest: it stays pending, and the report gives the reason. Of several parts the
    /// first counts, whichever failed before.
    ///
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

    /// What became of a model call. An answer over [`MAX_PAGE`](crate::interface::MAX_PAGE) is one that failed.
    ///
    /// # Errors
    /// [`EngineError::Unexpected`] for a call that was not asked for or has an answer.
    pub fn answer(&mut self, call: &CallId, answer: Answer) -> Result<(), EngineError> {
        self.round.answer(&mut self.dream, call, bounded(answer))
    }

    /// What was read and answered since progress was kept, if anything was: for a host that has to stop within a round.
    pub fn progress(&self) -> Option<Progress> {
        // A checkpoint cannot fail: its numbers are bounded.
        self.round.has_news().then(|| self.now().ok()).flatten()
    }

    /// Says that progress was kept. A host that cannot keep it says so too: it only loses the ability to resume.
    pub fn kept(&mut self) {
        self.round.keep();
    }

    /// Says that the revision was stored.
    ///
    /// # Errors
    /// [`EngineError::Unexpected`] when there was none to store; those of a dream that begins.
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

    /// The checkpoint, and what there is to keep with it.
    fn now(&self) -> Result<Progress, EngineError> {
        Ok(Progress { checkpoint: self.dream.checkpoint()?, answers: self.round.answers() })
    }

    /// Goes on from the checkpoint that was kept, or has the sessions listed. A checkpoint of a dream under other terms
    /// would answer another question than was asked.
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

    /// Begins the dream over what was read.
    fn begin(&mut self) -> Result<(), EngineError> {
        self.dream = Dream::start(self.request.clone(), &self.snapshot)?;
        self.stage = Stage::Dreaming;
        Ok(())
    }

    /// What becomes of the plan.
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
        // A dream that read nothing and changes nothing leaves no mark on the chain.
        self.stage = if revision.memories.is_empty() && revision.ledger.is_empty() {
            ended(*outcome, None)
        } else {
            Stage::Planned(Box::new(revision), outcome)
        };
        Ok(())
    }
}

fn ended(outcome: Outcome, committed: Option<RevisionId>) -> Stage {
    Stage::Done(Box::new(Ended { outcome, committed }))
}

/// Something that was brought without being asked for.
fn not_asked(what: &str) -> EngineError {
    EngineError::Unexpected(Invalid::new(what, "was not asked for"))
}
