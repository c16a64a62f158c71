//! A whole run as a state machine: what it asks for, in which order, and that the order of what is
//! brought changes no byte.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

mod outside;

use dreaming::ids::{CallId, SessionId};
use dreaming::interface::{EngineError, MAX_PAGE};
use dreaming::ledger::LedgerRow;
use dreaming::plan::Plan;
use dreaming::policy::{MAX_CALLS, MAX_SESSIONS, ROUND_SESSIONS};
use dreaming::propose::Answer;
use dreaming::revision::RevisionRecord;
use dreaming::run::{Mode, Need, Piece, Run, RunOutcome, RunRequest};
use dreaming::{Request, Time};
use dreaming_testing::{Host, NativeHost, Transcript, Variation, World, drive};

use outside::{Outside, answer, bytes, descriptors, now, sessions, terms, until};

/// Why each session is pending.
fn reasons(plan: &Plan) -> Vec<String> {
    let plan: serde_json::Value = serde_json::from_slice(&plan.to_bytes().unwrap()).unwrap();
    let sessions = plan["sessions"].as_array().unwrap().iter();
    sessions.filter_map(|session| Some(session["outcome"]["reason"].as_str()?.to_owned())).collect()
}

#[test]
fn a_run_comes_to_the_plan_of_a_loop_by_hand() {
    let mut outside = Outside::new();
    let ended = outside.run(terms()).unwrap();
    let mut store = Outside::new().store;
    store.commit(&NativeHost.observe(&store, now()).unwrap().unwrap()).unwrap();
    let world = World { sessions: sessions(), model: &answer };
    let RunRequest { policy, instructions, now, .. } = terms();
    let (sessions, similarities) = (world.descriptors(), Vec::new());
    let request = Request { policy, instructions, now, sessions, similarities };
    let run = drive(&NativeHost, &request, &store, &world, Variation::AS_WRITTEN).unwrap();
    assert_eq!(bytes(&ended), (run.plan, run.report));
    assert_eq!(ended.committed, None, "a plan with open changes waits");
    assert!(ended.outcome.plan.open_changes().next().is_some());
    let kept = outside.kept.iter().flat_map(|progress| &progress.answers);
    let kept: Vec<_> = kept.map(|(call, _)| call.clone()).collect();
    assert_eq!(kept, outside.calls, "answers are kept in the order of their calls");
    let rounds: Vec<_> = outside.log.iter().copied().filter(|word| *word != "open").collect();
    assert_eq!(rounds[..5], ["commit", "read", "keep", "calls", "keep"], "{rounds:?}");
    assert_eq!(outside.kept.len(), rounds.iter().filter(|w| ["read", "calls"].contains(w)).count());
}

#[test]
fn no_order_in_which_items_come_changes_a_byte_of_what_is_kept_or_planned() {
    let mut plain = Outside::new();
    let expected = plain.run(terms()).unwrap();
    for seed in 0..20 {
        let mut outside = Outside::shuffled(seed);
        assert_eq!(bytes(&outside.run(terms()).unwrap()), bytes(&expected), "seed {seed}");
        assert_eq!(outside.kept, plain.kept, "seed {seed}");
    }
    assert!(plain.kept.iter().map(|progress| progress.answers.len()).max() > Some(1));
}

#[test]
fn a_session_is_missed_as_a_whole_for_the_first_part_that_fails_whichever_is_told_first() {
    let mut plans = Vec::new();
    for seed in 0..20 {
        let mut outside = Outside::shuffled(seed);
        outside.broken =
            vec![("s2", "subagents/a1.jsonl"), ("s2", "main"), ("s4", "subagents/a1.jsonl")];
        let plan = outside.run(terms()).unwrap().outcome.plan;
        assert_eq!(
            reasons(&plan),
            ["part `main`: main is gone", "part `subagents/a1.jsonl`: subagents/a1.jsonl is gone"]
        );
        plans.push(plan);
    }
    assert!(plans.iter().all(|plan| *plan == plans[0]));
}

