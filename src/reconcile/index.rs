//! The index file names every memory: a memory that a dream adds gets its line.

use std::collections::BTreeMap;

use crate::kind::Kind;
use crate::memory::{Memory, MemoryPath};
use crate::plan::{Cause, Change, Gate, Operation};
use crate::policy::{self, Policy};
use crate::reconcile::draft::Draft;

/// Adds an index line for each memory that `changes` would add to, unless the index names it.
/// A store without an index file gets none.
pub fn index(
    memories: &BTreeMap<MemoryPath, Memory>,
    changes: &[Change],
    policy: &Policy,
) -> Vec<Draft> {
    let Ok(path) = MemoryPath::new(Kind::Index.path()) else { return Vec::new() };
    let Some(file) = memories.get(&path) else { return Vec::new() };
    let mut created: BTreeMap<&MemoryPath, &Change> = BTreeMap::new();
    let adds = |c: &&Change| c.operation == Operation::Add && c.gate != Gate::Blocked;
    for change in changes.iter().filter(adds) {
        let named = file.text.contains(&format!("]({})", change.path));
        if !named && change.path != path {
            // The line waits for a person only when all that it would name does.
            let first = created.entry(&change.path).or_insert(change);
            if first.gate != Gate::Auto && change.gate == Gate::Auto {
                *first = change;
            }
        }
    }
    let mut lines = file.text.lines().count();
    let mut bytes = file.text.len();
    let mut found = Vec::new();
    for (target, first) in created {
        let Some(kind) = first.kind else { continue };
        let text = format!("[{}]({target}): {}", kind.title(), kind.purpose());
        lines += 1;
        bytes += text.len() + 3;
        let mut draft = Draft::of_change(first);
        draft.path = path.clone();
        draft.kind = Some(Kind::Index);
        draft.cause = Cause::Index;
        draft.because = format!("The index names every memory, but not `{target}`.");
        draft.text = Some(text);
        draft.subject = None;
        draft.principal = None;
        let fits = lines <= policy.size(&policy::INDEX_LINES)
            && bytes <= policy.size(&policy::INDEX_BYTES);
        draft.doubt = match fits {
            true if first.gate == Gate::Auto => None,
            true => Some(first.gate_reason.clone()),
            false => Some("the index would be longer than what agents load".into()),
        };
        found.push(draft);
    }
    found
}
