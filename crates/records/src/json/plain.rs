//! Which bytes of a string are written as they are.

use dreaming_text::eights::{below, equal, first};

/// How many bytes at the beginning stand for themselves in a string: no quote, backslash or control character.
pub(crate) fn plain(bytes: &[u8]) -> usize {
    first(bytes, |eight| below(eight, b' ') | equal(eight, b'"') | equal(eight, b'\\'))
}
