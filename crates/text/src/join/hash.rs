//! Tokens as 32-bit numbers. Two tokens that meet in one number are one token to the join: among
//! 100,000 tokens that happens to about one pair, and what is joined is judged on its words anyway.
//!
//! The constants are fixed: they belong to what a plan is made from, and a change of them is a
//! change of the engine.

/// FNV-1a of 32 bits, offset and prime of its specification, then mixed.
pub fn token<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> u32 {
    mixed(bytes.into_iter().fold(0x811c_9dc5, |hash, byte| step(hash, *byte)))
}

#[expect(clippy::as_conversions, reason = "`From` is not const; a byte fits")]
const fn step(hash: u32, byte: u8) -> u32 {
    (hash ^ byte as u32).wrapping_mul(0x0100_0193)
}

/// As [`token`] of a word, while compiling.
pub const fn word(word: &str) -> u32 {
    let (mut hash, mut rest) = (0x811c_9dc5, word.as_bytes());
    while let [byte, after @ ..] = rest {
        hash = step(hash, *byte);
        rest = after;
    }
    mixed(hash)
}

/// The token of two tokens, one after the other.
pub fn pair(first: u32, second: u32) -> u32 {
    mixed(first.rotate_left(5).wrapping_mul(0x9e37_79b1) ^ second)
}

/// The finish of MurmurHash3: every bit of the input moves every bit, so that any bits of a token
/// may be used as its place in a table.
const fn mixed(mut hash: u32) -> u32 {
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

/// A 64-bit number of some bytes: equal bytes have equal numbers, and others are told apart by
/// comparing them. Eight bytes at a time.
pub fn bytes(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let hash = words.iter().fold(0, |hash, word| then(hash, u64::from_le_bytes(*word)));
    let mut last = [0; 8];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    then(then(hash, u64::from_le_bytes(last)), length)
}

/// The number of what has a number, and then another one.
pub(crate) fn then(hash: u64, next: u64) -> u64 {
    let hash = (hash ^ next).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^ (hash >> 29)
}
