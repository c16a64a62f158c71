//! Finds which of many texts are equal. It sorts the hashes of the texts, which stand in one list,
//! and not the texts, which stand in many places of the working memory.

use dreaming_text::join::{hash, wide};
use dreaming_text::{Groups, sort};

/// The path and the words of a statement. An empty path, which no statement has, means any memory.
pub(super) type Key<'a> = (&'a str, &'a str);

/// For each key that occurs more than once: each of its positions, after the first of them; sorted
/// by key, then by position.
pub(super) fn repeated(keys: &[Key<'_>]) -> Vec<(usize, usize)> {
    let number =
        |(path, words): &Key<'_>| hash::bytes(path.as_bytes()) ^ hash::bytes(words.as_bytes());
    let mut numbers: Vec<(u64, u32)> = keys.iter().map(number).zip(0..).collect();
    sort::packed(&mut numbers);
    let key = |at: u32| keys.get(wide(at)).copied().unwrap_or_default();
    let mut found = Vec::new();
    for alike in numbers.chunk_by(|a, b| a.0 == b.0).filter(|alike| alike.len() > 1) {
        let first = alike.first().map_or(0, |(_, at)| *at);
        if alike.iter().all(|(_, at)| key(*at) == key(first)) {
            found.extend(alike.iter().map(|(_, at)| (wide(first), wide(*at))));
            continue;
        }
        // Here different keys have one hash, which is rare, so the keys themselves are grouped.
        for (_, same) in Groups::of(alike.iter().map(|(_, at)| (key(*at), wide(*at)))).iter() {
            let Some(first) = same.clone().next().filter(|_| same.clone().nth(1).is_some()) else {
                continue;
            };
            found.extend(same.map(|at| (*first, *at)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_with_the_first_of_their_like_also_when_numbers_meet() {
        // The hash is symmetric: a path and words that change places have the same hash.
        let keys =
            [("a", "b"), ("", "b"), ("b", "a"), ("a", "b"), ("b", "a"), ("c", "c"), ("", "")];
        assert_eq!(repeated(&keys), [(0, 0), (0, 3), (2, 2), (2, 4)]);
        assert_eq!(repeated(&[]), []);
    }
}
