//! What the core has to know of the engine that it is part of.

use crate::fingerprint::Fingerprint;

/// The engine around the core: which one it is, and how it cuts secrets out of texts. The core names
/// no rule for secrets; whoever calls it says how they are found.
#[derive(Clone, Debug)]
pub struct Engine {
    /// Its fingerprint, part of every document that it writes.
    pub fingerprint: Fingerprint,
    /// A text without its secrets, each replaced by a mark. A second pass over the result changes
    /// nothing, so a text has no secret when it comes back as it was.
    pub redact: fn(&str) -> String,
}
