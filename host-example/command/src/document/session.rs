//! What a session record still waits for.

use super::SessionRecord;

impl SessionRecord {
    /// Whether the session was read and some of its model calls got no usable answer.
    pub fn waits(&self) -> bool {
        self.unanswered.is_some() && !self.withdrawn
    }

    /// Whether no model was ever asked about the session.
    pub fn is_unseen(&self) -> bool {
        self.unseen && !self.withdrawn
    }
}
