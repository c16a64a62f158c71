//! Converts values of the interface to values of the engine and back; each conversion is only here.

use dreaming::dream::{self, Outcome};
use dreaming::ids::{CallId, ChangeId, EntryId, SessionId};
use dreaming::interface::{self, EngineError, NewMemory};
use dreaming::ledger::{LedgerRow, RowWrite};
use dreaming::pair::Similarity;
use dreaming::propose::{Answer, ModelCall};
use dreaming::revision::{Decision, MemoryWrite, NewRevision, Rewording, Selection};
use dreaming::run;
use dreaming::session::{Part, Session};
use dreaming::time::Time;

use crate::bindings::dreaming::engine::types as wire;
use crate::settings;

pub(crate) fn memory(memory: wire::Memory) -> NewMemory {
    NewMemory { path: memory.path, text: memory.text, observed_at: memory.observed_at }
}

pub(crate) fn row(row: wire::LedgerRow) -> LedgerRow {
    LedgerRow { key: row.key, value: row.value }
}

pub(crate) fn session(session: wire::Session) -> Session {
    let part = |part: wire::Part| Part { name: part.name, bytes: part.bytes };
    Session {
        id: SessionId::new(session.id),
        agent: session.agent,
        principal: session.principal,
        parts: session.parts.into_iter().map(part).collect(),
    }
}

pub(crate) fn request(request: wire::Request) -> Result<dream::Request, EngineError> {
    Ok(dream::Request {
        policy: settings::policy(request.policy)?,
        instructions: request.instructions,
        now: Time::from_millis(request.now),
        sessions: request.sessions.into_iter().map(session).collect(),
        similarities: request.similarities.into_iter().map(similarity).collect(),
    })
}

pub(crate) fn terms(request: wire::RunRequest) -> Result<run::RunRequest, EngineError> {
    Ok(run::RunRequest {
        policy: settings::policy(request.policy)?,
        instructions: request.instructions,
        now: Time::from_millis(request.now),
        mode: match request.mode {
            wire::Mode::Propose => run::Mode::Propose,
            wire::Mode::Auto => run::Mode::Auto,
        },
    })
}

fn similarity(pair: wire::Similarity) -> Similarity {
    let similarity = pair.similarity.into();
    Similarity { a: EntryId::new(pair.a), b: EntryId::new(pair.b), similarity }
}

pub(crate) fn answer(answer: wire::Answer) -> Answer {
    match answer {
        wire::Answer::Text(text) => Answer::Text { text },
        wire::Answer::Refused => Answer::Refused,
        wire::Answer::Failed(reason) => Answer::Failed { reason },
    }
}

pub(crate) fn decision(decision: wire::Decision) -> Decision {
    let ids = |ids: Vec<String>| ids.into_iter().map(ChangeId::new).collect();
    Decision {
        accept: match decision.accept {
            wire::Selection::Auto => Selection::Auto,
            wire::Selection::All => Selection::All,
            wire::Selection::Only(changes) => Selection::Only(ids(changes)),
        },
        reject: ids(decision.reject),
        edits: decision.edits.into_iter().map(rewording).collect(),
        reviewer: decision.by.reviewer,
        note: decision.by.note,
        now: Time::from_millis(decision.by.now),
    }
}

fn rewording(edit: wire::Rewording) -> Rewording {
    Rewording { change: ChangeId::new(edit.change), text: edit.text }
}

pub(crate) fn model_call(call: ModelCall) -> wire::ModelCall {
    wire::ModelCall {
        id: call.id.to_string(),
        system: call.system,
        prompt: call.prompt,
        schema: call.schema,
        max_tokens: u32::try_from(call.max_tokens).unwrap_or(u32::MAX),
    }
}

pub(crate) fn outcome(outcome: &Outcome) -> Result<wire::Outcome, EngineError> {
    let (plan, report) = interface::documents(outcome)?;
    Ok(wire::Outcome { plan, report })
}

pub(crate) fn progress(progress: run::Progress) -> wire::Progress {
    let recorded = |(call, answer): (CallId, Answer)| wire::RecordedAnswer {
        call: call.to_string(),
        answer: match answer {
            Answer::Text { text } => wire::Answer::Text(text),
            Answer::Refused => wire::Answer::Refused,
            Answer::Failed { reason } => wire::Answer::Failed(reason),
        },
    };
    wire::Progress {
        checkpoint: progress.checkpoint,
        answers: progress.answers.into_iter().map(recorded).collect(),
    }
}

pub(crate) fn ended(ended: run::RunOutcome) -> Result<wire::RunOutcome, EngineError> {
    Ok(wire::RunOutcome {
        base: ended.outcome.plan.base.as_ref().map(ToString::to_string),
        outcome: outcome(&ended.outcome)?,
        committed: ended.committed.map(|id| id.to_string()),
    })
}

pub(crate) fn new_revision(revision: NewRevision) -> wire::NewRevision {
    let memory = |write: MemoryWrite| wire::MemoryWrite {
        path: write.path.into(),
        text: write.text,
        observed_at: write.observed_at.map(Time::millis),
    };
    let row = |write: RowWrite| wire::RowWrite { key: write.key, value: write.value };
    wire::NewRevision {
        base: revision.base.map(|id| id.to_string()),
        revision: revision.id.to_string(),
        record: revision.bytes,
        memories: revision.memories.into_iter().map(memory).collect(),
        ledger: revision.ledger.into_iter().map(row).collect(),
    }
}
