//! Limits on what a dream may take out.

use dreaming::plan::{Change, Gate, Operation};
use dreaming::policy::SettingValue;
use dreaming::{Plan, Selection, text};
use dreaming_testing::{Host, NativeHost, Store, Variation, drive};
use proptest::prelude::*;

use crate::world::{LINES, Scene, scene};
use crate::{CALLS, all, apply, decision, dream};

/// Lines that occur in no other memory of a scene.
const COPIED: [&str; 6] = [
    "Invoices are numbered by the accounting service alone.",
    "Thumbnails are made at night, never while somebody waits.",
    "The search index is rebuilt after each import of products.",
    "Coupons end at midnight, local time of the customer.",
    "退货在三十天内免费。",
    "Support answers within one working day.",
];

/// A store with a list in which equal lines follow each other: an unattended dream may merge these.
fn copied(scene: &Scene, copies: &[u8]) -> Store {
    let mut store = scene.store();
    let line = |at: &u8| format!("- {}\n", COPIED[usize::from(*at) % COPIED.len()]);
    // Each line at least once, so that the list is never a single statement.
    let times = |at: u8| 1 + copies.iter().filter(|copy| **copy == at).count();
    let all: String = (0..6).map(|at| line(&at).repeat(times(at))).collect();
    store.write("copies.md", &all, None);
    store
}

/// A store with lists of many similar lines.
fn crowded(scene: &Scene, copies: &[u8]) -> Store {
    let mut store = scene.store();
    for (path, from) in [("a.md", 0), ("b.md", 1)] {
        let lines = copies.iter().skip(from).step_by(2);
        let lines: String =
            lines.map(|at| format!("- {}\n", LINES[usize::from(*at) % LINES.len()])).collect();
        store.write(path, &lines, None);
    }
    store
}

fn loses(change: &&Change) -> bool {
    change.operation != Operation::Add
}

fn entries_and_bytes<'a>(changes: impl Iterator<Item = &'a Change>) -> (u64, u64) {
    let targets = changes.flat_map(|change| &change.targets);
    targets.fold((0, 0), |(n, bytes), target| (n + 1, bytes + size(&target.text)))
}

fn size(text: &str) -> u64 {
    u64::try_from(text.len()).unwrap()
}

proptest! {
    #![proptest_config(crate::cases(12))]

    #[test]
    fn law_01_what_goes_unattended_stays_under_the_cap_and_the_rest_waits(
        scene in scene(),
        copies in prop::collection::vec(0u8..6, 16..40),
        cap in prop::sample::select(vec![0u64, 50_000, 100_000, 250_000, 1_000_000]),
        of_bytes in any::<bool>(),
    ) {
        let mut store = copied(&scene, &copies);
        let mut request = scene.request(0);
        let (capped, free) = match of_bytes {
            true => ("prune.loss-bytes", "prune.loss-entries"),
            false => ("prune.loss-entries", "prune.loss-bytes"),
        };
        request.policy.set(capped, SettingValue::Integer(cap)).unwrap();
        request.policy.set(free, SettingValue::Integer(1_000_000)).unwrap();
        let revision = NativeHost.observe(&store, request.now).unwrap().unwrap();
        store.commit(&revision).unwrap();
        let model = |call: &_| scene.answer(call);
        let world = scene.world(&model);
        let run = drive(&NativeHost, &request, &store, &world, Variation::AS_WRITTEN).unwrap();
        let plan = Plan::from_bytes(&run.plan).unwrap();

        let statements: i64 = crate::statements(&store).values().sum();
        let length: u64 = store.memories.iter().map(|memory| size(&memory.text)).sum();
        let taken = plan.changes.iter().filter(loses).filter(|c| c.gate == Gate::Auto);
        let (entries, bytes) = entries_and_bytes(taken);
        // One entry is always allowed, or no dream could tidy a small store.
        let whole = if of_bytes { length } else { u64::try_from(statements).unwrap() };
        let may = whole * cap / 1_000_000;
        let taken = if of_bytes { bytes } else { entries };
        prop_assert!(taken <= may || entries <= 1, "{} of {}, may {}", taken, whole, may);
        // A small cap always leaves something over, which waits for a person.
        let held = plan.changes.iter().filter(loses).filter(|c| c.gate == Gate::Review);
        let held = held.filter(|c| c.gate_reason == "more than one dream may take out unattended");
        prop_assert!(entries > 0);
        prop_assert!(cap > 50_000 || held.count() > 0, "{:#?}", plan.changes);

        // After unattended changes, no more than the cap is gone; repeating the dream grants no new
        // allowance.
        let before = crate::statements(&store);
        let unattended = decision(Selection::Auto, Vec::new(), request.now);
        let gone = |store: &Store| {
            let after = crate::statements(store);
            let gone = before.iter().map(|(t, n)| (n - after.get(t).unwrap_or(&0)).max(0));
            u64::try_from(gone.sum::<i64>()).unwrap()
        };
        apply(&mut store, &run.plan, &unattended);
        prop_assert_eq!(gone(&store), entries);
        for _ in 0..2 {
            let again = drive(&NativeHost, &request, &store, &world, Variation::AS_WRITTEN).unwrap();
            apply(&mut store, &again.plan, &unattended);
        }
        // Entries that the dream added count in the total of which a share may go.
        let added = plan.changes.iter().filter(|c| c.operation == Operation::Add).count();
        let grown = whole + u64::try_from(added).unwrap();
        let added_entries = u64::try_from(added).unwrap();
        let allowed = if of_bytes { entries.max(1) + added_entries } else { (grown * cap / 1_000_000).max(1) };
        prop_assert!(gone(&store) <= allowed, "{} after {}", gone(&store), entries);
    }

    #[test]
    fn law_07_guarded_pairs_are_never_merged(scene in scene(), copies in prop::collection::vec(any::<u8>(), 16..40)) {
        // Every line at least once, so that each has similar lines in the store.
        let copies: Vec<u8> = (0..16).chain(copies).collect();
        let mut store = crowded(&scene, &copies);
        let (request, run, plan) = dream(&scene, &mut store, CALLS);
        let merges: Vec<_> = plan.changes.iter().filter(|c| c.operation == Operation::Merge).collect();
        prop_assert!(!merges.is_empty());
        for change in &merges {
            let survivor = change.survivor.as_ref().unwrap();
            for target in &change.targets {
                prop_assert_eq!(text::guard(&target.text, &survivor.text), None);
                prop_assert_eq!(numbers(&target.text), numbers(&survivor.text), "{:#?}", change);
            }
        }
        // Whatever is accepted, each line or one that no guard keeps apart from it remains.
        let before = crate::statements(&store);
        apply(&mut store, &run.plan, &all(&request));
        let after = crate::statements(&store);
        let gone: Vec<_> = before.keys().filter(|text| !after.contains_key(*text)).collect();
        let merged = |text: &&&String| merges.iter().flat_map(|c| &c.targets).any(|t| t.text == ***text);
        for text in gone.iter().filter(merged) {
            let stands = |other: &&String| text::guard(other, text).is_none() && numbers(other) == numbers(text);
            prop_assert!(after.keys().any(|other| stands(&other)), "{} is gone", text);
        }
    }
}

/// The numbers of a text, determined without the engine.
fn numbers(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> =
        text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    dreaming_text::sort::all(&mut found);
    found
}
