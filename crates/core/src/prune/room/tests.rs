use super::*;
use crate::identity::{Resolution, resolve};
use crate::planner::{Learned, Planned, plan};
use crate::world::Asked;
use dreaming_fixtures::{candidate, revisions, time};
use dreaming_records::candidate::Candidate;
use dreaming_records::engine::Engine;
use dreaming_records::ids::ChangeId;
use dreaming_records::ledger::{Finder, RetiredBy, Retirement, Source, Support};
use dreaming_records::memory::Memory;
use dreaming_records::policy::SettingValue;
use dreaming_records::revision::{RevisionKind, Verdict};
use dreaming_records::snapshot::Snapshot;
use dreaming_records::trust::Trust;

/// Statements of ten tokens each, no two of them alike.
const WORDS: [&str; 4] = [
    "Lamps are sold in pairs, with a spare bulb",
    "The queue of the shop is kept in Redis now",
    "Invoices carry the number of their tea tin",
    "Gulls nest on northern roofs in early June",
];

/// A store with statements that dreams wrote and notes that a person wrote.
struct Case {
    store: Snapshot,
    read: Resolution,
    policy: Policy,
}

impl Case {
    fn new(tokens: u64, learned: &[&str], notes: &[&str]) -> Self {
        let mut store = Snapshot::new("");
        let items = |lines: &[&str]| lines.iter().map(|l| format!("- {l}\n")).collect::<String>();
        for (path, lines) in [("learned/facts.md", learned), ("notes.md", notes)] {
            if !lines.is_empty() {
                store.add_memory(Memory::new(path, items(lines), None).unwrap()).unwrap();
            }
        }
        let read = resolve(&store, time(9), crate::redact);
        let mut case = Self { store, read, policy: Policy::default() };
        case.policy.set("learn.tokens", SettingValue::Integer(tokens)).unwrap();
        for text in learned {
            case.change(text, |record| {
                let found = candidate(Kind::Fact, text);
                record.origin = Origin::Dream;
                record.finder = Some(Finder::Miner);
                record.kind = Some(Kind::Fact);
                record.trust = found.trust;
                record.support = found.support;
                record.evidence = found.evidence;
                record.last_seen = None;
            });
        }
        case
    }

    fn change(&mut self, text: &str, change: impl FnOnce(&mut EntryRecord)) {
        let entry = self.read.entries.iter_mut().find(|entry| entry.record.text == text).unwrap();
        let mut record = EntryRecord::clone(&entry.record);
        change(&mut record);
        self.read.ledger.entries.insert(record.id.clone(), record.clone());
        entry.record = record.into();
    }

    fn id(&self, text: &str) -> EntryId {
        self.read.entries.iter().find(|entry| entry.record.text == text).unwrap().record.id.clone()
    }

    fn plan(&self, candidates: Vec<Candidate>) -> Planned {
        let engine = Engine { fingerprint: revisions::fingerprint(), redact: crate::redact };
        let asked = Asked { policy: &self.policy, instructions: "", now: time(9) };
        let learned = Learned { candidates, ..Learned::default() };
        plan(&engine, &self.store, &self.read, asked, learned)
    }
}

/// A statement that this many sessions support.
fn found(text: &str, sessions: u64) -> Candidate {
    let support = Support { sessions, agents: 1, days: 2 };
    Candidate { support, ..candidate(Kind::Fact, text) }
}

fn leaving(planned: &Planned) -> Vec<&str> {
    let leaving = planned.changes.iter().filter(|c| c.cause == Cause::OverBudget);
    leaving.map(|change| change.targets[0].text.as_str()).collect()
}

fn added(planned: &Planned) -> Vec<&str> {
    planned.changes.iter().filter_map(|change| change.text.as_deref()).collect()
}

fn no_room(planned: &Planned) -> Vec<&str> {
    let all = planned.rejected.iter().filter(|r| r.reason == "no-room");
    all.map(|rejected| rejected.text.as_str()).collect()
}

#[test]
fn a_mistake_takes_the_room_of_a_fact_but_not_of_one_that_many_sessions_show() {
    let case = |sessions| {
        let mut case = Case::new(11, &WORDS[..1], &[]);
        case.change(WORDS[0], |record| {
            record.support = Support { sessions, agents: 1, days: sessions }
        });
        let mistake = Candidate { kind: Kind::Mistake, ..found(WORDS[1], 2) };
        let planned = case.plan(vec![mistake, found(WORDS[2], 2)]);
        assert!(no_room(&planned).contains(&WORDS[2]));
        leaving(&planned).len()
    };
    assert_eq!((case(2), case(4), case(200)), (1, 1, 0));
}

