//! A cautious estimate of how often something goes well.

use super::Credit;
use crate::score::PPM;

/// Weight of one session. Chosen by us: hundredths, so that a share of a session can count.
pub const SESSION: u64 = 100;

/// Weight for or against above which counts are capped. Chosen by us: it keeps the arithmetic
/// within 128 bits, and the bound within a thousandth of its limit.
const ENOUGH: u64 = 10_000 * SESSION;

/// Fixed-point scale of the square root, fine enough that rounding never reverses an order.
const FINE: u128 = 1_000_000_000_000;

/// The lower bound of how often something goes well, in parts per million: the mean minus one
/// standard deviation of the Beta posterior over a uniform prior. With a good and b bad sessions
/// (each plus one, for the prior) and s = a + b that is a/s − √(a·b / (s²·(s+1))).
///
/// One standard deviation is the most for which the bound still rises with every good session and
/// falls with every bad one. One good session alone gives 430,964, no session 211,324, one bad
/// session 97,631; five good sessions give 733,424.
pub fn lower_bound(credit: Credit) -> u64 {
    let with_prior = |weight: u64| u128::from(weight.min(ENOUGH) + SESSION);
    let (good, bad) = (with_prior(credit.good), with_prior(credit.bad));
    let (all, session) = (good + bad, u128::from(SESSION));
    let variance = good * bad * FINE * FINE / (session * (all + session));
    // The square root is in sessions, `good` in hundredths.
    let spread = (variance.isqrt() + 1) * session;
    let above = (good * FINE).saturating_sub(spread) * u128::from(PPM) / (all * FINE);
    u64::try_from(above).unwrap_or(PPM)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(good: u64, bad: u64) -> u64 {
        lower_bound(Credit { good: good * SESSION, bad: bad * SESSION })
    }

    #[test]
    fn one_lucky_run_moves_little_and_many_move_much() {
        assert_eq!((of(0, 0), of(1, 0), of(0, 1), of(5, 0)), (211_324, 430_964, 97_631, 733_424));
        assert!(of(1, 0) < PPM / 2 && of(50, 0) > 950_000 && of(0, 50) < 1_000);
    }

    #[test]
    fn the_ends_of_the_range_do_not_overflow() {
        let most = |good, bad| lower_bound(Credit { good, bad });
        assert!(most(u64::MAX, 0) < PPM && most(u64::MAX, 0) > 999_000);
        assert_eq!(most(0, u64::MAX), 0);
        assert!(most(u64::MAX, u64::MAX) < PPM / 2);
    }

    proptest! {
        #[test]
        fn every_good_session_raises_it_and_every_bad_one_lowers_it(
            good in prop_oneof![0..2_000_u64, 0..1_100_000_u64],
            bad in prop_oneof![0..2_000_u64, 0..1_100_000_u64],
            more in prop_oneof![Just(1_u64), 1..5_000_u64],
        ) {
            let of = |good, bad| lower_bound(Credit { good, bad });
            let here = of(good, bad);
            prop_assert!(of(good + more, bad) >= here);
            prop_assert!(of(good, bad + more) <= here);
            prop_assert!(here < PPM);
        }
    }
}
