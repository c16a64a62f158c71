//! A host over values in memory, with settings for everything that may differ between hosts.

use std::collections::BTreeMap;

use dreaming::canonical;
use dreaming::ids::CallId;
use dreaming::interface::{EngineError, NewMemory};
use dreaming::policy::{MAX_CALLS, ROUND_SESSIONS, TOGETHER_BYTES};
use dreaming::propose::{Answer, ModelCall};
use dreaming::run::{Need, Piece, Progress, Run, RunOutcome, RunRequest};
use dreaming::session::{Part, Session};
use dreaming::{Policy, Time};
use dreaming_testing::{Random, Revision, Store, Transcript};

pub(crate) fn now() -> Time {
    Time::parse("2026-03-20T00:00:00Z").unwrap()
}

/// Five sessions, each with a second part.
pub(crate) fn sessions() -> BTreeMap<String, Vec<(String, Vec<u8>)>> {
    let session = |day: u32| {
        let id = format!("s{day}");
        let mut main = Transcript::new(&id, &format!("2026-03-{day:02}T09:00:00Z"));
        main.user("Always write the test before the fix.");
        main.shell_fails("tl make test", "error: unrecognized subcommand 'make'");
        main.shell("make test", "42 passed");
        let mut side = Transcript::new(&id, &format!("2026-03-{day:02}T10:00:00Z")).sidechain("a1");
        side.user("Look for the price list.");
        let parts = [("main", main.bytes()), ("subagents/a1.jsonl", side.bytes())];
        (id, parts.map(|(name, bytes)| (name.to_owned(), bytes)).to_vec())
    };
    (1..=5).map(session).collect()
}

/// Terms that lead to three rounds, with a model and a call for each session.
pub(crate) fn terms() -> RunRequest {
    let policy = Policy::default().with(&MAX_CALLS, 20).with(&ROUND_SESSIONS, 2);
    let policy = policy.with(&TOGETHER_BYTES, 0);
    RunRequest { policy, ..RunRequest::at(now()) }
}

/// An answer that depends on the call's id.
pub(crate) fn answer(call: &ModelCall) -> Answer {
    match call.id.as_str().bytes().last() {
        Some(b'0'..=b'5') => Answer::Failed { reason: format!("no luck with {}", call.id) },
        Some(b'6'..=b'9') => Answer::Refused,
        _ => Answer::Text { text: "{\"proposals\":[]}".into() },
    }
}

/// The host's side of a run: store, sessions and model.
pub(crate) struct Outside {
    pub(crate) store: Store,
    pub(crate) sessions: BTreeMap<String, Vec<(String, Vec<u8>)>>,
    /// Parts that cannot be read.
    pub(crate) broken: Vec<(&'static str, &'static str)>,
    /// Items per page, and bytes per chunk below.
    pub(crate) page: usize,
    pub(crate) chunk: usize,
    /// Shuffles whatever may come in any order, and brings only some items of a need at a time.
    pub(crate) random: Option<Random>,
    /// The needs that the run asked for, a word each.
    pub(crate) log: Vec<&'static str>,
    pub(crate) pages_of_sessions: usize,
    pub(crate) calls: Vec<CallId>,
    pub(crate) kept: Vec<Progress>,
    pub(crate) checkpoint: Option<Vec<u8>>,
}

impl Outside {
    pub(crate) fn new() -> Self {
        let mut store = Store { salt: "salt".into(), ..Store::default() };
        let twice = "- Prices are integers in cents.\n- Lamps are sold.\n";
        store.write("notes.md", &twice.repeat(2), Time::parse("2026-01-05T08:00:00Z"));
        store.write("more.md", "- The port is 8080.\n", None);
        Self {
            store,
            sessions: sessions(),
            broken: Vec::new(),
            page: usize::MAX,
            chunk: usize::MAX,
            random: None,
            log: Vec::new(),
            pages_of_sessions: 0,
            calls: Vec::new(),
            kept: Vec::new(),
            checkpoint: None,
        }
    }

    pub(crate) fn shuffled(seed: u64) -> Self {
        Self { page: 1, chunk: 100, random: Some(Random::new(seed)), ..Self::new() }
    }

    pub(crate) fn run(&mut self, terms: RunRequest) -> Result<RunOutcome, EngineError> {
        let mut run = Run::start(terms)?;
        // Many more needs than any run here has.
        for _ in 0..10_000 {
            let need = run.poll()?;
            assert_eq!(run.poll()?, need, "a poll changes nothing");
            if let Need::Done(ended) = need {
                return Ok(*ended);
            }
            self.meet(&mut run, need)?;
        }
        Err(EngineError::Other("the run does not end".into()))
    }

