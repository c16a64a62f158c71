//! Writes a dream as bytes, and restores it from them. The bytes hold finished sessions and the
//! answers so far, but no transcripts and no text of the store.

use std::collections::BTreeMap;

use serde::Serialize;

use dreaming_learn::propose::Answer;
use dreaming_records::canonical::{self, Readable};
use dreaming_records::error::{EngineError, Invalid};
use dreaming_records::fingerprint::{Fingerprint, Head};
use dreaming_records::ids::{CallId, Digest, SessionId};
use dreaming_records::json::Reader;
use dreaming_records::plan::Rejected;
use dreaming_records::session::NotUnderstood;
use dreaming_records::session_record::SessionRecord;
use dreaming_records::snapshot::Snapshot;
use dreaming_records::{cases, fields};
use dreaming_text::{Set, sort};

use crate::current_engine::fingerprint;

use super::session_read::{Read, Second};
use super::together::Shared;
use super::{Dream, Finished, Request};

/// Name and version of the format of a checkpoint.
pub const CHECKPOINT_FORMAT: &str = "dreaming.checkpoint/1";

#[derive(Serialize)]
struct Checkpoint {
    format: String,
    fingerprint: Fingerprint,
    /// A digest of the snapshot over which the dream runs. The checkpoint is only valid for that
    /// snapshot.
    store: Digest,
    request: Request,
    done: Vec<Done>,
    /// Calls that were handed out and have no answer yet.
    asked: Vec<CallId>,
    answers: Vec<Answered>,
    /// Which calls of the round show several sessions, so that a restored dream makes the same.
    shared: Shared,
}

fields!(Checkpoint: format, fingerprint, store, request, done, asked, answers, shared;);

#[derive(Serialize)]
struct Done {
    session: SessionId,
    finished: Finished,
}

fields!(Done: session, finished;);

/// The form in which a [`Finished`] is read: one field for each value of any of its states. To read
/// it as an enum with a tag would take a second reader for records, which doubles the code for
/// everything in them.
pub(super) struct WrittenFinished {
    state: State,
    reason: Option<String>,
    not_understood: Option<NotUnderstood>,
    record: Option<SessionRecord>,
    rejected: Option<Vec<Rejected>>,
    rewritten: Option<Vec<String>>,
    calls: Option<u64>,
    calls_answered: Option<u64>,
    calls_failed: Option<u64>,
    calls_over_budget: Option<u64>,
    calls_unanswered: Option<u64>,
    prompt_characters: Option<u64>,
    transcript_characters: Option<u64>,
    unusable: Option<Vec<CallId>>,
    tried: Option<Vec<u64>>,
    given_up: Option<u64>,
    again: Option<bool>,
    is_shared: Option<bool>,
    second: Option<Second>,
}

fields!(WrittenFinished: state; reason, not_understood, record, rejected, rewritten, calls, calls_answered,
    calls_failed, calls_over_budget, calls_unanswered, prompt_characters, transcript_characters,
    unusable, tried, given_up, again, is_shared, second);

#[derive(Clone, Copy)]
enum State {
    Unchanged,
    Missed,
    Read,
}

cases!(State: Unchanged, Missed, Read);

