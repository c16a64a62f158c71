//! Which texts the judge has to hold against each other: those that an exact join over their
//! words finds, and those that share a key. Everything else is different without a look.

use dreaming_text::Corpus;
use dreaming_text::join::{self, Alike, Sets, within_crowds};
use dreaming_text::sort;

use crate::judge::words::ALIKE;
use crate::reconcile::relate::wide;

/// Of more texts with one key, or with one set of tokens, than this, only so many are held against all
/// the others: the newest, into one of which the others are merged if they say the same.
/// Chosen by us: far more than the wordings that people give one fact, and a thousand equal ones
/// cost 16,000 looks instead of 500,000.
const CROWD: usize = 16;

/// Most texts no longer than one that it is held against for its words. Where everything is alike (a
/// log, a form filled in a thousand times) pairs grow with the square, and say nothing that those
/// with the newest do not. Chosen by us: on 100,000 generated texts with facts that are repeated 200
/// times, one pair in 40 is lost at 256 and one in eight at 64, and only the latter changes what
/// is merged: ten merges of 37,000.
const LOOKS: usize = 128;

/// Every pair of positions of a text on the left and one on the right that the judge has to see,
/// sorted.
pub(crate) fn between(left: &Corpus, right: &Corpus) -> Vec<(u32, u32)> {
    let pairs = join::between(left.terms(), right.terms(), ALIKE);
    pairs.into_iter().map(|pair| (pair.left, pair.right)).collect()
}

/// For each text the others that it is held against.
pub(crate) struct Neighbours {
    starts: Vec<u32>,
    others: Vec<u32>,
}

impl Neighbours {
    /// Finds them. `texts` come newest first; `keys` name what a text is about, with its position.
    pub(crate) fn find(texts: &Corpus, mut keys: Vec<(u64, u32)>) -> Self {
        let sets = texts.terms();
        let count = u32::try_from(sets.len()).unwrap_or(u32::MAX);
        let mut pairs = Pairs::default();
        pairs.alike(&within_crowds(sets, ALIKE, LOOKS), sets);
        sort::packed(&mut keys);
        keys.dedup();
        for run in keys.chunk_by(|a, b| a.0 == b.0) {
            pairs.group(&run.iter().map(|(_, at)| *at).collect::<Vec<_>>());
        }
        pairs.both_ways(count)
    }

    /// The texts that one is held against, newest first.
    pub(crate) fn of(&self, text: u32) -> &[u32] {
        let start = |at: u32| self.starts.get(wide(at)).map_or(0, |start| wide(*start));
        self.others.get(start(text)..start(text.saturating_add(1))).unwrap_or(&[])
    }
}

/// Pairs of texts, each in one number.
#[derive(Default)]
struct Pairs(Vec<u64>);

impl Pairs {
    /// The pairs of a join, with those of equal sets.
    fn alike(&mut self, alike: &Alike, sets: &Sets) {
        let mut members: Vec<(u32, u32)> = alike.first.iter().copied().zip(0..).collect();
        members.retain(|(first, _)| !sets.get(*first).is_empty());
        sort::packed(&mut members);
        let members: Vec<(u32, Vec<u32>)> = members
            .chunk_by(|a, b| a.0 == b.0)
            .filter(|run| run.len() > 1)
            .map(|run| {
                (run.first().map_or(0, |(first, _)| *first), run.iter().map(|m| m.1).collect())
            })
            .collect();
        for (_, group) in &members {
            self.group(group);
        }
        let of = |first: &u32| {
            let at = members.binary_search_by_key(first, |(first, _)| *first).ok()?;
            members.get(at).map(|(_, group)| group.as_slice())
        };
        for pair in &alike.pairs {
            let left = of(&pair.left).unwrap_or(std::slice::from_ref(&pair.left));
            let right = of(&pair.right).unwrap_or(std::slice::from_ref(&pair.right));
            for (i, a) in left.iter().enumerate() {
                let most = if i < CROWD { right.len() } else { CROWD };
                right.iter().take(most).for_each(|b| self.add(*a, *b));
            }
        }
    }

    /// All pairs of texts that have something in common, newest first.
    fn group(&mut self, group: &[u32]) {
        for (i, a) in group.iter().enumerate().take(CROWD) {
            group.iter().skip(i + 1).for_each(|b| self.add(*a, *b));
        }
    }

    fn add(&mut self, a: u32, b: u32) {
        self.0.push(u64::from(a.min(b)) << 32 | u64::from(a.max(b)));
    }

    /// Each pair once, seen from both of `count` texts.
    fn both_ways(self, count: u32) -> Neighbours {
        let mut pairs = self.0;
        sort::u64s(&mut pairs);
        pairs.dedup();
        let low = |number: u64| u32::try_from(number & u64::from(u32::MAX)).unwrap_or(u32::MAX);
        let ends = |pair: &u64| (low(pair >> 32), low(*pair));
        let mut starts = vec![0_u32; wide(count) + 2];
        for (a, b) in pairs.iter().map(ends) {
            for at in [a, b] {
                if let Some(size) = starts.get_mut(wide(at) + 2) {
                    *size += 1;
                }
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut others = vec![0; 2 * pairs.len()];
        for (a, b) in pairs.iter().map(ends) {
            for (at, other) in [(a, b), (b, a)] {
                // The place for the next one of `at`; in the end, where the list of `at` ends.
                let Some(end) = starts.get_mut(wide(at) + 1) else { continue };
                if let Some(to) = others.get_mut(wide(*end)) {
                    *to = other;
                }
                *end += 1;
            }
        }
        starts.truncate(wide(count) + 1);
        Neighbours { starts, others }
    }
}
