//! The laws of ARCHITECTURE.md over random stores, sessions and models. Every test asserts that its
//! plans are not empty: a law that holds because nothing changes proves nothing.

#![expect(
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test may panic"
)]

mod batches;
mod charter;
mod compare;
mod distil;
mod guarded;
mod host_candidates;
mod loss;
mod reading;
mod review;
mod room;
mod roots;
mod survival;
mod unusable;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use dreaming::ids::ChangeId;
use dreaming::ledger::LedgerRow;
use dreaming::plan::{Cause, Change, Gate, Operation, Stage};
use dreaming::propose::Answer;
use dreaming::{Decision, Plan, Report, Request, Selection, Time, canonical, markdown, render};
use dreaming_testing::{Host, NativeHost, Run, Store, Variation, drive};
use proptest::prelude::*;
use serde_json::Value;

use crate::world::{FRONTS, Mood, Scene, scene, time};

const CALLS: u64 = 100;

/// The number of cases: `few`, or as many as `PROPTEST_CASES` says.
#[expect(clippy::disallowed_methods, reason = "a person asks a test for more cases that way")]
fn cases(few: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|number| number.parse().ok());
    let cases = asked.unwrap_or(few);
    ProptestConfig { cases, max_shrink_iters: 400, ..ProptestConfig::default() }
}

/// Observes, dreams and checks that the plan is not empty.
fn dream(scene: &Scene, store: &mut Store, calls: u64) -> (Request, Run, Plan) {
    let request = scene.request(calls);
    if let Some(revision) = NativeHost.observe(store, request.now).unwrap() {
        store.commit(&revision).unwrap();
    }
    let model = |call: &_| scene.answer(call);
    let run =
        drive(&NativeHost, &request, store, &scene.world(&model), Variation::AS_WRITTEN).unwrap();
    let plan = Plan::from_bytes(&run.plan).unwrap();
    assert!(plan.changes.iter().any(|c| c.operation == Operation::Add), "{plan:#?}");
    assert!(plan.changes.iter().any(|c| c.operation != Operation::Add), "{plan:#?}");
    (request, run, plan)
}

fn decision(accept: Selection, reject: Vec<ChangeId>, now: Time) -> Decision {
    let edits = Vec::new();
    Decision { accept, reject, edits, reviewer: "mira".into(), note: "reviewed".into(), now }
}

fn all(request: &Request) -> Decision {
    decision(Selection::All, Vec::new(), request.now)
}

/// Accepts every other open change, so that accepted and open ones are mixed. Index lines need the
/// addition that they name, so they stay open.
fn some(plan: &Plan, request: &Request) -> Decision {
    let open = plan.open_changes().filter(|c| c.path.as_str() != "MEMORY.md");
    let ids: Vec<ChangeId> = open.map(|c| c.id.clone()).collect();
    let accept = ids.iter().step_by(2).cloned().collect();
    let reject = ids.iter().skip(1).step_by(4).cloned().collect();
    decision(Selection::Only(accept), reject, request.now)
}

/// The changes that a decision accepts.
fn accepted<'a>(plan: &'a Plan, decision: &Decision) -> Vec<&'a Change> {
    let taken = |change: &&Change| match &decision.accept {
        Selection::Only(ids) => ids.contains(&change.id),
        Selection::All => change.gate != Gate::Blocked && !change.alone,
        Selection::Auto => change.gate == Gate::Auto,
    };
    let taken = plan.changes.iter().filter(taken).filter(|c| !decision.reject.contains(&c.id));
    let taken: Vec<&Change> = taken.collect();
    let has = |id: &ChangeId| taken.iter().any(|change| change.id == *id);
    taken.iter().copied().filter(|change| change.needs.iter().all(has)).collect()
}

fn apply(store: &mut Store, plan: &[u8], decision: &Decision) {
    let revision = NativeHost.apply(store, plan, decision).unwrap();
    store.commit(&revision).unwrap();
}

/// The statements of a store, as a multiset.
fn statements(store: &Store) -> BTreeMap<String, i64> {
    let mut found = BTreeMap::new();
    for piece in store.memories.iter().flat_map(|m| markdown::pieces(&m.text)) {
        *found.entry(piece.text).or_default() += 1;
    }
    found
}

