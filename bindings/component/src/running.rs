//! Interface `running`.

use std::cell::RefCell;

use dreaming::ids::{CallId, SessionId};
use dreaming::run;

use crate::Component;
use crate::bindings::dreaming::engine::types::{
    Answer, Document, LedgerRow, Memory, Opened, Progress, RunRequest, Session,
};
use crate::bindings::exports::dreaming::engine::running::{Guest, GuestRun, Need, Piece, Run};
use crate::convert;
use crate::errors::EngineError;

/// The resource `run`.
pub(crate) struct Held(RefCell<run::Run>);

impl GuestRun for Held {
    fn start(request: RunRequest) -> Result<Run, EngineError> {
        Ok(Run::new(Self(RefCell::new(run::Run::start(convert::terms(request)?)?))))
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

    fn opened(&self, store: Opened) -> Result<(), EngineError> {
        let Opened { salt, head, checkpoint } = store;
        Ok(self.0.borrow_mut().opened(&salt, head.as_deref(), checkpoint)?)
    }

    fn memories(&self, page: Vec<Memory>) -> Result<(), EngineError> {
        Ok(self.0.borrow_mut().memories(page.into_iter().map(convert::memory).collect())?)
    }

    fn ledger(&self, page: Vec<LedgerRow>) -> Result<(), EngineError> {
        let page: Vec<_> = page.into_iter().map(convert::row).collect();
        Ok(self.0.borrow_mut().ledger(&page)?)
    }

    fn revisions(&self, page: Vec<Document>) -> Result<(), EngineError> {
        Ok(self.0.borrow_mut().revisions(&page)?)
    }

    fn sessions(&self, page: Vec<Session>) -> Result<(), EngineError> {
        Ok(self.0.borrow_mut().sessions(page.into_iter().map(convert::session).collect())?)
    }

    fn feed(
        &self,
        session: String,
        part: String,
        bytes: Vec<u8>,
        last: bool,
    ) -> Result<(), EngineError> {
        Ok(self.0.borrow_mut().feed(&SessionId::new(session), &part, &bytes, last)?)
    }

    fn miss(&self, session: String, part: String, reason: String) -> Result<(), EngineError> {
        Ok(self.0.borrow_mut().miss(&SessionId::new(session), &part, &reason)?)
    }

    fn answer(&self, call: String, answer: Answer) -> Result<(), EngineError> {
        Ok(self.0.borrow_mut().answer(&CallId::new(call), convert::answer(answer))?)
    }

    fn progress(&self) -> Result<Option<Progress>, EngineError> {
        Ok(self.0.borrow().progress()?.map(convert::progress))
    }

    fn kept(&self) {
        self.0.borrow_mut().kept();
    }

    fn committed(&self) -> Result<(), EngineError> {
        Ok(self.0.borrow_mut().committed()?)
    }
}

impl Guest for Component {
    type Run = Held;
}
