//! The key by which a session record says that a statement was shown to its agent.

use dreaming_text::normal;

use crate::canonical;

/// The first 16 hexadecimal digits of the digest of a statement in normal form. The chance that two
/// of a million statements have the same key is below 10^-7. `redacted` is the statement without
/// its secrets.
pub fn key(redacted: &str) -> String {
    let digest = canonical::digest(normal(redacted).as_bytes());
    digest.as_str().chars().take(16).collect()
}