/// All strings of a JSON line, as a reader of the transcript sees them.
fn strings(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(fields) => {
            // The engine quotes arguments of calls as canonical JSON.
            found.push(String::from_utf8(canonical::to_bytes(value).unwrap()).unwrap());
            fields.values().for_each(|field| strings(field, found));
        }
        _ => {}
    }
}

/// All source times of a scene: of transcript lines and memories.
fn source_times(scene: &Scene) -> BTreeSet<i64> {
    let model = |_: &_| Answer::Refused;
    let mut times = BTreeSet::new();
    for (_, bytes) in scene.world(&model).sessions.values().flatten() {
        for line in String::from_utf8(bytes.clone()).unwrap().lines() {
            let stamp = serde_json::from_str::<Value>(line).ok();
            let stamp = stamp.and_then(|v| Some(v.get("timestamp")?.as_str()?.to_owned()));
            times.extend(stamp.map(|s| time(&s).millis()));
        }
    }
    times.extend(scene.store().memories.iter().filter_map(|m| m.observed_at).map(Time::millis));
    times
}

/// All numbers in fields that hold times.
fn times_in(value: &Value, found: &mut Vec<i64>) {
    const NAMES: [&str; 7] =
        ["time", "first", "last", "first_seen", "last_seen", "valid_from", "valid_to"];
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                if NAMES.contains(&name.as_str()) || name == "observed_at" {
                    found.extend(field.as_i64());
                }
                times_in(field, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| times_in(item, found)),
        _ => {}
    }
}

