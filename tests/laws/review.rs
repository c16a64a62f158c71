//! What a reviewer may rely on: a plan survives edits that do not concern it, and the reviewer's
//! words are written as they are.

use std::collections::BTreeSet;

use dreaming::apply::Erasure;
use dreaming::dream::rebase;
use dreaming::ids::{ChangeId, EntryId, SessionId};
use dreaming::interface;
use dreaming::interface::EngineError;
use dreaming::ledger::{LedgerRow, MemoryRecord, Tier};
use dreaming::plan::{Cause, Change, Operation};
use dreaming::revision::{RevisionRecord, Rewording};
use dreaming::time::DAY_MS;
use dreaming::{Plan, Request, Selection, Time, canonical};
use dreaming_testing::{Host, NativeHost, Revision, Store, Variation, drive, native};
use proptest::prelude::*;

use crate::world::scene;
use crate::{CALLS, all, apply, decision, dream};

/// The store after somebody reworded the entry that `change` is about, and wrote a new line
/// elsewhere.
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

fn erased(store: &mut Store, what: &Erasure) {
    let now = Time::from_millis(1_800_000_000_000);
    let new = dreaming::erase(&native::snapshot(store).unwrap(), what, "mira", "", now).unwrap();
    let revision = Revision {
        base: new.base,
        id: new.id,
        record: new.bytes,
        memories: new.memories,
        ledger: new.ledger,
    };
    store.commit(&revision).unwrap();
    assert!(NativeHost.observe(store, now).unwrap().is_none(), "nothing is left to observe");
}

fn text_of(row: &LedgerRow) -> &str {
    std::str::from_utf8(&row.value).unwrap()
}

fn ids(plan: &Plan) -> Vec<&ChangeId> {
    plan.changes.iter().map(|change| &change.id).collect()
}

