use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use dreaming_fixtures::revisions::record;
use dreaming_records::evidence::Evidence;
use dreaming_records::ids::{Digest, SessionId};
use dreaming_records::ledger::RetiredBy;
use dreaming_records::memory::Memory;
use dreaming_records::revision::{RevisionKind, RevisionRecord};
use dreaming_records::trust::Provenance;
use dreaming_text::normal;

use crate::redact;

fn at(text: &str) -> Time {
    Time::parse(text).unwrap()
}

fn now() -> Time {
    at("2026-02-20T00:00:00Z")
}

fn monday() -> Time {
    at("2026-02-16T00:00:00Z")
}

/// A store after `number` revisions.
fn store(number: u64, ledger: &Ledger, memories: &[(&str, &str)]) -> Snapshot {
    let mut snapshot = Snapshot::new("salt");
    for (path, text) in memories {
        snapshot.add_memory(Memory::new(*path, *text, Some(monday())).unwrap()).unwrap();
    }
    snapshot.ledger = ledger.clone();
    snapshot.head =
        (number > 0).then(|| RevisionRecord { now: now(), ..record(number, RevisionKind::Import) });
    snapshot
}

fn first(memories: &[(&str, &str)]) -> Resolution {
    resolve(&store(0, &Ledger::default(), memories), now(), redact)
}

fn then(ledger: &Ledger, memories: &[(&str, &str)]) -> Resolution {
    resolve(&store(1, ledger, memories), now(), redact)
}

fn ids(resolution: &Resolution) -> Vec<EntryId> {
    resolution.entries.iter().map(|entry| entry.record.id.clone()).collect()
}

fn by_text<'a>(resolution: &'a Resolution, text: &str) -> &'a EntryRecord {
    &resolution.entries.iter().find(|entry| entry.record.text == text).unwrap().record
}

fn supported(mut resolution: Resolution, trust: Trust) -> Resolution {
    let evidence = Evidence {
        session: SessionId::new("s"),
        part: "main".into(),
        line: 1,
        start: 0,
        end: 1,
        event: "line-1".into(),
        time: None,
        provenance: Provenance::User,
        part_bytes: 1,
        part_digest: Digest::default(),
        quote: "q".into(),
        quote_digest: Digest::default(),
        claimed: false,
    };
    resolution.ledger.entries.update(|record| {
        Some(EntryRecord {
            evidence: vec![evidence.clone()],
            support: Support { sessions: 3, agents: 2, days: 2 },
            tier: Tier::Long,
            origin: Origin::Dream,
            trust,
            ..record.clone()
        })
    });
    resolution
}

#[test]
fn a_new_statement_is_imported_into_a_new_store_and_written_into_an_old_one() {
    let one = first(&[("a.md", "- one\n")]);
    let record = &one.entries[0].record;
    assert_eq!(
        (record.origin, record.trust, record.tier),
        (Origin::Imported, Trust::Agent, Tier::Short)
    );
    assert_eq!((record.valid_from, record.last_seen), (Some(monday()), Some(monday())));
    let two = then(&one.ledger, &[("a.md", "- one\n- two\n")]);
    assert_eq!(by_text(&two, "two").origin, Origin::Written);
    assert_eq!(by_text(&two, "one"), &**record);
}

#[test]
fn a_time_after_now_is_unknown() {
    let early = resolve(
        &store(0, &Ledger::default(), &[("a.md", "- one\n")]),
        at("2026-01-01T00:00:00Z"),
        redact,
    );
    assert_eq!(
        (early.entries[0].record.valid_from, early.entries[0].record.last_seen),
        (None, None)
    );
}

#[test]
fn without_a_change_the_ledger_stays_byte_for_byte() {
    let memories =
        [("a.md", "- one\n- two  x\n- two x\n\nPara\nmore\n"), ("b.md", "- one\n-  one\n")];
    let one = first(&memories);
    let two = then(&one.ledger, &memories);
    assert_eq!(two.entries.len(), 6);
    assert_eq!(two.ledger.root().unwrap(), one.ledger.root().unwrap());
    assert_eq!(two.ledger, one.ledger);
}

#[test]
fn the_order_of_memories_does_not_matter() {
    let one = first(&[("a.md", "- x\n- y\n"), ("b.md", "- x\n")]);
    assert_eq!(one, first(&[("b.md", "- x\n"), ("a.md", "- x\n- y\n")]));
}

