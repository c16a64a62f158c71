//! Which sessions count as read.

use std::collections::{BTreeMap, BTreeSet};

use dreaming::ledger::LedgerRow;
use dreaming::plan::SessionOutcome;
use dreaming::policy::SettingValue;
use dreaming::propose::{Answer, ModelCall};
use dreaming::session_record::SessionRecord;
use dreaming::{Plan, Report, Request, canonical};
use dreaming_testing::{Host, NativeHost, Need, Run, Store, Variation, World, drive};
use proptest::prelude::*;

use crate::world::{Mood, Scene, scene};
use crate::{CALLS, all, apply};

/// The sessions that the ledger counts as read.
fn cursor(store: &Store) -> BTreeSet<String> {
    let rows = store.ledger.iter().filter_map(|row| row.key.strip_prefix("session/"));
    rows.map(ToOwned::to_owned).collect()
}

/// The sessions that wait for a model, with their unanswered parts.
pub fn waiting(store: &Store) -> BTreeMap<String, Vec<u64>> {
    let rows = store.ledger.iter().filter(|row| row.key.starts_with("session/"));
    let record = |row: &LedgerRow| canonical::from_bytes::<SessionRecord>(&row.value).unwrap();
    rows.map(record)
        .filter_map(|record| {
            let parts = record.unanswered?.parts;
            Some((record.id.to_string(), parts))
        })
        .collect()
}

pub fn observed(scene: &Scene) -> Store {
    let mut store = scene.store();
    let revision = NativeHost.observe(&store, scene.request(0).now).unwrap().unwrap();
    store.commit(&revision).unwrap();
    store
}

/// A request with calls about sessions only, for each session its own.
pub fn asking(scene: &Scene, calls: u64) -> Request {
    let mut request = scene.request(calls);
    request.policy.set("propose.together-bytes", SettingValue::Integer(0)).unwrap();
    request.policy.set("compare.max-calls", SettingValue::Integer(0)).unwrap();
    request
}

