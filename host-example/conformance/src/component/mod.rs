//! The component on wasmtime as a host.

mod convert;

use std::cell::RefCell;

use dreaming::apply::Erasure;
use dreaming::propose::Answer;
use dreaming::{Decision, Request, Time};
use dreaming_testing::{Failure, Host, Need, Revision, Running, Store};
use dreaming_wasmtime as wasm;

use convert::{contents, failure, need, revision, to_answer, to_decision, to_erasure, to_request};

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
        let new = job.revert(&store, &target, &convert::to_by(reviewer, note, now));
        revision(new.map_err(failure)?)
    }

    fn rebase(&self, store: &Store, plan: &[u8], instructions: &str) -> Result<Vec<u8>, Failure> {
        let mut job = self.job()?;
        let snapshot = job.snapshot(&contents(store)).map_err(failure)?;
        job.rebase(&snapshot, &plan.to_vec(), instructions).map_err(failure)
    }

    fn erase(
        &self,
        store: &Store,
        what: &Erasure,
        reviewer: &str,
        note: &str,
        now: Time,
    ) -> Result<Revision, Failure> {
        let mut job = self.job()?;
        let snapshot = job.snapshot(&contents(store)).map_err(failure)?;
        let what = to_erasure(what);
        revision(
            job.erase(&snapshot, &what, &convert::to_by(reviewer, note, now)).map_err(failure)?,
        )
    }
}

/// A dream in its job.
struct Dreaming {
    job: RefCell<wasm::Job>,
    dream: wasm::Dream,
}

impl Running for Dreaming {
    fn poll(&mut self) -> Result<Need, Failure> {
        self.job.get_mut().poll(&self.dream).map(need).map_err(failure)
    }

    fn feed(&mut self, session: &str, part: &str, chunk: &[u8], last: bool) -> Result<(), Failure> {
        self.job.get_mut().feed(&self.dream, session, part, chunk, last).map_err(failure)
    }

    fn miss(&mut self, session: &str, reason: &str) -> Result<(), Failure> {
        self.job.get_mut().miss(&self.dream, session, reason).map_err(failure)
    }

    fn answer(&mut self, call: &str, answer: &Answer) -> Result<(), Failure> {
        self.job.get_mut().answer(&self.dream, call, &to_answer(answer)).map_err(failure)
    }

    fn checkpoint(&self) -> Result<Vec<u8>, Failure> {
        self.job.borrow_mut().checkpoint(&self.dream).map_err(failure)
    }
}
