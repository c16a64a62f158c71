//! Interface `running`.

use std::cell::RefCell;

use dreaming::ids::{CallId, SessionId};
use dreaming::run;

use crate::Component;
use crate::bindings::dreaming::engine::types::{Progress, RunRequest};
use crate::bindings::exports::dreaming::engine::running::{
    Chunk, Guest, GuestRun, Missed, Need, Piece, Run, Supply,
};
use crate::convert;
use crate::errors::EngineError;

/// The resource `run`.
pub(crate) struct Held(RefCell<run::Run>);

impl Held {
    pub(crate) fn begin(request: RunRequest) -> Result<Self, EngineError> {
        Ok(Self(RefCell::new(run::Run::start(convert::terms(request)?)?)))
    }
}

impl GuestRun for Held {
    fn start(request: RunRequest) -> Result<Run, EngineError> {
        Ok(Run::new(Self::begin(request)?))
    }

    fn poll(&self) -> Result<Need, EngineError> {
        let piece = |piece: run::Piece| Piece {
            session: piece.session.to_string(),
            part: piece.part,
            offset: piece.offset,
        };
        Ok(match self.0.borrow_mut().poll()? {
            run::Need::Open => Need::Open,
            run::Need::Memories(after) => Need::Memories(after),
            run::Need::Ledger(after) => Need::Ledger(after),
            run::Need::Revisions(after) => Need::Revisions(after),
            run::Need::Sessions(after) => Need::Sessions(after.map(|id| id.to_string())),
            run::Need::Read(pieces) => Need::Read(pieces.into_iter().map(piece).collect()),
            run::Need::Calls(calls) => {
                Need::Calls(calls.into_iter().map(convert::model_call).collect())
            }
            run::Need::Keep(progress) => Need::Keep(convert::progress(progress)),
            run::Need::Commit(revision) => Need::Commit(convert::new_revision(*revision)),
            run::Need::Done(ended) => Need::Done(convert::ended(*ended)?),
        })
    }

    fn bring(&self, what: Supply) -> Result<(), EngineError> {
        let mut run = self.0.borrow_mut();
        match what {
            Supply::Opened(store) => {
                run.opened(&store.salt, store.head.as_deref(), store.checkpoint)
            }
            Supply::Memories(page) => run.memories(page.into_iter().map(convert::memory).collect()),
            Supply::Ledger(page) => {
                run.ledger(&page.into_iter().map(convert::row).collect::<Vec<_>>())
            }
            Supply::Revisions(page) => run.revisions(&page),
            Supply::Sessions(page) => {
                run.sessions(page.into_iter().map(convert::session).collect())
            }
            Supply::Bytes(Chunk { session, part, bytes, last }) => {
                run.feed(&SessionId::new(session), &part, &bytes, last)
            }
            Supply::Missed(Missed { session, part, reason }) => {
                run.miss(&SessionId::new(session), &part, &reason)
            }
            Supply::Answer(said) => {
                run.answer(&CallId::new(said.call), convert::answer(said.answer))
            }
            Supply::Kept => {
                run.kept();
                Ok(())
            }
            Supply::Committed => run.committed(),
        }?;
        Ok(())
    }

    fn progress(&self) -> Option<Progress> {
        self.0.borrow().progress().map(convert::progress)
    }
}

impl Guest for Component {
    type Run = Held;
}
