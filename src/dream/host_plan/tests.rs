use super::*;
use crate::dream::rebase;
use dreaming_learn::host_candidates::Citation;
use dreaming_records::ids::SessionId;
use dreaming_records::kind::Kind;
use dreaming_records::memory::Memory;
use dreaming_records::plan::{Cause, Gate, Operation, Plan};
use dreaming_records::policy::{Policy, SettingValue};
use dreaming_records::revision::{Decision, Selection};
use dreaming_records::session::Session;
use dreaming_records::time::{DAY_MS, Time};
use dreaming_records::trust::Provenance;

const SAID: &str = "The queue of the shop lives in Redis.";

fn time(day: i64) -> Time {
    Time::from_millis(day * DAY_MS)
}

fn request() -> Request {
    let mut policy = Policy::default();
    // Turns on every setting that lets changes go unattended.
    for name in ["gate.auto-words", "gate.auto-near"] {
        policy.set(name, SettingValue::Switch(true)).unwrap();
    }
    Request {
        policy,
        instructions: String::new(),
        now: time(9),
        sessions: Vec::new(),
        similarities: Vec::new(),
    }
}

fn candidate(kind: Kind, text: &str) -> HostCandidate {
    let cited = |session: &str| Citation {
        session: SessionId::new(session),
        part: "main".into(),
        line: 1,
        event: String::new(),
        time: Some(time(8)),
        provenance: Provenance::User,
        start: 0,
        quote: text.into(),
    };
    HostCandidate {
        kind,
        text: text.into(),
        subject: None,
        principal: None,
        wrong: None,
        right: None,
        evidence: ["a", "b", "c"].map(cited).into(),
    }
}

fn store(text: &str) -> Snapshot {
    let mut store = Snapshot::new("");
    store.add_memory(Memory::new("notes.md", text, Some(time(1))).unwrap()).unwrap();
    store
}

fn planned(store: &Snapshot, candidates: &[HostCandidate]) -> Plan {
    plan(store, candidates, request()).unwrap().plan
}

fn decision(accept: Selection) -> Decision {
    let (reviewer, note) = ("mira".into(), String::new());
    Decision { accept, reject: Vec::new(), edits: Vec::new(), reviewer, note, now: time(9) }
}

#[test]
fn a_candidate_waits_for_a_person_whatever_the_policy_lets_go() {
    let steps = "Run `make seed`, then `make test`.";
    let outcome = plan(
        &store("- One.\n"),
        &[candidate(Kind::Workflow, steps), candidate(Kind::Fact, SAID)],
        request(),
    )
    .unwrap();
    let changes = &outcome.plan.changes;
    assert_eq!(changes.len(), 2, "{changes:#?}");
    for change in changes {
        assert_eq!((change.operation, change.cause), (Operation::Add, Cause::Extracted));
        assert_eq!(change.gate, Gate::Review);
        assert!(change.gate_reason.contains("extractor"), "{}", change.gate_reason);
        assert!(change.because.contains("extractor"), "{}", change.because);
    }
    assert_eq!((outcome.report.proposals, outcome.report.changes_auto), (2, 0));
}

#[test]
fn what_is_accepted_is_an_entry_of_the_host_and_is_found_again() {
    let store = store("- One.\n");
    let plan = planned(&store, &[candidate(Kind::Fact, SAID)]);
    let revision = crate::apply(&store, &plan, &decision(Selection::All)).unwrap();
    let row = revision.ledger.iter().filter_map(|row| row.value.as_deref());
    let row = row.map(|row| String::from_utf8(row.to_vec()).unwrap()).find(|r| r.contains(SAID));
    let row = row.unwrap();
    assert!(row.contains(r#""finder":"host""#) && row.contains(r#""claimed":true"#), "{row}");
    assert_eq!(plan.changes[0].evidence.len(), 3);
}

#[test]
fn words_that_only_the_host_vouches_for_lend_an_entry_no_support() {
    let store = store(&format!("- {SAID}\n"));
    let plan = planned(&store, &[candidate(Kind::Fact, SAID)]);
    assert_eq!((plan.changes.len(), plan.reinforcements.len()), (0, 0));
    assert_eq!(plan.rejected[0].reason, "only-claimed");
}

#[test]
fn what_cannot_be_decided_is_shown_and_takes_no_entry_down() {
    let mut newer = candidate(Kind::Fact, "The staging URL is https://b.example.");
    newer.subject = Some("staging url".into());
    newer.right = Some("https://b.example".into());
    for cited in &mut newer.evidence {
        cited.time = None;
    }
    let store = store("- The staging URL is https://a.example.\n");
    let plan = planned(&store, &[newer]);
    assert_eq!((plan.conflicts.len(), plan.reinforcements.len()), (1, 0), "{plan:#?}");
}

#[test]
fn bad_input_is_a_typed_error() {
    let store = store("- One.\n");
    let index = [candidate(Kind::Fact, SAID), candidate(Kind::Index, "[Facts](learned/facts.md)")];
    let error = plan(&store, &index, request()).unwrap_err();
    assert!(error.what() == Some("candidate 1"), "{error}");
    let session =
        Session { id: SessionId::new("a"), agent: None, principal: None, parts: Vec::new() };
    let reading = Request { sessions: vec![session], ..request() };
    assert_eq!(plan(&store, &[], reading).unwrap_err().what(), Some("sessions"));
    let many = vec![candidate(Kind::Fact, SAID); MAX_CANDIDATES + 1];
    assert!(matches!(plan(&store, &many, request()), Err(EngineError::TooLarge(_))));
}

#[test]
fn a_plan_of_candidates_is_not_made_again_without_them() {
    let store = store("- One.\n");
    let plan = planned(&store, &[candidate(Kind::Fact, SAID)]);
    assert_eq!(rebase(&store, &plan, "").unwrap_err().what(), Some("candidates"));
    assert!(plan.sessions.is_empty() && plan.candidates.is_some());
}

#[test]
fn without_a_candidate_it_plans_over_the_store_alone() {
    let store = store("- One thing is here.\n- One thing is here.\n");
    let plan = planned(&store, &[]);
    assert_eq!(plan.changes.len(), 1);
    assert_eq!((plan.changes[0].operation, plan.changes[0].gate), (Operation::Merge, Gate::Auto));
}
