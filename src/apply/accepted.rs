//! Which changes a decision accepts.

use std::collections::BTreeSet;

use super::ApplyError;
use crate::ids::ChangeId;
use crate::plan::{Cause, Change, Gate, Operation, Plan};
use crate::revision::{Decision, Selection};

/// The changes that the decision accepts, in the order of the plan.
pub(super) fn accepted<'a>(
    plan: &'a Plan,
    decision: &Decision,
) -> Result<Vec<&'a Change>, ApplyError> {
    let find = |id: &ChangeId| plan.changes.iter().find(|change| change.id == *id);
    for id in &decision.reject {
        find(id).ok_or_else(|| ApplyError::UnknownChange(id.clone()))?;
    }
    let chosen: BTreeSet<&ChangeId> = match &decision.accept {
        Selection::Only(ids) => ids.iter().collect(),
        Selection::All => plan.open_changes().map(|change| &change.id).collect(),
        Selection::Auto => {
            let auto = plan.changes.iter().filter(|change| change.gate == Gate::Auto);
            auto.map(|change| &change.id).collect()
        }
    };
    let rejected: BTreeSet<&ChangeId> = decision.reject.iter().collect();
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
    let (index, others): (Vec<&Change>, Vec<&Change>) =
        accepted.iter().partition(|change| change.cause == Cause::Index);
    for line in index {
        // `[Title](path): …` names a memory; one that nothing makes would dangle.
        let text = line.text.as_deref().unwrap_or("");
        let makes = |change: &&Change| {
            change.operation == Operation::Add && text.contains(&format!("]({})", change.path))
        };
        if !others.iter().any(makes) {
            if named {
                return Err(ApplyError::Incomplete(line.id.clone()));
            }
            return Ok(others);
        }
    }
    Ok(accepted)
}
