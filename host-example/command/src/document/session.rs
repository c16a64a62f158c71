//! What a session waits for.

use super::SessionRecord;

impl SessionRecord {
    /// Whether the session is read and waits for a model that gave no answer.
    pub fn waits(&self) -> bool {
        self.unanswered.is_some() && !self.withdrawn
    }

    /// Whether no model was ever asked about it.
    pub fn is_unseen(&self) -> bool {
        self.unseen && !self.withdrawn
    }
}
