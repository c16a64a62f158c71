//! A child process as a host: the Rust side of the conformance protocol. The JavaScript side is
//! `js/server.mjs`.

use std::cell::RefCell;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dreaming::apply::Erasure;
use dreaming::propose::Answer;
use dreaming::{Decision, Request, Time};
use dreaming_testing::{Failure, Host, Need, Revision, Running, Store};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::child::Talker;
use crate::wire::{self, answers, params};

/// Bytes of chunks that are collected before they are sent, so that feeding a dream byte by byte is
/// not one message a byte. Chosen by us: the size limit of one chunk.
const MAX_QUEUE: usize = 1 << 20;

/// A process that speaks the protocol, with any number of dreams.
pub struct Process {
    name: String,
    info: Info,
    talker: RefCell<Talker>,
}

/// What a host says about itself.
#[derive(Clone, Debug, Deserialize)]
pub struct Info {
    /// How the engine gets into JavaScript.
    pub name: String,
    /// What runs it, with its version.
    pub runtime: String,
}

impl Process {
    /// Starts the process and asks for its name and version.
    ///
    /// # Errors
    /// `dead` when it does not answer.
    pub fn start(name: &str, command: &mut Command) -> Result<Self, Failure> {
        let mut talker = Talker::start(command)?;
        let info = wire::read(talker.ask("info", json!({}))?)?;
        Ok(Self { name: name.into(), info, talker: RefCell::new(talker) })
    }

    /// What the process says about itself.
    pub fn info(&self) -> &Info {
        &self.info
    }

    fn ask(&self, method: &str, params: impl Serialize) -> Result<Value, Failure> {
        self.talker.borrow_mut().ask(method, params)
    }

    fn dreaming(&self, id: Value) -> Result<Box<dyn Running + '_>, Failure> {
        let queue = RefCell::default();
        Ok(Box::new(Dreaming { process: self, id: wire::read(id)?, queue }))
    }
}

impl Host for Process {
    fn name(&self) -> &str {
        &self.name
    }

    fn start(&self, request: &Request, store: &Store) -> Result<Box<dyn Running + '_>, Failure> {
        let (request, store) = (params::request(request), params::store(store)?);
        self.dreaming(self.ask("start", json!({ "request": request, "store": store }))?)
    }

    fn restore(&self, checkpoint: &[u8], store: &Store) -> Result<Box<dyn Running + '_>, Failure> {
        let (checkpoint, store) = (wire::text(checkpoint)?, params::store(store)?);
        self.dreaming(self.ask("restore", json!({ "checkpoint": checkpoint, "store": store }))?)
    }

    fn observe(&self, store: &Store, now: Time) -> Result<Option<Revision>, Failure> {
        let store = params::store(store)?;
        match self.ask("observe", json!({ "store": store, "now": now.millis() }))? {
            Value::Null => Ok(None),
            new => answers::revision(new).map(Some),
        }
    }

    fn apply(&self, store: &Store, plan: &[u8], decision: &Decision) -> Result<Revision, Failure> {
        let (store, plan) = (params::store(store)?, wire::text(plan)?);
        let decision = params::decision(decision);
        let params = json!({ "store": store, "plan": plan, "decision": decision });
        answers::revision(self.ask("apply", params)?)
    }

    fn revert(
        &self,
        store: &Store,
        target: &Store,
        reviewer: &str,
        note: &str,
        now: Time,
    ) -> Result<Revision, Failure> {
        let (store, target) = (params::store(store)?, params::store(target)?);
        let params = json!({
            "store": store,
            "target": target,
            "reviewer": reviewer,
            "note": note,
            "now": now.millis(),
        });
        answers::revision(self.ask("revert", params)?)
    }

    fn rebase(&self, store: &Store, plan: &[u8], instructions: &str) -> Result<Vec<u8>, Failure> {
        let (store, plan) = (params::store(store)?, wire::text(plan)?);
        let params = json!({ "store": store, "plan": plan, "instructions": instructions });
        let plan: String = wire::read(self.ask("rebase", params)?)?;
        Ok(plan.into_bytes())
    }

    fn erase(
        &self,
        store: &Store,
        what: &Erasure,
        reviewer: &str,
        note: &str,
        now: Time,
    ) -> Result<Revision, Failure> {
        let params = json!({
            "store": params::store(store)?,
            "what": params::erasure(what),
            "reviewer": reviewer,
            "note": note,
            "now": now.millis(),
        });
        answers::revision(self.ask("erase", params)?)
    }
}

/// A dream in the process. Chunks wait in a queue until something else is asked, so a failure of
/// `feed` may come with the next call.
struct Dreaming<'a> {
    process: &'a Process,
    id: u64,
    queue: RefCell<Queue>,
}

#[derive(Default)]
struct Queue {
    feeds: Vec<Feed>,
    bytes: usize,
}

#[derive(Serialize)]
struct Feed {
    session: String,
    part: String,
    chunk: String,
    last: bool,
}

impl Dreaming<'_> {
    fn flush(&self) -> Result<(), Failure> {
        let queue = self.queue.take();
        if queue.feeds.is_empty() {
            return Ok(());
        }
        let params = json!({ "dream": self.id, "feeds": queue.feeds });
        self.process.ask("feed", params).map(|_| ())
    }

    /// Sends the queued chunks, then asks.
    fn ask(&self, method: &str, mut params: Value) -> Result<Value, Failure> {
        self.flush()?;
        params["dream"] = self.id.into();
        self.process.ask(method, params)
    }
}

impl Running for Dreaming<'_> {
    fn poll(&mut self) -> Result<Need, Failure> {
        answers::need(self.ask("poll", json!({}))?)
    }

    fn feed(&mut self, session: &str, part: &str, chunk: &[u8], last: bool) -> Result<(), Failure> {
        let queue = self.queue.get_mut();
        queue.bytes += chunk.len();
        let chunk = STANDARD.encode(chunk);
        queue.feeds.push(Feed { session: session.into(), part: part.into(), chunk, last });
        if queue.bytes >= MAX_QUEUE { self.flush() } else { Ok(()) }
    }

    fn miss(&mut self, session: &str, reason: &str) -> Result<(), Failure> {
        self.ask("miss", json!({ "session": session, "reason": reason })).map(|_| ())
    }

    fn answer(&mut self, call: &str, answer: &Answer) -> Result<(), Failure> {
        let answer = params::answer(answer);
        self.ask("answer", json!({ "call": call, "answer": answer })).map(|_| ())
    }

    fn checkpoint(&self) -> Result<Vec<u8>, Failure> {
        let document: String = wire::read(self.ask("checkpoint", json!({}))?)?;
        Ok(document.into_bytes())
    }
}

impl Drop for Dreaming<'_> {
    fn drop(&mut self) {
        // If the process has died, the next question reports it.
        let _ = self.process.ask("drop", json!({ "dream": self.id }));
    }
}
