//! Answers that nobody can use.

use std::cell::Cell;
use std::collections::BTreeSet;

use dreaming::propose::{Answer, ModelCall};
use dreaming::{Report, Request, canonical};
use dreaming_testing::{NativeHost, Run, Store, Variation, drive};
use proptest::prelude::*;

use crate::reading::{asking, observed, waiting};
use crate::world::{Mood, Scene, scene};
use crate::{CALLS, all, apply};

fn prose() -> Answer {
    Answer::Text { text: "Sure! Here is what I think of this session.".into() }
}

/// Dreams, accepts all, and returns the report.
fn dream(
    scene: &Scene,
    request: &Request,
    store: &mut Store,
    model: &dyn Fn(&ModelCall) -> Answer,
) -> (Run, Report) {
    let run =
        drive(&NativeHost, request, store, &scene.world(model), Variation::AS_WRITTEN).unwrap();
    apply(store, &run.plan, &all(request));
    let report = canonical::from_bytes(&run.report).unwrap();
    (run, report)
}

/// The dream as written. Asserts that no variation of it asks or comes to anything else.
fn equal_in_all(run: impl Fn(Variation) -> Run) -> Run {
    let first = run(Variation::AS_WRITTEN);
    for variation in Variation::ALL {
        let again = run(variation);
        assert_eq!(
            (&again.plan, &again.report),
            (&first.plan, &first.report),
            "{}",
            variation.name
        );
        assert_eq!(again.calls, first.calls, "{}", variation.name);
    }
    first
}

fn rows(store: &Store) -> Vec<String> {
    let rows = store.ledger.iter().filter(|row| row.key.starts_with("session/"));
    rows.map(|row| String::from_utf8(row.value.to_vec()).unwrap()).collect()
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap()
}

fn ids(report: &Report) -> BTreeSet<String> {
    report.unusable.iter().map(ToString::to_string).collect()
}

