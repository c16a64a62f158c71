//! Interfaces `chain`, `planning`, `reading` and `policy` of `wit/`.

use dreaming::Time;
use dreaming::gather::Other;
use dreaming::ids::ChangeId;
use dreaming::interface::{self, EngineError};
use dreaming::ledger::LedgerRow;
use dreaming::snapshot::Snapshot;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::cross::{self, Crossing, raise};
use crate::{candidate, results, values};

/// A store at one revision.
#[wasm_bindgen]
pub struct RawSnapshot(pub(crate) Snapshot);

#[wasm_bindgen]
impl RawSnapshot {
    /// An empty store.
    #[wasm_bindgen(constructor)]
    pub fn new(salt: &[u8]) -> Crossing<RawSnapshot> {
        Ok(Self(Snapshot::new(cross::text("salt", salt)?)))
    }

    /// Sets the head from the text of its record.
    #[wasm_bindgen(js_name = setHead)]
    pub fn set_head(&mut self, record: &[u8]) -> Crossing<()> {
        interface::set_head(&mut self.0, record).map_err(raise)
    }

    /// Adds a page: JSON of `Memory[]`.
    #[wasm_bindgen(js_name = addMemories)]
    pub fn add_memories(&mut self, page: &[u8]) -> Crossing<()> {
        let page: Vec<values::Memory> =
            cross::read("memories", page, EngineError::InvalidSnapshot)?;
        let page = page.into_iter().map(Into::into).collect();
        interface::add_memories(&mut self.0, page).map_err(raise)
    }

    /// Adds a page: JSON of `LedgerRow[]`.
    #[wasm_bindgen(js_name = addLedger)]
    pub fn add_ledger(&mut self, page: &[u8]) -> Crossing<()> {
        let page: Vec<values::LedgerRow> =
            cross::read("ledger", page, EngineError::InvalidSnapshot)?;
        let page: Vec<LedgerRow> = page.into_iter().map(Into::into).collect();
        interface::add_ledger(&mut self.0, &page).map_err(raise)
    }

    /// Adds a page: JSON of `Document[]`.
    #[wasm_bindgen(js_name = addDecisions)]
    pub fn add_decisions(&mut self, records: &[u8]) -> Crossing<()> {
        let page: Vec<String> = cross::read("records", records, EngineError::InvalidSnapshot)?;
        interface::add_decisions(&mut self.0, &page).map_err(raise)
    }
}

/// Makes a revision that records what people changed since the head.
#[wasm_bindgen]
pub fn observe(store: &RawSnapshot, now: f64) -> Crossing<JsValue> {
    let now = values::time(now).map_err(raise)?;
    match dreaming::observe(&store.0, now).map_err(raise)? {
        Some(revision) => new_revision(revision),
        None => Ok(JsValue::UNDEFINED),
    }
}

/// Makes a plan from candidates of the host. Both arguments are JSON: of `Candidate[]`, of
/// `Request`.
#[wasm_bindgen]
pub fn plan(store: &RawSnapshot, candidates: &[u8], request: &[u8]) -> Crossing<JsValue> {
    let claims: Vec<candidate::Candidate> =
        cross::read("candidates", candidates, EngineError::InvalidRequest)?;
    let claims: Vec<_> = claims.into_iter().map(Into::into).collect();
    let request: values::Request = cross::read("request", request, EngineError::InvalidRequest)?;
    let request = dreaming::Request::try_from(request).map_err(raise)?;
    let outcome = interface::plan(&store.0, &claims, request).map_err(raise)?;
    cross::object(&results::documents(&outcome).map_err(raise)?)
}

/// Applies a plan with JSON of `Decision`.
#[wasm_bindgen]
pub fn apply(store: &RawSnapshot, plan: &[u8], decision: &[u8]) -> Crossing<JsValue> {
    let decision: values::Decision =
        cross::read("decision", decision, EngineError::InvalidRequest)?;
    new_revision(interface::apply(&store.0, plan, &decision.into()).map_err(raise)?)
}

