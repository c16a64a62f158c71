//! Several hosts as one: a dream starts in the first, and each restore moves it to the next.

use std::cell::{Cell, RefCell};

use dreaming::apply::Erasure;
use dreaming::propose::Answer;
use dreaming::{Decision, Request, Time};
use dreaming_testing::{Failure, Host, Need, Revision, Running, Store};

/// Hosts in the order in which they get the dream; the last one keeps it.
pub struct Relay<'a> {
    name: String,
    hosts: Vec<&'a dyn Host>,
    /// Index of the host that has the dream, or had the last one.
    at: Cell<usize>,
    brought: RefCell<Vec<Vec<usize>>>,
}

impl<'a> Relay<'a> {
    /// A relay of `hosts`. The first one is where dreams start.
    pub fn new(first: &'a dyn Host, others: &[&'a dyn Host]) -> Self {
        let hosts: Vec<_> = std::iter::once(first).chain(others.iter().copied()).collect();
        let names: Vec<_> = hosts.iter().map(|host| host.name()).collect();
        let name = names.join(" → ");
        Self { name, hosts, at: Cell::new(0), brought: RefCell::default() }
    }

    /// For each dream that was started: how many chunks, misses and answers each host was brought.
    pub fn brought(&self) -> Vec<Vec<usize>> {
        self.brought.borrow().clone()
    }

    fn host(&self) -> &'a dyn Host {
        self.hosts[self.at.get()]
    }

    fn leg<'r>(&'r self, dream: Box<dyn Running + 'r>) -> Box<dyn Running + 'r> {
        Box::new(Leg { dream, at: self.at.get(), brought: &self.brought })
    }
}

impl Host for Relay<'_> {
    fn name(&self) -> &str {
        &self.name
    }

    fn start(&self, request: &Request, store: &Store) -> Result<Box<dyn Running + '_>, Failure> {
        self.at.set(0);
        self.brought.borrow_mut().push(vec![0; self.hosts.len()]);
        Ok(self.leg(self.host().start(request, store)?))
    }

    fn restore(&self, checkpoint: &[u8], store: &Store) -> Result<Box<dyn Running + '_>, Failure> {
        self.at.set((self.at.get() + 1).min(self.hosts.len() - 1));
        Ok(self.leg(self.host().restore(checkpoint, store)?))
    }

    fn observe(&self, store: &Store, now: Time) -> Result<Option<Revision>, Failure> {
        self.host().observe(store, now)
    }

    fn apply(&self, store: &Store, plan: &[u8], decision: &Decision) -> Result<Revision, Failure> {
        self.host().apply(store, plan, decision)
    }

    fn revert(
        &self,
        store: &Store,
        target: &Store,
        reviewer: &str,
        note: &str,
        now: Time,
    ) -> Result<Revision, Failure> {
        self.host().revert(store, target, reviewer, note, now)
    }

    fn rebase(&self, store: &Store, plan: &[u8], instructions: &str) -> Result<Vec<u8>, Failure> {
        self.host().rebase(store, plan, instructions)
    }

    fn erase(
        &self,
        store: &Store,
        what: &Erasure,
        reviewer: &str,
        note: &str,
        now: Time,
    ) -> Result<Revision, Failure> {
        self.host().erase(store, what, reviewer, note, now)
    }
}

/// The dream while one host has it.
struct Leg<'r> {
    dream: Box<dyn Running + 'r>,
    at: usize,
    brought: &'r RefCell<Vec<Vec<usize>>>,
}

impl Leg<'_> {
    fn count(&self) {
        if let Some(counts) = self.brought.borrow_mut().last_mut() {
            counts[self.at] += 1;
        }
    }
}

impl Running for Leg<'_> {
    fn poll(&mut self) -> Result<Need, Failure> {
        self.dream.poll()
    }

    fn feed(&mut self, session: &str, part: &str, chunk: &[u8], last: bool) -> Result<(), Failure> {
        self.count();
        self.dream.feed(session, part, chunk, last)
    }

    fn miss(&mut self, session: &str, reason: &str) -> Result<(), Failure> {
        self.count();
        self.dream.miss(session, reason)
    }

    fn answer(&mut self, call: &str, answer: &Answer) -> Result<(), Failure> {
        self.count();
        self.dream.answer(call, answer)
    }

    fn checkpoint(&self) -> Result<Vec<u8>, Failure> {
        self.dream.checkpoint()
    }
}
