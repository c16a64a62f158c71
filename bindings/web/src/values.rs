//! Values of JavaScript to values of the engine, and back, as JSON. The names are those of `wit/` in
//! camel case; a document is its text.

use std::collections::BTreeMap;

use dreaming::dream::{self, Outcome};
use dreaming::ids::{ChangeId, EntryId, SessionId};
use dreaming::interface::{self, EngineError, Invalid, NewMemory};
use dreaming::ledger::Record;
use dreaming::plan::{self, Gate, Operation};
use dreaming::policy::{Policy, Value};
use dreaming::session::{PartDescriptor, SessionDescriptor};
use dreaming::time::Time;
use dreaming::{apply, evidence, pack, propose, revision, snapshot};
use serde::{Deserialize, Serialize};

/// The text of a document that the engine wrote.
///
/// # Errors
/// [`EngineError::Other`], never: the engine writes UTF-8.
pub(crate) fn text(document: Vec<u8>) -> Result<String, EngineError> {
    String::from_utf8(document).map_err(|error| EngineError::Other(error.to_string()))
}

/// Milliseconds since 1970 from a JavaScript number.
///
/// # Errors
/// [`EngineError::InvalidRequest`] for anything but a whole number that a number can hold.
pub(crate) fn time(millis: f64) -> Result<Time, EngineError> {
    const MAX_SAFE: f64 = 9_007_199_254_740_991.0;
    if millis.fract() != 0.0 || !(-MAX_SAFE..=MAX_SAFE).contains(&millis) {
        let why = "a time is a whole number of milliseconds since 1970";
        return Err(EngineError::InvalidRequest(Invalid::new("now", why)));
    }
    Ok(Time::from_millis(millis as i64))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Memory {
    path: String,
    text: String,
    observed_at: Option<i64>,
}

impl From<Memory> for NewMemory {
    fn from(memory: Memory) -> Self {
        Self { path: memory.path, text: memory.text, observed_at: memory.observed_at }
    }
}

#[derive(Deserialize)]
pub(crate) struct LedgerRow {
    key: String,
    value: String,
}

impl From<LedgerRow> for Record {
    fn from(row: LedgerRow) -> Self {
        Self { key: row.key, bytes: row.value.into_bytes() }
    }
}

#[derive(Deserialize)]
pub(crate) struct Session {
    id: String,
    agent: Option<String>,
    principal: Option<String>,
    parts: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    name: String,
    bytes: u64,
}

impl From<Session> for SessionDescriptor {
    fn from(session: Session) -> Self {
        let part = |part: Part| PartDescriptor { name: part.name, bytes: part.bytes };
        Self {
            id: SessionId::new(session.id),
            agent: session.agent,
            principal: session.principal,
            parts: session.parts.into_iter().map(part).collect(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    policy: BTreeMap<String, serde_json::Value>,
    instructions: String,
    now: i64,
    sessions: Vec<Session>,
}

impl TryFrom<Request> for dream::Request {
    type Error = EngineError;

    fn try_from(request: Request) -> Result<Self, EngineError> {
        Ok(Self {
            policy: policy(request.policy)?,
            instructions: request.instructions,
            now: Time::from_millis(request.now),
            sessions: request.sessions.into_iter().map(Into::into).collect(),
        })
    }
}

/// Settings that differ from their defaults.
pub(crate) fn policy(settings: BTreeMap<String, serde_json::Value>) -> Result<Policy, EngineError> {
    let mut typed = Vec::with_capacity(settings.len());
    for (name, value) in settings {
        let value: Value = serde_json::from_value(value).map_err(|_| {
            let why = "a setting takes true or false, a whole number from 0, or a list of texts";
            EngineError::InvalidRequest(Invalid::new(&name, why))
        })?;
        typed.push((name, value));
    }
    interface::policy(typed)
}

#[derive(Deserialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub(crate) enum Answer {
    Text(String),
    Refused,
    Failed(String),
}

impl From<Answer> for propose::Answer {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Text(text) => Self::Text { text },
            Answer::Refused => Self::Refused,
            Answer::Failed(reason) => Self::Failed { reason },
        }
    }
}

#[derive(Deserialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
enum Selection {
    Auto,
    All,
    Only(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rewording {
    change: String,
    text: String,
}

impl From<Rewording> for revision::Rewording {
    fn from(edit: Rewording) -> Self {
        Self { change: ChangeId::new(edit.change), text: edit.text }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Decision {
    accept: Selection,
    reject: Vec<String>,
    #[serde(default)]
    edits: Vec<Rewording>,
    reviewer: String,
    note: String,
    now: i64,
}

impl From<Decision> for revision::Decision {
    fn from(decision: Decision) -> Self {
        let ids = |ids: Vec<String>| ids.into_iter().map(ChangeId::new).collect();
        Self {
            accept: match decision.accept {
                Selection::Auto => revision::Selection::Auto,
                Selection::All => revision::Selection::All,
                Selection::Only(changes) => revision::Selection::Only(ids(changes)),
            },
            reject: ids(decision.reject),
            edits: decision.edits.into_iter().map(Into::into).collect(),
            reviewer: decision.reviewer,
            note: decision.note,
            now: Time::from_millis(decision.now),
        }
    }
}

#[derive(Deserialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub(crate) enum Erasure {
    Session(String),
    Entry(String),
}

impl From<Erasure> for apply::Erasure {
    fn from(what: Erasure) -> Self {
        match what {
            Erasure::Session(id) => Self::Session(SessionId::new(id)),
            Erasure::Entry(id) => Self::Entry(EntryId::new(id)),
        }
    }
}

/// Who decides, why and when.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Signed {
    pub(crate) reviewer: String,
    pub(crate) note: String,
    pub(crate) now: i64,
}

#[derive(Serialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub(crate) enum Need {
    Sessions(Vec<SessionNeed>),
    Calls(Vec<ModelCall>),
    Done(Documents),
}

#[derive(Serialize)]
pub(crate) struct SessionNeed {
    session: String,
    parts: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ModelCall {
    id: String,
    system: String,
    prompt: String,
    schema: String,
    max_tokens: u64,
}

#[derive(Serialize)]
pub(crate) struct Documents {
    plan: String,
    report: String,
}

impl TryFrom<dream::Need> for Need {
    type Error = EngineError;

    fn try_from(need: dream::Need) -> Result<Self, EngineError> {
        let session = |need: dream::SessionNeed| SessionNeed {
            session: need.session.to_string(),
            parts: need.parts,
        };
        let call = |call: propose::ModelCall| ModelCall {
            id: call.id.to_string(),
            system: call.system,
            prompt: call.prompt,
            schema: call.schema,
            max_tokens: call.max_tokens,
        };
        Ok(match need {
            dream::Need::Sessions(needs) => {
                Self::Sessions(needs.into_iter().map(session).collect())
            }
            dream::Need::Calls(calls) => Self::Calls(calls.into_iter().map(call).collect()),
            dream::Need::Done(outcome) => Self::Done(documents(&outcome)?),
        })
    }
}

pub(crate) fn documents(outcome: &Outcome) -> Result<Documents, EngineError> {
    let (plan, report) = interface::documents(outcome)?;
    Ok(Documents { plan: text(plan)?, report: text(report)? })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewRevision {
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<String>,
    revision: String,
    record: String,
    memories: Vec<MemoryWrite>,
    ledger: Vec<RowWrite>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MemoryWrite {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    observed_at: Option<i64>,
}

#[derive(Serialize)]
struct RowWrite {
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

impl TryFrom<revision::NewRevision> for NewRevision {
    type Error = EngineError;

    fn try_from(new: revision::NewRevision) -> Result<Self, EngineError> {
        let memory = |write: revision::MemoryWrite| MemoryWrite {
            path: write.path.into(),
            text: write.text,
            observed_at: write.observed_at.map(Time::millis),
        };
        let mut ledger = Vec::with_capacity(new.ledger.len());
        for row in new.ledger {
            ledger.push(RowWrite { key: row.key, value: row.bytes.map(text).transpose()? });
        }
        Ok(Self {
            base: new.base.map(|id| id.to_string()),
            revision: new.id.to_string(),
            record: text(new.bytes)?,
            memories: new.memories.into_iter().map(memory).collect(),
            ledger,
        })
    }
}

/// A change in the fields that a review shows; the plan has all of them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Change {
    id: String,
    operation: Operation,
    path: String,
    targets: Vec<plan::Target>,
    #[serde(skip_serializing_if = "Option::is_none")]
    survivor: Option<plan::Target>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<dreaming::kind::Kind>,
    cause: plan::Cause,
    because: String,
    trust: dreaming::trust::Trust,
    tier: dreaming::ledger::Tier,
    support: dreaming::ledger::Support,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<String>,
    evidence: Vec<Evidence>,
    score: u64,
    gate: Gate,
    gate_reason: String,
}

#[derive(Serialize)]
struct Evidence {
    session: String,
    part: String,
    line: u64,
    event: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<i64>,
    provenance: dreaming::trust::Provenance,
    start: u64,
    end: u64,
    quote: String,
    claimed: bool,
}

impl From<plan::Change> for Change {
    fn from(change: plan::Change) -> Self {
        let evidence = |evidence: evidence::Evidence| Evidence {
            session: evidence.session.to_string(),
            part: evidence.part,
            line: evidence.line,
            event: evidence.event,
            time: evidence.time.map(Time::millis),
            provenance: evidence.provenance,
            start: evidence.start,
            end: evidence.end,
            quote: evidence.quote,
            claimed: evidence.claimed,
        };
        Self {
            id: change.id.to_string(),
            operation: change.operation,
            path: change.path.into(),
            targets: change.targets,
            survivor: change.survivor,
            text: change.text,
            kind: change.kind,
            cause: change.cause,
            because: change.because,
            trust: change.trust,
            tier: change.tier,
            support: change.support,
            principal: change.principal,
            evidence: change.evidence.into_iter().map(evidence).collect(),
            score: change.score.total,
            gate: change.gate,
            gate_reason: change.gate_reason,
        }
    }
}

#[derive(Serialize)]
pub(crate) struct Difference {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

impl From<snapshot::Difference> for Difference {
    fn from(difference: snapshot::Difference) -> Self {
        Self { path: difference.path.into(), before: difference.before, after: difference.after }
    }
}

#[derive(Serialize)]
pub(crate) struct Entry {
    id: String,
    path: String,
    line: u64,
    text: String,
    ledger: String,
}

impl TryFrom<interface::Entry> for Entry {
    type Error = EngineError;

    fn try_from(entry: interface::Entry) -> Result<Self, EngineError> {
        Ok(Self {
            id: entry.id.to_string(),
            path: entry.path.into(),
            line: entry.line,
            text: entry.text,
            ledger: text(entry.ledger)?,
        })
    }
}

#[derive(Serialize)]
pub(crate) struct Packed {
    entry: String,
    path: String,
    line: u64,
    headings: Vec<String>,
    text: String,
    score: u64,
    tokens: u64,
}

impl From<pack::Packed> for Packed {
    fn from(packed: pack::Packed) -> Self {
        Self {
            entry: packed.entry.to_string(),
            path: packed.path.into(),
            line: packed.line,
            headings: packed.headings,
            text: packed.text,
            score: packed.score,
            tokens: packed.tokens,
        }
    }
}
