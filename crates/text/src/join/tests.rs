#![expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "the sets of these tests are small"
)]

use proptest::prelude::*;

use super::*;

fn sets(lists: &[Vec<u32>]) -> Sets {
    let mut sets = Sets::default();
    for list in lists {
        let set: std::collections::BTreeSet<u32> = list.iter().copied().collect();
        sets.push(&set.into_iter().collect::<Vec<u32>>());
    }
    sets
}

/// The number of shared tokens of a similar pair, computed from the definition.
fn alike(a: &[u32], b: &[u32], permille: u32) -> Option<u32> {
    let shared = a.iter().filter(|token| b.contains(token)).count();
    let all = a.len() + b.len() - shared;
    (shared * 1_000 >= all * permille as usize && shared > 0).then_some(shared as u32)
}

/// All similar pairs of all sets, including pairs of equal sets.
fn expanded(alike: &Alike, sets: &Sets) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (left, a) in (0..).zip(&alike.first) {
        for (right, b) in (0..).zip(&alike.first).skip(left as usize + 1) {
            let (x, y) = (*a.min(b), *a.max(b));
            let found = alike.pairs.iter().find(|p| (p.left, p.right) == (x, y));
            let shared =
                if a == b { sets.get(*a).len() as u32 } else { found.map_or(0, |p| p.shared) };
            if shared > 0 {
                pairs.push(Pair { left, right, shared });
            }
        }
    }
    pairs
}

fn compared(left: &Sets, right: &Sets, permille: u32) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (l, a) in (0..).zip(left.iter()) {
        for (r, b) in (0..).zip(right.iter()) {
            pairs.extend(alike(a, b, permille).map(|shared| Pair { left: l, right: r, shared }));
        }
    }
    pairs
}

fn lists() -> impl Strategy<Value = Vec<Vec<u32>>> {
    proptest::collection::vec(proptest::collection::vec(0_u32..24, 0..12), 0..24)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn one_with_itself_is_what_comparing_all_pairs_finds(all in lists(), permille in 1_u32..=1_000) {
        let sets = sets(&all);
        let found = expanded(&within(&sets, Threshold::permille(permille)), &sets);
        let mut wanted = compared(&sets, &sets, permille);
        wanted.retain(|pair| pair.left < pair.right);
        prop_assert_eq!(found, wanted);
    }

    #[test]
    fn two_sides_are_what_comparing_all_pairs_finds(
        left in lists(), right in lists(), permille in 1_u32..=1_000,
    ) {
        let (left, right) = (sets(&left), sets(&right));
        let found = between(&left, &right, Threshold::permille(permille));
        prop_assert_eq!(found, compared(&left, &right, permille));
    }
}

/// Sets with the token frequencies of texts: a few tokens that nearly all share and many that few
/// share; some sets are repeated, some with one or two tokens changed.
fn like_texts(many: u32) -> Sets {
    let mut state = 7_u32;
    let mut next = move |below: u32| {
        state = hash::pair(state, 0x5eed);
        state % below
    };
    let mut lists: Vec<Vec<u32>> = Vec::new();
    for at in 0..many {
        let mut list: Vec<u32> = match next(3) {
            0 if at > 0 => lists[next(at) as usize].clone(),
            _ => (0..next(40)).map(|_| next(20_000) / (1 + next(200))).collect(),
        };
        for _ in 0..next(3) {
            let changed = next(20_000);
            let place = next(40) as usize;
            if let Some(token) = list.get_mut(place) {
                *token = changed;
            }
        }
        lists.push(list);
    }
    sets(&lists)
}

#[test]
fn thousands_of_texts_lose_no_pair_and_win_none() {
    let sets = like_texts(2_500);
    for permille in [300, 500, 800] {
        let mut wanted = compared(&sets, &sets, permille);
        wanted.retain(|pair| pair.left < pair.right);
        let found = within(&sets, Threshold::permille(permille));
        let members = found.members();
        let mut pairs = Vec::new();
        for run in members.chunk_by(|a, b| a.0 == b.0) {
            let shared = sets.get(run[0].0).len() as u32;
            for (i, (_, left)) in run.iter().enumerate().filter(|_| shared > 0) {
                let right = run.iter().skip(i + 1);
                pairs.extend(right.map(|(_, right)| Pair { left: *left, right: *right, shared }));
            }
        }
        let of = |first: u32| members.iter().filter(move |(f, _)| *f == first).map(|(_, at)| *at);
        for pair in &found.pairs {
            for a in of(pair.left) {
                pairs.extend(of(pair.right).map(|b| Pair {
                    left: a.min(b),
                    right: a.max(b),
                    ..*pair
                }));
            }
        }
        crate::sort::all(&mut pairs);
        assert!(wanted.len() > 500, "{permille}: {}", wanted.len());
        assert!(pairs == wanted, "{permille}: {} of {}", pairs.len(), wanted.len());
    }
}

#[test]
fn equal_sets_are_told_once_and_make_no_pairs() {
    let all = sets(&vec![vec![3, 1, 2]; 1_000]);
    let alike = within(&all, Threshold::permille(500));
    assert_eq!((alike.pairs, alike.first), (vec![], vec![0; 1_000]));
}

#[test]
fn a_set_without_tokens_is_like_no_other() {
    let all = sets(&[vec![], vec![], vec![1]]);
    assert_eq!(within(&all, Threshold::permille(1)).pairs, []);
    assert_eq!(between(&all, &all, Threshold::permille(1)).len(), 1);
}

#[test]
fn numbers_of_tokens_never_change() {
    assert_eq!(hash::token(b"staging"), hash::token(b"staging"));
    assert_eq!((hash::token(b""), hash::token(b"port")), (2_872_998_923, 1_442_372_502));
    assert_ne!(hash::pair(1, 2), hash::pair(2, 1));
    assert_ne!(hash::bytes(b"a"), hash::bytes(b"a\0"));
}

#[test]
fn sets_of_a_thousand_tokens_are_joined_like_small_ones() {
    let long = |from: u32| (from..from + 1_000).collect::<Vec<u32>>();
    let all = sets(&[long(0), long(300), long(400), long(5_000)]);
    let found = within(&all, Threshold::permille(500)).pairs;
    let pair = |left, right, shared| Pair { left, right, shared };
    assert_eq!(found, [pair(0, 1, 700), pair(1, 2, 900)]);
}

#[test]
fn a_crowd_gathers_about_its_first_ones_and_the_rest_is_exact() {
    // 3,000 sets that all share nine of ten tokens with each other, and 2,500 like texts.
    let mut lists: Vec<Vec<u32>> =
        (0..3_000).map(|at| (1_000_000..1_000_009).chain([2_000_000 + at]).collect()).collect();
    lists.extend(like_texts(2_500).iter().map(<[u32]>::to_vec));
    let sets = sets(&lists);
    let half = Threshold::permille(500);
    let (exact, bounded) = (within(&sets, half), within_crowds(&sets, half, 64));
    let crowd = |pair: &&Pair| pair.right < 3_000;
    assert_eq!(exact.pairs.iter().filter(crowd).count(), 3_000 * 2_999 / 2);
    assert!(bounded.pairs.iter().filter(crowd).count() < 3_000 * 64);
    assert!((1..3_000).all(|at| bounded.pairs.contains(&Pair { left: 0, right: at, shared: 9 })));
    let others = |alike: &Alike| alike.pairs.iter().filter(|p| p.left >= 3_000).count();
    assert!(others(&exact) > 500 && others(&exact) == others(&bounded));
}
