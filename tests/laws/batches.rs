//! The result does not depend on how sessions are divided among dreams.

use std::collections::BTreeMap;

use dreaming::plan::{Cause, Operation};
use dreaming::policy::SettingValue;
use dreaming::{Plan, Report, canonical};
use dreaming_testing::{Host, NativeHost, Store, Variation, World, drive};
use proptest::prelude::*;

use crate::world::{Mood, Motif, Scene, scene};
use crate::{CALLS, all, apply};

/// The active entries, as a multiset of memory and statement.
fn active(store: &Store) -> BTreeMap<(String, String), u64> {
    let mut found = BTreeMap::new();
    for memory in &store.memories {
        for piece in dreaming::markdown::pieces(&memory.text) {
            *found.entry((memory.path.clone(), piece.text)).or_default() += 1;
        }
    }
    found
}

/// The store after dreams over batches that end at `cuts`, all changes accepted, and further dreams
/// until nothing changes; also how often an entry was outgrown.
fn after(scene: &Scene, cuts: &[usize]) -> (Store, usize) {
    let model = |call: &_| scene.answer(call);
    let whole = scene.world(&model);
    let mut request = scene.request(CALLS);
    // Only one mistake is allowed, so that one may push out another.
    request.policy.set("mine.max-mistakes", SettingValue::Integer(1)).unwrap();
    let mut store = scene.store();
    let revision = NativeHost.observe(&store, request.now).unwrap().unwrap();
    store.commit(&revision).unwrap();
    let mut left = whole.sessions.clone().into_iter();
    let mut batches: Vec<BTreeMap<_, _>> =
        cuts.iter().map(|n| left.by_ref().take(*n).collect()).collect();
    batches.push(left.collect());
    let mut outgrown = 0;
    for sessions in batches.into_iter().chain([BTreeMap::new(), BTreeMap::new(), BTreeMap::new()]) {
        let world = World { sessions, model: &model };
        request.sessions = world.descriptors();
        let run = drive(&NativeHost, &request, &store, &world, Variation::AS_WRITTEN).unwrap();
        let plan = Plan::from_bytes(&run.plan).unwrap();
        let report: Report = canonical::from_bytes(&run.report).unwrap();
        assert_eq!(report.calls_over_budget, 0, "a budget would bind");
        outgrown += plan.changes.iter().filter(|c| c.cause == Cause::Outgrown).count();
        assert!(
            plan.changes
                .iter()
                .all(|c| c.cause != Cause::Outgrown || c.operation != Operation::Add)
        );
        apply(&mut store, &run.plan, &all(&request));
    }
    (store, outgrown)
}

proptest! {
    #![proptest_config(crate::cases(16))]

    #[test]
    fn law_06_a_batch_or_its_parts_in_order_give_the_same_entries(
        mut scene in scene(),
        cuts in prop::collection::vec(1usize..3, 1..4),
        good in any::<bool>(),
    ) {
        // The wish of the first session appears in other words in the last one.
        scene.sessions[0].push(Motif::Wording(0));
        scene.sessions.extend([vec![Motif::Noise(7)], vec![Motif::Wording(3)]]);
        scene.mood = if good { Mood::Good } else { Mood::Refuses };
        let before = active(&scene.store());
        let (whole, _) = after(&scene, &[]);
        let (parts, outgrown) = after(&scene, &cuts);
        prop_assert_ne!(active(&whole), before);
        // Beside a model that proposes something the rules propose no wish.
        prop_assert!(outgrown > 0 || good);
        prop_assert_eq!(active(&parts), active(&whole));
    }
}