impl Readable for Finished {
    fn blank() -> Self {
        Self::Unchanged
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> canonical::Done<()> {
        let read = |written: WrittenFinished| {
            Some(Read {
                record: written.record?,
                rejected: written.rejected?,
                rewritten: written.rewritten?,
                calls: written.calls?,
                calls_answered: written.calls_answered?,
                calls_failed: written.calls_failed?,
                calls_over_budget: written.calls_over_budget?,
                calls_unanswered: written.calls_unanswered.unwrap_or_default(),
                prompt_characters: written.prompt_characters.unwrap_or_default(),
                transcript_characters: written.transcript_characters.unwrap_or_default(),
                unusable: written.unusable.unwrap_or_default(),
                tried: written.tried.unwrap_or_default(),
                given_up: written.given_up.unwrap_or_default(),
                again: written.again.unwrap_or_default(),
                is_shared: written.is_shared.unwrap_or_default(),
                second: written.second.unwrap_or_default(),
            })
        };
        let written = WrittenFinished::of(reader)?;
        *self = match written.state {
            State::Unchanged => Self::Unchanged,
            State::Missed => Self::Missed {
                reason: written.reason.ok_or("missing field `reason`")?,
                not_understood: written.not_understood,
            },
            State::Read => Self::Read(Box::new(read(written).ok_or("a field is missing")?)),
        };
        Ok(())
    }
}

#[derive(Serialize)]
struct Answered {
    call: CallId,
    answer: Box<Answer>,
}

fields!(Answered: call, answer;);

impl Dream {
    /// The dream so far, as canonical bytes with a digest over them. They hold only redacted quotes
    /// of transcripts, and no text of the store.
    ///
    /// # Errors
    /// [`EngineError::Canceled`].
    pub fn checkpoint(&self) -> Result<Vec<u8>, EngineError> {
        self.check_running()?;
        let done = self.done.iter().map(|(session, finished)| Done {
            session: session.clone(),
            finished: finished.clone(),
        });
        let answers = self
            .answers
            .iter()
            .map(|(call, answer)| Answered { call: call.clone(), answer: answer.clone() });
        let open = |id: &&CallId| !self.answers.contains_key(*id);
        let asked = self.unanswered().into_iter().map(|call| &call.id);
        let asked: Set<&CallId> = Set::of(asked.chain(self.handed_out.iter().filter(open)));
        let checkpoint = Checkpoint {
            format: CHECKPOINT_FORMAT.into(),
            fingerprint: fingerprint(),
            store: self.store.digest(self.request.now)?,
            request: self.request.clone(),
            done: done.collect(),
            asked: asked.into_iter().cloned().collect(),
            answers: answers.collect(),
            shared: self.shared.clone(),
        };
        Ok(canonical::to_sealed(&checkpoint)?)
    }

    /// Resumes the dream of an unchanged checkpoint, over the store in the state that it had then.
    /// The dream asks for unfinished sessions again, but makes no answered call again.
    ///
    /// # Errors
    /// [`EngineError::InvalidDocument`], [`EngineError::Stale`], [`EngineError::OtherEngine`],
    /// and those of [`Dream::start`].
    pub fn restore(checkpoint: &[u8], store: &Snapshot) -> Result<Self, EngineError> {
        let broken =
            |why: String| EngineError::document("checkpoint", format!("not a checkpoint: {why}"));
        let head: Head =
            canonical::from_bytes(checkpoint).map_err(|error| broken(error.to_string()))?;
        if head.format != CHECKPOINT_FORMAT {
            return Err(broken(format!("form `{}`", head.format)));
        }
        if head.fingerprint != fingerprint() {
            return Err(EngineError::OtherEngine(head.fingerprint.engine));
        }
        let checkpoint: Checkpoint =
            canonical::from_sealed(checkpoint).map_err(|error| broken(error.to_string()))?;
        if checkpoint.store != store.digest(checkpoint.request.now)? {
            let why = "the checkpoint was taken of a dream over another state of the store";
            return Err(EngineError::Stale(Invalid::new("checkpoint", why)));
        }
        let mut dream = Self::new(checkpoint.request, store)?;
        let done: BTreeMap<SessionId, Finished> =
            sort::map(checkpoint.done.into_iter().map(|d| (d.session, d.finished)));
        if let Some(unknown) = done.keys().find(|id| !dream.has_session(id)) {
            return Err(broken(format!("session `{unknown}` is not in the request")));
        }
        dream.done = done;
        dream.plan_rounds();
        dream.shared = checkpoint.shared;
        dream.answers = sort::map(checkpoint.answers.into_iter().map(|a| (a.call, a.answer)));
        dream.handed_out = Set::of(checkpoint.asked);
        dream.advance();
        Ok(dream)
    }

    fn has_session(&self, id: &SessionId) -> bool {
        self.request.sessions.iter().any(|session| session.id == *id)
    }
}
