//! The key by which a repeated record is recognised.

use dreaming_records::number::count;

/// The key for the id of a record. A cryptographic digest would not help: whoever wants two records
/// to count as one can write the same id into both. Each 8-byte word is multiplied by an odd number
/// (2^64 divided by the golden ratio), which maps different words to different products.
pub(super) fn record_key(id: &str) -> u64 {
    let (words, rest) = id.as_bytes().as_chunks::<8>();
    let mut last = [0; 8];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    words.iter().chain([&last]).fold(count(id.len()), |key, word| {
        let key = (key ^ u64::from_le_bytes(*word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        key ^ key >> 32
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn records_are_told_apart_by_their_keys() {
        let forms: [fn(u32) -> String; 4] = [
            |n| n.to_string(),
            |n| format!("item_{n:08x}"),
            |n| format!("{n:08x}-0000-4000-8000-{n:012x}"),
            |n| "\0".repeat(usize::try_from(n).unwrap() / 64),
        ];
        let ids: BTreeSet<String> = forms.iter().flat_map(|form| (0..20_000).map(form)).collect();
        let keys: BTreeSet<u64> = ids.iter().map(|id| record_key(id)).collect();
        assert!(keys.len() == ids.len() && ids.len() > 60_000);
    }
}
