//! Results are trusted no more than their sources.

use std::collections::{BTreeMap, BTreeSet};

use dreaming::canonical;
use dreaming::evidence::Evidence;
use dreaming::ledger::EntryRecord;
use dreaming::plan::{Cause, Change, Operation};
use dreaming::trust::{Provenance, Trust};
use dreaming_testing::Store;
use proptest::prelude::*;

use crate::world::scene;
use crate::{CALLS, all, apply, dream};

fn entries(store: &Store) -> BTreeMap<String, EntryRecord> {
    let rows = store.ledger.iter().filter(|row| row.key.starts_with("entry/"));
    let entries = rows.map(|row| canonical::from_bytes::<EntryRecord>(&row.value).unwrap());
    entries.map(|entry| (entry.id.to_string(), entry)).collect()
}

/// The lowest trust of the places that a change quotes. A failure and its cure in two sessions
/// count as confirmed by outcomes, whatever else tools said.
fn of_places(change: &Change) -> Option<Trust> {
    let of = |wanted: Provenance| {
        let places = change.evidence.iter().filter(move |e| e.provenance == wanted);
        places.map(|e| &e.session).collect::<BTreeSet<_>>().len()
    };
    let (results, calls) = (of(Provenance::ToolResult), of(Provenance::ToolUse));
    let by_tools =
        |e: &Evidence| matches!(e.provenance, Provenance::ToolResult | Provenance::ToolUse);
    if results > 1 && calls > 1 && change.evidence.iter().all(by_tools) {
        return Some(Trust::Verified);
    }
    let root = |evidence: &Evidence| evidence.provenance.trust().unwrap_or(Trust::External);
    change.evidence.iter().map(root).min()
}

proptest! {
    #![proptest_config(crate::cases(16))]

    #[test]
    fn law_08_nothing_is_trusted_further_than_its_roots(scene in scene()) {
        let mut store = scene.store();
        let (request, run, plan) = dream(&scene, &mut store, CALLS);
        let before = entries(&store);
        let mut rewritten = 0;
        for change in &plan.changes {
            let targets = change.targets.iter().chain(&change.survivor);
            let targets = targets.map(|target| before[target.entry.as_str()].trust).min();
            // Index lines only say where something is, and retirements say nothing, so both are
            // left out.
            let says = change.cause != Cause::Index && change.operation != Operation::Retire;
            for root in [of_places(change), targets].into_iter().flatten().filter(|_| says) {
                prop_assert!(change.trust <= root, "{:?} from {:?}: {:#?}", change.trust, root, change);
            }
            rewritten += usize::from(change.operation == Operation::Supersede);
        }
        prop_assert!(rewritten > 0);

        // No entry gains trust from anything that a dream does to it.
        apply(&mut store, &run.plan, &all(&request));
        let after = entries(&store);
        for (id, entry) in &before {
            prop_assert!(after[id].trust <= entry.trust, "{:#?}", after[id]);
        }
        for entry in after.values() {
            for root in entry.supersedes.iter().filter_map(|id| before.get(id.as_str())) {
                prop_assert!(entry.trust <= root.trust, "{entry:#?} from {root:#?}");
            }
        }
    }
}
