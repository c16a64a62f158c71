//! What comes back when the ledger forgets, and what does not.

use dreaming::apply::Erasure;

use super::*;

fn holds(store: &Store, words: &str) -> bool {
    store.ledger.iter().any(|row| String::from_utf8_lossy(&row.value).contains(words))
}

#[test]
fn an_erased_session_is_not_read_again_when_the_ledger_is_full() {
    let three = SettingValue::Integer(3);
    let policy =
        with(&[("ledger.known-sessions", three.clone()), ("ledger.whole-sessions", three)]);
    let mut store = Store::default();
    let mut said: Said = vec![vec![0], vec![1], vec![2]];
    let run = |store: &mut Store, said: &Said| {
        let (plan, document) = dream(store, said, &policy, now());
        apply(store, &document, Selection::Only(Vec::new()), now());
        plan.changes.iter().any(|change| change.text.as_deref() == Some(WISHES[2]))
    };
    assert!(run(&mut store, &said) && holds(&store, "short sentences"));
    let newest = ledger(&store).sessions.keys().last().unwrap().clone();
    let erasure = Erasure::Session(newest);
    let revision = NativeHost.erase(&store, &erasure, "mira", "", now()).unwrap();
    store.commit(&revision).unwrap();
    for wish in [3, 4, 5] {
        said.push(vec![wish]);
        assert!(!run(&mut store, &said) && !holds(&store, "short sentences"));
    }
}

#[test]
fn what_a_person_took_out_stays_out_when_its_evidence_has_no_time() {
    let policy = with(&[("ledger.whole-retired", SettingValue::Integer(0))]);
    let mut store = Store::default();
    let undated = |said: &Said| {
        let mut sessions = sessions(said);
        for (_, bytes) in sessions.values_mut().flatten() {
            let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            let lines = lines.map(|line| {
                let mut event: serde_json::Value = serde_json::from_slice(line).unwrap();
                event.as_object_mut().unwrap().remove("timestamp");
                format!("{event}\n")
            });
            *bytes = lines.collect::<String>().into_bytes();
        }
        sessions
    };
    let run = |store: &mut Store| {
        let model = |_: &_| Answer::Refused;
        let world = World { sessions: undated(&vec![vec![0], vec![0]]), model: &model };
        let request = Request {
            policy: policy.clone(),
            instructions: String::new(),
            now: now(),
            sessions: world.descriptors(),
            similarities: Vec::new(),
        };
        if let Some(revision) = NativeHost.observe(store, now()).unwrap() {
            store.commit(&revision).unwrap();
        }
        let run = drive(&NativeHost, &request, store, &world, Variation::AS_WRITTEN).unwrap();
        let proposed = Plan::from_bytes(&run.plan).unwrap().changes.len();
        apply(store, &run.plan, Selection::All, now());
        proposed
    };
    let first = NativeHost.observe(&store, now()).unwrap().unwrap();
    store.commit(&first).unwrap();
    assert!(run(&mut store) > 0);
    store.memories.clear();
    assert_eq!([run(&mut store), run(&mut store), run(&mut store)], [0; 3]);
}

#[test]
fn a_rejected_line_of_the_index_stays_away_when_its_memory_grows() {
    let policy = with(&[("gate.auto-words", SettingValue::Switch(true))]);
    let mut store = Store::default();
    store.write("MEMORY.md", "# Memory\n\n- [Notes](notes.md): notes\n", None);
    store.write("notes.md", "- The shop runs on port 8080.\n", None);
    let mut said: Said = vec![vec![0], vec![0], vec![0]];
    let (plan, document) = dream(&mut store, &said, &policy, now());
    let line = plan.changes.iter().find(|change| change.cause == Cause::Index).unwrap();
    let decision = Decision {
        accept: Selection::All,
        reject: vec![line.id.clone()],
        edits: Vec::new(),
        reviewer: "mira".into(),
        note: String::new(),
        now: now(),
    };
    let revision = NativeHost.apply(&store, &document, &decision).unwrap();
    store.commit(&revision).unwrap();
    said.extend([vec![1], vec![1], vec![1]]);
    let (plan, document) = dream(&mut store, &said, &policy, now());
    assert!(!plan.changes.is_empty());
    assert!(plan.changes.iter().all(|change| change.cause != Cause::Index), "{:?}", plan.changes);
    apply(&mut store, &document, Selection::All, now());
    assert!(!store.text("MEMORY.md").unwrap().contains("learned"));
}
