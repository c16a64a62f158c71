//! Figures per week or day, and which of them rise or fall.

use dreaming_records::session_record::SessionRecord;
use dreaming_records::time::{DAY_MS, Time};
use dreaming_text::{Groups, sort};

use dreaming_learn::outcome::Judge;

use super::groups::outcomes;
use super::stats_document::{Direction, Measure, Outcomes, Period, Trend, Trends, Unit};
use super::{calls, count, ended, share};

/// Fewest values for a trend: from about here on the test's normal approximation holds (Mann 1945;
/// Kendall 1975 gives tables below ten).
const MIN_VALUES: usize = 8;

/// From this many days on, periods are weeks; fewer days have less than [`MIN_VALUES`] weeks.
const WEEKS_FROM: i64 = 56;

/// Most periods that are listed and tested. Chosen by us: two years of weeks; earlier ones say
/// little about the current direction.
const MAX_PERIODS: i64 = 104;

/// The square of the test's limit, in thousandths: 1 % of random orders exceed it (2.576²).
/// Stricter than the usual 5 %, because three measures are tested.
const LIMIT: i128 = 6_635;

/// The periods and trends of the sessions with a known end.
pub(super) fn trends(records: &[&SessionRecord], now: Time, judge: &Judge<'_>) -> Trends {
    let dated = || records.iter().filter_map(|record| Some((ended(record)?.day(), *record)));
    let (first, last) = (dated().map(|(day, _)| day).min(), dated().map(|(day, _)| day).max());
    let (Some(first), Some(last)) = (first, last) else {
        return Trends { unit: Unit::Week, periods: Vec::new(), trends: Vec::new() };
    };
    let unit = if last - first < WEEKS_FROM { Unit::Day } else { Unit::Week };
    let number = |day: i64| match unit {
        Unit::Day => day,
        // 1970-01-01 was a Thursday, and ISO weeks begin on Monday.
        Unit::Week => (day + 3).div_euclid(7),
    };
    let newest = number(last);
    let oldest = number(first).max(newest - (MAX_PERIODS - 1));
    let of_period = Groups::of(dated().map(|(day, record)| (number(day), record)));
    let sessions = |at| of_period.get(&at).copied().collect::<Vec<_>>();
    let periods: Vec<Period> =
        (oldest..=newest).map(|at| period(unit, at, now, &sessions(at), judge)).collect();
    let measures = [Measure::Sessions, Measure::GoodOutcomes, Measure::FailedCalls];
    let trends = measures.map(|measure| trend(measure, &periods)).into();
    Trends { unit, periods, trends }
}

fn period(
    unit: Unit,
    number: i64,
    now: Time,
    records: &[&SessionRecord],
    judge: &Judge<'_>,
) -> Period {
    let (start, days) = match unit {
        Unit::Day => (number, 1),
        Unit::Week => (number * 7 - 3, 7),
    };
    let (calls, failed_calls) = calls(records);
    let Outcomes { good, bad, unknown, .. } = outcomes(records, judge);
    Period {
        start: Time::from_millis(start * DAY_MS),
        ended: start + days <= now.day(),
        sessions: count(records.len()),
        calls,
        failed_calls,
        failed_share: share(failed_calls, calls),
        good,
        bad,
        unknown,
    }
}

/// The value of a measure in a period that has ended; `None` when it has none.
pub(super) fn measured(period: &Period, measure: Measure) -> Option<u64> {
    let value = match measure {
        Measure::Sessions => Some(period.sessions),
        Measure::GoodOutcomes => share(period.good, period.good + period.bad),
        Measure::FailedCalls => period.failed_share,
        Measure::Events | Measure::OutputTokens => None,
    };
    value.filter(|_| period.ended)
}

fn trend(measure: Measure, periods: &[Period]) -> Trend {
    let values: Vec<u64> = periods.iter().filter_map(|period| measured(period, measure)).collect();
    let (sign_sum, direction) = direction(&values);
    Trend { measure, periods: count(values.len()), sign_sum, direction }
}

/// The Mann-Kendall test: the number of rising pairs less that of falling ones, compared with
/// random orders of the same values. It assumes no shape of the curve, and a single outlier does
/// not decide it.
fn direction(values: &[u64]) -> (i64, Direction) {
    let mut sum = 0_i64;
    let mut rest = values;
    while let Some((value, later)) = rest.split_first() {
        for other in later {
            sum += match other.cmp(value) {
                std::cmp::Ordering::Greater => 1,
                std::cmp::Ordering::Less => -1,
                std::cmp::Ordering::Equal => 0,
            };
        }
        rest = later;
    }
    if values.len() < MIN_VALUES {
        return (sum, Direction::TooFew);
    }
    // Eighteen times the variance, reduced for equal values.
    let spread = |some: &[u64]| {
        let n = i128::try_from(some.len()).unwrap_or_default();
        n * (n - 1) * (2 * n + 5)
    };
    let mut sorted = values.to_vec();
    sort::u64s(&mut sorted);
    let ties: i128 = sorted.chunk_by(|a, b| a == b).map(spread).sum();
    let variance = spread(values) - ties;
    // Continuity correction: one is subtracted, because the sum moves in steps.
    let off = i128::from(sum.abs()) - 1;
    let shown = sum != 0 && off * off * 18 * 1_000 > LIMIT * variance;
    let direction = match (shown, sum > 0) {
        (false, _) => Direction::Unclear,
        (true, true) => Direction::Rising,
        (true, false) => Direction::Falling,
    };
    (sum, direction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_climb_rises_and_noise_does_not() {
        assert_eq!(direction(&[1, 2, 3, 4, 5, 6, 7, 8]), (28, Direction::Rising));
        assert_eq!(direction(&[9, 8, 7, 7, 6, 5, 3, 1]).1, Direction::Falling);
        assert_eq!(direction(&[5, 1, 4, 2, 6, 3, 5, 2, 4, 3]).1, Direction::Unclear);
        assert_eq!(direction(&[3; 30]), (0, Direction::Unclear));
        assert_eq!(direction(&[1, 2, 3, 4, 5, 6, 7]).1, Direction::TooFew);
        // One outlier at the end of a flat line is no trend.
        assert_eq!(direction(&[2, 2, 2, 2, 2, 2, 2, 2, 2, 900]).1, Direction::Unclear);
    }

    #[test]
    fn random_orders_seldom_have_a_direction() {
        // A small generator with a fixed seed, so that the test gives the same result every time.
        let mut state = 7_u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            state >> 33
        };
        let shown = (0..2_000)
            .map(|_| (0..12).map(|_| next() % 50).collect::<Vec<_>>())
            .filter(|values| direction(values).1 != Direction::Unclear)
            .count();
        assert!(shown < 30, "{shown} of 2000");
    }
}
