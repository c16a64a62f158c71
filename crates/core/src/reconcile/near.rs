//! Which texts the judge has to hold against each other: those with the same words in the same order, and
//! those that share another key. Everything else is different without a look.

use dreaming_text::join::hash;
use dreaming_text::sort;
use dreaming_text::{Corpus, Reading};

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
        let same = sort::run(&theirs, |(other, _)| other.cmp(key));
        pairs.extend(same.iter().map(|(_, other)| (*at, *other)));
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

/// For each text the others that it is held against: each pair seen from both, in one number, sorted.
pub(crate) struct Neighbours(Vec<u64>);

impl Neighbours {
    /// Finds them: `keys` name what each text has in common with others, `alike` pairs of texts that somebody
    /// names. The lower the number of a text, the newer it is.
    pub(crate) fn find(mut keys: Vec<(u64, u32)>, alike: impl Iterator<Item = (u32, u32)>) -> Self {
        let pair = |a: u32, b: u32| u64::from(a) << 32 | u64::from(b);
        let alike = alike.filter(|(a, b)| a != b);
        let mut pairs: Vec<u64> = alike.flat_map(|(a, b)| [pair(a, b), pair(b, a)]).collect();
        sort::packed(&mut keys);
        keys.dedup();
        for run in keys.chunk_by(|a, b| a.0 == b.0) {
            for (i, (_, a)) in run.iter().enumerate().take(CROWD) {
                let rest = run.iter().skip(i + 1);
                pairs.extend(rest.flat_map(|(_, b)| [pair(*a, *b), pair(*b, *a)]));
            }
        }
        sort::u64s(&mut pairs);
        pairs.dedup();
        Self(pairs)
    }

    /// The texts that one is held against, newest first.
    pub(crate) fn of(&self, text: u32) -> impl Iterator<Item = u32> {
        let pairs = sort::run(&self.0, |pair| (pair >> 32).cmp(&u64::from(text)));
        pairs.iter().filter_map(|pair| u32::try_from(pair & u64::from(u32::MAX)).ok())
    }
}
