//! Rows of tables that models write: where they come, what they take the place of, and that they can go.

use super::*;
use dreaming_records::distilled::{Distilled, statement};
use dreaming_records::ids::EntryId;

const HOSTS: (&str, &str) = ("hosts.md", "# Hosts\n\n| Host | Port |\n|---|---|\n| red | 1 |\n");
const BLUE: (&str, &str) = ("learned/facts.md", "# Facts\n\n- The host blue listens on port 2.\n");

/// A store whose entries are `changed`.
fn read(memories: &[(&str, &str)], changed: impl Fn(&mut EntryRecord)) -> (Snapshot, Resolution) {
    let mut store = Snapshot::new("");
    for (path, text) in memories {
        store.add_memory(Memory::new(*path, *text, None).unwrap()).unwrap();
    }
    let mut read = resolve(&store, dreaming_fixtures::time(9), crate::redact);
    for entry in &mut read.entries {
        let mut record = EntryRecord::clone(&entry.record);
        changed(&mut record);
        read.ledger.entries.insert(record.id.clone(), record.clone());
        entry.record = record.into();
    }
    (store, read)
}

fn by_model(record: &mut EntryRecord) {
    let found = candidate(Kind::Fact, &record.text);
    (record.origin, record.finder) = (Origin::Dream, Some(Finder::Model));
    (record.kind, record.evidence) = (Some(Kind::Fact), found.evidence);
    record.support = found.support;
}

fn id(read: &Resolution, word: &str) -> EntryId {
    let found = read.entries.iter().find(|entry| entry.piece.text.contains(word));
    found.unwrap().record.id.clone()
}

/// The plan with a row that a model wrote after `after`, and perhaps in the place of `replaces`.
fn planned_with(
    (store, mut read): (Snapshot, Resolution),
    text: &str,
    after: &str,
    replaces: Option<&str>,
) -> Planned {
    let mut found = candidate(Kind::Fact, text);
    (found.finder, found.worth) = (Finder::Model, Some(true));
    found.evidence.iter_mut().for_each(|piece| piece.provenance = Provenance::Agent);
    found.corrects = replaces.map(|word| id(&read, word));
    let row = Distilled {
        key: statement(Kind::Fact, text),
        kind: Kind::Fact,
        text: text.into(),
        findings: vec![statement(Kind::Fact, "a finding")],
        replaces: found.corrects.clone(),
        after: Some(id(&read, after)),
        step: false,
        line: None,
        instead_of: Vec::new(),
    };
    read.ledger.distilled.insert(row.key.clone(), row);
    planned_over(&store, &read, vec![found])
}

fn planned_over(store: &Snapshot, read: &Resolution, candidates: Vec<Candidate>) -> Planned {
    let engine = Engine { fingerprint: revisions::fingerprint(), redact: crate::redact };
    let policy = Policy::default();
    let asked = Asked { policy: &policy, instructions: "", now: dreaming_fixtures::time(9) };
    plan(&engine, store, read, asked, Learned { candidates, ..Learned::default() })
}

fn changes(planned: &Planned) -> Vec<(Operation, &str)> {
    let of = |change: &&Change| change.kind != Some(Kind::Index);
    let text = |change: &'_ Change| change.text.is_some();
    let all = planned.changes.iter().filter(of).filter(|change| text(change));
    all.map(|change| (change.operation, change.path.as_str())).collect()
}

#[test]
fn a_row_comes_into_its_table_and_takes_no_item() {
    let new = planned_with(read(&[HOSTS, BLUE], |_| {}), "| green | 3 |", "red", None);
    assert_eq!(changes(&new), [(Operation::Add, "hosts.md")]);
    assert_eq!(new.changes[0].after.as_ref().unwrap().text, "| red | 1 |");
    let of_model = || {
        read(&[HOSTS, BLUE], |record| {
            if record.text.contains("blue") {
                by_model(record);
            }
        })
    };
    for replaces in [None, Some("blue")] {
        let over = planned_with(of_model(), "| blue | 2 |", "red", replaces);
        let items = over.changes.iter().filter(|change| !change.targets.is_empty());
        let rows = items.filter(|change| change.text.as_deref().is_some_and(|t| t.contains('|')));
        assert_eq!(rows.count(), 0, "{:?}", over.changes);
    }
}

#[test]
fn a_row_that_may_not_take_the_place_of_another_comes_not_beside_it() {
    let wish = |record: &mut EntryRecord| record.kind = Some(Kind::Preference);
    let planned = planned_with(read(&[HOSTS], wish), "| red | 9 |", "red", Some("red"));
    assert_eq!(changes(&planned), []);
    assert_eq!(planned.conflicts.len(), 1);
}

#[test]
fn a_row_that_a_dream_wrote_can_go() {
    let gone = |record: &mut EntryRecord| {
        by_model(record);
        record.evidence.clear();
        record.support.sessions = 0;
    };
    let (store, found) = read(&[HOSTS], gone);
    let planned = planned_over(&store, &found, Vec::new());
    let retired: Vec<_> = planned.changes.iter().map(|c| (c.operation, c.gate)).collect();
    assert_eq!(retired, [(Operation::Retire, Gate::Review)]);
}

#[test]
fn words_from_outside_take_the_place_of_no_advice_by_another_kind() {
    let advice = |record: &mut EntryRecord| {
        by_model(record);
        (record.kind, record.trust) = (Some(Kind::Workflow), Trust::User);
        record.valid_from = Some(dreaming_fixtures::time(1));
        record.last_seen = record.valid_from;
    };
    let text = "- Run the checks before a deploy.\n";
    for (trust, expected) in [(Trust::External, 0), (Trust::Agent, 1)] {
        let (store, found) = read(&[("notes.md", text)], advice);
        let mut fact = candidate(Kind::Fact, "A deploy is made without the checks.");
        (fact.finder, fact.worth, fact.trust) = (Finder::Model, Some(true), trust);
        fact.corrects = Some(id(&found, "checks"));
        (fact.first, fact.last) =
            (Some(dreaming_fixtures::time(8)), Some(dreaming_fixtures::time(8)));
        let planned = planned_over(&store, &found, vec![fact]);
        let takes = |change: &&Change| {
            change.operation == Operation::Supersede && change.gate != Gate::Blocked
        };
        assert_eq!(planned.changes.iter().filter(takes).count(), expected, "{trust:?}");
    }
}
