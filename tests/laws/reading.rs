//! Which sessions count as read.

use std::collections::{BTreeMap, BTreeSet};

use dreaming::plan::SessionOutcome;
use dreaming::propose::Answer;
use dreaming::{Plan, Report, canonical};
use dreaming_testing::{Host, NativeHost, Need, Run, Store, Variation, World, drive};
use proptest::prelude::*;

use crate::world::{Scene, scene};
use crate::{CALLS, all, apply};

/// The sessions that the ledger counts as read.
fn cursor(store: &Store) -> BTreeSet<String> {
    let rows = store.ledger.iter().filter_map(|row| row.key.strip_prefix("session/"));
    rows.map(ToOwned::to_owned).collect()
}

fn observed(scene: &Scene) -> Store {
    let mut store = scene.store();
    let revision = NativeHost.observe(&store, scene.request(0).now).unwrap().unwrap();
    store.commit(&revision).unwrap();
    store
}

/// Sessions that yield nothing, beside those of the scene.
fn with_empty(world: World<'_>) -> World<'_> {
    let mut sessions = world.sessions;
    sessions.insert("empty".into(), vec![("main".into(), Vec::new())]);
    sessions.insert("foreign".into(), vec![("main".into(), b"no transcript at all\n".to_vec())]);
    World { sessions, ..world }
}

fn states(run: &Run) -> BTreeMap<String, &'static str> {
    let plan = Plan::from_bytes(&run.plan).unwrap();
    let state = |outcome: &SessionOutcome| match outcome {
        SessionOutcome::Read { .. } => "read",
        SessionOutcome::Unchanged => "unchanged",
        SessionOutcome::Pending { .. } => "pending",
    };
    plan.sessions.iter().map(|s| (s.session.to_string(), state(&s.outcome))).collect()
}

proptest! {
    #![proptest_config(crate::cases(24))]

    #[test]
    fn law_10_a_session_counts_as_read_only_when_its_round_ended(scene in scene(), lost in 1usize..8) {
        let mut store = observed(&scene);
        let model = |call: &_| scene.answer(call);
        let whole = with_empty(scene.world(&model));
        let mut request = scene.request(CALLS);
        request.sessions = whole.descriptors();
        // Some cannot be had; the empty and the foreign one can.
        let mut there = whole.sessions.clone();
        let ids: Vec<String> = there.keys().filter(|id| id.starts_with("session")).cloned().collect();
        let missing: BTreeSet<String> = ids.iter().skip(1).step_by(lost).cloned().collect();
        there.retain(|id, _| !missing.contains(id));
        let read: BTreeSet<String> = there.keys().cloned().collect();
        prop_assert!(!missing.is_empty() && read.contains("empty"));

        // A dream that ends before its round does leaves the cursor where it was.
        let mut dream = NativeHost.start(&request, &store).unwrap();
        let Need::Sessions(first) = dream.poll().unwrap() else { panic!("it reads first") };
        for (session, parts) in &first[..first.len() - 1] {
            for part in parts {
                dream.feed(session, part, b"", true).unwrap();
            }
        }
        let done = matches!(dream.poll().unwrap(), Need::Done { .. });
        prop_assert!(!done);
        prop_assert!(cursor(&store).is_empty());

        let world = World { sessions: there, model: &model };
        let run = drive(&NativeHost, &request, &store, &world, Variation::AS_WRITTEN).unwrap();
        let states = states(&run);
        for id in whole.sessions.keys() {
            prop_assert_eq!(states[id], if missing.contains(id) { "pending" } else { "read" });
        }
        // The cursor is part of the revision: nothing moves it but what is committed.
        prop_assert!(cursor(&store).is_empty());
        let before = store.clone();
        apply(&mut store, &run.plan, &all(&request));
        prop_assert_eq!(cursor(&store), read);
        let back = NativeHost.revert(&store, &before, "mira", "", request.now).unwrap();
        let mut reverted = store.clone();
        reverted.commit(&back).unwrap();
        prop_assert!(cursor(&reverted).is_empty());

        // What was missing is asked for again, and nothing else.
        let mut dream = NativeHost.start(&request, &store).unwrap();
        let mut asked = BTreeSet::new();
        loop {
            match dream.poll().unwrap() {
                Need::Sessions(needs) => {
                    for (session, _) in needs {
                        dream.miss(&session, "still not there").unwrap();
                        asked.insert(session);
                    }
                }
                Need::Calls(_) => panic!("nothing was read"),
                Need::Done { .. } => break,
            }
        }
        prop_assert_eq!(asked, missing);
    }

    #[test]
    fn law_13_what_was_not_read_or_asked_is_said_and_not_lost(scene in scene(), calls in 1u64..4) {
        let mut store = observed(&scene);
        let model = |call: &_| scene.answer(call);
        let mut world = scene.world(&model);
        let mut request = scene.request(calls);
        let gone: Vec<String> = world.sessions.keys().skip(1).step_by(3).cloned().collect();
        world.sessions.retain(|id, _| !gone.contains(id));
        let run = drive(&NativeHost, &request, &store, &world, Variation::AS_WRITTEN).unwrap();
        let report: Report = canonical::from_bytes(&run.report).unwrap();
        prop_assert_eq!(report.sessions_pending, u64::try_from(gone.len()).unwrap());
        for id in &gone {
            let says = |note: &String| note.contains(&format!("`{id}` stays pending"));
            prop_assert!(report.notes.iter().any(says), "{:?}", report.notes);
        }
        // Calls over the budget are counted; with those that were made they are all there would be.
        let made = u64::try_from(run.calls.len()).unwrap();
        prop_assert!(made <= calls && report.calls == made);
        request.policy.set("propose.max-calls", dreaming::policy::Value::Integer(CALLS)).unwrap();
        let free = drive(&NativeHost, &request, &store, &world, Variation::AS_WRITTEN).unwrap();
        prop_assert_eq!(made + report.calls_over_budget, u64::try_from(free.calls.len()).unwrap());
        let over = report.calls_over_budget;
        let says = report.notes.iter().any(|note| note.contains("budget of model calls ended"));
        prop_assert_eq!(over > 0, says);

        // The next dream reads what was missing, and with it comes to where one dream would be.
        apply(&mut store, &run.plan, &all(&request));
        let refused = |_: &_| Answer::Refused;
        let all_there = World { model: &refused, ..scene.world(&refused) };
        let next = drive(&NativeHost, &request, &store, &all_there, Variation::AS_WRITTEN).unwrap();
        let read: Vec<String> =
            states(&next).into_iter().filter(|(_, s)| *s == "read").map(|(id, _)| id).collect();
        prop_assert_eq!(read, gone);
    }
}
