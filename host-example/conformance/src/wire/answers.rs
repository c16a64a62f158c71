//! What the process answers, as values of the engine.

use dreaming::ids::{CallId, RevisionId};
use dreaming::ledger;
use dreaming::memory::MemoryPath;
use dreaming::propose::ModelCall;
use dreaming::{Time, revision};
use dreaming_testing::{Failure, Need, Revision};
use serde::Deserialize;
use serde_json::Value;

use super::read;

#[derive(Deserialize)]
struct SessionNeed {
    session: String,
    parts: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Call {
    id: String,
    system: String,
    prompt: String,
    schema: String,
    max_tokens: u64,
}

#[derive(Deserialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
enum Needed {
    Sessions(Vec<SessionNeed>),
    Calls(Vec<Call>),
    Done { plan: String, report: String },
}

/// What a dream needs next.
pub fn need(value: Value) -> Result<Need, Failure> {
    let call = |c: Call| ModelCall {
        id: CallId::new(c.id),
        system: c.system,
        prompt: c.prompt,
        schema: c.schema,
        max_tokens: c.max_tokens,
    };
    Ok(match read(value)? {
        Needed::Sessions(needs) => {
            Need::Sessions(needs.into_iter().map(|n| (n.session, n.parts)).collect())
        }
        Needed::Calls(calls) => Need::Calls(calls.into_iter().map(call).collect()),
        Needed::Done { plan, report } => {
            Need::Done { plan: plan.into_bytes(), report: report.into_bytes() }
        }
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MemoryWrite {
    path: String,
    text: Option<String>,
    observed_at: Option<i64>,
}

#[derive(Deserialize)]
struct RowWrite {
    key: String,
    value: Option<String>,
}

#[derive(Deserialize)]
struct NewRevision {
    base: Option<String>,
    revision: String,
    record: String,
    memories: Vec<MemoryWrite>,
    ledger: Vec<RowWrite>,
}

/// A revision to store.
pub fn revision(value: Value) -> Result<Revision, Failure> {
    let new: NewRevision = read(value)?;
    let memory = |write: MemoryWrite| {
        let path = MemoryPath::new(write.path).map_err(|e| Failure::new("broken-answer", e))?;
        let observed_at = write.observed_at.map(Time::from_millis);
        Ok(revision::MemoryWrite { path, text: write.text, observed_at })
    };
    let row = |write: RowWrite| ledger::RowWrite {
        key: write.key,
        value: write.value.map(String::into_bytes),
    };
    Ok(Revision {
        base: new.base.map(RevisionId::new),
        id: RevisionId::new(new.revision),
        record: new.record.into_bytes(),
        memories: new.memories.into_iter().map(memory).collect::<Result<_, Failure>>()?,
        ledger: new.ledger.into_iter().map(row).collect(),
    })
}