#[test]
fn an_edit_keeps_the_id_and_its_evidence_when_no_value_changed() {
    let one =
        supported(first(&[("a.md", "- run the linter before each commit\n- z\n")]), Trust::User);
    let two = then(&one.ledger, &[("a.md", "- run the linter before each single commit\n- z\n")]);
    let record = by_text(&two, "run the linter before each single commit");
    assert_eq!(record.id, one.entries[0].record.id);
    assert_eq!((record.evidence.len(), record.support.sessions, record.tier), (1, 3, Tier::Long));
    assert_eq!((record.origin, record.trust), (Origin::Written, Trust::Agent));
    assert_eq!(two.ledger.active().count(), 2);
    let old = two.ledger.entries.values().find(|r| r.retired.is_some()).unwrap();
    assert_eq!(old.text, "run the linter before each commit");
    assert_eq!(old.evidence, one.ledger.entries.get(&record.id).unwrap().evidence);
    assert_eq!(old.retired.as_ref().unwrap().superseded_by.as_ref(), Some(&record.id));
}

#[test]
fn an_edited_value_keeps_the_id_and_loses_the_evidence_for_the_old_one() {
    let one =
        supported(first(&[("a.md", "- the staging server listens on port 8080\n")]), Trust::Tool);
    let two = then(&one.ledger, &[("a.md", "- the staging server listens on port 9090\n")]);
    let record = &two.entries[0].record;
    assert_eq!(record.id, one.entries[0].record.id);
    assert_eq!(
        (record.evidence.len(), record.support, record.tier),
        (0, Support::default(), Tier::Short)
    );
    assert_eq!((record.valid_from, record.last_seen), (Some(monday()), Some(monday())));
}

#[test]
fn a_line_about_another_thing_loses_the_evidence_and_the_subject_of_the_old_one() {
    let line = "the staging cluster deploys every night from the main branch";
    let mut one = supported(first(&[("a.md", &format!("- {line}\n"))]), Trust::User);
    let id = one.entries[0].record.id.clone();
    one.ledger.entries.get_mut(&id).unwrap().subject = Some("staging cluster".into());
    let other = line.replace("staging", "production");
    let two = then(&one.ledger, &[("a.md", &format!("- {other}\n"))]);
    let record = by_text(&two, &other);
    assert_eq!((&record.id, &record.subject), (&id, &None));
    assert_eq!((record.evidence.len(), record.tier), (0, Tier::Short));
    // A word more and a word mended leave both.
    for (from, to) in [("branch", "branch only"), ("deploys", "is deployed")] {
        let more = line.replace(from, to);
        let two = then(&one.ledger, &[("a.md", &format!("- {more}\n"))]);
        let record = by_text(&two, &more);
        assert_eq!((record.evidence.len(), record.tier), (1, Tier::Long));
        assert_eq!(record.subject.as_deref(), Some("staging cluster"));
    }
}

#[test]
fn an_edit_that_is_taken_back_leaves_the_entry_as_it_was() {
    let (line, edited) =
        ("the staging server listens on port 8080", "the staging server listens on port 9090");
    let one = supported(first(&[("a.md", &format!("- {line}\n- z\n"))]), Trust::Agent);
    let two = then(&one.ledger, &[("a.md", &format!("- {edited}\n- z\n"))]);
    assert_eq!(two.ledger.entries.len(), 3);
    let three = then(&two.ledger, &[("a.md", &format!("- {line}\n- z\n"))]);
    let (id, after) = (&by_text(&one, line).id, by_text(&three, line));
    let before = one.ledger.entries.get(id).unwrap();
    assert_eq!((&after.id, &after.evidence), (&before.id, &before.evidence));
    assert_eq!((after.support, after.tier), (before.support, before.tier));
    assert_eq!(three.ledger.active().count(), 2);
    // So when the edited line was edited once more and the old words stand beside it.
    let again = edited.replace("9090", "9090 only");
    let both = then(&two.ledger, &[("a.md", &format!("- {line}\n- {again}\n- z\n"))]);
    assert_eq!(&by_text(&both, &again).id, id);
    // When the edited line stays beside it, the old words are an entry of their own.
    let both = then(&two.ledger, &[("a.md", &format!("- {line}\n- {edited}\n- z\n"))]);
    assert_ne!(&by_text(&both, line).id, id);
    assert_eq!(&by_text(&both, edited).id, id);
}

