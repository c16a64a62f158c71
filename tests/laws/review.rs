//! What a reviewer may rely on: a plan survives edits that do not touch it, and words of the
//! reviewer are written as they are.

use dreaming::dream::rebase;
use dreaming::ids::ChangeId;
use dreaming::plan::{Cause, Change, Operation};
use dreaming::revision::{RevisionRecord, Rewording};
use dreaming::{Plan, Selection};
use dreaming_testing::{Host, NativeHost, Store, Variation, drive, native};
use proptest::prelude::*;

use crate::world::scene;
use crate::{CALLS, all, apply, decision, dream};

/// The text of the store in which somebody reworded the entry that `change` is about, and wrote a
/// line of their own elsewhere.
fn edit(store: &mut Store, change: &Change) {
    let target = &change.targets[0];
    let path = target.path.as_str();
    let text = store.text(path).unwrap().to_owned();
    let line = usize::try_from(target.line).unwrap() - 1;
    let mut lines: Vec<String> = text.split_inclusive('\n').map(Into::into).collect();
    lines[line] = "- Somebody wrote this in the meantime.\n".into();
    store.write(path, &lines.concat(), None);
    store.write("notes/other.md", "- Another person was here too.\n", None);
}

fn ids(plan: &Plan) -> Vec<&ChangeId> {
    plan.changes.iter().map(|change| &change.id).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_rebased_plan_is_the_plan_of_a_new_dream(scene in scene()) {
        let mut store = scene.store();
        let (request, run, plan) = dream(&scene, &mut store, CALLS);
        let snapshot = native::snapshot(&store).unwrap();
        let same = rebase(&snapshot, &plan, &request.instructions).unwrap();
        prop_assert_eq!(same.to_bytes().unwrap(), run.plan, "nothing moved");

        let touched = plan.changes.iter().find(|c| c.operation != Operation::Add).unwrap();
        edit(&mut store, touched);
        let revision = NativeHost.observe(&store, request.now).unwrap().unwrap();
        store.commit(&revision).unwrap();
        prop_assert_eq!(NativeHost.apply(&store, &plan.to_bytes().unwrap(), &all(&request)).unwrap_err().case, "stale");
        let snapshot = native::snapshot(&store).unwrap();
        let moved = rebase(&snapshot, &plan, &request.instructions).unwrap();
        let model = |call: &_| scene.answer(call);
        let world = scene.world(&model);
        let again = drive(&NativeHost, &request, &store, &world, Variation::AS_WRITTEN).unwrap();
        prop_assert_eq!(String::from_utf8(moved.to_bytes().unwrap()), String::from_utf8(again.plan));

        // Changes that have nothing to do with the edited memory are the same ones.
        let untouched = plan.changes.iter().filter(|c| c.operation == Operation::Add && c.path.as_str() != "MEMORY.md");
        for change in untouched {
            prop_assert!(ids(&moved).contains(&&change.id), "{change:#?}");
        }
        apply(&mut store, &moved.to_bytes().unwrap(), &all(&request));
        prop_assert!(store.text(touched.path.as_str()).unwrap().contains("Somebody wrote this"));
    }

    #[test]
    fn other_words_are_written_as_they_are_and_the_first_ones_do_not_come_back(scene in scene()) {
        const WORDS: &str = "In these words the reviewer wants it: `make all` before *every* push.";
        let mut store = scene.store();
        let (request, run, plan) = dream(&scene, &mut store, CALLS);
        let before = store.clone();
        let writes = |c: &&Change| c.operation == Operation::Add && c.cause != Cause::Index;
        let change = plan.open_changes().find(writes).unwrap();
        let mut reworded = decision(Selection::Only(vec![change.id.clone()]), Vec::new(), request.now);
        reworded.edits = vec![Rewording { change: change.id.clone(), text: WORDS.into() }];
        apply(&mut store, &run.plan, &reworded);
        let text = store.text(change.path.as_str()).unwrap();
        prop_assert!(text.contains(WORDS), "{text}");
        let first_words = dreaming::render::rendered(change.text.as_deref().unwrap());
        prop_assert!(!text.contains(&format!("- {first_words}\n")), "{text}");
        let record = RevisionRecord::from_bytes(store.chain.last().unwrap()).unwrap();
        prop_assert!(record.verdicts.iter().any(|v| v.accepted && v.edited.is_some()));

        let model = |call: &_| scene.answer(call);
        let world = scene.world(&model);
        let next = drive(&NativeHost, &request, &store, &world, Variation::AS_WRITTEN).unwrap();
        let next = Plan::from_bytes(&next.plan).unwrap();
        prop_assert!(!ids(&next).contains(&&change.id));

        let reverted = NativeHost.revert(&store, &before, "mira", "", request.now).unwrap();
        store.commit(&reverted).unwrap();
        prop_assert_eq!(&store.memories, &before.memories);
        prop_assert_eq!(&store.ledger, &before.ledger);
    }

    #[test]
    fn words_that_cannot_be_written_are_refused(scene in scene()) {
        let mut store = scene.store();
        let (request, run, plan) = dream(&scene, &mut store, CALLS);
        let writes = |c: &&Change| c.text.is_some() && c.cause != Cause::Index;
        let change = plan.open_changes().find(writes).unwrap();
        let chosen = Selection::Only(vec![change.id.clone()]);
        let long = "word ".repeat(500);
        let secret = "The key is AKIAIOSFODNN7EXAMPLE, use it.".replace("EXAMPLE", "QXRSTUV");
        for text in ["", "  \n ", &long, &secret] {
            let mut refused = decision(chosen.clone(), Vec::new(), request.now);
            refused.edits = vec![Rewording { change: change.id.clone(), text: text.into() }];
            let failure = NativeHost.apply(&store, &run.plan, &refused).unwrap_err();
            prop_assert_eq!(failure.case.as_str(), "invalid-request", "{}", text);
        }
        let mut open = decision(Selection::Only(Vec::new()), Vec::new(), request.now);
        open.edits = vec![Rewording { change: change.id.clone(), text: "Other words.".into() }];
        let failure = NativeHost.apply(&store, &run.plan, &open).unwrap_err();
        prop_assert_eq!(failure.case.as_str(), "invalid-request");
    }
}
