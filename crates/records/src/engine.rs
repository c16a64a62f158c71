//! What the core has to know about the engine around it.

use crate::fingerprint::Fingerprint;

/// The engine around the core: its fingerprint, and how it cuts secrets out of texts. The core has
/// no rules for secrets of its own; its caller passes them in.
#[derive(Clone, Debug)]
pub struct Engine {
    /// Its fingerprint, part of every document that it writes.
    pub fingerprint: Fingerprint,
    /// Returns a text with each secret replaced by a mark. A second pass changes nothing, so a text
    /// that comes back unchanged has no secret.
    pub redact: fn(&str) -> String,
}
