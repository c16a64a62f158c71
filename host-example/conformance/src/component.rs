//! The component on wasmtime as a host.

use std::cell::RefCell;

use dreaming::ids::{CallId, RevisionId};
use dreaming::ledger::RecordWrite;
use dreaming::memory::MemoryPath;
use dreaming::policy::Value;
use dreaming::propose::{Answer, ModelCall};
use dreaming::{Decision, Request, Selection, Time, revision};
use dreaming_testing::{Failure, Host, Need, Revision, Running, Store};
use dreaming_wasmtime as wasm;

/// The component, with one job for each call or dream.
pub struct Component(pub wasm::Engine);

impl Component {
    fn job(&self) -> Result<wasm::Job, Failure> {
        self.0.job().map_err(failure)
    }
}

impl Host for Component {
    fn name(&self) -> &str {
        "wasmtime"
    }

    fn start(&self, request: &Request, store: &Store) -> Result<Box<dyn Running + '_>, Failure> {
        let mut job = self.job()?;
        let snapshot = job.snapshot(&contents(store)).map_err(failure)?;
        let dream = job.start(&to_request(request), &snapshot).map_err(failure)?;
        Ok(Box::new(Dreaming { job: RefCell::new(job), dream }))
    }

    fn restore(&self, checkpoint: &[u8], store: &Store) -> Result<Box<dyn Running + '_>, Failure> {
        let mut job = self.job()?;
        let snapshot = job.snapshot(&contents(store)).map_err(failure)?;
        let dream = job.restore(&checkpoint.to_vec(), &snapshot).map_err(failure)?;
        Ok(Box::new(Dreaming { job: RefCell::new(job), dream }))
    }

    fn observe(&self, store: &Store, now: Time) -> Result<Option<Revision>, Failure> {
        let mut job = self.job()?;
        let snapshot = job.snapshot(&contents(store)).map_err(failure)?;
        job.observe(&snapshot, now.millis()).map_err(failure)?.map(revision).transpose()
    }

    fn apply(&self, store: &Store, plan: &[u8], decision: &Decision) -> Result<Revision, Failure> {
        let mut job = self.job()?;
        let snapshot = job.snapshot(&contents(store)).map_err(failure)?;
        let decision = to_decision(decision);
        revision(job.apply(&snapshot, &plan.to_vec(), &decision).map_err(failure)?)
    }

    fn revert(
        &self,
        store: &Store,
        target: &Store,
        reviewer: &str,
        note: &str,
        now: Time,
    ) -> Result<Revision, Failure> {
        let mut job = self.job()?;
        let store = job.snapshot(&contents(store)).map_err(failure)?;
        let target = job.snapshot(&contents(target)).map_err(failure)?;
        let new = job.revert(&store, &target, reviewer, note, now.millis());
        revision(new.map_err(failure)?)
    }
}

/// A dream in its job.
struct Dreaming {
    job: RefCell<wasm::Job>,
    dream: wasm::Dream,
}

impl Running for Dreaming {
    fn poll(&mut self) -> Result<Need, Failure> {
        let need = self.job.get_mut().poll(&self.dream).map_err(failure)?;
        Ok(match need {
            wasm::Need::Sessions(needs) => {
                Need::Sessions(needs.into_iter().map(|n| (n.session, n.parts)).collect())
            }
            wasm::Need::Calls(calls) => Need::Calls(calls.into_iter().map(from_call).collect()),
            wasm::Need::Done(outcome) => Need::Done { plan: outcome.plan, report: outcome.report },
        })
    }

    fn feed(&mut self, session: &str, part: &str, chunk: &[u8], last: bool) -> Result<(), Failure> {
        self.job.get_mut().feed(&self.dream, session, part, chunk, last).map_err(failure)
    }

    fn miss(&mut self, session: &str, reason: &str) -> Result<(), Failure> {
        self.job.get_mut().miss(&self.dream, session, reason).map_err(failure)
    }

