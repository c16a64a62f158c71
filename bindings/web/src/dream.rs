//! Interface `dreaming` of `wit/`.

use dreaming::Dream;
use dreaming::ids::SessionId;
use dreaming::interface::{self, EngineError};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::cross::{self, Crossing, raise};
use crate::js_chain::RawSnapshot;
use crate::{results, values};

/// One run over one store revision.
#[wasm_bindgen]
pub struct RawDream(Dream);

#[wasm_bindgen]
impl RawDream {
    /// Begins a dream: JSON of `Request`.
    pub fn start(request: &[u8], store: &RawSnapshot) -> Crossing<RawDream> {
        let request: values::Request =
            cross::read("request", request, EngineError::InvalidRequest)?;
        let request = dreaming::Request::try_from(request).map_err(raise)?;
        Ok(Self(Dream::start(request, &store.0).map_err(raise)?))
    }

    /// Goes on from the text of a checkpoint.
    pub fn restore(checkpoint: &[u8], store: &RawSnapshot) -> Crossing<RawDream> {
        Ok(Self(Dream::restore(checkpoint, &store.0).map_err(raise)?))
    }

    /// What is needed next.
    pub fn poll(&mut self) -> Crossing<JsValue> {
        let need = self.0.poll().map_err(raise)?;
        cross::object(&results::Need::try_from(need).map_err(raise)?)
    }

    /// Brings the next bytes of a part.
    pub fn feed(&mut self, session: &[u8], part: &[u8], chunk: &[u8], last: bool) -> Crossing<()> {
        let session = SessionId::new(cross::text("session", session)?);
        self.0.feed(&session, cross::text("part", part)?, chunk, last).map_err(raise)
    }

    /// Says that a session cannot be read.
    pub fn miss(&mut self, session: &[u8], reason: &[u8]) -> Crossing<()> {
        let session = SessionId::new(cross::text("session", session)?);
        self.0.miss(&session, cross::text("reason", reason)?).map_err(raise)
    }

    /// Takes the answer to a model call: JSON of `Answer`.
    pub fn answer(&mut self, call: &[u8], answer: &[u8]) -> Crossing<()> {
        let answer: values::Answer = cross::read("answer", answer, EngineError::InvalidRequest)?;
        interface::answer(&mut self.0, cross::text("call", call)?, answer.into()).map_err(raise)
    }

    /// Ends the dream without a plan.
    pub fn cancel(&mut self) {
        self.0.cancel();
    }

    /// The dream so far, as the text of a checkpoint.
    pub fn checkpoint(&self) -> Crossing<String> {
        results::text(self.0.checkpoint().map_err(raise)?).map_err(raise)
    }
}
