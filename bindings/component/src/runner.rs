//! Interface `runner`: carries out a run with the imports `store` and `model`.

use dreaming::interface::MAX_PAGE;

use crate::Component;
use crate::bindings::dreaming::engine::model;
use crate::bindings::dreaming::engine::store::{self, StoreError};
use crate::bindings::dreaming::engine::types::{
    Answer, ModelCall, RecordedAnswer, RunOutcome, RunRequest,
};
use crate::bindings::exports::dreaming::engine::runner::{Guest, RunError};
use crate::bindings::exports::dreaming::engine::running::{
    Chunk, GuestRun, Missed, Need, Piece, Supply,
};
use crate::errors::EngineError;
use crate::running::Held;

impl Guest for Component {
    fn run(request: RunRequest) -> Result<RunOutcome, RunError> {
        let run = Held::begin(request)?;
        loop {
            let supply = match run.poll()? {
                Need::Open => Supply::Opened(store::open()?),
                Need::Memories(after) => Supply::Memories(store::memories(after.as_deref())?),
                Need::Ledger(after) => Supply::Ledger(store::ledger(after.as_deref())?),
                Need::Revisions(after) => Supply::Revisions(store::revisions(after)?),
                Need::Sessions(after) => Supply::Sessions(store::sessions(after.as_deref())?),
                Need::Read(pieces) => {
                    read(&run, pieces)?;
                    continue;
                }
                Need::Calls(calls) => {
                    ask(&run, calls)?;
                    continue;
                }
                Need::Keep(progress) => {
                    let _ = store::keep(&progress);
                    Supply::Kept
                }
                Need::Commit(revision) => {
                    store::commit(&revision)?;
                    Supply::Committed
                }
                Need::Done(outcome) => return Ok(outcome),
            };
            run.bring(supply)?;
        }
    }
}

impl From<StoreError> for RunError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<EngineError> for RunError {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

/// Reads parts to their ends, one session after the other, so that only one is in memory.
fn read(run: &Held, pieces: Vec<Piece>) -> Result<(), RunError> {
    let limit = u32::try_from(MAX_PAGE).unwrap_or(u32::MAX);
    let mut unreadable = None;
    for Piece { session, part, mut offset } in pieces {
        while unreadable.as_ref() != Some(&session) {
            let (named, part) = (session.clone(), part.clone());
            match store::read(&session, &part, offset, limit) {
                Ok(bytes) => {
                    let last = bytes.is_empty();
                    offset += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                    run.bring(Supply::Bytes(Chunk { session: named, part, bytes, last }))?;
                    if last {
                        break;
                    }
                }
                Err(error) => {
                    let reason = why(&error);
                    run.bring(Supply::Missed(Missed { session: named, part, reason }))?;
                    unreadable = Some(session.clone());
                }
            }
        }
    }
    Ok(())
}

/// Has the host make the calls, and brings the answers.
fn ask(run: &Held, calls: Vec<ModelCall>) -> Result<(), RunError> {
    let mut answers = model::complete_many(&calls).into_iter();
    for ModelCall { id: call, .. } in calls {
        let missing = || Answer::Failed("the host gave no answer".into());
        let answer = answers.next().unwrap_or_else(missing);
        run.bring(Supply::Answer(RecordedAnswer { call, answer }))?;
    }
    Ok(())
}

/// A store error as a reason for the report.
fn why(error: &StoreError) -> String {
    match error {
        StoreError::Conflict(_) => "the store has moved on".into(),
        StoreError::AccessDenied => "access denied".into(),
        StoreError::NotFound => "not found".into(),
        StoreError::Full => "storage is full".into(),
        StoreError::Unavailable(_) => "storage is not available now".into(),
        StoreError::Other(why) => why.clone().unwrap_or_else(|| "no reason given".into()),
    }
}
