//! Which changes a decision accepts.

use std::borrow::Cow;
use std::collections::BTreeSet;

use dreaming_records::candidate::loses_name;
use dreaming_records::error::EngineError;
use dreaming_records::ids::ChangeId;
use dreaming_records::plan::{Cause, Change, Gate, Plan};
use dreaming_records::policy::Policy;
use dreaming_records::revision::{Decision, Selection};
use dreaming_records::snapshot::Snapshot;
use dreaming_text::{Map, Set};

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
) -> Result<Vec<&'a Change>, EngineError> {
    let by_id = Map::of(plan.changes.iter().map(|change| (&change.id, change)));
    let find = |id: &ChangeId| by_id.get(id).copied();
    let unknown =
        |id: &ChangeId| EngineError::request(id, format!("the plan has no change `{id}`"));
    let change_is =
        |id: &ChangeId, what: &str| Err(EngineError::request(id, format!("change `{id}` {what}")));
    for id in &decision.reject {
        find(id).ok_or_else(|| unknown(id))?;
    }
    let all_that = |wanted: fn(&&Change) -> bool| {
        Set::of(plan.open_changes().filter(wanted).map(|change| &change.id))
    };
    let chosen: Set<&ChangeId> = match &decision.accept {
        Selection::Only(ids) => Set::of(ids),
        Selection::All => all_that(|change| !change.alone),
        Selection::Auto => all_that(|change| change.gate == Gate::Auto),
    };
    let rejected: Set<&ChangeId> = Set::of(&decision.reject);
    let named = matches!(decision.accept, Selection::Only(_));
    for id in chosen.iter() {
        let change = find(id).ok_or_else(|| unknown(id))?;
        if change.gate == Gate::Blocked {
            return change_is(id, "is blocked and cannot be accepted");
        }
        if named && rejected.contains(*id) {
            return change_is(id, "is both accepted and rejected");
        }
    }
    let accepted: Vec<&Change> = plan
        .changes
        .iter()
        .filter(|change| chosen.contains(&change.id) && !rejected.contains(&change.id))
        .collect();
    // What a change takes out stands in other words in those that it needs; who gives these words of
    // their own accepts it by its id.
    let reworded = |id: &ChangeId| !named && decision.edits.iter().any(|edit| edit.change == *id);
    let together = accepted.iter().map(|change| &change.id).filter(|id| !reworded(id));
    let together = Set::of(together);
    let missing = |change: &Change| change.needs.iter().find(|id| !together.contains(id)).cloned();
    if named {
        for change in &accepted {
            if let Some(needed) = missing(change) {
                return change_is(
                    &change.id,
                    &format!("goes only together with `{needed}`: accept both, or leave this one"),
                );
            }
        }
    }
    let accepted: Vec<&Change> =
        accepted.iter().copied().filter(|change| missing(change).is_none()).collect();
    // A line that is added to the index must name a memory that exists once the changes are
    // applied; a line that is taken out must name no memory that exists then.
    let unmet = |change: &&Change| !index::holds(change, &store.memories, entries, &accepted);
    if let Some(line) = accepted.iter().find(|change| named && unmet(change)) {
        return change_is(
            &line.id,
            "needs accepted changes of the memory that the index line names",
        );
    }
    let accepted: Vec<&Change> = accepted.iter().copied().filter(|change| !unmet(change)).collect();
    Ok(accepted)
}

/// The accepted changes. Where the decision rewords one, it has the reviewer's words; its evidence,
/// trust and id stay as they are, so that rewording raises no trust.
pub(super) fn reworded<'a>(
    accepted: &[&'a Change],
    decision: &Decision,
    policy: &Policy,
    redact: fn(&str) -> String,
) -> Result<Vec<Cow<'a, Change>>, EngineError> {
    let charter = Charter::of(policy, redact);
    let mut changes: Vec<Cow<'a, Change>> = accepted.iter().map(|c| Cow::Borrowed(*c)).collect();
    let places = Map::of(accepted.iter().enumerate().map(|(at, change)| (&change.id, at)));
    let mut seen = BTreeSet::new();
    for edit in &decision.edits {
        let no = |reason: &str| {
            let id = &edit.change;
            let why = format!("change `{id}` cannot be applied in other words: {reason}");
            Err(EngineError::request(id, why))
        };
        if !seen.insert(edit.change.clone()) {
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
        let change = change.to_mut();
        let before = change.text.replace(edit.text.clone()).unwrap_or_default();
        if loses_name(&before, &edit.text, change.principal.as_deref()) {
            change.principal = None;
        }
        // The charter binds reviewers too: a reviewer may be an agent.
        if let Some(Ruling::Forbidden(reason)) = charter.rule(change) {
            return no(&reason);
        }
    }
    Ok(changes)
}