fn targets(change: &Change) -> impl Iterator<Item = String> {
    change.targets.iter().map(|target| target.text.clone())
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn law_03_every_change_carries_live_evidence_or_names_its_entries(scene in scene()) {
        let mut store = scene.store();
        let (_, _, plan) = dream(&scene, &mut store, CALLS);
        let model = |_: &_| Answer::Refused;
        let world = scene.world(&model);
        for change in &plan.changes {
            prop_assert!(!change.evidence.is_empty() || !change.targets.is_empty(), "{:#?}", change);
            for evidence in &change.evidence {
                let parts = &world.sessions[evidence.session.as_str()];
                let (_, bytes) = parts.iter().find(|(name, _)| *name == evidence.part).unwrap();
                prop_assert_eq!(&canonical::digest(bytes), &evidence.part_digest);
                prop_assert_eq!(u64::try_from(bytes.len()).unwrap(), evidence.part_bytes);
                let text = String::from_utf8(bytes.clone()).unwrap();
                let line = text.lines().nth(usize::try_from(evidence.line).unwrap() - 1).unwrap();
                let mut found = Vec::new();
                strings(&serde_json::from_str(line).unwrap(), &mut found);
                prop_assert!(!evidence.quote.is_empty());
                prop_assert!(
                    evidence.quote.contains("[REDACTED:") || found.iter().any(|s| s.contains(&evidence.quote)),
                    "{:?} is not in {}", evidence.quote, line
                );
            }
        }
    }

    #[test]
    fn law_04_entries_after_are_entries_before_minus_retired_plus_added(scene in scene()) {
        let mut store = scene.store();
        let (request, run, plan) = dream(&scene, &mut store, CALLS);
        for decision in [some(&plan, &request), all(&request)] {
            let accepted = accepted(&plan, &decision);
            let mut expected = statements(&store);
            for change in &accepted {
                for text in targets(change) {
                    *expected.entry(text).or_default() -= 1;
                }
                if let (Some(text), true) = (&change.text, change.operation != Operation::Merge) {
                    *expected.entry(render::rendered(text)).or_default() += 1;
                }
            }
            let mut after = store.clone();
            apply(&mut after, &run.plan, &decision);
            expected.retain(|_, count| *count != 0);
            prop_assert!(!accepted.is_empty());
            // A merge may keep an entry that another change rewrites; then the new words are
            // expected.
            prop_assert_eq!(statements(&after), expected);
        }
    }

    #[test]
    fn law_05_no_order_changes_a_byte(scene in scene()) {
        let mut store = scene.store();
        let (request, run, _) = dream(&scene, &mut store, CALLS);
        let model = |call: &_| scene.answer(call);
        for variation in Variation::ALL {
            let again = drive(&NativeHost, &request, &store, &scene.world(&model), variation).unwrap();
            prop_assert_eq!(&again.plan, &run.plan, "{}", variation.name);
            prop_assert_eq!(&again.report, &run.report, "{}", variation.name);
            prop_assert_eq!(&again.last, &run.last, "{}", variation.name);
        }
    }

    #[test]
    fn law_09_times_in_the_store_are_source_times(scene in scene()) {
        let mut store = scene.store();
        let (request, run, _) = dream(&scene, &mut store, CALLS);
        let mut decision = all(&request);
        decision.now = time("2027-07-07T07:07:07.777Z");
        apply(&mut store, &run.plan, &decision);
        let known = source_times(&scene);
        let mut found = Vec::new();
        for LedgerRow { value: bytes, .. } in &store.ledger {
            times_in(&serde_json::from_slice(bytes).unwrap(), &mut found);
        }
        found.extend(store.memories.iter().filter_map(|m| m.observed_at).map(Time::millis));
        prop_assert!(found.len() > 5);
        for time in found {
            prop_assert!(known.contains(&time), "{time} is no source time");
        }
    }

    #[test]
    fn law_11_a_stale_base_is_a_conflict_and_nothing_is_half_written(scene in scene()) {
        let mut store = scene.store();
        let (request, run, _) = dream(&scene, &mut store, CALLS);
        let mut edited = store.clone();
        edited.write("notes.md", "- Somebody was here.\n", None);
        let failure = NativeHost.apply(&edited, &run.plan, &all(&request)).unwrap_err();
        prop_assert_eq!(failure.case.as_str(), "stale");

        let first = NativeHost.apply(&store, &run.plan, &all(&request)).unwrap();
        store.commit(&first).unwrap();
        let before = store.clone();
        prop_assert!(store.commit(&first).is_err());
        let failure = NativeHost.apply(&store, &run.plan, &all(&request)).unwrap_err();
        prop_assert_eq!(failure.case.as_str(), "stale");
        prop_assert_eq!(store, before);
    }

    #[test]
    fn law_12_a_broken_answer_gives_the_plan_without_that_call(mut scene in scene(), mood in 0usize..4) {
        scene.mood = [Mood::Garbage, Mood::Refuses, Mood::Fails, Mood::Hostile][mood];
        let mut store = scene.store();
        let (_, _, broken) = dream(&scene, &mut store, CALLS);
        let (_, _, without) = dream(&scene, &mut store, 0);
        prop_assert_eq!(&broken.changes, &without.changes);
        prop_assert_eq!(&broken.reinforcements, &without.reinforcements);
        prop_assert_eq!(&broken.conflicts, &without.conflicts);
        // Nothing may be retired except an index line whose memory a merge empties.
        let retires = |c: &&Change| c.operation == Operation::Retire && c.cause != Cause::Dangling;
        prop_assert_eq!(broken.changes.iter().filter(retires).count(), 0);
        prop_assert!(broken.rejected.iter().any(|r| r.stage == Stage::Check), "the broken answer is named");
    }

    #[test]
    fn law_14_bytes_that_no_change_named_are_unchanged(scene in scene()) {
        let mut store = scene.store();
        let (request, run, plan) = dream(&scene, &mut store, CALLS);
        for decision in [some(&plan, &request), all(&request)] {
        let before = store.clone();
        let mut applied = store.clone();
        apply(&mut applied, &run.plan, &decision);
        let changes = accepted(&plan, &decision);
        prop_assert!(!changes.is_empty());
        for memory in &before.memories {
            let after = applied.text(&memory.path).unwrap();
            let front = FRONTS.iter().filter(|front| memory.text.starts_with(**front)).max().unwrap();
            prop_assert!(after.starts_with(front), "{:?} lost {:?}", after, front);
            let here: Vec<_> = changes.iter().filter(|c| c.path.as_str() == memory.path).collect();
            if here.is_empty() {
                prop_assert_eq!(after, &memory.text);
                continue;
            }
            // The text between the changed lines is still there, in order.
            let named: BTreeSet<u64> = here.iter().flat_map(|c| &c.targets).map(|t| t.line).collect();
            let mut kept = Vec::new();
            let mut from = 0;
            for piece in markdown::pieces(&memory.text).iter().filter(|p| named.contains(&p.line)) {
                kept.push(&memory.text[from..piece.range.start]);
                from = piece.range.end;
            }
            kept.push(&memory.text[from..]);
            let mut rest = after;
            for part in kept {
                let at = rest.find(part);
                prop_assert!(at.is_some(), "{:?} is gone from {:?}", part, after);
                rest = &rest[at.unwrap() + part.len()..];
            }
        }
        }
    }

    #[test]
    fn law_15_apply_then_revert_restores_every_byte_and_the_chain_only_grows(scene in scene()) {
        let mut store = scene.store();
        let (request, run, plan) = dream(&scene, &mut store, CALLS);
        for decision in [all(&request), some(&plan, &request)] {
            let before = store.clone();
            let mut after = store.clone();
            apply(&mut after, &run.plan, &decision);
            prop_assert_ne!(&after.memories, &before.memories);
            let revision = NativeHost.revert(&after, &before, "jonas", "no", request.now).unwrap();
            after.commit(&revision).unwrap();
            let texts = |s: &Store| s.memories.iter().map(|m| (m.path.clone(), m.text.clone())).collect::<Vec<_>>();
            prop_assert_eq!(texts(&after), texts(&before));
            prop_assert_eq!(&after.ledger, &before.ledger);
            prop_assert_eq!(after.chain.len(), before.chain.len() + 2);
            prop_assert!(after.chain.starts_with(&before.chain));
        }
    }

    #[test]
    fn law_17_a_replay_with_recorded_answers_gives_the_recorded_plan(scene in scene()) {
        let mut store = scene.store();
        let (request, run, _) = dream(&scene, &mut store, CALLS);
        prop_assert!(!run.calls.is_empty());
        let recorded = |call: &dreaming::propose::ModelCall| {
            let (asked, answer) = &run.calls[call.id.as_str()];
            assert_eq!(asked, call);
            answer.clone()
        };
        let again = drive(&NativeHost, &request, &store, &scene.world(&recorded), Variation::AS_WRITTEN).unwrap();
        prop_assert_eq!(again.plan, run.plan);
        prop_assert_eq!(again.report, run.report);
    }

    #[test]
    fn what_is_rejected_stays_away_and_the_rest_comes_to_rest(scene in scene(), nth in 0usize..3) {
        let mut store = scene.store();
        let (request, run, plan) = dream(&scene, &mut store, CALLS);
        let open = plan.open_changes().skip(nth).step_by(3).map(|c| c.id.clone());
        let decision = decision(Selection::All, open.collect(), request.now);
        apply(&mut store, &run.plan, &decision);
        let model = |call: &_| scene.answer(call);
        let world = scene.world(&model);
        // A rejected merge leaves two wrong values: the second is corrected later, then both are
        // equal.
        let mut open = Vec::new();
        for _ in 0..3 {
            let again = drive(&NativeHost, &request, &store, &world, Variation::AS_WRITTEN).unwrap();
            let plan = Plan::from_bytes(&again.plan).unwrap();
            prop_assert!(plan.changes.iter().all(|c| !decision.reject.contains(&c.id)));
            open = plan.open_changes().cloned().collect();
            apply(&mut store, &again.plan, &all(&request));
        }
        prop_assert!(!decision.reject.is_empty());
        prop_assert!(open.is_empty(), "{:#?}", open);
    }

    #[test]
    fn law_02_once_all_is_accepted_further_dreams_come_to_rest(scene in scene()) {
        let mut store = scene.store();
        let (request, run, _) = dream(&scene, &mut store, CALLS);
        apply(&mut store, &run.plan, &all(&request));
        let model = |call: &_| scene.answer(call);
        let world = scene.world(&model);
        // Replacing a value may make two entries equal: these merge one dream later.
        let mut open = Vec::new();
        for _ in 0..2 {
            let again = drive(&NativeHost, &request, &store, &world, Variation::AS_WRITTEN).unwrap();
            let plan = Plan::from_bytes(&again.plan).unwrap();
            let report: Report = canonical::from_bytes(&again.report).unwrap();
            prop_assert_eq!(report.sessions_read, 0);
            open = plan.changes.iter().filter(|c| c.gate != Gate::Blocked).cloned().collect();
            if open.is_empty() {
                break;
            }
            apply(&mut store, &again.plan, &all(&request));
        }
        prop_assert!(open.is_empty(), "{:#?}", open);
    }
}
