//! Interface `dreaming`.

use std::cell::RefCell;

use dreaming::dream::{self, Dream as EngineDream};
use dreaming::ids::SessionId;

use crate::Component;
use crate::bindings::dreaming::engine::types::{Answer, Document, Request};
use crate::bindings::exports::dreaming::engine::consolidation::SnapshotBorrow;
use crate::bindings::exports::dreaming::engine::dreaming::{
    Dream, Guest, GuestDream, Need, SessionNeed,
};
use crate::consolidation::Held;
use crate::convert;
use crate::errors::{self, EngineError, check_size};

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
        let dream = EngineDream::start(convert::request(request)?, &store);
        Ok(Self::handle(dream.map_err(errors::dream)?))
    }

    fn poll(&self) -> Result<Need, EngineError> {
        need(self.0.borrow_mut().poll().map_err(errors::dream)?)
    }

    fn feed(
        &self,
        session: String,
        part: String,
        chunk: Vec<u8>,
        last: bool,
    ) -> Result<(), EngineError> {
        check_size("chunk", chunk.len())?;
        let fed = self.0.borrow_mut().feed(&SessionId::new(session), &part, &chunk, last);
        fed.map_err(errors::dream)
    }

    fn miss(&self, session: String, reason: String) -> Result<(), EngineError> {
        let missed = self.0.borrow_mut().miss(&SessionId::new(session), &reason);
        missed.map_err(errors::dream)
    }

    fn answer(&self, call: String, answer: Answer) -> Result<(), EngineError> {
        let answered = self.0.borrow_mut().answer(&convert::call_id(call), convert::answer(answer));
        answered.map_err(errors::dream)
    }

    fn cancel(&self) {
        self.0.borrow_mut().cancel();
    }

    fn checkpoint(&self) -> Result<Document, EngineError> {
        self.0.borrow().checkpoint().map_err(errors::dream)
    }

    fn restore(checkpoint: Document, store: SnapshotBorrow<'_>) -> Result<Dream, EngineError> {
        let store = store.get::<Held>().0.borrow();
        let dream = EngineDream::restore(&checkpoint, &store);
        Ok(Self::handle(dream.map_err(errors::dream)?))
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