#[test]
fn a_long_statement_of_more_sessions_takes_the_room_of_two_short_ones() {
    let long = "The tests of the prices need the database, so start it with the tea tin list";
    let case = Case::new(22, &WORDS[..2], &[]);
    let planned = case.plan(vec![found(long, 9)]);
    assert_eq!((leaving(&planned).len(), added(&planned)), (2, vec![long]));
    let planned = case.plan(vec![found(long, 1)]);
    assert_eq!((leaving(&planned).len(), no_room(&planned)), (0, vec![long]));
}

#[test]
fn what_is_worth_least_goes_and_of_equals_that_which_is_there_stays() {
    let tokens: Vec<u64> = WORDS.iter().map(|text| pack::tokens(text.len())).collect();
    assert_eq!(tokens, [11; 4], "each takes the same room");
    let case = Case::new(22, &WORDS[..2], &[]);
    for text in &WORDS[2..] {
        let equal = case.plan(vec![found(text, 2)]);
        assert_eq!((leaving(&equal), added(&equal)), (vec![], vec![]));
        assert_eq!(no_room(&equal), [*text]);
    }
    let better = case.plan(vec![found(WORDS[2], 9), found(WORDS[3], 1)]);
    assert_eq!((leaving(&better).len(), added(&better)), (1, vec![WORDS[2]]));
    assert_eq!(no_room(&better), [WORDS[3]]);
    let retired = better.changes.iter().find(|c| c.cause == Cause::OverBudget).unwrap();
    assert_eq!(retired.gate, Gate::Review);
    assert!(retired.because.contains("`learn.tokens`"), "{}", retired.because);
    // Nothing is turned down without a budget, nor with room for all.
    for tokens in [0, 33] {
        let free = Case::new(tokens, &WORDS[..2], &[]).plan(vec![found(WORDS[2], 9)]);
        assert_eq!((leaving(&free).len(), added(&free)), (0, vec![WORDS[2]]));
    }
}

#[test]
fn what_people_wrote_is_neither_counted_nor_touched() {
    let case = Case::new(11, &[], &WORDS[..3]);
    let planned = case.plan(vec![found(WORDS[3], 1)]);
    assert_eq!((leaving(&planned), added(&planned)), (vec![], vec![WORDS[3]]));
    // No statement is retired that a reviewer reworded, or that replaced, through any number of
    // steps, what a person wrote.
    let mut case = Case::new(11, &WORDS[..3], &["Tea is at four."]);
    assert_eq!(leaving(&case.plan(Vec::new())).len(), 2);
    case.change(WORDS[0], |record| record.finder = None);
    assert_eq!(leaving(&case.plan(Vec::new())).len(), 1);
    case.change(WORDS[0], |record| {
        record.finder = Some(Finder::Miner);
        record.sources = vec![Source { store: "other".into(), key: "lamps".into() }];
    });
    assert_eq!(leaving(&case.plan(Vec::new())).len(), 1, "nor what came with another store");
    let note = case.id("Tea is at four.");
    case.change("Tea is at four.", |record| {
        let (revision, by) = (2, RetiredBy::Supersede);
        record.retired = Some(Retirement { revision, by, superseded_by: None });
    });
    let second = case.id(WORDS[1]);
    case.change(WORDS[1], |record| {
        record.finder = None;
        record.supersedes = vec![note];
    });
    assert_eq!(leaving(&case.plan(Vec::new())).len(), 0);
    case.change(WORDS[2], |record| record.supersedes = vec![second]);
    let planned = case.plan(vec![found(WORDS[3], 1)]);
    assert_eq!((leaving(&planned), added(&planned)), (vec![], vec![WORDS[3]]));
}

#[test]
fn a_learned_statement_into_which_a_persons_is_merged_is_that_persons() {
    // The statement of the person is merged into the learned one, which was said later.
    let mut case = Case::new(11, &WORDS[..2], &WORDS[..1]);
    let here = case.read.entries.iter().filter(|entry| entry.record.text == WORDS[0]).count();
    assert_eq!(here, 2);
    case.change(WORDS[0], |record| record.last_seen = Some(time(8)));
    case.change(WORDS[1], |record| {
        record.last_seen = Some(time(8));
        record.support.sessions = 9;
    });
    let planned = case.plan(Vec::new());
    let merge = planned.changes.iter().find(|c| c.operation == Operation::Merge).unwrap();
    assert_eq!(merge.targets[0].path.as_str(), "notes.md");
    assert!(leaving(&planned).is_empty(), "what is left of the learned has room");
}