/// Makes a revision with the state of `target`; `decision` is JSON of reviewer, note and now.
#[wasm_bindgen]
pub fn revert(store: &RawSnapshot, target: &RawSnapshot, decision: &[u8]) -> Crossing<JsValue> {
    let values::Signed { reviewer, note, now } =
        cross::read("decision", decision, EngineError::InvalidRequest)?;
    let now = Time::from_millis(now);
    new_revision(dreaming::revert(&store.0, &target.0, &reviewer, &note, now).map_err(raise)?)
}

/// Makes a revision in which rejections are taken back: JSON of the ids of the changes, and of reviewer, note and now.
#[wasm_bindgen]
pub fn reopen(store: &RawSnapshot, changes: &[u8], decision: &[u8]) -> Crossing<JsValue> {
    let changes: Vec<String> = cross::read("changes", changes, EngineError::InvalidRequest)?;
    let changes: Vec<ChangeId> = changes.into_iter().map(ChangeId::new).collect();
    let values::Signed { reviewer, note, now } =
        cross::read("decision", decision, EngineError::InvalidRequest)?;
    let now = Time::from_millis(now);
    new_revision(dreaming::reopen(&store.0, &changes, &reviewer, &note, now).map_err(raise)?)
}

fn new_revision(revision: dreaming::NewRevision) -> Crossing<JsValue> {
    cross::object(&results::NewRevision::try_from(revision).map_err(raise)?)
}

/// Makes a revision from which a session or an entry is erased. `what` is JSON of `Erasure`,
/// `decision` of reviewer, note and now.
#[wasm_bindgen]
pub fn erase(store: &RawSnapshot, what: &[u8], decision: &[u8]) -> Crossing<JsValue> {
    let what: values::Erasure = cross::read("what", what, EngineError::InvalidRequest)?;
    let values::Signed { reviewer, note, now } =
        cross::read("decision", decision, EngineError::InvalidRequest)?;
    let now = Time::from_millis(now);
    let revision = dreaming::erase(&store.0, &what.into(), &reviewer, &note, now);
    new_revision(revision.map_err(raise)?)
}

/// Makes a revision that takes in another store's memories; `undefined` when nothing in it is new.
#[wasm_bindgen]
pub fn gather(
    store: &RawSnapshot,
    other: &RawSnapshot,
    name: &[u8],
    principal: Option<Vec<u8>>,
    now: f64,
) -> Crossing<JsValue> {
    let name = cross::text("name", name)?;
    let principal = principal.as_deref().map(|name| cross::text("principal", name)).transpose()?;
    let now = values::time(now).map_err(raise)?;
    let other = Other { name, principal, store: &other.0 };
    let revision = dreaming::gather(&store.0, other, now).map_err(raise)?;
    revision.map_or(Ok(JsValue::UNDEFINED), new_revision)
}

/// Makes a plan again over a store that has moved on.
#[wasm_bindgen]
pub fn rebase(store: &RawSnapshot, plan: &[u8], instructions: &[u8]) -> Crossing<String> {
    let instructions = cross::text("instructions", instructions)?;
    let plan = interface::rebase(&store.0, plan, instructions).map_err(raise)?;
    results::text(plan).map_err(raise)
}

/// The changes of a plan.
#[wasm_bindgen]
pub fn changes(plan: &[u8]) -> Crossing<JsValue> {
    let changes = interface::changes(plan).map_err(raise)?;
    cross::object(&changes.into_iter().map(results::Change::from).collect::<Vec<_>>())
}

/// The memories that differ.
#[wasm_bindgen]
pub fn diff(before: &RawSnapshot, after: &RawSnapshot) -> Crossing<JsValue> {
    let differences = before.0.diff(&after.0).into_iter().map(results::Difference::from);
    cross::object(&differences.collect::<Vec<_>>())
}

