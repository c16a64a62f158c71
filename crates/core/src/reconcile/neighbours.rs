//! Which texts the judge has to compare: those with the same words in the same order, and those
//! that share another key. All other pairs count as different without a look.

use dreaming_text::join::{Sets, wide};
use dreaming_text::{Corpus, sort};

/// When more texts than this share a key, only this many, the newest, are compared with all the
/// others; an older text is merged into one of these if it says the same. Chosen by us: far more
/// than the wordings that people give one fact. A thousand texts with one key then take 16,000
/// comparisons instead of 500,000.
const CROWD: usize = 16;

/// Every pair of positions of a text on the left and one on the right with the same words, sorted.
pub(crate) fn between(left: &Corpus, right: &Corpus) -> Vec<(u32, u32)> {
    let (ours, theirs) = (keys(left), keys(right));
    let mut pairs = Vec::new();
    for (key, at) in &ours {
        let same = sort::run(&theirs, |(other, _)| other.cmp(key));
        pairs.extend(same.iter().map(|(_, other)| (*at, *other)));
    }
    sort::packed(&mut pairs);
    pairs
}

/// For each text [`Reading::order`], a hash of its words in order, and its position; sorted.
fn keys(texts: &Corpus) -> Vec<(u64, u32)> {
    let count = u32::try_from(texts.terms().len()).unwrap_or(u32::MAX);
    let texts = (0..count).filter_map(|at| Some((texts.reading(at).order()?, at)));
    let mut keys: Vec<(u64, u32)> = texts.collect();
    sort::packed(&mut keys);
    keys
}

/// The texts that are compared with others, each with its neighbours.
pub(crate) struct Neighbours {
    /// For each text its place among the texts that have neighbours; [`NOWHERE`] for most.
    places: Vec<u32>,
    /// The neighbours of each place.
    others: Sets,
}

/// Place of a text without neighbours.
const NOWHERE: u32 = u32::MAX;

impl Neighbours {
    /// Finds the neighbours among `texts` texts; texts that share a key of `keys` are neighbours.
    /// The lower the number of a text, the newer it is.
    pub(crate) fn find(texts: usize, mut keys: Vec<(u64, u32)>) -> Self {
        // Each pair in both directions, packed into one number.
        let mut pairs = Vec::new();
        let pair = |a: u32, b: u32| u64::from(a) << 32 | u64::from(b);
        sort::packed(&mut keys);
        keys.dedup();
        for run in keys.chunk_by(|a, b| a.0 == b.0) {
            for (i, (_, a)) in run.iter().enumerate().take(CROWD) {
                let rest = run.iter().skip(i + 1);
                pairs.extend(rest.flat_map(|(_, b)| [pair(*a, *b), pair(*b, *a)]));
            }
        }
        drop(keys);
        sort::u64s(&mut pairs);
        pairs.dedup();
        let low = |pair: u64| u32::try_from(pair & u64::from(u32::MAX)).unwrap_or(u32::MAX);
        let mut found = Self { places: vec![NOWHERE; texts], others: Sets::default() };
        let mut others = Vec::new();
        for (place, run) in (0..).zip(pairs.chunk_by(|a, b| a >> 32 == b >> 32)) {
            others.clear();
            others.extend(run.iter().map(|pair| low(*pair)));
            found.others.push(&others);
            let text = run.first().map_or(NOWHERE, |pair| low(pair >> 32));
            if let Some(to) = found.places.get_mut(wide(text)) {
                *to = place;
            }
        }
        found
    }

    /// The texts that have neighbours, in their order.
    pub(crate) fn texts(&self) -> impl Iterator<Item = u32> {
        (0..).zip(&self.places).filter(|(_, place)| **place != NOWHERE).map(|(text, _)| text)
    }

    /// The place of a text among those with neighbours; [`NOWHERE`] for a text without.
    pub(crate) fn place(&self, text: u32) -> u32 {
        self.places.get(wide(text)).copied().unwrap_or(NOWHERE)
    }

    /// The neighbours of a text, newest first.
    pub(crate) fn of(&self, text: u32) -> impl Iterator<Item = u32> {
        self.others.get(self.place(text)).iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_see_each_other_and_others_have_none() {
        let near =
            Neighbours::find(6, vec![(7, 4), (7, 1), (9, 4), (9, 1), (9, 5), (8, 2), (7, 1)]);
        let of = |text| near.of(text).collect::<Vec<u32>>();
        assert_eq!((of(1), of(4), of(5)), (vec![4, 5], vec![1, 5], vec![1, 4]));
        assert!([0, 2, 3, 6].into_iter().all(|text| near.of(text).next().is_none()));
        assert_eq!(
            near.texts().map(|text| (text, near.place(text))).collect::<Vec<_>>(),
            [(1, 0), (4, 1), (5, 2)]
        );
    }

    #[test]
    fn of_a_crowd_each_is_held_against_the_newest() {
        let crowd = u32::try_from(CROWD).unwrap();
        let near = Neighbours::find(3 * CROWD, (0..3 * crowd).map(|text| (1, text)).collect());
        assert!(near.of(2 * crowd).eq(0..crowd));
        assert_eq!(near.of(0).count(), 3 * CROWD - 1);
    }
}
