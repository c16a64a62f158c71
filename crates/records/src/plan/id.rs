//! The id of a change, which follows from what it does.

use crate::canonical;
use crate::error::EngineError;
use crate::ids::ChangeId;

use super::{Change, Plan};

impl Change {
    /// The id that follows from the change: a digest of operation, memory, targets, survivor and new text. What else it
    /// has (its reasons, evidence, score and gate) may become another and the change is still the same.
    pub fn derived_id(&self) -> ChangeId {
        let text = self.text.as_deref().unwrap_or("");
        let entries = self.targets.iter().chain(&self.survivor);
        let entries = entries.map(|t| t.entry.as_str().as_bytes());
        let head = [self.operation.as_str().as_bytes(), self.path.as_str().as_bytes()];
        let parts = head.into_iter().chain(entries).chain([text.as_bytes()]);
        ChangeId::from_digest(&canonical::digest_parts(parts))
    }
}

impl Plan {
    /// Fails unless each change has the id that follows from it. Reviews name changes by their ids, so one that does
    /// something else under the same id would be accepted by who never saw it.
    ///
    /// # Errors
    /// [`EngineError::InvalidDocument`] that names the first other one.
    pub fn check_ids(&self) -> Result<(), EngineError> {
        match self.changes.iter().find(|change| change.id != change.derived_id()) {
            Some(Change { id, .. }) => {
                let why = format!(
                    "change `{id}` was edited since its plan was made: its id does not follow from it"
                );
                Err(EngineError::document(id, why))
            }
            None => Ok(()),
        }
    }
}