#[test]
fn what_comes_behind_a_part_that_fails_is_not_asked_for() {
    let mut outside = Outside::new();
    let parts = ["main", "subagents/a1.jsonl", "subagents/a2.jsonl"];
    let parts = parts.map(|name| (name.to_owned(), Vec::new())).to_vec();
    outside.sessions = [("s1".to_owned(), parts)].into();
    let mut run = until(&mut outside, terms(), |_, need| matches!(need, Need::Read(_)));
    let session = SessionId::new("s1");
    run.miss(&session, "subagents/a1.jsonl", "gone").unwrap();
    let main = Piece { session: session.clone(), part: "main".into(), offset: 0 };
    assert_eq!(run.poll().unwrap(), Need::Read(vec![main.clone()]));
    run.feed(&session, "main", b"{}", false).unwrap();
    assert_eq!(run.poll().unwrap(), Need::Read(vec![Piece { offset: 2, ..main }]));
    run.feed(&session, "main", b"", true).unwrap();
    assert!(matches!(run.poll().unwrap(), Need::Keep(_)), "the session is missed");
}

#[test]
fn keys_that_do_not_ascend_are_refused_by_the_name_of_their_list() {
    let mut grown = Outside::new();
    for text in ["- The port is 8081.\n", "- The port is 8082.\n"] {
        grown.run(RunRequest { mode: Mode::Auto, ..terms() }).unwrap();
        grown.store.write("more.md", text, None);
        grown.checkpoint = None;
    }
    grown.sessions.extend([("t1".to_owned(), Vec::new()), ("t2".to_owned(), Vec::new())]);
    let refused = |list: &str, at: usize, bring: &dyn Fn(&mut Run) -> Result<(), EngineError>| {
        let mut outside = Outside { store: grown.store.clone(), page: 1, ..Outside::new() };
        let mut run = Run::start(terms()).unwrap();
        let mut pages = 0;
        loop {
            let need = run.poll().unwrap();
            pages += usize::from(matches!(
                (list, &need),
                ("memories", Need::Memories(_))
                    | ("ledger", Need::Ledger(_))
                    | ("revisions", Need::Revisions(_))
                    | ("sessions", Need::Sessions(_))
            ));
            if pages == at {
                let error = bring(&mut run).unwrap_err();
                assert_eq!(
                    (error.code(), error.what()),
                    ("invalid-snapshot", Some(list)),
                    "{error}"
                );
                assert_eq!(run.poll().unwrap(), need, "nothing has changed");
                return;
            }
            outside.meet(&mut run, need).unwrap();
        }
    };
    let (memories, rows) = (grown.memories(None), grown.store.ledger.clone());
    let (records, sessions) = (grown.store.chain.clone(), descriptors(&grown.sessions));
    assert!(memories.len() > 1 && rows.len() > 1 && records.len() > 2);
    // Keys that descend within a page, an item twice, an item of the page before.
    for (at, order) in [(1, vec![1, 0]), (1, vec![0, 0]), (2, vec![0])] {
        let memories = order.iter().map(|n| memories[*n].clone()).collect::<Vec<_>>();
        let rows = order.iter().map(|n| rows[*n].clone()).collect::<Vec<_>>();
        let records = order.iter().map(|n| records[*n].clone()).collect::<Vec<_>>();
        let sessions = order.iter().map(|n| sessions[*n].clone()).collect::<Vec<_>>();
        refused("memories", at, &|run| run.memories(memories.clone()));
        refused("ledger", at, &|run| run.ledger(&rows));
        refused("revisions", at, &|run| run.revisions(&records));
        refused("sessions", at, &|run| run.sessions(sessions.clone()));
    }
}

#[test]
fn no_page_of_sessions_is_asked_for_after_the_last_that_is_taken() {
    let policy = terms().policy.with(&MAX_SESSIONS, 2);
    let mut outside = Outside { page: 1, ..Outside::new() };
    let ended = outside.run(RunRequest { policy: policy.clone(), ..terms() }).unwrap();
    let read = |ended: &RunOutcome| -> Vec<String> {
        ended.outcome.plan.sessions.iter().map(|session| session.session.to_string()).collect()
    };
    assert_eq!((read(&ended), outside.pages_of_sessions), (vec!["s1".into(), "s2".into()], 2));
    // Sessions that were read are not taken again.
    let mut rest = Outside { page: 2, ..Outside::new() };
    rest.run(RunRequest {
        mode: Mode::Auto,
        policy: policy.clone().with(&MAX_CALLS, 0),
        ..terms()
    })
    .unwrap();
    rest.checkpoint = None;
    // Three sessions a page: one unread on the first page, two on the second.
    rest.page = 3;
    let next = rest.run(RunRequest { policy: policy.with(&MAX_CALLS, 0), ..terms() }).unwrap();
    assert_eq!(read(&next), ["s3", "s4"]);
}

