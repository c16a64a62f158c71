//! A budget for statements that dreams wrote: after all of a plan is accepted it is met, or the
//! report says why not. The lowest scored go or are turned down, and the plan lists them;
//! statements of people stay; and further dreams change nothing.

use std::collections::BTreeSet;

use dreaming::kind::Kind;
use dreaming::ledger::{EntryRecord, Ledger, Origin};
use dreaming::plan::{Cause, Gate, Operation};
use dreaming::policy::SettingValue;
use dreaming::{Plan, Report, Request, canonical};
use dreaming_testing::{Host, NativeHost, Run, Store, Variation, drive, native};
use proptest::prelude::*;

use crate::world::{Mood, Scene, scene};
use crate::{CALLS, all, apply, cases, decision};

fn run(scene: &Scene, store: &Store, request: &Request) -> (Run, Plan) {
    let model = |call: &_| scene.answer(call);
    let run =
        drive(&NativeHost, request, store, &scene.world(&model), Variation::AS_WRITTEN).unwrap();
    let plan = Plan::from_bytes(&run.plan).unwrap();
    (run, plan)
}

fn with_room(request: &Request, tokens: u64) -> Request {
    let mut request = request.clone();
    request.policy.set("learn.tokens", SettingValue::Integer(tokens)).unwrap();
    request
}

/// Whether only dreams wrote it: it replaced nothing that somebody else wrote.
fn is_learned(ledger: &Ledger, record: &EntryRecord) -> bool {
    let mut before = record.supersedes.iter().filter_map(|id| ledger.entries.get(id));
    record.origin == Origin::Dream
        && record.kind != Some(Kind::Index)
        && before.all(|old| is_learned(ledger, old))
}

/// The statements that dreams wrote in a store, as (tokens, texts).
fn learned(store: &Store) -> (u64, BTreeSet<String>) {
    let ledger = native::snapshot(store).unwrap().ledger;
    let active: Vec<_> = ledger.active().filter(|entry| is_learned(&ledger, entry)).collect();
    let tokens = active.iter().map(|entry| dreaming::pack::tokens(entry.text.len())).sum();
    (tokens, active.iter().map(|entry| entry.text.clone()).collect())
}

fn no_room(plan: &Plan) -> BTreeSet<String> {
    plan.rejected.iter().filter(|r| r.reason == "no-room").map(|r| r.text.clone()).collect()
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn what_dreams_leave_keeps_within_its_budget_and_comes_to_rest(
        scene in scene(),
        share in 5u64..95,
        before in 0usize..6,
    ) {
        let request = with_room(&scene.request(CALLS), 0);
        // Some sessions were read while there was room for everything.
        let mut store = scene.store();
        if let Some(revision) = NativeHost.observe(&store, request.now).unwrap() {
            store.commit(&revision).unwrap();
        }
        let mut first = request.clone();
        first.sessions.truncate(before);
        let (early, _) = run(&scene, &store, &first);
        apply(&mut store, &early.plan, &all(&request));
        let mut roomy = store.clone();
        for _ in 0..2 {
            let (free, _) = run(&scene, &roomy, &request);
            apply(&mut roomy, &free.plan, &all(&request));
        }
        let (whole, everything) = learned(&roomy);
        let tokens = (whole * share / 100).max(1);
        prop_assert!(tokens < whole, "{everything:?}");

        let narrow = with_room(&request, tokens);
        let (mut gone, mut waiting, mut full) = (0, BTreeSet::new(), false);
        let mut here = learned(&store);
        for dreams in 0..4 {
            let (made, plan) = run(&scene, &store, &narrow);
            let ledger = native::snapshot(&store).unwrap().ledger;
            let leaving: Vec<_> = plan.changes.iter().filter(|c| c.cause == Cause::OverBudget).collect();
            for change in &leaving {
                prop_assert_eq!((change.operation, change.gate), (Operation::Retire, Gate::Review));
                let entry = ledger.entries.get(&change.targets[0].entry).unwrap();
                prop_assert!(is_learned(&ledger, entry), "{:?}", entry);
                prop_assert!(change.because.contains("`learn.tokens`"), "{}", change.because);
            }
            gone += leaving.len();
            waiting = no_room(&plan);
            // A rebase gives the same plan, if all calls were answered.
            if scene.mood == Mood::Good {
                let again = NativeHost.rebase(&store, &made.plan, &request.instructions).unwrap();
                prop_assert!(again == made.plan);
            }
            apply(&mut store, &made.plan, &all(&request));
            let after = learned(&store);
            let report = canonical::from_bytes::<Report>(&made.report).unwrap();
            full = report.notes.iter().any(|note| note.contains("`learn.tokens`"));
            prop_assert!(after.0 <= tokens || full, "{} of {}: {:?}", after.0, tokens, after.1);
            // The lowest scored left at once. Replacing a value may make two entries equal: these
            // merge one dream later.
            prop_assert!(dreams == 0 || leaving.is_empty(), "{:#?}", leaving);
            prop_assert!(dreams < 2 || after == here, "{:?} was {:?}", after, here);
            here = after;
        }
        prop_assert!(gone > 0 || !waiting.is_empty() || full);

        // With room for everything, statements that waited are added; those that left do not come
        // back by themselves.
        let (_, plan) = run(&scene, &store, &request);
        let added: BTreeSet<String> = plan.changes.iter().filter_map(|c| c.text.clone()).collect();
        prop_assert!(waiting.is_subset(&added), "{:?} of {:?}", waiting, added);
        prop_assert!(plan.changes.iter().all(|c| c.cause != Cause::OverBudget));
    }

    #[test]
    fn what_a_person_says_stays_keeps_its_room(scene in scene()) {
        let mut store = scene.store();
        let request = with_room(&scene.request(CALLS), 0);
        if let Some(revision) = NativeHost.observe(&store, request.now).unwrap() {
            store.commit(&revision).unwrap();
        }
        let (free, _) = run(&scene, &store, &request);
        apply(&mut store, &free.plan, &all(&request));
        // A second dream merges what became equal in the first.
        let (free, _) = run(&scene, &store, &request);
        apply(&mut store, &free.plan, &all(&request));
        let (tokens, _) = learned(&store);
        let narrow = with_room(&request, tokens - 1);
        let (made, plan) = run(&scene, &store, &narrow);
        let leaving: Vec<_> = plan.changes.iter().filter(|c| c.cause == Cause::OverBudget).collect();
        // If protected entries alone exceed the budget, none leaves and the report says so; this
        // law is about the other cases.
        let report = canonical::from_bytes::<Report>(&made.report).unwrap();
        prop_assume!(!report.notes.iter().any(|note| note.contains("`learn.tokens`")));
        prop_assert!(!leaving.is_empty());
        let stays = leaving.iter().map(|change| change.id.clone()).collect();
        let before = learned(&store);
        apply(&mut store, &made.plan, &decision(dreaming::Selection::All, stays, request.now));
        prop_assert_eq!(&learned(&store), &before);
        let (_, plan) = run(&scene, &store, &narrow);
        // Entries that a person kept are not proposed again: others leave instead, or none does and
        // the report says why.
        for change in plan.changes.iter().filter(|c| c.cause == Cause::OverBudget) {
            prop_assert!(leaving.iter().all(|old| old.id != change.id), "{:#?}", change);
        }
    }
}
