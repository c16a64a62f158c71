//! How likely it is that chance alone makes two things go together.

use dreaming_text::sort;

/// One whole of a probability: parts per million million.
pub(super) const CERTAIN: u64 = 1_000_000_000_000;

/// Share of dreams over unrelated sessions that may report anything. The usual 5 %.
const FALSE_REPORTS: u64 = CERTAIN / 20;

/// Weight of the likeliest case, against which the others are weighed. Chosen by us: with counts
/// up to [`MOST`] every product stays within 128 bits.
const MODE: u128 = 1 << 64;

/// Sessions beyond which the counts are too large for the arithmetic.
pub(super) const MOST: u64 = 1 << 20;

/// Sessions, by whether they went well and whether they did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Table {
    /// All sessions, at most [`MOST`].
    pub(super) all: u64,
    /// Those that went well.
    pub(super) good: u64,
    /// Those that did it.
    pub(super) with: u64,
    /// Those that did it and went well.
    pub(super) both: u64,
}

impl Table {
    /// The same with the sessions that went badly in the place of those that went well.
    pub(super) fn turned(self) -> Self {
        Self { good: self.all - self.good, both: self.with - self.both, ..self }
    }

    /// The table that says most of all with these margins.
    pub(super) fn strongest(self) -> Self {
        Self { both: self.with.min(self.good), ..self }
    }
}

/// The probability that at least `both` of the sessions that did it went well, if which ones went
/// well were drawn by lot: the upper tail of the hypergeometric distribution (Fisher's exact test),
/// in parts of [`CERTAIN`], never too low by more than one part.
pub(super) fn by_lot(table: Table) -> u64 {
    let Table { all, good, with, both } = table;
    let (least, most) = ((good + with).saturating_sub(all), good.min(with));
    let mode = ((good + 1) * (with + 1) / (all + 2)).clamp(least, most);
    let wide = u128::from;
    // From one count to the next the weight changes by a ratio of products.
    let more = |n: u64| wide(good - n) * wide(with - n);
    let fewer = |n: u64| wide(n) * wide(all + n - good - with);
    let (mut sum, mut tail) = (0_u128, 0_u128);
    let mut add = |n: u64, weight: u128| {
        sum += weight;
        tail += if n >= both { weight } else { 0 };
    };
    add(mode, MODE);
    let mut weight = MODE;
    for n in mode..most {
        // Rounded up: chance is not made smaller than it is.
        weight = (weight * more(n)).div_ceil(fewer(n + 1));
        add(n + 1, weight);
    }
    weight = MODE;
    for n in (least..mode).rev() {
        weight = weight * fewer(n + 1) / more(n);
        add(n, weight);
    }
    let parts = (tail * wide(CERTAIN)).div_ceil(sum);
    u64::try_from(parts).unwrap_or(CERTAIN).min(CERTAIN)
}

/// The probability below which one of several tests tells something, so that all of them together
/// are wrong in at most one dream of twenty. `strongest`: the least probability that each of them
/// could come to with its counts. A test that could not tell anything is none, and the bound is
/// divided by the others only (Tarone 1990).
pub(super) fn bound(mut strongest: Vec<u64>) -> u64 {
    sort::u64s(&mut strongest);
    let mut tests = 1;
    loop {
        let bound = FALSE_REPORTS / tests;
        let able = strongest.partition_point(|p| *p <= bound);
        if u64::try_from(able).is_ok_and(|able| able <= tests) {
            return bound;
        }
        tests += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_lady_who_tasted_tea_guessed_with_one_chance_in_seventy() {
        // Fisher's own example: 8 cups, 4 of a kind, all found.
        let table = Table { all: 8, good: 4, with: 4, both: 4 };
        assert_eq!(by_lot(table), CERTAIN.div_ceil(70));
        assert_eq!(by_lot(Table { both: 3, ..table }), (CERTAIN * 17).div_ceil(70));
        assert_eq!(by_lot(Table { both: 0, ..table }), CERTAIN);
        assert_eq!(table.turned(), Table { both: 0, ..table });
    }

    #[test]
    fn more_tests_need_stronger_signs_and_those_that_cannot_tell_are_none() {
        assert_eq!(bound(vec![1]), FALSE_REPORTS);
        assert_eq!(bound(vec![1; 10]), FALSE_REPORTS / 10);
        let mut with_hopeless = vec![1; 10];
        with_hopeless.extend([CERTAIN / 4; 90]);
        assert_eq!(bound(with_hopeless), FALSE_REPORTS / 10);
        assert_eq!(bound(Vec::new()), FALSE_REPORTS);
    }

    /// n over k, exactly.
    fn choose(n: u64, k: u64) -> u128 {
        (0..k).fold(1, |c, i| c * u128::from(n - i) / u128::from(i + 1))
    }

    proptest! {
        #[test]
        fn it_is_the_exact_share_of_all_draws(
            all in 1..60_u64, a in 0..60_u64, b in 0..60_u64, c in 0..60_u64
        ) {
            let (good, with) = (a.min(all), b.min(all));
            let both = c.clamp((good + with).saturating_sub(all), good.min(with));
            let ways = |n| choose(good, n) * choose(all - good, with - n);
            let tail: u128 = (both..=good.min(with)).map(ways).sum();
            let exact = tail * 1_000_000 / choose(all, with);
            let found = u128::from(by_lot(Table { all, good, with, both })) / 1_000_000;
            prop_assert!(found.abs_diff(exact) <= 1, "{found} {exact}");
        }

        #[test]
        fn the_largest_counts_do_not_overflow(good in 0..=2000_u64, with in 0..=2000_u64) {
            let most = Table { all: MOST, good: MOST / 2, with: with.max(1), both: 0 };
            prop_assert!(by_lot(most.strongest()) <= CERTAIN);
            let other = Table { all: 2000, good, with, both: good.min(with) };
            prop_assert!(by_lot(other) <= CERTAIN && by_lot(other.strongest()) >= 1);
        }
    }
}