    fn answer(&mut self, call: &str, answer: &Answer) -> Result<(), Failure> {
        let answer = match answer {
            Answer::Text { text } => wasm::Answer::Text(text.clone()),
            Answer::Refused => wasm::Answer::Refused,
            Answer::Failed { reason } => wasm::Answer::Failed(reason.clone()),
        };
        self.job.get_mut().answer(&self.dream, call, &answer).map_err(failure)
    }

    fn checkpoint(&self) -> Result<Vec<u8>, Failure> {
        self.job.borrow_mut().checkpoint(&self.dream).map_err(failure)
    }
}

fn contents(store: &Store) -> wasm::Contents {
    let memory = |m: &dreaming_testing::StoredMemory| wasm::Memory {
        path: m.path.clone(),
        text: m.text.clone(),
        observed_at: m.observed_at.map(Time::millis),
    };
    let row = |r: &dreaming::ledger::Record| wasm::LedgerRow {
        key: r.key.clone(),
        value: r.bytes.clone(),
    };
    wasm::Contents {
        salt: store.salt.clone(),
        head: store.chain.last().cloned(),
        memories: store.memories.iter().map(memory).collect(),
        ledger: store.ledger.iter().map(row).collect(),
        revisions: store.chain.clone(),
    }
}

fn to_request(request: &Request) -> wasm::Request {
    let policy: std::collections::BTreeMap<String, Value> = request.policy.clone().into();
    let setting = |(name, value)| wasm::Setting {
        name,
        value: match value {
            Value::Switch(on) => wasm::SettingValue::Switch(on),
            Value::Integer(number) => wasm::SettingValue::Integer(number),
            Value::Texts(items) => wasm::SettingValue::Texts(items),
        },
    };
    let session = |s: &dreaming::session::SessionDescriptor| wasm::Session {
        id: s.id.as_str().into(),
        agent: s.agent.clone(),
        principal: s.principal.clone(),
        parts: s
            .parts
            .iter()
            .map(|p| wasm::Part { name: p.name.clone(), bytes: p.bytes })
            .collect(),
    };
    wasm::Request {
        policy: policy.into_iter().map(setting).collect(),
        instructions: request.instructions.clone(),
        now: request.now.millis(),
        sessions: request.sessions.iter().map(session).collect(),
    }
}

fn to_decision(decision: &Decision) -> wasm::Decision {
    let ids = |ids: &[dreaming::ids::ChangeId]| ids.iter().map(|id| id.as_str().into()).collect();
    wasm::Decision {
        accept: match &decision.accept {
            Selection::Auto => wasm::Selection::Auto,
            Selection::All => wasm::Selection::All,
            Selection::Only(only) => wasm::Selection::Only(ids(only)),
        },
        reject: ids(&decision.reject),
        reviewer: decision.reviewer.clone(),
        note: decision.note.clone(),
        now: decision.now.millis(),
    }
}

fn from_call(call: wasm::ModelCall) -> ModelCall {
    ModelCall {
        id: CallId::new(call.id),
        system: call.system,
        prompt: call.prompt,
        schema: call.schema,
        max_tokens: call.max_tokens.into(),
    }
}

fn revision(new: wasm::NewRevision) -> Result<Revision, Failure> {
    let memory = |write: wasm::MemoryWrite| {
        let path = MemoryPath::new(write.path).map_err(|e| Failure::new("broken-answer", e))?;
        let observed_at = write.observed_at.map(Time::from_millis);
        Ok(revision::MemoryWrite { path, text: write.text, observed_at })
    };
    let row = |write: wasm::RowWrite| RecordWrite { key: write.key, bytes: write.value };
    Ok(Revision {
        base: new.base.map(RevisionId::new),
        id: RevisionId::new(new.revision),
        record: new.record,
        memories: new.memories.into_iter().map(memory).collect::<Result<_, Failure>>()?,
        ledger: new.ledger.into_iter().map(row).collect(),
    })
}

/// The error by the name that `wit/errors.wit` has for it.
fn failure(error: wasm::Error) -> Failure {
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
