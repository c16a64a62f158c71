//! Turns values of the engine into values of JavaScript, as JSON. The names are those of `wit/` in
//! camel case; a document is its text.

use dreaming::dream::{self, Outcome};
use dreaming::interface::{self, EngineError};
use dreaming::plan::{self, Gate, Operation};
use dreaming::time::Time;
use dreaming::{evidence, home, pack, propose, revision, run, snapshot};
use serde::Serialize;

/// The text of a document that the engine wrote.
///
/// # Errors
/// [`EngineError::Other`] for bytes that are not UTF-8. The engine writes none.
pub(crate) fn text(document: Vec<u8>) -> Result<String, EngineError> {
    String::from_utf8(document).map_err(|error| EngineError::Other(error.to_string()))
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
        Ok(match need {
            dream::Need::Sessions(needs) => {
                Self::Sessions(needs.into_iter().map(session).collect())
            }
            dream::Need::Calls(calls) => Self::Calls(model_calls(calls)),
            dream::Need::Done(outcome) => Self::Done(documents(&outcome)?),
        })
    }
}

fn model_calls(calls: Vec<propose::ModelCall>) -> Vec<ModelCall> {
    let call = |call: propose::ModelCall| ModelCall {
        id: call.id.to_string(),
        system: call.system,
        prompt: call.prompt,
        schema: call.schema,
        max_tokens: call.max_tokens,
    };
    calls.into_iter().map(call).collect()
}

#[derive(Serialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
pub(crate) enum RunNeed {
    Open,
    Memories(Option<String>),
    Ledger(Option<String>),
    Revisions(u64),
    Sessions(Option<String>),
    /// Grouped by session: a host that reads streams opens the parts of a session one by one.
    Read(Vec<SessionNeed>),
    Calls(Vec<ModelCall>),
    Keep(Progress),
    Commit(NewRevision),
    Done(Ended),
}

#[derive(Serialize)]
pub(crate) struct Progress {
    checkpoint: String,
    answers: Vec<RecordedAnswer>,
}

#[derive(Serialize)]
struct RecordedAnswer {
    call: String,
    answer: Answer,
}

#[derive(Serialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
enum Answer {
    Text(String),
    Refused,
    Failed(String),
}

#[derive(Serialize)]
pub(crate) struct Ended {
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<String>,
    plan: String,
    report: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    committed: Option<String>,
}

impl TryFrom<run::Need> for RunNeed {
    type Error = EngineError;

    fn try_from(need: run::Need) -> Result<Self, EngineError> {
        Ok(match need {
            run::Need::Open => Self::Open,
            run::Need::Memories(after) => Self::Memories(after),
            run::Need::Ledger(after) => Self::Ledger(after),
            run::Need::Revisions(after) => Self::Revisions(after),
            run::Need::Sessions(after) => Self::Sessions(after.map(|id| id.to_string())),
            run::Need::Read(pieces) => {
                let mut needs: Vec<SessionNeed> = Vec::new();
                for piece in pieces {
                    let session = piece.session.to_string();
                    match needs.last_mut().filter(|need| need.session == session) {
                        Some(need) => need.parts.push(piece.part),
                        None => needs.push(SessionNeed { session, parts: vec![piece.part] }),
                    }
                }
                Self::Read(needs)
            }
            run::Need::Calls(calls) => Self::Calls(model_calls(calls)),
            run::Need::Keep(progress) => Self::Keep(progress.try_into()?),
            run::Need::Commit(revision) => Self::Commit((*revision).try_into()?),
            run::Need::Done(ended) => {
                let Documents { plan, report } = documents(&ended.outcome)?;
                let base = ended.outcome.plan.base.as_ref().map(ToString::to_string);
                let committed = ended.committed.map(|id| id.to_string());
                Self::Done(Ended { base, plan, report, committed })
            }
        })
    }
}

impl TryFrom<run::Progress> for Progress {
    type Error = EngineError;

    fn try_from(progress: run::Progress) -> Result<Self, EngineError> {
        let answer = |answer| match answer {
            propose::Answer::Text { text } => Answer::Text(text),
            propose::Answer::Refused => Answer::Refused,
            propose::Answer::Failed { reason } => Answer::Failed(reason),
        };
        let answers = progress.answers.into_iter();
        Ok(Self {
            checkpoint: text(progress.checkpoint)?,
            answers: answers
                .map(|(call, said)| RecordedAnswer { call: call.to_string(), answer: answer(said) })
                .collect(),
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
            ledger.push(RowWrite { key: row.key, value: row.value.map(text).transpose()? });
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
    after: Option<plan::Target>,
    step: bool,
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
    alone: bool,
    needs: Vec<String>,
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
            after: change.after,
            step: change.step,
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
            alone: change.alone,
            needs: change.needs.iter().map(ToString::to_string).collect(),
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
#[serde(rename_all = "camelCase")]
pub(crate) struct Rendering {
    text: String,
    entries: u64,
    left_out: u64,
}

impl From<home::Rendering> for Rendering {
    fn from(made: home::Rendering) -> Self {
        let home::Rendering { text, entries, left_out } = made;
        Self { text, entries, left_out }
    }
}

#[derive(Serialize)]
pub(crate) struct Edits {
    edited: Vec<Edited>,
    memories: Vec<EditedMemory>,
    stuck: Vec<String>,
}

#[derive(Serialize)]
struct Edited {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

#[derive(Serialize)]
struct EditedMemory {
    path: String,
    text: String,
}

impl From<home::Edits> for Edits {
    fn from(edits: home::Edits) -> Self {
        let edited = edits.edited.into_iter().map(|home::Edited { path, before, after }| Edited {
            path: path.into(),
            before,
            after,
        });
        let memories = edits.memories.into_iter();
        let memories = memories.map(|(path, text)| EditedMemory { path: path.into(), text });
        Self { edited: edited.collect(), memories: memories.collect(), stuck: edits.stuck }
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
            text: packed.said(),
            entry: packed.entry.to_string(),
            path: packed.path.into(),
            line: packed.line,
            headings: packed.headings,
            score: packed.score,
            tokens: packed.tokens,
        }
    }
}