#[test]
fn nothing_leaves_for_what_accepting_all_does_not_add() {
    let case = Case::new(22, &WORDS[..2], &[]);
    let hazard = "Run `rm -rf data`, then `make seed` again.";
    let mut advice = found(hazard, 9);
    advice.kind = Kind::Workflow;
    let planned = case.plan(vec![advice]);
    assert_eq!((leaving(&planned), added(&planned)), (vec![], vec![hazard]));
    assert!(planned.changes[0].alone);
}

#[test]
fn a_newer_value_without_room_goes_with_the_one_that_it_replaces() {
    let mut case = Case::new(22, &WORDS[..3], &[]);
    case.change(WORDS[0], |record| {
        record.subject = Some("lamps".into());
        record.support.sessions = 1;
        record.last_seen = Some(time(1));
    });
    for text in &WORDS[1..3] {
        case.change(text, |record| record.last_seen = Some(time(8)));
    }
    let mut newer = found("Lamps are sold in fours, with a spare bulb", 1);
    newer.subject = Some("lamps".into());
    newer.last = Some(time(2));
    newer.trust = Trust::Tool;
    case.policy.set("learn.tokens", SettingValue::Integer(0)).unwrap();
    let free = case.plan(vec![newer.clone()]);
    assert_eq!((free.changes.len(), free.changes[0].operation), (1, Operation::Supersede));
    case.policy.set("learn.tokens", SettingValue::Integer(22)).unwrap();
    let planned = case.plan(vec![newer.clone()]);
    assert_eq!((leaving(&planned), added(&planned)), (vec![WORDS[0]], vec![]));
    assert_eq!(no_room(&planned), [newer.text.as_str()]);
}

#[test]
fn what_a_person_kept_takes_its_room_and_a_budget_of_such_adds_nothing() {
    let mut case = Case::new(22, &WORDS[..2], &[]);
    let better = vec![found(WORDS[2], 9), found(WORDS[3], 8)];
    let first = case.plan(better.clone());
    assert_eq!((leaving(&first).len(), added(&first).len()), (2, 2));
    let ids: Vec<ChangeId> = {
        let leaving = first.changes.iter().filter(|c| c.cause == Cause::OverBudget);
        leaving.map(|change| change.id.clone()).collect()
    };
    let review = |change: &ChangeId| Verdict {
        change: change.clone(),
        accepted: false,
        evidence: Vec::new(),
        edited: None,
        reopened: false,
    };
    let mut decided = revisions::record(7, RevisionKind::Dream);
    decided.verdicts = vec![review(&ids[0])];
    case.store.decisions.insert(7, decided.clone());
    let second = case.plan(better.clone());
    assert_eq!((leaving(&second).len(), added(&second)), (1, vec![WORDS[2]]));
    assert_eq!(no_room(&second), [WORDS[3]]);
    assert!(second.changes.iter().all(|change| change.id != ids[0]));
    decided.verdicts = ids.iter().map(review).collect();
    case.store.decisions.insert(7, decided);
    let full = case.plan(better.clone());
    assert_eq!((leaving(&full).len(), added(&full).len(), no_room(&full).len()), (0, 0, 2));
    assert!(full.notes.is_empty(), "it is met: {:?}", full.notes);
    // A person takes back the rejections of drafts to retire these entries, so the entries may
    // leave.
    let mut open = revisions::record(8, RevisionKind::Reopen);
    open.verdicts = ids.iter().map(|id| Verdict { reopened: true, ..review(id) }).collect();
    case.store.decisions.insert(8, open);
    let again = case.plan(better.clone());
    assert_eq!((leaving(&again).len(), added(&again).len()), (2, 2));
    // The pinned entries alone exceed the budget. Then no entry leaves, not even the third, which
    // is not pinned.
    let mut case = Case::new(12, &WORDS[..3], &[]);
    let pins = WORDS[..2].iter().map(|text| case.id(text).to_string()).collect();
    case.policy.set("pins.entries", SettingValue::Texts(pins)).unwrap();
    let over = case.plan(vec![found(WORDS[3], 8)]);
    assert_eq!((leaving(&over), added(&over), no_room(&over)), (vec![], vec![], vec![WORDS[3]]));
    let note = &over.notes[0];
    assert!(note.contains("`learn.tokens`") && note.contains("2 entries with 22 tokens"), "{note}");
}
