//! Does the join find every pair that comparing all pairs finds, and no other?

use dreaming::join::{Sets, Threshold, within};
use dreaming::text::Corpus;
use dreaming_testing::generator::Generated;
use serde::Serialize;

/// What the join finds, beside the pairs that comparing every two texts finds.
#[derive(Debug, Serialize)]
pub struct Exactness {
    /// How alike two texts must be, in parts per thousand.
    pub permille: u32,
    /// Pairs that are at least so alike, found by comparing every two texts.
    pub pairs: u64,
    /// Those of `pairs` that the join finds too.
    pub found: u64,
    /// Pairs that the join finds although they are less alike.
    pub wrong: u64,
}

impl Exactness {
    /// The share of the pairs that the join finds.
    pub fn share(&self) -> f64 {
        self.found as f64 / self.pairs.max(1) as f64
    }
}

/// Compares the join with comparing every two texts.
pub fn exactness(texts: &[Generated]) -> Exactness {
    let corpus = Corpus::of(texts.iter().map(|text| text.text.as_str()));
    // The judge asks for half of the words of both texts.
    let permille = 500;
    compared(permille, corpus.terms(), &within(corpus.terms(), Threshold::permille(permille)))
}

fn compared(permille: u32, sets: &Sets, joined: &dreaming::join::Alike) -> Exactness {
    let first = |at: u32| joined.first.get(at as usize).copied().unwrap_or(at);
    let alike = |a: u32, b: u32| {
        let ends = (a.min(b), a.max(b));
        a == b || joined.pairs.binary_search_by_key(&ends, |pair| (pair.left, pair.right)).is_ok()
    };
    let mut found = Exactness { permille, pairs: 0, found: 0, wrong: 0 };
    let count = sets.len() as u32;
    for a in 0..count {
        for b in a + 1..count {
            let (left, right) = (sets.get(a), sets.get(b));
            let shared = shared(left, right);
            let all = (left.len() + right.len()) as u64 - shared;
            let is_pair = shared > 0 && shared * 1000 >= u64::from(permille) * all;
            let is_found = !left.is_empty() && !right.is_empty() && alike(first(a), first(b));
            found.pairs += u64::from(is_pair);
            found.found += u64::from(is_pair && is_found);
            found.wrong += u64::from(is_found && !is_pair);
        }
    }
    found
}

/// Tokens that both sorted sets hold.
fn shared(mut left: &[u32], mut right: &[u32]) -> u64 {
    let mut shared = 0;
    while let ([l, after_l @ ..], [r, after_r @ ..]) = (left, right) {
        shared += u64::from(l == r);
        if l <= r {
            left = after_l;
        }
        if r <= l {
            right = after_r;
        }
    }
    shared
}
