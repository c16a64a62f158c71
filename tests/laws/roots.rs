//! How far results are trusted.

use std::collections::BTreeMap;

use dreaming::ledger::EntryRecord;
use dreaming::plan::{Cause, Change, Operation};
use dreaming::trust::{Provenance, Trust};
use dreaming_testing::Store;
use proptest::prelude::*;

use crate::world::scene;
use crate::{CALLS, all, apply, dream};

fn entries(store: &Store) -> BTreeMap<String, EntryRecord> {
    let rows = store.ledger.iter().filter(|row| row.key.starts_with("entry/"));
    let entries = rows.map(|row| serde_json::from_slice::<EntryRecord>(&row.bytes).unwrap());
    entries.map(|entry| (entry.id.to_string(), entry)).collect()
}

/// The lowest trust of the places that a change quotes. What tools showed twice, a failure and what
/// then worked, counts as confirmed by outcomes.
fn of_places(change: &Change) -> Option<Trust> {
    let shown = change.evidence.iter().filter(|e| e.provenance == Provenance::ToolResult).count();
    let root = |provenance: Provenance| match provenance.trust().unwrap_or(Trust::External) {
        Trust::Tool if shown > 1 => Trust::Verified,
        trust => trust,
    };
    change.evidence.iter().map(|evidence| root(evidence.provenance)).min()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn law_08_nothing_is_trusted_further_than_its_roots(scene in scene()) {
        let mut store = scene.store();
        let (request, run, plan) = dream(&scene, &mut store, CALLS);
        let before = entries(&store);
        let mut rewritten = 0;
        for change in &plan.changes {
            let targets = change.targets.iter().chain(&change.survivor);
            let targets = targets.map(|target| before[target.entry.as_str()].trust).min();
            // Lines of the index say where something is, not that it is so; what goes says nothing.
            let says = change.cause != Cause::Index && change.operation != Operation::Retire;
            for root in [of_places(change), targets].into_iter().flatten().filter(|_| says) {
                prop_assert!(change.trust <= root, "{:?} from {:?}: {:#?}", change.trust, root, change);
            }
            rewritten += usize::from(change.operation == Operation::Supersede);
        }
        prop_assert!(rewritten > 0);

        // Nor does an entry rise by anything that a dream does to it.
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
