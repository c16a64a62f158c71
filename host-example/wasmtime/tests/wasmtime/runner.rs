//! A whole dream in the component over a store in memory.

use std::sync::{Arc, Mutex};

use crate::support::{NOW, engine, request, store};
use dreaming_wasmtime::{
    Answer, By, Chunk, Contents, Decision, Document, EngineError, Error, LedgerRow, Limits, Memory,
    MemoryStore, Mode, Model, ModelCall, Need, NewRevision, NoModel, Opened, Operation, Piece,
    Progress, RecordedAnswer, Request, RunNeed, RunOutcome, Selection, Session, Setting,
    SettingValue, Store, StoreError, Supply,
};

fn json(document: &[u8]) -> serde_json::Value {
    serde_json::from_slice(document).expect("a document is JSON")
}

#[test]
fn a_run_proposes_apply_changes_the_store_and_the_next_run_proposes_nothing() {
    let engine = engine(Limits::default());
    let mut job = engine.job_with(store(), NoModel).unwrap();
    let run = job.run(&request(Mode::Propose, 0)).unwrap();
    assert_eq!(run.base.as_deref(), job.store().head(), "observe was committed first");
    assert_eq!(run.committed, None, "a plan with open changes waits");
    let report = json(&run.outcome.report);
    assert_eq!(report["sessions_read"], 2);
    let changes = job.changes(&run.outcome.plan).unwrap();
    assert!(changes.iter().any(|c| c.operation == Operation::Merge), "{changes:?}");
    assert!(changes.iter().any(|c| c.operation == Operation::Add), "{changes:?}");
    assert!(changes.iter().all(|c| !c.evidence.is_empty() || !c.targets.is_empty()));

    let before = job.store().text("notes/build.md").unwrap().to_owned();
    let contents = Contents::read(job.store_mut()).unwrap();
    let snapshot = job.snapshot(&contents).unwrap();
    let decision = Decision {
        accept: Selection::All,
        reject: Vec::new(),
        edits: Vec::new(),
        by: By { reviewer: "ana".into(), note: String::new(), now: NOW },
    };
    let revision = job.apply(&snapshot, &run.outcome.plan, &decision).unwrap();
    assert_eq!(job.verify(&revision.record, contents.head.as_ref()).unwrap(), revision.revision);
    job.store_mut().commit(revision).unwrap();
    assert_ne!(job.store().text("notes/build.md").unwrap(), before);

    let again = job.run(&request(Mode::Propose, 0)).unwrap();
    assert_eq!(job.changes(&again.outcome.plan).unwrap(), []);
    assert_eq!(again.committed, None, "nothing read and nothing changed leaves no mark");
}

#[test]
fn what_fits_a_query_and_a_budget_is_packed() {
    let engine = engine(Limits::default());
    let mut job = engine.job().unwrap();
    let snapshot = job.snapshot(&Contents::read(&mut store()).unwrap()).unwrap();
    let found = job.pack(&snapshot, "who owns the parser?", 1000, None).unwrap();
    let [only] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((only.path.as_str(), only.line), ("notes/team.md", 3));
    assert_eq!((only.text.as_str(), only.tokens), ("Ana owns the parser.", 6));
    assert_eq!(only.headings, ["Team"]);
    assert!(only.score > 0);
    assert_eq!(job.pack(&snapshot, "who owns the parser?", 5, None).unwrap(), []);
    assert_eq!(job.pack(&snapshot, "", 1000, Some("ana")).unwrap().len(), 4);
    let long = "x".repeat((1 << 20) + 1);
    let failure = job.pack(&snapshot, &long, 1000, None).unwrap_err();
    assert!(matches!(failure, Error::Engine(EngineError::TooLarge(_))), "{failure}");
}

