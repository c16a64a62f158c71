//! Hashes tokens into 32-bit numbers. Tokens with equal numbers are one token to the join; among
//! 100,000 tokens about one pair collides, and joined texts are judged by their words anyway.
//!
//! The constants are fixed. Plans depend on them, so a change to them changes the engine's
//! fingerprint.

/// FNV-1a with 32 bits and the constants of its specification, then mixed.
pub fn token<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> u32 {
    mixed(bytes.into_iter().fold(0x811c_9dc5, |hash, byte| step(hash, *byte)))
}

#[expect(clippy::as_conversions, reason = "`From` is not const; a byte fits")]
const fn step(hash: u32, byte: u8) -> u32 {
    (hash ^ byte as u32).wrapping_mul(0x0100_0193)
}

/// Like [`token`], for a word known when compiling.
pub const fn word(word: &str) -> u32 {
    let (mut hash, mut rest) = (0x811c_9dc5, word.as_bytes());
    while let [byte, after @ ..] = rest {
        hash = step(hash, *byte);
        rest = after;
    }
    mixed(hash)
}

/// The number for a sequence of two tokens.
pub fn pair(first: u32, second: u32) -> u32 {
    mixed(first.rotate_left(5).wrapping_mul(0x9e37_79b1) ^ second)
}

/// The finalizer of MurmurHash3: every input bit affects every output bit, so that any bits can
/// index a table.
const fn mixed(mut hash: u32) -> u32 {
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

/// A 64-bit hash. Equal bytes have equal hashes; callers compare the bytes when hashes are equal.
/// Reads eight bytes at a time.
pub fn bytes(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let hash = words.iter().fold(0, |hash, word| then(hash, u64::from_le_bytes(*word)));
    let mut last = [0; 8];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    then(then(hash, u64::from_le_bytes(last)), length)
}

/// Adds the next word to a hash.
pub(crate) fn then(hash: u64, next: u64) -> u64 {
    let hash = (hash ^ next).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^ (hash >> 29)
}
