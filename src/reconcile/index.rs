//! The index file names every memory: a memory that a dream adds gets its line.

use std::collections::BTreeMap;

use crate::evidence;
use crate::kind::Kind;
use crate::memory::{Memory, MemoryPath};
use crate::plan::{Cause, Operation};
use crate::policy::{self, Policy};
use crate::reconcile::draft::Draft;

/// Adds an index line for each memory that `drafts` would create. A store without an index file
/// gets none.
pub fn index(
    memories: &BTreeMap<MemoryPath, Memory>,
    drafts: &[Draft],
    policy: &Policy,
) -> Vec<Draft> {
    let Ok(path) = MemoryPath::new(Kind::Index.path()) else { return Vec::new() };
    let Some(file) = memories.get(&path) else { return Vec::new() };
    let mut created: BTreeMap<&MemoryPath, &Draft> = BTreeMap::new();
    for draft in drafts.iter().filter(|d| d.operation == Operation::Add) {
        if !memories.contains_key(&draft.path) {
            created.entry(&draft.path).or_insert(draft);
        }
    }
    let mut lines = file.text.lines().count();
    let mut bytes = file.text.len();
    let mut found = Vec::new();
    for (target, first) in created {
        let Some(kind) = first.kind else { continue };
        let text = format!("[{}]({target}): {}", kind.title(), hook(kind));
        lines += 1;
        bytes += text.len() + 3;
        let mut draft = first.clone();
        draft.path = path.clone();
        draft.kind = Some(Kind::Index);
        draft.cause = Cause::Index;
        draft.because = format!("The index names every memory, and `{target}` is new.");
        draft.evidence = evidence::select(draft.evidence, policy.size(&policy::MAX_EVIDENCE));
        draft.text = Some(text);
        draft.subject = None;
        draft.principal = None;
        let fits = lines <= policy.size(&policy::INDEX_LINES)
            && bytes <= policy.size(&policy::INDEX_BYTES);
        draft.doubt = match fits {
            true => first.doubt.clone(),
            false => Some("the index would be longer than what agents load".into()),
        };
        found.push(draft);
    }
    found
}

/// What a memory of this kind is for, in the words of its index line.
fn hook(kind: Kind) -> &'static str {
    match kind {
        Kind::Fact => "what was found to be so in past sessions",
        Kind::Preference => "how people here want things done",
        Kind::Workflow => "the order of steps that works",
        Kind::Mistake => "what went wrong more than once, and what cured it",
        Kind::Index => "an index",
    }
}