/// The entries of a store.
#[wasm_bindgen]
pub fn entries(store: &RawSnapshot, offset: u32, limit: u32) -> Crossing<JsValue> {
    let entries = interface::entries(&store.0, offset, limit).map_err(raise)?;
    let entries: Result<Vec<results::Entry>, _> =
        entries.into_iter().map(TryInto::try_into).collect();
    cross::object(&entries.map_err(raise)?)
}

/// What an agent should load for a query.
#[wasm_bindgen]
pub fn pack(
    store: &RawSnapshot,
    query: &[u8],
    budget: u32,
    principal: Option<Vec<u8>>,
) -> Crossing<JsValue> {
    let query = cross::text("query", query)?;
    let principal = principal.as_deref().map(|name| cross::text("principal", name)).transpose()?;
    let packed = interface::pack(&store.0, query, budget, principal).map_err(raise)?;
    cross::object(&packed.into_iter().map(results::Packed::from).collect::<Vec<_>>())
}

/// A file with the entries of a store as its block; `room` is JSON of `Room`.
#[wasm_bindgen]
pub fn render(
    store: &RawSnapshot,
    file: &[u8],
    room: &[u8],
    principal: Option<Vec<u8>>,
) -> Crossing<JsValue> {
    let file = cross::text("file", file)?;
    let room: values::Room = cross::read("room", room, EngineError::InvalidRequest)?;
    let principal = principal.as_deref().map(|name| cross::text("principal", name)).transpose()?;
    let made = interface::render(&store.0, file, room.into(), principal).map_err(raise)?;
    cross::object(&results::Rendering::from(made))
}

/// What people changed in the block of a file.
#[wasm_bindgen(js_name = readBack)]
pub fn read_back(store: &RawSnapshot, file: &[u8]) -> Crossing<JsValue> {
    let file = cross::text("file", file)?;
    let edits = interface::read_back(&store.0, file).map_err(raise)?;
    cross::object(&results::Edits::from(edits))
}

/// A file without its block.
#[wasm_bindgen]
pub fn without(file: &[u8]) -> Crossing<String> {
    interface::without(cross::text("file", file)?).map_err(raise)
}

/// The figures of the sessions that a store knows; `policy` is JSON of the settings.
#[wasm_bindgen]
pub fn stats(store: &RawSnapshot, policy: &[u8], now: f64) -> Crossing<String> {
    let policy = cross::read("policy", policy, EngineError::InvalidRequest)?;
    let policy = values::policy(policy).map_err(raise)?;
    let now = values::time(now).map_err(raise)?;
    results::text(interface::stats(&store.0, &policy, now).map_err(raise)?).map_err(raise)
}

/// Whether a dream can skip a session (JSON of `Session`): it was read as it is now and, for a
/// dream that `asks` a model, it does not wait for an answer.
#[wasm_bindgen(js_name = isDone)]
pub fn is_done(store: &RawSnapshot, session: &[u8], asks: bool) -> Crossing<bool> {
    let session: values::Session = cross::read("session", session, EngineError::InvalidRequest)?;
    Ok(store.0.is_done(&session.into(), asks))
}

/// Checks a revision record against the one before it.
#[wasm_bindgen]
pub fn verify(record: &[u8], parent: Option<Vec<u8>>) -> Crossing<String> {
    let id = interface::verify(record, parent.as_deref()).map_err(raise)?;
    Ok(id.to_string())
}

/// The policy table.
#[wasm_bindgen]
pub fn settings() -> Crossing<JsValue> {
    cross::object(&interface::settings())
}

/// The presets of the policy table.
#[wasm_bindgen]
pub fn presets() -> Crossing<JsValue> {
    cross::object(&interface::presets())
}

/// The fingerprint of this engine.
#[wasm_bindgen]
pub fn fingerprint() -> Crossing<String> {
    results::text(interface::fingerprint()).map_err(raise)
}