#[test]
fn a_rewording_never_raises_trust() {
    let one = supported(first(&[("a.md", "- alpha beta gamma delta\n")]), Trust::External);
    let two = then(&one.ledger, &[("a.md", "- alpha beta gamma delta epsilon\n")]);
    assert_eq!(two.entries[0].record.trust, Trust::External);
}

#[test]
fn a_move_takes_the_record_along() {
    let one = supported(first(&[("a.md", "- one\n- two\n")]), Trust::User);
    let two = then(&one.ledger, &[("a.md", "- two\n"), ("b.md", "# B\n\none\n")]);
    let record = by_text(&two, "one");
    let mut expected = one.ledger.entries.get(&record.id).unwrap().clone();
    expected.path = MemoryPath::new("b.md").unwrap();
    assert_eq!(*record, expected);
    assert_eq!(two.ledger.entries.len(), 2);
}

#[test]
fn a_renamed_memory_and_merged_memories_keep_all_ids() {
    let one = first(&[("a.md", "- one\n- same\n"), ("b.md", "- two\n- same\n")]);
    let merged = then(&one.ledger, &[("c.md", "- one\n- same\n- two\n- same\n")]);
    let (mut before, mut after) = (ids(&one), ids(&merged));
    dreaming_text::sort::all(&mut before);
    dreaming_text::sort::all(&mut after);
    assert_eq!(before, after);
    assert!(merged.ledger.active().all(|record| record.path.as_str() == "c.md"));
}

#[test]
fn swapped_and_removed_duplicates_cost_no_other_record() {
    let one = first(&[("a.md", "- same\n- other\n- same\n")]);
    let swapped = then(&one.ledger, &[("a.md", "- same\n- same\n- other\n")]);
    assert_eq!(swapped.ledger.entries, one.ledger.entries);
    let fewer = then(&one.ledger, &[("a.md", "- other\n- same\n")]);
    assert_eq!(fewer.ledger.active().count(), 2);
    let retired: Vec<_> =
        fewer.ledger.entries.values().filter_map(|r| r.retired.as_ref()).collect();
    let expected = Retirement { revision: 2, by: RetiredBy::Edited, superseded_by: None };
    assert_eq!(retired, [&expected]);
}

#[test]
fn a_split_entry_names_where_it_may_come_from_and_neither_half_takes_the_id() {
    let one = first(&[("a.md", "- alpha beta gamma delta epsilon zeta\n")]);
    let id = &one.entries[0].record.id;
    let even = "- alpha beta gamma delta\n- gamma delta epsilon zeta\n";
    let two = then(&one.ledger, &[("a.md", even)]);
    assert!(two.ledger.entries.get(id).unwrap().retired.is_some());
    assert!(two.entries.iter().all(|entry| entry.record.maybe_from.as_ref() == Some(id)));
    let uneven = "- alpha beta gamma delta epsilon\n- zeta\n";
    let two = then(&one.ledger, &[("a.md", uneven)]);
    assert_eq!(&two.entries[0].record.id, id);
    assert_eq!(two.entries[1].record.maybe_from, None);
}

#[test]
fn one_statement_between_two_lost_entries_takes_neither() {
    let one = first(&[("a.md", "- deploy with the red key\n- deploy with the blue key\n")]);
    let two = then(&one.ledger, &[("a.md", "- deploy with the red blue key\n")]);
    assert!(!ids(&one).contains(&two.entries[0].record.id));
    let lowest = ids(&one).into_iter().min();
    assert_eq!(two.entries[0].record.maybe_from, lowest);
    assert_eq!(two.ledger.active().count(), 1);
}

#[test]
fn the_largest_memory_written_anew_is_resolved_in_time() {
    let list = |word: &str| -> String { (0..9_000).map(|n| format!("- {word} {n}\n")).collect() };
    let one = first(&[("a.md", &list("a b"))]);
    let two = then(&one.ledger, &[("a.md", &list("a c"))]);
    assert_eq!((two.entries.len(), two.ledger.entries.len()), (9_000, 18_000));
}

#[test]
fn near_texts_of_other_memories_are_no_edits() {
    let one = first(&[("a.md", "- alpha beta gamma delta\n")]);
    let two = then(&one.ledger, &[("b.md", "- alpha beta gamma delta epsilon\n")]);
    assert!(!ids(&one).contains(&two.entries[0].record.id));
}