/// The scene's sessions plus two that yield nothing: an empty one, and one in an unknown format.
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
    #![proptest_config(crate::cases(12))]

    #[test]
    fn law_10_a_session_counts_as_read_only_when_its_round_ended(scene in scene(), lost in 1usize..8) {
        let mut store = observed(&scene);
        let model = |call: &_| scene.answer(call);
        let whole = with_empty(scene.world(&model));
        let mut request = asking(&scene, CALLS);
        request.sessions = whole.descriptors();
        // Some sessions are missing. The empty and the foreign one can be read, and nothing of the
        // foreign one is understood.
        let mut there = whole.sessions.clone();
        let ids: Vec<String> = there.keys().filter(|id| id.starts_with("session")).cloned().collect();
        let missing: BTreeSet<String> = ids.iter().skip(1).step_by(lost).cloned().collect();
        there.retain(|id, _| !missing.contains(id));
        let is_read = |id: &String| id != "foreign" && !missing.contains(id);
        let read: BTreeSet<String> = there.keys().filter(|id| is_read(id)).cloned().collect();
        prop_assert!(!missing.is_empty() && read.contains("empty"));

        // A dream that stops before its round is complete leaves the cursor unchanged.
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
            prop_assert_eq!(states[id], if is_read(id) { "read" } else { "pending" });
        }
        // The cursor is part of the revision: only a commit moves it.
        prop_assert!(cursor(&store).is_empty());
        let before = store.clone();
        apply(&mut store, &run.plan, &all(&request));
        prop_assert_eq!(cursor(&store), read);
        let back = NativeHost.revert(&store, &before, "mira", "", request.now).unwrap();
        let mut reverted = store.clone();
        reverted.commit(&back).unwrap();
        prop_assert!(cursor(&reverted).is_empty());

        // Missing and not understood sessions are asked for again, and those that wait for a model;
        // no others.
        let pending = missing.into_iter().chain(["foreign".into()]);
        let expected: BTreeSet<String> = pending.chain(waiting(&store).into_keys()).collect();
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
        prop_assert_eq!(asked, expected);
    }

    #[test]
    fn law_13_what_was_not_read_or_asked_is_said_and_not_lost(scene in scene(), calls in 1u64..4) {
        let mut store = observed(&scene);
        let model = |call: &_| scene.answer(call);
        let mut world = scene.world(&model);
        let mut request = asking(&scene, calls);
        let gone: Vec<String> = world.sessions.keys().skip(1).step_by(3).cloned().collect();
        world.sessions.retain(|id, _| !gone.contains(id));
        let run = drive(&NativeHost, &request, &store, &world, Variation::AS_WRITTEN).unwrap();
        let report: Report = canonical::from_bytes(&run.report).unwrap();
        prop_assert_eq!(report.sessions_pending, u64::try_from(gone.len()).unwrap());
        for id in &gone {
            let says = |note: &String| note.contains(&format!("`{id}` stays pending"));
            prop_assert!(report.notes.iter().any(says), "{:?}", report.notes);
        }
        for variation in Variation::ALL {
            let again = drive(&NativeHost, &request, &store, &world, variation).unwrap();
            prop_assert_eq!(&again.report, &run.report, "{}", variation.name);
        }
        // Calls over the budget are counted; with the calls made, they add up to all calls.
        // What is asked about once more stands beside the budget.
        let first = |run: &Run| {
            let again = |call: &&(ModelCall, Answer)| !call.0.prompt.contains("\nTurned down 1");
            u64::try_from(run.calls.values().filter(again).count()).unwrap()
        };
        let made = first(&run);
        prop_assert!(made <= calls);
        prop_assert_eq!(report.calls, u64::try_from(run.calls.len()).unwrap());
        request.policy.set("propose.max-calls", dreaming::policy::SettingValue::Integer(CALLS)).unwrap();
        let free = drive(&NativeHost, &request, &store, &world, Variation::AS_WRITTEN).unwrap();
        prop_assert_eq!(made + report.calls_over_budget, first(&free));
        let over = report.calls_over_budget;
        let says = report.notes.iter().any(|note| note.contains("budget of model calls ended"));
        prop_assert_eq!(over > 0, says);

        // The next dream reads missing sessions, and repeats unanswered calls.
        apply(&mut store, &run.plan, &all(&request));
        let waits = waiting(&store);
        prop_assert_eq!(report.sessions_unanswered, u64::try_from(waits.len()).unwrap());
        prop_assert!(over == 0 || !waits.is_empty());
        let refused = |_: &_| Answer::Refused;
        let all_there = World { model: &refused, ..scene.world(&refused) };
        let next = drive(&NativeHost, &request, &store, &all_there, Variation::AS_WRITTEN).unwrap();
        let read: Vec<String> =
            states(&next).into_iter().filter(|(_, s)| *s == "read").map(|(id, _)| id).collect();
        let expected: BTreeSet<String> = gone.iter().cloned().chain(waits.into_keys()).collect();
        prop_assert_eq!(read.into_iter().collect::<BTreeSet<_>>(), expected);
    }

    #[test]
    fn law_13_a_call_without_an_answer_uses_nothing_up(scene in scene(), budget in 1u64..4, fails in 0usize..3) {
        let before = observed(&scene);
        let good = Scene { mood: Mood::Good, ..scene.clone() };
        let model = |call: &_| good.answer(call);
        // Without existing statements in prompts, calls keep their ids from dream to dream.
        let request = |calls| {
            let mut request = asking(&scene, calls);
            request.policy.set("propose.known-tokens", SettingValue::Integer(0)).unwrap();
            request
        };
        let wide = request(CALLS);
        let mut whole = before.clone();
        let run = drive(&NativeHost, &wide, &whole, &good.world(&model), Variation::AS_WRITTEN).unwrap();
        apply(&mut whole, &run.plan, &all(&wide));
        let all_calls: BTreeSet<String> = run.calls.keys().cloned().collect();
        prop_assert!(all_calls.len() > 1 && waiting(&whole).is_empty());

        // An unreachable model leaves every call open, and no proposal is lost or made up.
        let mut store = before;
        let dead = |_: &ModelCall| Answer::Failed { reason: "no connection".into() };
        let first = drive(&NativeHost, &wide, &store, &good.world(&dead), Variation::AS_WRITTEN).unwrap();
        let report: Report = canonical::from_bytes(&first.report).unwrap();
        prop_assert_eq!(report.calls_unanswered, u64::try_from(all_calls.len()).unwrap());
        apply(&mut store, &first.plan, &all(&wide));
        prop_assert_eq!(waiting(&store).into_values().flatten().count(), all_calls.len());

        // Dreams with a small budget and some failing calls end with the same records, and no
        // answered call is made again.
        let mut answered = BTreeSet::new();
        let mut rounds = 0;
        while !waiting(&store).is_empty() {
            let open = waiting(&store).into_values().flatten().count();
            let mut made = std::cell::RefCell::new(Vec::new());
            let flaky = |call: &ModelCall| {
                // Depending on the random `fails`, the call fails in none, one or two of three
                // dreams.
                let fails = (call.prompt.len() + rounds) % 3 < fails.min(2);
                made.borrow_mut().push((call.id.to_string(), !fails));
                if fails { dead(call) } else { good.answer(call) }
            };
            let narrow = request(budget);
            let again = drive(&NativeHost, &narrow, &store, &good.world(&flaky), Variation::AS_WRITTEN).unwrap();
            let report: Report = canonical::from_bytes(&again.report).unwrap();
            prop_assert_eq!((report.sessions_read, report.bytes, report.events), (0, 0, 0));
            prop_assert!(report.sessions_asked_again + report.sessions_unanswered > 0);
            let calls: BTreeMap<String, bool> = made.get_mut().drain(..).collect();
            prop_assert!(calls.keys().all(|call| all_calls.contains(call) && !answered.contains(call)));
            apply(&mut store, &again.plan, &all(&narrow));
            let still = waiting(&store).into_values().flatten().count();
            let good = calls.into_iter().filter(|(_, answered)| *answered).map(|(call, _)| call);
            let before = answered.len();
            answered.extend(good);
            prop_assert_eq!(answered.len() - before, open - still);
            rounds += 1;
            prop_assert!(rounds < 60, "it never ends");
        }
        prop_assert_eq!(answered, all_calls);
        let rows = |store: &Store| -> Vec<_> {
            store.ledger.iter().filter(|row| row.key.starts_with("session/")).cloned().collect()
        };
        prop_assert_eq!(rows(&store), rows(&whole));
        // Without a model, both stores need nothing more.
        let next = drive(&NativeHost, &scene.request(0), &store, &good.world(&dead), Variation::AS_WRITTEN).unwrap();
        prop_assert!(states(&next).values().all(|state| *state == "unchanged"));
    }
}
