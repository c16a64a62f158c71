//! Interface `runner`: carries a run out over the imports `store` and `model`.

use dreaming::ids::CallId;
use dreaming::interface::{self, MAX_PAGE};
use dreaming::propose::ModelCall;
use dreaming::run::{Need, Piece, Run};

use crate::Component;
use crate::bindings::dreaming::engine::model;
use crate::bindings::dreaming::engine::store::{self, StoreError};
use crate::bindings::dreaming::engine::types::{Answer, RunOutcome, RunRequest};
use crate::bindings::exports::dreaming::engine::runner::{Guest, RunError};
use crate::convert;
use crate::errors::EngineError;

impl Guest for Component {
    fn run(request: RunRequest) -> Result<RunOutcome, RunError> {
        let mut run = Run::start(convert::terms(request)?)?;
        loop {
            match run.poll()? {
                Need::Open => {
                    let opened = store::open()?;
                    run.opened(&opened.salt, opened.head.as_deref(), opened.checkpoint)?;
                }
                Need::Memories(after) => {
                    let page = store::memories(after.as_deref())?;
                    run.memories(page.into_iter().map(convert::memory).collect())?;
                }
                Need::Ledger(after) => {
                    let page = store::ledger(after.as_deref())?;
                    run.ledger(&page.into_iter().map(convert::row).collect::<Vec<_>>())?;
                }
                Need::Revisions(after) => run.revisions(&store::revisions(after)?)?,
                Need::Sessions(after) => {
                    let page = store::sessions(after.as_ref().map(|id| id.as_str()))?;
                    run.sessions(page.into_iter().map(convert::session).collect())?;
                }
                Need::Read(pieces) => {
                    // One session after the other: each is large only while it is read.
                    let mut missed = None;
                    for piece in &pieces {
                        if missed != Some(&piece.session) && !read(&mut run, piece)? {
                            missed = Some(&piece.session);
                        }
                    }
                }
                Need::Calls(calls) => ask(&mut run, calls)?,
                Need::Keep(progress) => {
                    let _ = store::keep(&convert::progress(progress));
                    run.kept();
                }
                Need::Commit(revision) => {
                    store::commit(&convert::new_revision(*revision))?;
                    run.committed()?;
                }
                Need::Done(ended) => return Ok(convert::ended(*ended)?),
            }
        }
    }
}

impl From<StoreError> for RunError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl<E: Into<interface::EngineError>> From<E> for RunError {
    fn from(error: E) -> Self {
        Self::Engine(EngineError::from(error))
    }
}

/// Reads a part to its end; false when it cannot be read.
fn read(run: &mut Run, Piece { session, part, offset }: &Piece) -> Result<bool, RunError> {
    let limit = u32::try_from(MAX_PAGE).unwrap_or(u32::MAX);
    let mut offset = *offset;
    loop {
        match store::read(session.as_str(), part, offset, limit) {
            Ok(bytes) => {
                run.feed(session, part, &bytes, bytes.is_empty())?;
                if bytes.is_empty() {
                    return Ok(true);
                }
                offset += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            }
            Err(error) => {
                run.miss(session, part, &why(&error))?;
                return Ok(false);
            }
        }
    }
}

/// Has the calls made, and answers each.
fn ask(run: &mut Run, calls: Vec<ModelCall>) -> Result<(), RunError> {
    let ids: Vec<CallId> = calls.iter().map(|call| call.id.clone()).collect();
    let calls: Vec<_> = calls.into_iter().map(convert::model_call).collect();
    let mut answers = model::complete_many(&calls).into_iter();
    for id in ids {
        let missing = || Answer::Failed("the host gave no answer".into());
        run.answer(&id, convert::answer(answers.next().unwrap_or_else(missing)))?;
    }
    Ok(())
}

/// A store error for the report.
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
