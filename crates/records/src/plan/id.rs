//! The id of a change, which follows from its content.

use crate::canonical;
use crate::error::EngineError;
use crate::ids::ChangeId;

use super::{Change, Plan};

impl Change {
    /// The id that follows from the change: a digest of operation, targets, survivor and new text,
    /// and of the memory when there are no targets: what is written after an entry counts as written where
    /// dreams keep its kind, for another dream may find no entry for it. Its reasons, evidence, score and gate are left
    /// out, so that the id stays when these change. So is the memory of entries, which people
    /// rename: an entry keeps its id then, and what was decided about it counts on.
    pub fn derived_id(&self) -> ChangeId {
        let path = match (self.targets.is_empty(), self.after.is_some(), self.kind) {
            (true, true, Some(kind)) => kind.path(),
            (true, ..) => self.path.as_str(),
            (false, ..) => "",
        };
        self.id_at(path)
    }

    /// The id that engines before this one gave the change, with the memory of its entries.
    pub fn id_with_path(&self) -> ChangeId {
        self.id_at(self.path.as_str())
    }

    fn id_at(&self, path: &str) -> ChangeId {
        let mut hash = canonical::Hasher::default();
        hash.part(self.operation.as_str().as_bytes());
        hash.part(path.as_bytes());
        for target in self.targets.iter().chain(&self.survivor) {
            hash.part(target.entry.as_str().as_bytes());
        }
        hash.part(self.text.as_deref().unwrap_or("").as_bytes());
        ChangeId::from_digest(&hash.digest())
    }
}

impl Plan {
    /// Fails unless each change has the id that follows from it. Reviews name changes by their ids;
    /// with a wrong id a reviewer would accept a change without having seen it.
    ///
    /// # Errors
    /// [`EngineError::InvalidDocument`] that names the first change with a wrong id.
    pub fn check_ids(&self) -> Result<(), EngineError> {
        match self.changes.iter().find(|change| change.id != change.derived_id()) {
            Some(Change { id, .. }) => {
                let why = format!("change `{id}` was edited: its id does not follow from it");
                Err(EngineError::document(id, why))
            }
            None => Ok(()),
        }
    }
}