#[test]
fn figures_are_a_document_of_the_sessions_that_a_store_knows() {
    let engine = engine(Limits::default());
    let mut job = engine.job().unwrap();
    let snapshot = job.snapshot(&Contents::read(&mut store()).unwrap()).unwrap();
    let figures = job.stats(&snapshot, &[], NOW).unwrap();
    let text = String::from_utf8(figures.clone()).unwrap();
    assert!(text.contains(r#""format":"dreaming.stats/1""#), "{text}");
    let outcomes = |word: &str| Setting {
        name: "select.outcomes".into(),
        value: SettingValue::Texts(vec![word.into()]),
    };
    assert!(job.stats(&snapshot, &[outcomes("bad")], NOW).is_ok());
    let failure = job.stats(&snapshot, &[outcomes("great")], NOW).unwrap_err();
    assert!(matches!(failure, Error::Engine(EngineError::InvalidRequest(_))), "{failure}");
}

#[test]
fn revert_brings_every_byte_back_and_the_chain_only_grows() {
    let engine = engine(Limits::default());
    let mut job = engine.job_with(store(), NoModel).unwrap();
    let mut first = store();
    let imported = {
        let mut job = engine.job().unwrap();
        let snapshot = job.snapshot(&Contents::read(&mut first).unwrap()).unwrap();
        job.observe(&snapshot, NOW).unwrap().expect("the first revision")
    };
    first.commit(imported).unwrap();
    let target = Contents::read(&mut first).unwrap();

    let run = job.run(&request(Mode::Auto, 0)).unwrap();
    assert!(run.committed.is_some());
    let dreamt = Contents::read(job.store_mut()).unwrap();
    assert_ne!(dreamt.memories, target.memories);
    let (store, target_snapshot) = (job.snapshot(&dreamt), job.snapshot(&target));
    let (store, target_snapshot) = (store.unwrap(), target_snapshot.unwrap());
    let revision = job
        .revert(
            &store,
            &target_snapshot,
            &By { reviewer: "ana".into(), note: "no".into(), now: NOW + 1 },
        )
        .unwrap();
    job.store_mut().commit(revision).unwrap();
    let reverted = Contents::read(job.store_mut()).unwrap();
    let texts = |contents: &Contents| -> Vec<(String, String)> {
        contents.memories.iter().map(|m| (m.path.clone(), m.text.clone())).collect()
    };
    assert_eq!(texts(&reverted), texts(&target));
    assert_eq!(reverted.ledger, target.ledger);
    assert_eq!(reverted.revisions.len(), dreamt.revisions.len() + 1);
}

#[test]
fn the_loop_of_a_host_gives_the_plan_of_the_runner() {
    let engine = engine(Limits::default());
    let mut runner = engine.job_with(store(), NoModel).unwrap();
    let run = runner.run(&request(Mode::Propose, 0)).unwrap();
    let (mut store, _) = runner.into_parts();

    let mut job = engine.job().unwrap();
    let snapshot = job.snapshot(&Contents::read(&mut store).unwrap()).unwrap();
    let request = Request {
        policy: request(Mode::Propose, 0).policy,
        instructions: String::new(),
        now: NOW,
        sessions: store.sessions().unwrap(),
        similarities: Vec::new(),
    };
    let mut dream = job.start(&request, &snapshot).unwrap();
    let outcome = loop {
        match job.poll(&dream).unwrap() {
            Need::Sessions(needs) => {
                for need in needs {
                    for part in need.parts {
                        let bytes = store.read(&need.session, &part, 0, 1 << 20).unwrap();
                        job.feed(&dream, &need.session, &part, &bytes, true).unwrap();
                    }
                }
            }
            Need::Calls(calls) => panic!("no call was allowed: {calls:?}"),
            Need::Done(outcome) => break outcome,
        }
        let checkpoint = job.checkpoint(&dream).unwrap();
        dream = job.restore(&checkpoint, &snapshot).unwrap();
    };
    assert_eq!(json(&outcome.plan), json(&run.outcome.plan));
    assert_eq!(outcome, run.outcome, "not only equal as JSON but byte for byte");
}

#[test]
fn a_run_that_a_host_carries_out_is_that_of_the_runner() {
    let engine = engine(Limits::default());
    let mut runner = engine.job_with(store(), Counting::default()).unwrap();
    let expected = runner.run(&request(Mode::Auto, 10)).unwrap();
    let (mut kept, mut store) = (0, store());
    let mut job = engine.job().unwrap();
    let run = job.start_run(&request(Mode::Auto, 10)).unwrap();
    let ended = loop {
        let supply = match job.poll_run(&run).unwrap() {
            RunNeed::Open => Supply::Opened(store.open().unwrap()),
            RunNeed::Memories(after) => Supply::Memories(store.memories(after.as_deref()).unwrap()),
            RunNeed::Ledger(after) => Supply::Ledger(store.ledger(after.as_deref()).unwrap()),
            RunNeed::Revisions(after) => Supply::Revisions(store.revisions(after).unwrap()),
            RunNeed::Sessions(after) => {
                let all = store.sessions().unwrap().into_iter();
                Supply::Sessions(all.filter(|s| after.as_ref().is_none_or(|a| s.id > *a)).collect())
            }
            // Brings only the last of the pieces; the run asks for the others again.
            RunNeed::Read(mut pieces) => {
                let Piece { session, part, offset } = pieces.pop().unwrap();
                let bytes = store.read(&session, &part, offset, 100).unwrap();
                Supply::Bytes(Chunk { last: bytes.is_empty(), session, part, bytes })
            }
            RunNeed::Calls(mut calls) => {
                let call = calls.pop().unwrap().id;
                Supply::Answer(RecordedAnswer { call, answer: Answer::Refused })
            }
            RunNeed::Keep(progress) => {
                assert_eq!(job.run_progress(&run).unwrap(), Some(progress));
                kept += 1;
                Supply::Kept
            }
            RunNeed::Commit(revision) => {
                store.commit(revision).unwrap();
                Supply::Committed
            }
            RunNeed::Done(ended) => break ended,
        };
        job.bring(&run, &supply).unwrap();
    };
    assert_eq!(ended, expected);
    assert!(kept > 1 && ended.committed.is_some());
    let failure = job.bring(&run, &Supply::Committed).unwrap_err();
    assert!(matches!(failure, Error::Engine(EngineError::Unexpected(_))), "{failure}");
}

#[test]
fn instructions_that_hold_a_secret_are_the_same_terms_again() {
    let engine = engine(Limits::default());
    let full = Faulty { inner: store(), fault: Fault::Full };
    let mut asked = request(Mode::Auto, 10);
    asked.instructions = "The token is ghp_a1B2c3D4a1B2c3D4a1B2c3D4a1B2c3D4a1B2.".into();
    let model = Counting::default();
    let mut job = engine.job_with(full, model.clone()).unwrap();
    assert_eq!(job.run(&asked), Err(Error::Store(StoreError::Full)));
    let paid = *model.calls.lock().unwrap();
    let (mut store, _) = job.into_parts();
    store.fault = Fault::None;
    let mut job = engine.job_with(store, model.clone()).unwrap();
    assert!(job.run(&asked).unwrap().committed.is_some());
    assert_eq!((paid > 0, *model.calls.lock().unwrap()), (true, paid), "no call is paid for twice");
}

#[test]
fn a_run_that_failed_at_its_end_resumes_and_pays_for_no_call_twice() {
    let engine = engine(Limits::default());
    let model = Counting::default();
    let full = Faulty { inner: store(), fault: Fault::Full };
    let mut job = engine.job_with(full, model.clone()).unwrap();
    let failed = job.run(&request(Mode::Auto, 10)).unwrap_err();
    assert_eq!(failed, Error::Store(StoreError::Full));
    let paid = *model.calls.lock().unwrap();
    assert!(paid > 0, "the dream asked the model");
    let (mut store, _) = job.into_parts();
    assert_eq!(store.inner.answers().len(), paid);

    store.fault = Fault::None;
    let mut job = engine.job_with(store, model.clone()).unwrap();
    let run = job.run(&request(Mode::Auto, 10)).unwrap();
    assert!(run.committed.is_some());
    assert_eq!(*model.calls.lock().unwrap(), paid);

    let mut straight = engine.job_with(self::store(), model).unwrap();
    let same = straight.run(&request(Mode::Auto, 10)).unwrap();
    assert_eq!(json(&same.outcome.plan), json(&run.outcome.plan), "as if never interrupted");
}

#[test]
fn a_kept_dream_is_not_resumed_under_another_policy_or_other_instructions() {
    let engine = engine(Limits::default());
    let full = Faulty { inner: store(), fault: Fault::Full };
    let mut job = engine.job_with(full, NoModel).unwrap();
    assert_eq!(job.run(&request(Mode::Auto, 0)), Err(Error::Store(StoreError::Full)));
    let (mut kept, _) = job.into_parts();
    assert!(kept.inner.checkpoint().is_some());
    kept.fault = Fault::None;

    let mut other = request(Mode::Propose, 0);
    let value = SettingValue::Integer(77);
    other.policy.push(Setting { name: "prune.stale-days".into(), value });
    let mut job = engine.job_with(kept, NoModel).unwrap();
    let run = job.run(&other).unwrap();
    assert_eq!(json(&run.outcome.plan)["policy"]["prune.stale-days"], 77);
    let mut steered = request(Mode::Propose, 0);
    steered.instructions = "Look at the build.".into();
    let plain = job.run(&request(Mode::Propose, 0)).unwrap();
    let steered = job.run(&steered).unwrap();
    let instructions = |run: &RunOutcome| json(&run.outcome.plan)["instructions"].clone();
    assert_ne!(instructions(&plain), instructions(&steered));
}

#[test]
fn a_session_that_cannot_be_read_stays_pending_and_says_why() {
    let engine = engine(Limits::default());
    let broken = Faulty { inner: store(), fault: Fault::Unreadable("s2") };
    let mut job = engine.job_with(broken, NoModel).unwrap();
    let run = job.run(&request(Mode::Propose, 0)).unwrap();
    let report = json(&run.outcome.report);
    assert_eq!((&report["sessions_read"], &report["sessions_pending"]), (&1.into(), &1.into()));
    let plan = String::from_utf8(run.outcome.plan).unwrap();
    assert!(plan.contains("part `main`: access denied"), "the reason is in the plan");
}

#[test]
fn a_store_that_cannot_keep_progress_still_gets_its_plan() {
    let engine = engine(Limits::default());
    let forgetful = Faulty { inner: store(), fault: Fault::KeepsNothing };
    let mut job = engine.job_with(forgetful, NoModel).unwrap();
    let run = job.run(&request(Mode::Propose, 0)).unwrap();
    let mut job = engine.job_with(store(), NoModel).unwrap();
    let same = job.run(&request(Mode::Propose, 0)).unwrap();
    assert_eq!(json(&run.outcome.plan), json(&same.outcome.plan));
}

#[test]
fn a_model_that_answers_garbage_or_too_little_gives_the_plan_without_it() {
    let engine = engine(Limits::default());
    let mut none = engine.job_with(store(), NoModel).unwrap();
    let without = none.run(&request(Mode::Propose, 10)).unwrap();
    let without = none.changes(&without.outcome.plan).unwrap();
    assert!(!without.is_empty());
    for model in [Rude::Silent, Rude::Garbage, Rude::Endless, Rude::Talkative] {
        let mut job = engine.job_with(store(), model).unwrap();
        let run = job.run(&request(Mode::Propose, 10)).unwrap();
        assert_eq!(job.changes(&run.outcome.plan).unwrap(), without);
    }
}

#[test]
fn a_request_that_is_not_usable_is_refused_by_name_and_the_job_lives_on() {
    let engine = engine(Limits::default());
    let mut job = engine.job_with(store(), NoModel).unwrap();
    let mut wrong = request(Mode::Propose, 0);
    wrong.policy.push(Setting { name: "no.such".into(), value: SettingValue::Switch(true) });
    let twice = {
        let mut twice = request(Mode::Propose, 0);
        twice.policy.extend(twice.policy.clone());
        twice
    };
    for (request, name) in [(wrong, "no.such"), (twice, "propose.max-calls")] {
        match job.run(&request) {
            Err(Error::Engine(EngineError::InvalidRequest(invalid))) => {
                assert_eq!(invalid.what, name);
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(job.run(&request(Mode::Propose, 0)).is_ok());
}

/// A model that counts its calls and proposes nothing.
#[derive(Clone, Default)]
struct Counting {
    calls: Arc<Mutex<usize>>,
}

impl Model for Counting {
    fn complete_many(&mut self, calls: Vec<ModelCall>) -> Vec<Answer> {
        *self.calls.lock().unwrap() += calls.len();
        calls.iter().map(|_| Answer::Refused).collect()
    }
}

/// Models that break their contract.
#[derive(Clone, Copy)]
enum Rude {
    Silent,
    Garbage,
    Endless,
    Talkative,
}

impl Model for Rude {
    fn complete_many(&mut self, calls: Vec<ModelCall>) -> Vec<Answer> {
        let text = match self {
            Self::Silent => return Vec::new(),
            Self::Garbage | Self::Talkative => "{\"proposals\":[{\"text\":".to_owned(),
            Self::Endless => "x".repeat((1 << 20) + 1),
        };
        let more = usize::from(matches!(self, Self::Talkative));
        vec![Answer::Text(text); calls.len() + more]
    }
}

/// The fault of a store.
enum Fault {
    None,
    /// No room for the plan's revision.
    Full,
    /// This session cannot be read.
    Unreadable(&'static str),
    /// Progress cannot be kept.
    KeepsNothing,
}

struct Faulty {
    inner: MemoryStore,
    fault: Fault,
}

impl Store for Faulty {
    fn open(&mut self) -> Result<Opened, StoreError> {
        self.inner.open()
    }

    fn memories(&mut self, after: Option<&str>) -> Result<Vec<Memory>, StoreError> {
        self.inner.memories(after)
    }

    fn ledger(&mut self, after: Option<&str>) -> Result<Vec<LedgerRow>, StoreError> {
        self.inner.ledger(after)
    }

    fn revisions(&mut self, after: u64) -> Result<Vec<Document>, StoreError> {
        self.inner.revisions(after)
    }

    fn sessions(&mut self) -> Result<Vec<Session>, StoreError> {
        self.inner.sessions()
    }

    fn read(
        &mut self,
        session: &str,
        part: &str,
        offset: u64,
        limit: u32,
    ) -> Result<Vec<u8>, StoreError> {
        match self.fault {
            Fault::Unreadable(id) if id == session => Err(StoreError::AccessDenied),
            _ => self.inner.read(session, part, offset, limit),
        }
    }

    fn keep(&mut self, progress: Progress) -> Result<(), StoreError> {
        match self.fault {
            Fault::KeepsNothing => Err(StoreError::Unavailable(Some(10))),
            _ => self.inner.keep(progress),
        }
    }

    fn commit(&mut self, revision: NewRevision) -> Result<(), StoreError> {
        // The revision of `observe` is committed before any progress is kept.
        match self.fault {
            Fault::Full if self.inner.checkpoint().is_some() => Err(StoreError::Full),
            _ => self.inner.commit(revision),
        }
    }
}
