//! Which engine this is, and how it cuts secrets: what the core is told of the rest.

use dreaming_records::engine::Engine;
use dreaming_records::fingerprint::Fingerprint;
use dreaming_shield::redact;

/// This engine.
pub(crate) fn engine() -> Engine {
    Engine { fingerprint: fingerprint(), redact }
}

/// A text without its secrets.
pub(crate) fn redact(text: &str) -> String {
    redact::redact(text).text
}

/// The fingerprint of this engine.
pub fn fingerprint() -> Fingerprint {
    let (major, minor, patch) = char::UNICODE_VERSION;
    Fingerprint {
        engine: env!("CARGO_PKG_VERSION").into(),
        unicode: format!("{major}.{minor}.{patch}"),
        markdown: "pulldown-cmark 0.13".into(),
        secrets: redact::RULES_VERSION,
    }
}
