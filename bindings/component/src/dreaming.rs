//! Interface `dreaming`.

use std::cell::RefCell;

use dreaming::dream::{self, Dream as EngineDream};
use dreaming::ids::SessionId;
use dreaming::interface;

use crate::Component;
use crate::bindings::dreaming::engine::types::{Answer, Document, Request};
use crate::bindings::exports::dreaming::engine::chain::SnapshotBorrow;
use crate::bindings::exports::dreaming::engine::dreaming::{
    Dream, Guest, GuestDream, Need, SessionNeed,
};
use crate::chain::Held;
use crate::convert;
use crate::errors::EngineError;

/// The resource `dream`.
pub(crate) struct Running(RefCell<EngineDream>);

impl Running {
    fn handle(dream: EngineDream) -> Dream {
        Dream::new(Self(RefCell::new(dream)))
    }
}

impl GuestDream for Running {
    fn start(request: Request, store: SnapshotBorrow<'_>) -> Result<Dream, EngineError> {
        let store = store.get::<Held>().0.borrow();
        Ok(Self::handle(EngineDream::start(convert::request(request)?, &store)?))
    }

    fn poll(&self) -> Result<Need, EngineError> {
        need(self.0.borrow_mut().poll()?)
    }

    fn feed(
        &self,
        session: String,
        part: String,
        chunk: Vec<u8>,
        last: bool,
    ) -> Result<(), EngineError> {
        Ok(self.0.borrow_mut().feed(&SessionId::new(session), &part, &chunk, last)?)
    }

    fn miss(&self, session: String, reason: String) -> Result<(), EngineError> {
        Ok(self.0.borrow_mut().miss(&SessionId::new(session), &reason)?)
    }

    fn answer(&self, call: String, answer: Answer) -> Result<(), EngineError> {
        Ok(interface::answer(&mut self.0.borrow_mut(), &call, convert::answer(answer))?)
    }

    fn cancel(&self) {
        self.0.borrow_mut().cancel();
    }

    fn checkpoint(&self) -> Result<Document, EngineError> {
        Ok(self.0.borrow().checkpoint()?)
    }

    fn restore(checkpoint: Document, store: SnapshotBorrow<'_>) -> Result<Dream, EngineError> {
        let store = store.get::<Held>().0.borrow();
        Ok(Self::handle(EngineDream::restore(&checkpoint, &store)?))
    }
}

impl Guest for Component {
    type Dream = Running;
}

fn need(need: dream::Need) -> Result<Need, EngineError> {
    let session = |need: dream::SessionNeed| SessionNeed {
        session: need.session.to_string(),
        parts: need.parts,
    };
    Ok(match need {
        dream::Need::Sessions(needs) => Need::Sessions(needs.into_iter().map(session).collect()),
        dream::Need::Calls(calls) => {
            Need::Calls(calls.into_iter().map(convert::model_call).collect())
        }
        dream::Need::Done(outcome) => Need::Done(convert::outcome(&outcome)?),
    })
}
