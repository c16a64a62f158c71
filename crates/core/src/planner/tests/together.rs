//! Plans of which every change that is not blocked can be accepted together.

use super::*;
use dreaming_records::distilled::Distilled;
use dreaming_records::memory::MAX_MEMORY_BYTES;
use dreaming_records::plan::{PLAN_FORMAT, Plan};
use dreaming_records::revision::{Decision, Selection};

/// Makes an entry one of those that a model found.
fn by_model(entry: &mut Located, kind: Kind, sessions: u64) {
    let found = candidate(kind, &entry.record.text);
    let mut record = EntryRecord {
        origin: Origin::Dream,
        finder: Some(Finder::Model),
        kind: Some(kind),
        evidence: found.evidence,
        support: found.support,
        ..EntryRecord::clone(&entry.record)
    };
    record.support.sessions = sessions;
    entry.record = record.into();
}

fn written(kind: Kind, text: &str) -> Candidate {
    let mut found = candidate(kind, text);
    (found.finder, found.worth) = (Finder::Model, Some(true));
    found.evidence.iter_mut().for_each(|piece| piece.provenance = Provenance::Agent);
    found
}

fn store(memories: &[(&str, String)]) -> Snapshot {
    let mut store = Snapshot::new("");
    for (path, text) in memories {
        store.add_memory(Memory::new(*path, text.clone(), None).unwrap()).unwrap();
    }
    store
}

fn planned_over(
    store: &Snapshot,
    read: &Resolution,
    policy: &Policy,
    found: Vec<Candidate>,
) -> Vec<Change> {
    let engine = Engine { fingerprint: revisions::fingerprint(), redact: crate::redact };
    let asked = Asked { policy, instructions: "", now: dreaming_fixtures::time(9) };
    plan(&engine, store, read, asked, Learned { candidates: found, ..Learned::default() }).changes
}

#[test]
fn a_line_stays_when_what_says_it_leaves_for_lack_of_room() {
    let old = "The queue lives in Redis; gulls nest on the northern roof.";
    let newer = "Gulls nest on the northern roof in June.";
    let other = "Invoices carry the number of their tea tin and the day of their order too.";
    let store = store(&[
        ("learned/facts.md", format!("- {newer}\n- {other}\n")),
        ("learned/decisions.md", format!("- {old}\n")),
    ]);
    let mut read = resolve(&store, dreaming_fixtures::time(9), crate::redact);
    for entry in &mut read.entries {
        let is_old = entry.record.text == old;
        let kind = if is_old { Kind::Decision } else { Kind::Fact };
        by_model(entry, kind, if entry.record.text == other { 4 } else { 2 });
        read.ledger.entries.insert(entry.record.id.clone(), EntryRecord::clone(&entry.record));
    }
    let row = |kind, text: &str, findings: &[&str], instead_of| Distilled {
        key: statement(kind, text),
        kind,
        text: text.into(),
        findings: Set::of(findings.iter().map(|f| statement(Kind::Fact, f))).into_iter().collect(),
        replaces: None,
        after: None,
        step: false,
        line: None,
        instead_of,
    };
    let before = row(Kind::Decision, old, &["gulls"], Vec::new());
    let by = row(Kind::Fact, newer, &["gulls", "june"], vec![before.key.clone()]);
    for row in [before, by] {
        read.ledger.distilled.insert(row.key.clone(), row);
    }
    let gone = |tokens| {
        let policy = Policy::default().with(&policy::LEARN_TOKENS, tokens);
        let changes = planned_over(&store, &read, &policy, vec![written(Kind::Fact, newer)]);
        let gone = changes.iter().flat_map(|c| c.targets.iter().map(move |t| (c, &*t.text)));
        let gone = gone.map(|(change, text)| (text.to_owned(), change.cause));
        Set::of(gone).into_iter().collect::<Vec<_>>()
    };
    assert_eq!(gone(1000), [(old.into(), Cause::Outgrown)]);
    // It leaves for lack of room itself.
    let both = [(newer.to_owned(), Cause::OverBudget), (old.into(), Cause::OverBudget)];
    assert_eq!(gone(22), both);
}

#[test]
fn what_makes_no_room_because_it_stays_lets_nothing_in() {
    // A memory of `total` bytes.
    let fill = |letter: &str, total: usize| {
        let mut text = String::new();
        for n in 0.. {
            let line = format!("- {n} {}\n", letter.repeat(7000));
            if text.len() + line.len() + 1000 > total {
                break;
            }
            text += &line;
        }
        let left = total - text.len() - 5;
        text + &format!("- {}\n", format!("q{letter}").repeat(left / 2))
    };
    let old = format!("Run the checks first, {}", "z".repeat(1000));
    let mistakes = format!("- {old}\n{}", fill("m", MAX_MEMORY_BYTES - 1200));
    let facts = fill("f", MAX_MEMORY_BYTES - 100);
    let store = store(&[("learned/mistakes.md", mistakes), ("learned/facts.md", facts)]);
    let mut read = resolve(&store, dreaming_fixtures::time(9), crate::redact);
    let entry = read.entries.iter_mut().find(|entry| entry.record.text == old).unwrap();
    by_model(entry, Kind::Mistake, 2);
    // What takes its place has no room in its memory, so the line stays, and so nothing of its
    // length can be added.
    let mut newer =
        written(Kind::Fact, &format!("The checks run by themselves, {}", "y".repeat(500)));
    newer.corrects = Some(entry.record.id.clone());
    let added = format!("Start the database before the tests, {}", "w".repeat(900));
    let policy = Policy::default().with(&policy::LEARN_TOKENS, 0);
    let found = vec![newer, candidate(Kind::Mistake, &added)];
    let changes = planned_over(&store, &read, &policy, found);
    let gates: Vec<_> = changes.iter().map(|change| (change.operation, change.gate)).collect();
    assert_eq!(gates, [(Operation::Add, Gate::Blocked), (Operation::Add, Gate::Blocked)]);
    let fingerprint = revisions::fingerprint();
    let engine = Engine { fingerprint: fingerprint.clone(), redact: crate::redact };
    let now = dreaming_fixtures::time(9);
    let plan = Plan {
        format: PLAN_FORMAT.into(),
        fingerprint,
        base: None,
        memories: store.memories_root(),
        ledger: store.ledger_of_head().unwrap(),
        now,
        policy,
        instructions: Digest::default(),
        candidates: None,
        sessions: Vec::new(),
        compared: Vec::new(),
        distilled: Vec::new(),
        looked: Vec::new(),
        changes,
        reinforcements: Vec::new(),
        conflicts: Vec::new(),
        rejected: Vec::new(),
    };
    let decision = Decision {
        accept: Selection::All,
        reject: Vec::new(),
        edits: Vec::new(),
        reviewer: String::new(),
        note: String::new(),
        now,
    };
    assert!(apply::apply(&engine, &store, &plan, &decision).is_ok());
}