#[test]
fn a_run_goes_on_from_what_was_kept_under_the_same_terms_alone() {
    // A secret in the instructions is cut out of the checkpoint; the run still recognises them as
    // the same.
    let secret = "Mind the token ghp_a1B2c3D4a1B2c3D4a1B2c3D4a1B2c3D4a1B2.";
    let asked = RunRequest { instructions: secret.into(), ..terms() };
    let mut whole = Outside::new();
    let expected = whole.run(asked.clone()).unwrap();
    let second_round =
        |outside: &Outside, need: &Need| outside.kept.len() == 2 && matches!(need, Need::Read(_));
    let mut cut = Outside::new();
    until(&mut cut, asked.clone(), second_round);
    let (store, checkpoint) = (cut.store.clone(), cut.checkpoint.clone());
    // The plan has the time of the interrupted run.
    let later = RunRequest { now: Time::from_millis(now().millis() + 5_000), ..asked.clone() };
    let mut again =
        Outside { store: store.clone(), checkpoint: checkpoint.clone(), ..Outside::new() };
    assert_eq!(bytes(&again.run(later).unwrap()), bytes(&expected));
    assert_eq!(again.calls, whole.calls[cut.calls.len()..], "no call is made twice");
    assert!(!cut.calls.is_empty() && !again.log.contains(&"commit"));

    let policy = asked.policy.clone().with(&ROUND_SESSIONS, 3);
    let others = [
        RunRequest { instructions: "Look for lists.".into(), ..asked.clone() },
        RunRequest { policy, ..asked.clone() },
    ];
    for terms in others {
        let mut anew =
            Outside { store: store.clone(), checkpoint: checkpoint.clone(), ..Outside::new() };
        let mut fresh = Outside { store: store.clone(), ..Outside::new() };
        assert_eq!(bytes(&anew.run(terms.clone()).unwrap()), bytes(&fresh.run(terms).unwrap()));
        assert_eq!((anew.calls.len(), anew.pages_of_sessions), (fresh.calls.len(), 2));
    }
    for (store, checkpoint) in
        [(store.clone(), checkpoint.map(|bytes| bytes[1..].to_vec())), (store, Some(Vec::new()))]
    {
        let mut anew = Outside { store, checkpoint, ..Outside::new() };
        assert_eq!(bytes(&anew.run(asked.clone()).unwrap()), bytes(&expected));
        assert_eq!(anew.calls, whole.calls);
    }
}

#[test]
fn what_was_answered_within_a_round_can_be_kept_and_is_not_kept_twice() {
    let mut outside = Outside::new();
    let mut run = until(&mut outside, terms(), |_, need| matches!(need, Need::Calls(_)));
    assert_eq!(run.progress(), None, "the sessions were kept");
    let Need::Calls(calls) = run.poll().unwrap() else { panic!("it waits for calls") };
    let [first, second] = &calls[..] else { panic!("{calls:?}") };
    run.answer(&second.id, answer(second)).unwrap();
    let progress = run.progress().unwrap();
    assert_eq!(progress.answers, [(second.id.clone(), answer(second))]);
    run.kept();
    assert_eq!(run.progress(), None);
    assert_eq!(run.poll().unwrap(), Need::Calls(vec![first.clone()]));
    // An answer that is too long counts as failed, in the plan and in what is kept.
    let long = "x".repeat(MAX_PAGE + 1);
    run.answer(&first.id, Answer::Text { text: long }).unwrap();
    let Need::Keep(last) = run.poll().unwrap() else { panic!("the round is met") };
    let [(call, Answer::Failed { reason })] = &last.answers[..] else { panic!("{last:?}") };
    assert_eq!((call, &**reason), (&first.id, "the answer has 1048577 bytes, at most 1048576"));

    let mut next =
        Outside { store: outside.store, checkpoint: Some(progress.checkpoint), ..Outside::new() };
    next.run(terms()).unwrap();
    assert!(!next.calls.contains(&second.id) && next.calls.contains(&first.id));
}

