//! Which bytes of a string need no escape.

use dreaming_text::eight_bytes::{below, equal, first};

/// How many bytes at the beginning need no escape: no quote, backslash or control character.
pub(crate) fn plain(bytes: &[u8]) -> usize {
    first(bytes, |eight| below(eight, b' ') | equal(eight, b'"') | equal(eight, b'\\'))
}
