//! Entries of another kind whose place a statement takes. A model that writes a statement may say
//! which entry it replaces. One of the same kind is written anew where it stands. One of another
//! kind stands in another memory, so the statement is added to its own; when it is there, the
//! replaced entry may go. Until then nothing is lost if the statement is not accepted.

use dreaming_records::candidate::Candidate;
use dreaming_records::ledger::{Finder, Origin};

use crate::draft::Draft;
use crate::identity::Located;
use crate::reconcile::{outdated, updates};
use crate::review_reason::Doubt;

/// A draft that takes out the entry of another kind that `candidate` replaces; `None` when it
/// replaces none, or when that entry is gone or no model found it. `stands`: the entry that says
/// what the candidate says.
pub(super) fn of_another_kind(
    candidate: &Candidate,
    stands: &Located,
    entries: &[Located],
) -> Option<Draft> {
    let id = candidate.corrects.as_ref()?;
    let old = entries.iter().find(|entry| entry.record.id == *id)?;
    let record = &old.record;
    let by_model = record.origin == Origin::Dream && record.finder == Some(Finder::Model);
    let other_kind = record.kind != Some(candidate.kind) && record.id != stands.record.id;
    if !by_model || !other_kind || !updates::same_scope(candidate, old) {
        return None;
    }
    let mut draft = outdated::replaced_by(stands, old);
    draft.because = format!(
        "A model wrote in its place what stands in `{}`, line {}.",
        stands.path, stands.piece.line
    );
    Some(draft.doubted(Doubt::ReplacedByModel))
}