#[test]
fn what_is_committed_depends_on_the_mode_and_nothing_leaves_no_mark() {
    let mut outside = Outside::new();
    let auto = RunRequest { mode: Mode::Auto, ..terms() };
    let ended = outside.run(auto.clone()).unwrap();
    assert!(ended.committed.is_some());
    assert_eq!(outside.log.iter().filter(|word| **word == "commit").count(), 2);
    let record = RevisionRecord::from_bytes(&outside.store.chain[1]).unwrap();
    assert_eq!((record.now, outside.store.chain.len()), (now(), 2));
    outside.sessions.clear();
    outside.checkpoint = None;
    let next = outside.run(auto).unwrap();
    assert_eq!((next.committed, outside.store.chain.len()), (None, 2));

    // A plan without open changes needs no person: its sessions count as read.
    let mut empty = Outside::new();
    empty.store.memories.clear();
    let mut small_talk = Transcript::new("s1", "2026-03-01T09:00:00Z");
    small_talk.user("Hello.").agent("Hello.");
    empty.sessions = [("s1".to_owned(), vec![("main".to_owned(), small_talk.bytes())])].into();
    let ended = empty.run(RunRequest::at(now())).unwrap();
    assert!(ended.outcome.plan.open_changes().next().is_none());
    assert_eq!((ended.committed.is_some(), empty.store.chain.len()), (true, 2));
    assert!(empty.store.ledger.iter().any(|row| row.key == "session/s1"));
}

#[test]
fn what_was_not_asked_for_is_refused_and_changes_nothing() {
    let mut outside = Outside::new();
    let mut run = Run::start(terms()).unwrap();
    let (session, call) = (SessionId::new("s1"), CallId::new("m0"));
    let unexpected = |result: Result<(), EngineError>| {
        assert_eq!(result.unwrap_err().code(), "unexpected");
    };
    unexpected(run.memories(Vec::new()));
    unexpected(run.ledger(&[]));
    unexpected(run.revisions(&[]));
    unexpected(run.sessions(Vec::new()));
    unexpected(run.feed(&session, "main", b"", true));
    unexpected(run.miss(&session, "main", "gone"));
    unexpected(run.answer(&call, Answer::Refused));
    unexpected(run.committed());
    run.kept();
    assert_eq!(run.poll().unwrap(), Need::Open);
    loop {
        let need = run.poll().unwrap();
        if let Need::Read(pieces) = &need {
            unexpected(run.opened("", None, None));
            let Piece { session, part, .. } = &pieces[0];
            run.feed(session, part, b"", true).unwrap();
            unexpected(run.feed(session, part, b"", true));
            run.miss(session, &pieces[1].part, "gone").unwrap();
            // Reported before the run concluded that the session is missed.
            run.feed(session, &pieces[1].part, b"{}", true).unwrap();
            run.miss(session, &pieces[1].part, "gone").unwrap();
            break;
        }
        outside.meet(&mut run, need).unwrap();
    }
}

#[test]
fn terms_that_cannot_be_used_are_refused_before_anything_is_asked_for() {
    let long = RunRequest { instructions: "x".repeat(4097), ..terms() };
    let error = Run::start(long).unwrap_err();
    assert_eq!((error.code(), error.what()), ("invalid-request", Some("instructions")));
}

#[test]
fn a_page_may_be_of_any_size_and_a_row_only_of_one_page() {
    let mut outside = Outside::new();
    for n in 0..30 {
        let line = format!("- Statement {n} is one of many.\n");
        outside.store.write(&format!("m{n:02}.md"), &line.repeat(2_000), None);
    }
    assert!(outside.memories(None).iter().map(|m| m.text.len()).sum::<usize>() > MAX_PAGE);
    outside.sessions.clear();
    let mut run =
        until(&mut outside, RunRequest::at(now()), |_, need| matches!(need, Need::Ledger(_)));
    let row = LedgerRow { key: "entry/e1".into(), value: vec![b' '; MAX_PAGE] };
    let error = run.ledger(&[row]).unwrap_err();
    assert_eq!((error.code(), error.what()), ("too-large", Some("entry/e1")));
}
