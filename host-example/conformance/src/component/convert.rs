//! Values of the engine as values of the component, and back.

use std::collections::BTreeMap;

use dreaming::apply::Erasure;
use dreaming::ids::{CallId, ChangeId, RevisionId};
use dreaming::ledger::{LedgerRow, RowWrite};
use dreaming::memory::MemoryPath;
use dreaming::pair::Similarity;
use dreaming::policy::SettingValue;
use dreaming::propose::{Answer, ModelCall};
use dreaming::session::Session;
use dreaming::{Decision, Request, Selection, Time, revision};
use dreaming_testing::{Failure, Need, Revision, Store, StoredMemory};
use dreaming_wasmtime as wasm;

pub(super) fn contents(store: &Store) -> wasm::Contents {
    let memory = |m: &StoredMemory| wasm::Memory {
        path: m.path.clone(),
        text: m.text.clone(),
        observed_at: m.observed_at.map(Time::millis),
    };
    let row = |r: &LedgerRow| wasm::LedgerRow { key: r.key.clone(), value: r.value.clone() };
    wasm::Contents {
        salt: store.salt.clone(),
        head: store.chain.last().cloned(),
        memories: store.memories.iter().map(memory).collect(),
        ledger: store.ledger.iter().map(row).collect(),
        revisions: store.chain.clone(),
    }
}

pub(super) fn to_request(request: &Request) -> wasm::Request {
    let policy: BTreeMap<String, SettingValue> = request.policy.clone().into();
    let setting = |(name, value)| wasm::Setting {
        name,
        value: match value {
            SettingValue::Switch(on) => wasm::SettingValue::Switch(on),
            SettingValue::Integer(number) => wasm::SettingValue::Integer(number),
            SettingValue::Texts(items) => wasm::SettingValue::Texts(items),
        },
    };
    let session = |s: &Session| wasm::Session {
        id: s.id.as_str().into(),
        agent: s.agent.clone(),
        principal: s.principal.clone(),
        parts: s
            .parts
            .iter()
            .map(|p| wasm::Part { name: p.name.clone(), bytes: p.bytes })
            .collect(),
    };
    let similarity = |pair: &Similarity| wasm::Similarity {
        a: pair.a.as_str().into(),
        b: pair.b.as_str().into(),
        similarity: u32::try_from(pair.similarity).unwrap_or(u32::MAX),
    };
    wasm::Request {
        policy: policy.into_iter().map(setting).collect(),
        instructions: request.instructions.clone(),
        now: request.now.millis(),
        sessions: request.sessions.iter().map(session).collect(),
        similarities: request.similarities.iter().map(similarity).collect(),
    }
}

pub(super) fn to_decision(decision: &Decision) -> wasm::Decision {
    let ids = |ids: &[ChangeId]| ids.iter().map(|id| id.as_str().into()).collect();
    wasm::Decision {
        accept: match &decision.accept {
            Selection::Auto => wasm::Selection::Auto,
            Selection::All => wasm::Selection::All,
            Selection::Only(only) => wasm::Selection::Only(ids(only)),
        },
        reject: ids(&decision.reject),
        edits: decision.edits.iter().map(to_rewording).collect(),
        by: to_by(&decision.reviewer, &decision.note, decision.now),
    }
}

pub(super) fn to_by(reviewer: &str, note: &str, now: Time) -> wasm::By {
    wasm::By { reviewer: reviewer.into(), note: note.into(), now: now.millis() }
}

fn to_rewording(edit: &revision::Rewording) -> wasm::Rewording {
    wasm::Rewording { change: edit.change.as_str().into(), text: edit.text.clone() }
}

pub(super) fn to_erasure(what: &Erasure) -> wasm::Erasure {
    match what {
        Erasure::Session(id) => wasm::Erasure::Session(id.as_str().into()),
        Erasure::Entry(id) => wasm::Erasure::Entry(id.as_str().into()),
    }
}

pub(super) fn to_answer(answer: &Answer) -> wasm::Answer {
    match answer {
        Answer::Text { text } => wasm::Answer::Text(text.clone()),
        Answer::Refused => wasm::Answer::Refused,
        Answer::Failed { reason } => wasm::Answer::Failed(reason.clone()),
    }
}

pub(super) fn need(need: wasm::Need) -> Need {
    match need {
        wasm::Need::Sessions(needs) => {
            Need::Sessions(needs.into_iter().map(|n| (n.session, n.parts)).collect())
        }
        wasm::Need::Calls(calls) => Need::Calls(calls.into_iter().map(call).collect()),
        wasm::Need::Done(outcome) => Need::Done { plan: outcome.plan, report: outcome.report },
    }
}

fn call(call: wasm::ModelCall) -> ModelCall {
    ModelCall {
        id: CallId::new(call.id),
        system: call.system,
        prompt: call.prompt,
        schema: call.schema,
        max_tokens: call.max_tokens.into(),
    }
}

pub(super) fn revision(new: wasm::NewRevision) -> Result<Revision, Failure> {
    let memory = |write: wasm::MemoryWrite| {
        let path = MemoryPath::new(write.path).map_err(|e| Failure::new("broken-answer", e))?;
        let observed_at = write.observed_at.map(Time::from_millis);
        Ok(revision::MemoryWrite { path, text: write.text, observed_at })
    };
    let row = |write: wasm::RowWrite| RowWrite { key: write.key, value: write.value };
    Ok(Revision {
        base: new.base.map(RevisionId::new),
        id: RevisionId::new(new.revision),
        record: new.record,
        memories: new.memories.into_iter().map(memory).collect::<Result<_, Failure>>()?,
        ledger: new.ledger.into_iter().map(row).collect(),
    })
}

/// The error by the name that `wit/errors.wit` has for it.
pub(super) fn failure(error: wasm::Error) -> Failure {
    use wasm::EngineError as E;
    let case = match &error {
        wasm::Error::Engine(engine) => match engine {
            E::InvalidSnapshot(_) => "invalid-snapshot",
            E::InvalidRequest(_) => "invalid-request",
            E::InvalidDocument(_) => "invalid-document",
            E::Unexpected(_) => "unexpected",
            E::TooLarge(_) => "too-large",
            E::Stale(_) => "stale",
            E::OtherEngine(_) => "other-engine",
            E::Canceled => "canceled",
            E::Other(_) => "other",
        },
        _ => "dead",
    };
    Failure::new(case, error)
}