proptest! {
    #![proptest_config(crate::cases(16))]

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

        // Changes that do not concern the edited memory keep their ids.
        let untouched = plan.changes.iter().filter(|c| c.operation == Operation::Add && c.path.as_str() != "MEMORY.md");
        for change in untouched {
            prop_assert!(ids(&moved).contains(&&change.id), "{change:#?}");
        }
        apply(&mut store, &moved.to_bytes().unwrap(), &all(&request));
        prop_assert!(store.text(touched.path.as_str()).unwrap().contains("Somebody wrote this"));
    }

    #[test]
    fn what_is_written_has_the_time_that_the_ledger_says(scene in scene(), later in 1i64..1_000_000) {
        let mut store = scene.store();
        let (request, _, plan) = dream(&scene, &mut store, CALLS);
        let touched = plan.changes.iter().find(|c| c.operation != Operation::Add).unwrap();
        let path = touched.path.as_str();
        let now = Time::from_millis(request.now.millis() + later);
        // Somebody edits a memory after the dream and before the decision.
        let text = format!("{}\n- Written in the meantime.\n", store.text(path).unwrap());
        store.write(path, &text, Some(now));
        let revision = NativeHost.observe(&store, now).unwrap().unwrap();
        store.commit(&revision).unwrap();
        let plan = rebase(&native::snapshot(&store).unwrap(), &plan, &request.instructions).unwrap();
        for decided in [request.now, now, Time::from_millis(now.millis() + later)] {
            let accept = decision(Selection::All, Vec::new(), decided);
            let revision = NativeHost.apply(&store, &plan.to_bytes().unwrap(), &accept).unwrap();
            prop_assert!(!revision.memories.is_empty());
            for write in &revision.memories {
                let key = format!("memory/{}", write.path);
                let row = revision.ledger.iter().find(|row| row.key == key).unwrap();
                let row: MemoryRecord = canonical::from_bytes(row.value.as_ref().unwrap()).unwrap();
                prop_assert_eq!(row.observed_at, write.observed_at, "{}", write.path);
            }
        }
    }

    #[test]
    fn what_was_just_accepted_is_not_stale_however_old_its_sessions(scene in scene()) {
        let mut store = scene.store();
        let (request, run, plan) = dream(&scene, &mut store, CALLS);
        let years_later = Time::from_millis(request.now.millis() + 700 * DAY_MS);
        let accept = decision(Selection::All, Vec::new(), years_later);
        apply(&mut store, &run.plan, &accept);
        let plan_at = |days: i64| {
            let now = Time::from_millis(years_later.millis() + days * DAY_MS);
            let model = |call: &_| scene.answer(call);
            let request = Request { now, ..request.clone() };
            let world = scene.world(&model);
            let run = drive(&NativeHost, &request, &store, &world, Variation::AS_WRITTEN).unwrap();
            Plan::from_bytes(&run.plan).unwrap()
        };
        let stale = |plan: &Plan| plan.changes.iter().filter(|c| c.cause == Cause::Stale).count();
        prop_assert_eq!(stale(&plan_at(1)), 0);
        // What is long established stays for ever.
        let goes = |c: &&Change| c.operation == Operation::Add && c.cause != Cause::Index && c.tier != Tier::Long;
        let added = plan.open_changes().any(|c| goes(&c));
        prop_assert!(!added || stale(&plan_at(400)) > 0, "in the end it goes");
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
    fn a_rejection_that_is_taken_back_is_proposed_again_until_a_revert(scene in scene()) {
        let mut store = scene.store();
        let (request, run, plan) = dream(&scene, &mut store, CALLS);
        // That a line of the index goes with what it names decides nothing about the line.
        let open = plan.open_changes().filter(|change| change.cause != Cause::Index);
        let open: Vec<ChangeId> = open.map(|change| change.id.clone()).collect();
        let proposes = |store: &Store| {
            let model = |call: &_| scene.answer(call);
            let next = drive(&NativeHost, &request, store, &scene.world(&model), Variation::AS_WRITTEN);
            let next = Plan::from_bytes(&next.unwrap().plan).unwrap();
            open.iter().filter(|id| ids(&next).contains(id)).count()
        };
        let reopen = |store: &Store, changes: &[ChangeId]| {
            let store = native::snapshot(store).unwrap();
            dreaming::reopen(&store, changes, "mira", "too quick", request.now)
        };
        prop_assert!(reopen(&store, &open).is_err(), "nothing is rejected");
        apply(&mut store, &run.plan, &decision(Selection::Only(Vec::new()), open.clone(), request.now));
        let rejected = store.clone();
        prop_assert_eq!(proposes(&store), 0);
        for wrong in [&[][..], &[open[0].clone(), ChangeId::new("c0")]] {
            prop_assert!(matches!(reopen(&store, wrong), Err(EngineError::InvalidRequest(_))));
        }
        let one = Revision::from(reopen(&store, &open[..1]).unwrap());
        prop_assert!(one.memories.is_empty() && one.ledger.is_empty());
        store.commit(&one).unwrap();
        prop_assert!(reopen(&store, &open[..1]).is_err(), "it is open");
        if let rest @ [_, ..] = &open[1..] {
            let all = Revision::from(reopen(&store, rest).unwrap());
            store.commit(&all).unwrap();
        }
        prop_assert_eq!(proposes(&store), open.len());
        let back = NativeHost.revert(&store, &rejected, "mira", "", request.now).unwrap();
        store.commit(&back).unwrap();
        prop_assert_eq!(proposes(&store), 0);
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

    #[test]
    fn an_erased_session_leaves_no_quote_and_is_not_read_again(scene in scene()) {
        let mut store = scene.store();
        let (request, run, plan) = dream(&scene, &mut store, CALLS);
        apply(&mut store, &run.plan, &all(&request));
        let quoted = plan.changes.iter().flat_map(|change| &change.evidence);
        let sessions: BTreeSet<SessionId> = quoted.map(|e| e.session.clone()).collect();
        let session = sessions.first().unwrap().clone();
        let named = format!("\"session\":\"{session}\"");
        let quotes = |store: &Store| store.ledger.iter().filter(|row| text_of(row).contains(&named)).count();
        prop_assert!(quotes(&store) > 0);
        let memories = store.memories.clone();

        erased(&mut store, &Erasure::Session(session.clone()));
        prop_assert_eq!(quotes(&store), 0);
        prop_assert_eq!(&store.memories, &memories);
        let row = store.ledger.iter().find(|row| row.key == format!("session/{session}")).unwrap();
        prop_assert!(!text_of(row).contains("\"quote\":"));
        let snapshot = native::snapshot(&store).unwrap();
        let descriptor = request.sessions.iter().find(|s| s.id == session).unwrap();
        prop_assert!(snapshot.is_read(descriptor));
        let gone = dreaming::erase(&snapshot, &Erasure::Session(SessionId::new("nobody")), "", "", request.now);
        prop_assert!(matches!(gone, Err(EngineError::InvalidRequest(_))));
    }

    #[test]
    fn an_erased_entry_is_in_no_memory_and_no_row_and_all_else_stays(scene in scene()) {
        let mut store = scene.store();
        let (request, run, _) = dream(&scene, &mut store, CALLS);
        apply(&mut store, &run.plan, &all(&request));
        let entries = interface::entries(&native::snapshot(&store).unwrap(), 0, 1000).unwrap();
        for entry in entries.iter().step_by(3) {
            let mut after = store.clone();
            erased(&mut after, &Erasure::Entry(entry.id.clone()));
            prop_assert!(after.ledger.iter().all(|row| !text_of(row).contains(entry.id.as_str())));
            // Only entries that are still in a memory may say the erased words.
            let active = |row: &LedgerRow| row.key.starts_with("entry/") && text_of(row).contains("\"retired\":null");
            let said = serde_json::to_string(&entry.text).unwrap().to_ascii_lowercase();
            let says = |row: &&LedgerRow| text_of(row).to_ascii_lowercase().contains(said.trim_matches(['"', '.']));
            let left = after.ledger.iter().filter(|row| !active(row));
            prop_assert_eq!(left.filter(says).map(|row| &row.key).next(), None, "{}", entry.text);
            let mut left = interface::entries(&native::snapshot(&after).unwrap(), 0, 1000).unwrap();
            left.extend([entry.clone()]);
            let texts = |entries: &[interface::Entry]| {
                let mut texts: Vec<_> = entries.iter().map(|e| (e.path.clone(), e.text.clone())).collect();
                dreaming_text::sort::all(&mut texts);
                texts
            };
            prop_assert_eq!(texts(&left), texts(&entries));
            for memory in store.memories.iter().filter(|m| m.path != entry.path.as_str()) {
                prop_assert_eq!(after.text(&memory.path), Some(memory.text.as_str()));
            }
        }
        let retired = store.ledger.iter().find(|row| text_of(row).contains("\"retired\":{"));
        if let Some(row) = retired {
            let id = row.key.strip_prefix("entry/").unwrap().to_owned();
            let memories = store.memories.clone();
            erased(&mut store, &Erasure::Entry(EntryId::new(id.as_str())));
            prop_assert_eq!(&store.memories, &memories);
            prop_assert!(store.ledger.iter().all(|row| !text_of(row).contains(&id)));
        }
    }
}
