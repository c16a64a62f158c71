//! Which changes a decision accepts.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::ApplyError;
use dreaming_records::ids::ChangeId;
use dreaming_records::plan::{Cause, Change, Gate, Plan};
use dreaming_records::policy::Policy;
use dreaming_records::revision::{Decision, Selection};
use dreaming_records::snapshot::Snapshot;
use dreaming_text::sort;

use crate::charter::{Charter, Ruling};
use crate::identity::Located;
use crate::index;
use crate::render;

/// Longest rewording in bytes. Chosen by us: an entry is one statement, not a document.
const MAX_REWORDING: usize = 2_000;

/// The changes that the decision accepts, in the order of the plan.
pub(super) fn accepted<'a>(
    store: &Snapshot,
    plan: &'a Plan,
    decision: &Decision,
    entries: &[Located],
) -> Result<Vec<&'a Change>, ApplyError> {
    let by_id: BTreeMap<&ChangeId, &Change> = sort::map(plan.changes.iter().map(|c| (&c.id, c)));
    let find = |id: &ChangeId| by_id.get(id).copied();
    for id in &decision.reject {
        find(id).ok_or_else(|| ApplyError::UnknownChange(id.clone()))?;
    }
    let chosen: BTreeSet<&ChangeId> = match &decision.accept {
        Selection::Only(ids) => sort::tree(ids),
        Selection::All => {
            let wanted = plan.open_changes().filter(|change| change.cause.is_for_all());
            sort::tree(wanted.map(|change| &change.id))
        }
        Selection::Auto => {
            let auto = plan.changes.iter().filter(|change| change.gate == Gate::Auto);
            sort::tree(auto.map(|change| &change.id))
        }
    };
    let rejected: BTreeSet<&ChangeId> = sort::tree(decision.reject.iter());
    let named = matches!(decision.accept, Selection::Only(_));
    for id in &chosen {
        let change = find(id).ok_or_else(|| ApplyError::UnknownChange((*id).clone()))?;
        if change.gate == Gate::Blocked {
            return Err(ApplyError::Blocked((*id).clone()));
        }
        if named && rejected.contains(*id) {
            return Err(ApplyError::Contradictory((*id).clone()));
        }
    }
    let accepted: Vec<&Change> = plan
        .changes
        .iter()
        .filter(|change| chosen.contains(&change.id) && !rejected.contains(&change.id))
        .collect();
    // An added line of the index must name a memory that is there afterwards; a removed one, none.
    let unmet = |change: &&Change| !index::holds(change, &store.memories, entries, &accepted);
    if let Some(line) = accepted.iter().find(|change| named && unmet(change)) {
        return Err(ApplyError::Incomplete(line.id.clone()));
    }
    let accepted: Vec<&Change> = accepted.iter().copied().filter(|change| !unmet(change)).collect();
    Ok(accepted)
}

/// The accepted changes in the words that the decision gives them. The words are the reviewer's;
/// evidence, trust and id stay those of the change, so that nothing gains trust by being reworded.
pub(super) fn reworded<'a>(
    accepted: &[&'a Change],
    decision: &Decision,
    policy: &Policy,
    redact: fn(&str) -> String,
) -> Result<Vec<Cow<'a, Change>>, ApplyError> {
    let charter = Charter::of(policy, redact);
    let mut changes: Vec<Cow<'a, Change>> = accepted.iter().map(|c| Cow::Borrowed(*c)).collect();
    let places: BTreeMap<&ChangeId, usize> =
        sort::map(accepted.iter().enumerate().map(|(at, change)| (&change.id, at)));
    let mut seen = BTreeSet::new();
    for edit in &decision.edits {
        let no = |reason: &str| {
            Err(ApplyError::Rewording { change: edit.change.clone(), reason: reason.into() })
        };
        if !seen.insert(&edit.change) {
            return no("it is given other words twice");
        }
        let place = places.get(&edit.change);
        let Some(change) = place.and_then(|at| changes.get_mut(*at)) else {
            return no("it is not accepted");
        };
        if change.text.is_none() || change.cause == Cause::Index {
            return no("it writes no statement");
        }
        if render::rendered(&edit.text).is_empty() {
            return no("the words are empty");
        }
        if edit.text.len() > MAX_REWORDING {
            return no("the words are longer than 2,000 bytes");
        }
        if redact(&edit.text) != edit.text {
            return no("the words hold a secret");
        }
        change.to_mut().text = Some(edit.text.clone());
        // The charter binds reviewers too: a reviewer may be an agent.
        if let Some(Ruling::Forbidden(reason)) = charter.rule(change) {
            return no(&reason);
        }
    }
    Ok(changes)
}