proptest! {
    #![proptest_config(crate::cases(8))]

    #[test]
    fn law_13_a_model_that_says_nothing_usable_uses_nothing_up(scene in scene(), refuses in any::<bool>()) {
        let good = Scene { mood: Mood::Good, ..scene.clone() };
        let mut request = asking(&scene, CALLS);
        request.policy.set("propose.known-tokens", dreaming::policy::SettingValue::Integer(0)).unwrap();
        let mut whole = observed(&scene);
        let mut store = whole.clone();
        let (run, report) = dream(&good, &request, &mut whole, &|call| good.answer(call));
        let asked: BTreeSet<String> = run.calls.keys().cloned().collect();
        prop_assert!(asked.len() > 1 && waiting(&whole).is_empty() && !report.nothing_usable);
        prop_assert!(report.unusable.is_empty());
        let same = |_: &ModelCall| prose();
        let world = scene.world(&same);
        equal_in_all(|variation| drive(&NativeHost, &request, &store, &world, variation).unwrap());
        for _ in 0..4 {
            let (run, report) = dream(&scene, &request, &mut store, &|_| prose());
            prop_assert_eq!(&run.calls.keys().cloned().collect::<BTreeSet<_>>(), &asked);
            prop_assert!(report.nothing_usable && report.calls_given_up == 0);
            prop_assert_eq!(ids(&report), asked.clone());
            prop_assert_eq!(waiting(&store).into_values().flatten().count(), asked.len());
        }
        // A refusal answers only its own call and makes no other answer usable.
        if refuses {
            let (_, report) = dream(&scene, &request, &mut store, &|call| {
                if Some(call.id.to_string()) == asked.first().cloned() { Answer::Refused } else { prose() }
            });
            prop_assert!(report.nothing_usable);
            prop_assert_eq!(waiting(&store).into_values().flatten().count(), asked.len() - 1);
            return Ok(());
        }
        let (run, _) = dream(&good, &request, &mut store, &|call| good.answer(call));
        prop_assert_eq!(run.calls.keys().cloned().collect::<BTreeSet<_>>(), asked);
        prop_assert_eq!(rows(&store), rows(&whole));
    }

    #[test]
    fn law_13_an_answer_of_no_use_among_others_is_asked_for_twice_more(scene in scene(), which in 0usize..8, better in 1u64..5) {
        let good = Scene { mood: Mood::Good, ..scene.clone() };
        let mut request = asking(&scene, CALLS);
        request.policy.set("propose.known-tokens", dreaming::policy::SettingValue::Integer(0)).unwrap();
        let mut whole = observed(&scene);
        let mut store = whole.clone();
        let (run, _) = dream(&good, &request, &mut whole, &|call| good.answer(call));
        prop_assert!(run.calls.len() > 1);
        let bad = run.calls.keys().nth(which % run.calls.len()).cloned().unwrap();
        let night = Cell::new(0);
        let model = |call: &ModelCall| {
            if call.id.to_string() == bad && night.get() < better { prose() } else { good.answer(call) }
        };
        for tries in 1..=5 {
            night.set(tries);
            if tries == 2 {
                let world = scene.world(&model);
                equal_in_all(|variation| drive(&NativeHost, &request, &store, &world, variation).unwrap());
            }
            let (again, report) = dream(&good, &request, &mut store, &model);
            // The first dream makes all calls, later dreams only the open ones.
            let expected = match tries {
                1 => run.calls.len(),
                2 | 3 if tries <= better => 1,
                _ => 0,
            };
            prop_assert_eq!(again.calls.len(), expected, "dream {}", tries);
            let failed = tries < better.min(4);
            prop_assert_eq!(ids(&report), failed.then(|| bad.clone()).into_iter().collect::<BTreeSet<_>>());
            prop_assert_eq!(report.calls_given_up, u64::from(failed && tries == 3));
            prop_assert_eq!(waiting(&store).len(), usize::from(failed && tries < 3));
            prop_assert!(!report.nothing_usable, "others were usable");
        }
        prop_assert_eq!(rows(&store) == rows(&whole), better < 4);
    }

    #[test]
    fn law_13_sessions_part_when_the_call_that_they_share_is_of_no_use(scene in scene(), how in 0u8..3, budget in 1u64..10) {
        let good = Scene { mood: Mood::Good, ..scene.clone() };
        let mut request = asking(&scene, budget);
        for (name, value) in [("propose.together-bytes", 24 << 10), ("round.sessions", 8)] {
            request.policy.set(name, dreaming::policy::SettingValue::Integer(value)).unwrap();
        }
        let mut store = observed(&scene);
        let shares = |call: &ModelCall| call.prompt.contains(" sessions\n");
        let model = |call: &ModelCall| match (shares(call), how) {
            (false, _) => good.answer(call),
            (true, 0) => prose(),
            (true, 1) => Answer::Refused,
            (true, _) => Answer::Failed { reason: "503".into() },
        };
        let world = scene.world(&model);
        let first = equal_in_all(|variation| drive(&NativeHost, &request, &store, &world, variation).unwrap());
        let (shared, alone): (Vec<_>, Vec<_>) = first.calls.values().partition(|(call, _)| shares(call));
        prop_assert!(!shared.is_empty() && count(first.calls.len()) <= budget);
        let report: Report = canonical::from_bytes(&first.report).unwrap();
        prop_assert_eq!(report.calls, count(first.calls.len()));
        prop_assert_eq!(report.calls_answered, count(alone.len()));
        prop_assert_eq!(report.calls_unanswered, if how == 2 { count(shared.len()) } else { 0 });
        prop_assert_eq!(report.unusable.len(), if how == 0 { shared.len() } else { 0 });
        apply(&mut store, &first.plan, &all(&request));
        // What the budget left out waits, and nothing else.
        prop_assert_eq!(count(waiting(&store).len()), report.sessions_unanswered);
        prop_assert_eq!(waiting(&store).is_empty(), report.calls_over_budget == 0);
    }
}
