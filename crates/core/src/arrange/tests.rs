//! How much one dream takes out unattended, and what a person is warned of.

use dreaming_fixtures::{candidate, revisions, time};
use dreaming_records::engine::Engine;
use dreaming_records::kind::Kind;
use dreaming_records::memory::Memory;
use dreaming_records::plan::Cause;
use dreaming_records::policy::SettingValue;
use dreaming_records::snapshot::Snapshot;
use dreaming_text::Map;

use super::*;
use crate::draft::Draft;
use crate::identity::{Resolution, resolve};
use crate::world::Asked;

/// Why a change waits that would take out too much.
const TOO_MUCH: &str = "more than one dream may take out unattended";

/// A memory of eight statements of ten bytes each, and one of 200 bytes.
struct Case {
    store: Snapshot,
    read: Resolution,
    policy: Policy,
}

impl Case {
    fn new(entries: u64, bytes: u64) -> Self {
        let mut store = Snapshot::new("");
        let mut text: String = (0..8).map(|n| format!("- Fact no. {n}\n")).collect();
        text.push_str(&format!("- {}\n", ["long words"; 18].join(" ")));
        store.add_memory(Memory::new("notes.md", text, None).unwrap()).unwrap();
        let read = resolve(&store, time(9), crate::redact);
        let mut policy = Policy::default();
        policy.set("prune.loss-entries", SettingValue::Integer(entries)).unwrap();
        policy.set("prune.loss-bytes", SettingValue::Integer(bytes)).unwrap();
        Self { store, read, policy }
    }

    fn look<T>(&self, taken: Losses, look: impl FnOnce(&World<'_>) -> T) -> T {
        let engine = Engine { fingerprint: revisions::fingerprint(), redact: crate::redact };
        let asked = Asked { policy: &self.policy, instructions: "", now: time(9) };
        let mut world = World::new(&engine, &self.store, &self.read, asked, Map::of([]));
        world.taken = taken;
        look(&world)
    }

    /// A change that would merge the entry at this place away, with this score.
    fn merge(&self, at: usize, score: u64) -> Change {
        let draft =
            Draft::about_entries(Operation::Merge, Cause::Duplicate, &self.read.entries[at]);
        let mut change = Change { gate: Gate::Auto, ..draft.into_change() };
        change.score.total = score;
        change.id = ChangeId::new(format!("c{at}"));
        change
    }

    /// The gates after [`hold`], in the order of the changes.
    fn held(&self, taken: Losses, mut changes: Vec<Change>) -> Vec<Gate> {
        self.look(taken, |world| hold(&mut changes, world));
        let waits = changes.iter().filter(|change| change.gate_reason == TOO_MUCH);
        assert!(waits.clone().all(|change| change.gate == Gate::Review));
        changes.iter().map(|change| change.gate).collect()
    }
}

fn none() -> Losses {
    Losses::default()
}

fn adds() -> Change {
    let path = MemoryPath::new("notes.md").unwrap();
    let said = candidate(Kind::Fact, "Another fact");
    let draft = Draft::of_candidate(Operation::Add, Cause::Recurring, path, &said);
    Change { gate: Gate::Auto, ..draft.into_change() }
}

#[test]
fn so_many_entries_leave_unattended_the_best_scored_first() {
    use Gate::{Auto, Blocked, Review};
    // A third of nine entries.
    let case = Case::new(333_334, 1_000_000);
    let four = || vec![case.merge(0, 1), case.merge(1, 4), case.merge(2, 3), case.merge(3, 2)];
    assert_eq!(case.held(none(), four()), [Review, Auto, Auto, Auto]);
    // Of two with one score the id decides, so that the order of the changes does not.
    let mut tied = vec![case.merge(3, 7), case.merge(2, 7), case.merge(1, 7), case.merge(0, 7)];
    assert_eq!(case.held(none(), tied.clone()), [Review, Auto, Auto, Auto]);
    tied.reverse();
    assert_eq!(case.held(none(), tied), [Auto, Auto, Auto, Review]);
    // What dreams over the same sessions took out before counts.
    assert_eq!(case.held(Losses::new(2, 20), four()), [Review, Auto, Review, Review]);
    // Additions take nothing out, and what waits or is blocked goes in by nobody's doing.
    let mut all = four();
    all[1].gate = Review;
    all[2].gate = Blocked;
    all.push(adds());
    assert_eq!(case.held(none(), all), [Auto, Review, Blocked, Auto, Auto]);
    let small = Case::new(0, 1_000_000);
    let two = vec![small.merge(0, 1), small.merge(1, 2)];
    assert_eq!(small.held(none(), two), [Review, Auto], "one is always allowed");
}

#[test]
fn so_many_bytes_leave_unattended_and_a_single_entry_always_may() {
    use Gate::{Auto, Review};
    // The store has 304 bytes, so 30 of them may go: three short statements, or the long one alone.
    let case = Case::new(1_000_000, 100_000);
    let whole = case.look(none(), store);
    assert_eq!((whole.entries, whole.bytes), (9, 8 * 13 + 200));
    assert_eq!(case.look(none(), allowance), Losses::new(9, 30));
    assert_eq!(case.look(Losses::new(1, 96), allowance), Losses::new(10, 40));
    let short = vec![case.merge(0, 4), case.merge(1, 3), case.merge(2, 2), case.merge(3, 1)];
    assert_eq!(case.held(none(), short), [Auto, Auto, Auto, Review]);
    assert_eq!(case.held(none(), vec![case.merge(8, 2), case.merge(0, 1)]), [Auto, Review]);
    assert_eq!(case.held(none(), vec![case.merge(8, 1), case.merge(0, 2)]), [Review, Auto]);
}

#[test]
fn a_person_is_warned_of_a_plan_that_takes_out_more_than_that() {
    let case = Case::new(222_223, 1_000_000);
    let warned = |changes: &[Change]| case.look(none(), |world| warning(changes, world));
    let mut three = vec![case.merge(0, 1), case.merge(1, 1), case.merge(2, 1)];
    assert_eq!(warned(&three[..2]), None);
    let said = warned(&three).expect("three of nine");
    assert!(said.contains("3 of 9 entries and 30 of 304 bytes"), "{said}");
    // Accepting the plan takes out also what waits for a person, and never what is blocked.
    three[0].gate = Gate::Review;
    assert!(warned(&three).is_some());
    three[0].gate = Gate::Blocked;
    assert_eq!(warned(&three), None);
    assert_eq!(warned(&[adds(), adds(), adds(), adds()]), None, "additions take nothing out");
}

#[test]
fn changes_go_by_path_and_position_once_each_and_are_held_together() {
    let case = Case::new(0, 1_000_000);
    let mut changes = vec![case.merge(5, 1), adds(), case.merge(2, 2), case.merge(5, 1)];
    case.look(none(), |world| arrange(&mut changes, world));
    let lines: Vec<Option<u64>> =
        changes.iter().map(|change| change.targets.first().map(|target| target.line)).collect();
    let at = |entry: usize| Some(case.merge(entry, 0).targets[0].line);
    assert_eq!(lines, [at(2), at(5), None]);
    assert_eq!((changes[0].gate, changes[1].gate), (Gate::Auto, Gate::Review));
}
