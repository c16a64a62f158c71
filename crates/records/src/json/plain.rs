//! Which bytes of a string are written as they are.

/// How many bytes at the beginning stand for themselves in a string: no quote, backslash or control character.
pub(crate) fn plain(bytes: &[u8]) -> usize {
    /// One in each byte.
    const ONES: u64 = u64::MAX / 255;
    let is_special = |byte: &u8| *byte < b' ' || *byte == b'"' || *byte == b'\\';
    let (eights, _) = bytes.as_chunks::<8>();
    // Eight bytes at once: subtracting what a byte is below sets its highest bit.
    let are_plain = |eight: &&[u8; 8]| {
        let all = u64::from_le_bytes(**eight);
        let below = |bytes: u64, limit: u8| bytes.wrapping_sub(ONES * u64::from(limit)) & !bytes;
        let equal = |byte: u8| below(all ^ (ONES * u64::from(byte)), 1);
        (below(all, b' ') | equal(b'"') | equal(b'\\')) & (ONES << 7) == 0
    };
    let begin = 8 * eights.iter().take_while(are_plain).count();
    let rest = bytes.get(begin..).unwrap_or_default();
    begin + rest.iter().position(is_special).unwrap_or(rest.len())
}