    /// Brings all or some of what is needed.
    pub(crate) fn meet(&mut self, run: &mut Run, need: Need) -> Result<(), EngineError> {
        match need {
            Need::Open => {
                self.log.push("open");
                let head = self.store.chain.last().map(Vec::as_slice);
                run.opened(&self.store.salt, head, self.checkpoint.clone())?;
            }
            Need::Memories(after) => run.memories(self.memories(after.as_deref()))?,
            Need::Ledger(after) => {
                let rows = &self.store.ledger;
                let rows = rows.iter().filter(|row| after.as_ref().is_none_or(|a| row.key > *a));
                run.ledger(&rows.take(self.page).cloned().collect::<Vec<_>>())?;
            }
            Need::Revisions(after) => {
                let records = &self.store.chain[usize::try_from(after).unwrap()..];
                run.revisions(&records[..records.len().min(self.page)])?;
            }
            Need::Sessions(after) => {
                self.pages_of_sessions += 1;
                let all = descriptors(&self.sessions);
                let after = all.into_iter().filter(|s| after.as_ref().is_none_or(|a| s.id > *a));
                run.sessions(after.take(self.page).collect())?;
            }
            Need::Read(pieces) => {
                self.log.push("read");
                for piece in self.some(pieces) {
                    self.read(run, &piece)?;
                }
            }
            Need::Calls(calls) => {
                self.log.push("calls");
                for call in self.some(calls) {
                    self.calls.push(call.id.clone());
                    run.answer(&call.id, answer(&call))?;
                }
            }
            Need::Keep(progress) => {
                self.log.push("keep");
                assert_eq!(run.progress().is_some(), self.log.len() > 1);
                self.checkpoint = Some(progress.checkpoint.clone());
                self.kept.push(progress);
                run.kept();
                assert_eq!(run.progress(), None);
            }
            Need::Commit(revision) => {
                self.log.push("commit");
                self.store.commit(&Revision::from(*revision)).unwrap();
                run.committed()?;
            }
            Need::Done(_) => {}
        }
        Ok(())
    }

    pub(crate) fn memories(&self, after: Option<&str>) -> Vec<NewMemory> {
        let memories = &self.store.memories;
        let memories = memories.iter().filter(|m| after.is_none_or(|a| m.path.as_str() > a));
        let page = memories.take(self.page).map(|memory| NewMemory {
            path: memory.path.clone(),
            text: memory.text.clone(),
            observed_at: memory.observed_at.map(Time::millis),
        });
        page.collect()
    }

    /// All items, or some of them in random order.
    fn some<T>(&mut self, mut items: Vec<T>) -> Vec<T> {
        assert!(!items.is_empty());
        if let Some(random) = &mut self.random {
            random.shuffle(&mut items);
            items.truncate(1 + random.below(3));
        }
        items
    }

    /// Brings the next chunk of a part.
    fn read(&mut self, run: &mut Run, piece: &Piece) -> Result<(), EngineError> {
        let Piece { session, part, offset } = piece;
        if self.broken.contains(&(session.as_str(), part)) {
            return run.miss(session, part, &format!("{part} is gone"));
        }
        let bytes = self.sessions[session.as_str()].iter().find(|(name, _)| name == part);
        let rest = &bytes.unwrap().1[usize::try_from(*offset).unwrap()..];
        let (chunk, rest) = rest.split_at(rest.len().min(self.chunk));
        run.feed(session, part, chunk, rest.is_empty())
    }
}

pub(crate) fn descriptors(all: &BTreeMap<String, Vec<(String, Vec<u8>)>>) -> Vec<Session> {
    let part = |(name, bytes): &(String, Vec<u8>)| Part {
        name: name.clone(),
        bytes: u64::try_from(bytes.len()).unwrap(),
    };
    let session = |(id, parts): (&String, &Vec<_>)| Session {
        parts: parts.iter().map(part).collect(),
        ..Session::of_file(id, 0)
    };
    all.iter().map(session).collect()
}

pub(crate) fn bytes(ended: &RunOutcome) -> (Vec<u8>, Vec<u8>) {
    (ended.outcome.plan.to_bytes().unwrap(), canonical::to_bytes(&ended.outcome.report).unwrap())
}

/// Runs until it asks for a need that `stop` selects.
pub(crate) fn until(
    outside: &mut Outside,
    terms: RunRequest,
    stop: impl Fn(&Outside, &Need) -> bool,
) -> Run {
    let mut run = Run::start(terms).unwrap();
    loop {
        let need = run.poll().unwrap();
        if stop(outside, &need) {
            return run;
        }
        outside.meet(&mut run, need).unwrap();
    }
}
