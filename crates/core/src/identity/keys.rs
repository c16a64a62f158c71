//! Which of many texts are equal, without sorting them: texts stand all over the memory, and numbers of them
//! in one list.

use dreaming_text::join::{hash, wide};
use dreaming_text::{Groups, sort};

/// Where something stands, and its words. No path is empty, so an empty one is anywhere.
pub(super) type Key<'a> = (&'a str, &'a str);

/// The positions of those keys that are there more than once, each after the first position of its key: key by
/// key, and in order of position.
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
        // Two keys with one number are rare.
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
        // A path and words that change places have one number.
        let keys =
            [("a", "b"), ("", "b"), ("b", "a"), ("a", "b"), ("b", "a"), ("c", "c"), ("", "")];
        assert_eq!(repeated(&keys), [(0, 0), (0, 3), (2, 2), (2, 4)]);
        assert_eq!(repeated(&[]), []);
    }
}