#[test]
fn a_statement_that_comes_back_is_the_entry_that_it_was() {
    let one = supported(first(&[("a.md", "- one\n- two\n")]), Trust::User);
    let gone = then(&one.ledger, &[("a.md", "- two\n")]);
    let back = then(&gone.ledger, &[("a.md", "- two\n- one\n")]);
    let record = by_text(&back, "one");
    assert_eq!(record.id, one.entries[0].record.id);
    assert_eq!(
        (record.origin, record.trust, &record.retired),
        (Origin::Written, Trust::Agent, &None)
    );
    let elsewhere = then(&gone.ledger, &[("a.md", "- two\n"), ("b.md", "- one\n")]);
    assert_ne!(by_text(&elsewhere, "one").id, record.id);
}

#[test]
fn a_removed_memory_retires_its_entries_and_no_id_is_minted_twice() {
    let one = first(&[("a.md", "- one\n")]);
    let gone = then(&one.ledger, &[]);
    assert_eq!((gone.entries.len(), gone.ledger.active().count()), (0, 0));
    // The retired record was moved to another text, so its id is taken while its old text counts as
    // new.
    let mut ledger = one.ledger.clone();
    let text = String::from("something else entirely");
    ledger.entries.update(|record| Some(EntryRecord { text: text.clone(), ..record.clone() }));
    let again = resolve(&store(0, &ledger, &[("a.md", "- one\n")]), now(), redact);
    assert_eq!(again.ledger.entries.len(), 2);
}

proptest! {
    #[test]
    fn each_statement_has_a_record_of_its_own_and_a_second_look_changes_nothing(
        before in proptest::collection::vec("[ab]{1,2}( [abc]{1,2}){0,3}", 0..8),
        after in proptest::collection::vec("[ab]{1,2}( [abc]{1,2}){0,3}", 0..8),
        split in 0_usize..8,
    ) {
        let list = |texts: &[String]| -> String { texts.iter().map(|t| format!("- {t}\n")).collect() };
        let one = first(&[("a.md", &list(&before))]);
        let (head, tail) = after.split_at(split.min(after.len()));
        let memories = [("a.md", list(head)), ("b.md", list(tail))];
        let memories: Vec<(&str, &str)> = memories.iter().map(|(p, t)| (*p, t.as_str())).collect();
        let two = then(&one.ledger, &memories);
        let distinct: BTreeSet<EntryId> = ids(&two).into_iter().collect();
        prop_assert_eq!(distinct.len(), after.len());
        let active: BTreeSet<EntryId> = two.ledger.active().map(|r| r.id.clone()).collect();
        prop_assert_eq!(distinct, active);
        for entry in &two.entries {
            prop_assert_eq!(normal(&entry.record.text), normal(&entry.piece.text));
            prop_assert_eq!(&entry.record.path, &entry.path);
        }
        prop_assert!(before.len() <= two.ledger.entries.len());
        prop_assert_eq!(then(&two.ledger, &memories), two);
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test may be told where the shared data are")]
fn the_history_of_a_real_memory_keeps_most_ids() {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data").to_owned();
    let folder = std::env::var("DREAMING_DATA").unwrap_or(default);
    let path = format!("{folder}/claude-md-history/versions.jsonl");
    let Ok(versions) = std::fs::read_to_string(&path) else {
        println!("skipped: no {path}");
        return;
    };
    let mut ledger: Option<Ledger> = None;
    let (mut kept, mut all) = (0, 0);
    for (number, line) in versions.lines().enumerate() {
        let version: serde_json::Value = serde_json::from_str(line).unwrap();
        let Some(text) = version["text"].as_str() else { continue };
        let memories = [("CLAUDE.md", text)];
        let resolution = match &ledger {
            None => first(&memories),
            Some(before) => then(before, &memories),
        };
        if let Some(before) = &ledger {
            let ids = ids(&resolution);
            kept += ids.iter().filter(|id| before.entries.contains_key(*id)).count();
            all += ids.len();
        }
        assert_eq!(then(&resolution.ledger, &memories), resolution, "version {number}");
        ledger = Some(resolution.ledger);
    }
    println!("{kept} of {all} statements known from the version before");
    assert!(kept * 10 >= all * 9, "{kept} of {all}");
}
