//! Which texts the judge has to hold against each other: those with the same words in the same order, and
//! those that share another key. Everything else is different without a look.

use dreaming_text::join::hash;
use dreaming_text::sort;
use dreaming_text::{Corpus, Reading};

use crate::reconcile::relate::wide;

/// Of more texts with one key than this, only so many are held against all the others: the newest, into
/// one of which the others are merged if they say the same.
/// Chosen by us: far more than the wordings that people give one fact, and a thousand equal ones
/// cost 16,000 looks instead of 500,000.
const CROWD: usize = 16;

/// A number for the words of a text in their order; `None` where there are none. Two texts with one number
/// and other words only widen what is looked at.
pub(crate) fn words_key(words: Reading<'_>) -> Option<u64> {
    let mut bytes = Vec::new();
    words.terms_in_order().for_each(|term| bytes.extend(term.to_le_bytes()));
    (!bytes.is_empty()).then(|| hash::bytes(&bytes))
}

/// Every pair of positions of a text on the left and one on the right with the same words, sorted.
pub(crate) fn between(left: &Corpus, right: &Corpus) -> Vec<(u32, u32)> {
    let (ours, theirs) = (keys(left), keys(right));
    let mut pairs = Vec::new();
    for (key, at) in &ours {
        let start = theirs.partition_point(|(other, _)| other < key);
        let same = theirs.iter().skip(start).take_while(|(other, _)| other == key);
        pairs.extend(same.map(|(_, other)| (*at, *other)));
    }
    sort::packed(&mut pairs);
    pairs
}

/// How many texts there are.
pub(crate) fn count(texts: &Corpus) -> u32 {
    u32::try_from(texts.terms().len()).unwrap_or(u32::MAX)
}

/// The [`words_key`] of each text with its position, sorted.
fn keys(texts: &Corpus) -> Vec<(u64, u32)> {
    let texts = (0..count(texts)).filter_map(|at| Some((words_key(texts.reading(at))?, at)));
    let mut keys: Vec<(u64, u32)> = texts.collect();
    sort::packed(&mut keys);
    keys
}

/// For each text the others that it is held against.
pub(crate) struct Neighbours {
    starts: Vec<u32>,
    others: Vec<u32>,
}

impl Neighbours {
    /// Finds them: `keys` name what each of `count` texts, newest first, has in common with others.
    pub(crate) fn find(count: u32, mut keys: Vec<(u64, u32)>) -> Self {
        let mut pairs = Pairs::default();
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
