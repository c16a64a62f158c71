//! Interface `running` of `wit/`.

use dreaming::Request;
use dreaming::ids::{CallId, SessionId};
use dreaming::interface::EngineError;
use dreaming::ledger::LedgerRow;
use dreaming::policy::MAX_CALLS;
use dreaming::run::{Mode, Run, RunRequest};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::cross::{self, Crossing, raise};
use crate::{results, values};

/// A whole run: from opening a store to the commits that its mode allows.
#[wasm_bindgen]
pub struct RawRun(Run);

#[wasm_bindgen]
impl RawRun {
    /// Begins a run. `request` is JSON of `Request`, whose sessions are ignored; `auto`: apply
    /// changes with gate `auto`.
    pub fn start(request: &[u8], auto: bool) -> Crossing<RawRun> {
        let request: values::Request =
            cross::read("request", request, EngineError::InvalidRequest)?;
        let Request { policy, instructions, now, .. } = request.try_into().map_err(raise)?;
        let mode = if auto { Mode::Auto } else { Mode::Propose };
        Ok(Self(Run::start(RunRequest { policy, instructions, now, mode }).map_err(raise)?))
    }

    /// The model calls that the terms allow.
    #[wasm_bindgen(js_name = maxCalls)]
    pub fn max_calls(&self) -> u32 {
        let most = self.0.request().policy.number(&MAX_CALLS);
        u32::try_from(most).unwrap_or(u32::MAX)
    }

    /// The sessions of the dream; 0 before they are known.
    pub fn count(&self) -> usize {
        self.0.request().sessions.len()
    }

    /// What is needed next.
    pub fn poll(&mut self) -> Crossing<JsValue> {
        let need = self.0.poll().map_err(raise)?;
        cross::object(&results::RunNeed::try_from(need).map_err(raise)?)
    }

    /// Takes salt, head and checkpoint of the opened store.
    pub fn opened(
        &mut self,
        salt: &[u8],
        head: Option<Vec<u8>>,
        checkpoint: Option<Vec<u8>>,
    ) -> Crossing<()> {
        self.0.opened(cross::text("salt", salt)?, head.as_deref(), checkpoint).map_err(raise)
    }

    /// The next memories: JSON of `Memory[]`.
    pub fn memories(&mut self, page: &[u8]) -> Crossing<()> {
        let page: Vec<values::Memory> =
            cross::read("memories", page, EngineError::InvalidSnapshot)?;
        self.0.memories(page.into_iter().map(Into::into).collect()).map_err(raise)
    }

    /// The next ledger rows: JSON of `LedgerRow[]`.
    pub fn ledger(&mut self, page: &[u8]) -> Crossing<()> {
        let page: Vec<values::LedgerRow> =
            cross::read("ledger", page, EngineError::InvalidSnapshot)?;
        let page: Vec<LedgerRow> = page.into_iter().map(Into::into).collect();
        self.0.ledger(&page).map_err(raise)
    }

    /// The next revision records: JSON of their texts.
    pub fn revisions(&mut self, page: &[u8]) -> Crossing<()> {
        let page: Vec<String> = cross::read("revisions", page, EngineError::InvalidSnapshot)?;
        let page: Vec<Vec<u8>> = page.into_iter().map(String::into_bytes).collect();
        self.0.revisions(&page).map_err(raise)
    }

    /// The next sessions: JSON of `Session[]`.
    pub fn sessions(&mut self, page: &[u8]) -> Crossing<()> {
        let page: Vec<values::Session> = cross::read("session", page, EngineError::InvalidRequest)?;
        self.0.sessions(page.into_iter().map(Into::into).collect()).map_err(raise)
    }

    /// Brings the next bytes of a part.
    pub fn feed(&mut self, session: &[u8], part: &[u8], bytes: &[u8], last: bool) -> Crossing<()> {
        let session = SessionId::new(cross::text("session", session)?);
        self.0.feed(&session, cross::text("part", part)?, bytes, last).map_err(raise)
    }

    /// Says that a part cannot be read.
    pub fn miss(&mut self, session: &[u8], part: &[u8], reason: &[u8]) -> Crossing<()> {
        let session = SessionId::new(cross::text("session", session)?);
        let (part, reason) = (cross::text("part", part)?, cross::text("reason", reason)?);
        self.0.miss(&session, part, reason).map_err(raise)
    }

    /// Takes the answer to a model call: JSON of `Answer`.
    pub fn answer(&mut self, call: &[u8], answer: &[u8]) -> Crossing<()> {
        let answer: values::Answer = cross::read("answer", answer, EngineError::InvalidRequest)?;
        let call = CallId::new(cross::text("call", call)?);
        self.0.answer(&call, answer.into()).map_err(raise)
    }

    /// Checkpoint and answers to keep, if anything came in since progress was last kept.
    pub fn progress(&self) -> Crossing<JsValue> {
        match self.0.progress() {
            Some(progress) => cross::object(&results::Progress::try_from(progress).map_err(raise)?),
            None => Ok(JsValue::UNDEFINED),
        }
    }

    /// Says that the store kept the progress.
    pub fn kept(&mut self) {
        self.0.kept();
    }

    /// Says that the store has the revision.
    pub fn committed(&mut self) -> Crossing<()> {
        self.0.committed().map_err(raise)
    }
}
