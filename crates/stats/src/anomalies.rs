//! Finds values far from the median, measured in median absolute deviations.

use std::cmp::Reverse;

use dreaming_records::session_record::SessionRecord;

use super::group_comparison::failed_share;
use super::stats_document::{Anomaly, AnomalyOf, Measure, Trends};
use super::{calls, count, keep_first, median, trends};

/// Fewest values. Chosen by us: the median deviation of fewer says little.
const MIN_VALUES: usize = 8;

/// A value is far from this many median deviations on, in hundredths: a modified z-score of 3.5, as
/// Iglewicz and Hoaglin (1993) recommend, divided by 0.6745.
const FAR: u64 = 519;

/// Least median deviation that is assumed for shares: two in a hundred. Chosen by us: when most
/// sessions have equal shares, any other share would be infinitely far.
const LEAST_SHARE: u64 = 20_000;

/// A doubling, on the logarithmic scale of sizes.
const DOUBLING: u64 = 1 << 10;

/// Least median deviation that is assumed for sizes: a quarter of a doubling. Chosen by us, for the
/// same reason as [`LEAST_SHARE`].
const LEAST_SIZE: u64 = DOUBLING / 4;

/// Fewest calls for which the failed share is compared: with fewer, one failure is a large share.
const MIN_CALLS: u64 = 10;

/// Most anomalies listed. Chosen by us: a person looks at each.
const MAX_LISTED: usize = 20;

/// The sessions and periods far from the others, furthest first.
pub(super) fn anomalies(records: &[&SessionRecord], over_time: &Trends) -> Vec<Anomaly> {
    let mut found = Vec::new();
    for measure in [Measure::Events, Measure::OutputTokens, Measure::FailedCalls] {
        let value = |record: &SessionRecord| match measure {
            Measure::Events => Some(record.notes.events),
            Measure::OutputTokens => Some(record.notes.tokens.output).filter(|n| *n > 0),
            _ => failed_share(record).filter(|_| calls(&[record]).0 >= MIN_CALLS),
        };
        let values = records
            .iter()
            .filter_map(|record| Some((AnomalyOf::Session(record.id.clone()), value(record)?)));
        far(measure, values.collect(), &mut found);
    }
    for measure in [Measure::Sessions, Measure::GoodOutcomes, Measure::FailedCalls] {
        let values = over_time.periods.iter().filter_map(|period| {
            Some((AnomalyOf::Period(period.start), trends::measured(period, measure)?))
        });
        far(measure, values.collect(), &mut found);
    }
    keep_first(&mut found, MAX_LISTED, |a| (Reverse(a.distance), a.of.clone(), a.measure));
    found
}

/// Whether a measure is compared on a logarithmic scale: sizes vary by factors, and some ordinary
/// sessions are many times as long as others.
fn is_size(measure: Measure) -> bool {
    matches!(measure, Measure::Sessions | Measure::Events | Measure::OutputTokens)
}

fn far(measure: Measure, values: Vec<(AnomalyOf, u64)>, found: &mut Vec<Anomaly>) {
    if values.len() < MIN_VALUES {
        return;
    }
    let scale = |value: u64| if is_size(measure) { doublings(value) } else { value };
    let least = if is_size(measure) { LEAST_SIZE } else { LEAST_SHARE };
    let raw = median(values.iter().map(|(_, value)| *value).collect());
    let middle = scale(raw);
    let deviation = median(values.iter().map(|(_, v)| scale(*v).abs_diff(middle)).collect());
    let number = count(values.len());
    for (of, value) in values {
        let off = scale(value).abs_diff(middle);
        let distance = off.saturating_mul(100) / deviation.max(least);
        // A short session is a question or an abandoned start, nothing unusual.
        let short = matches!(measure, Measure::Events | Measure::OutputTokens) && value < raw;
        if distance > FAR && !short {
            found.push(Anomaly { of, measure, value, median: raw, values: number, distance });
        }
    }
}

/// The binary logarithm of `value + 1`, in parts of [`DOUBLING`], rounded down. Each squaring
/// doubles the logarithm; the next binary digit is 1 if the result is two or more.
fn doublings(value: u64) -> u64 {
    let value = u128::from(value) + 1;
    let whole = value.ilog2();
    // A number from one to two, in fixed point with 62 binary digits.
    let mut rest = if whole > 62 { value >> (whole - 62) } else { value << (62 - whole) };
    let mut log = u64::from(whole);
    for _ in 0..DOUBLING.ilog2() {
        rest = (rest * rest) >> 62;
        let passed = rest >> 63 > 0;
        log = log * 2 + u64::from(passed);
        if passed {
            rest >>= 1;
        }
    }
    log
}

#[cfg(test)]
mod tests {
    use super::*;
    use dreaming_fixtures as fixture;

    #[test]
    fn a_logarithm_is_one() {
        assert_eq!([0, 1, 3, 7].map(doublings), [0, DOUBLING, 2 * DOUBLING, 3 * DOUBLING]);
        // log2(3) = 1.58496…
        assert_eq!(doublings(2), 1_623);
        assert_eq!(doublings(u64::MAX), 64 * DOUBLING);
        assert!((0..5_000).is_sorted_by(|a, b| doublings(*a) <= doublings(*b)));
    }

    #[test]
    fn one_session_far_from_the_others_is_named_and_seven_are_too_few() {
        let mut records: Vec<SessionRecord> =
            (0..8).map(|n| fixture::record(&format!("s{n}"), "a", 1)).collect();
        for (record, events) in records.iter_mut().zip([90, 100, 120, 80, 110, 95, 130, 4_000]) {
            record.notes.events = events;
        }
        let none = Trends { unit: super::super::Unit::Day, periods: vec![], trends: vec![] };
        let all: Vec<&SessionRecord> = records.iter().collect();
        let found = anomalies(&all, &none);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].value, found[0].median, found[0].values), (4_000, 100, 8));
        assert_eq!(found[0].of, AnomalyOf::Session(records[7].id.clone()));
        assert!(anomalies(&all[1..], &none).is_empty());
    }

    #[test]
    fn equal_values_and_ordinary_spread_are_no_anomaly() {
        let mut found = Vec::new();
        let values = |all: &[u64]| {
            let of = |n: &u64| (AnomalyOf::Session(dreaming_records::ids::SessionId::new("s")), *n);
            all.iter().map(of).collect::<Vec<_>>()
        };
        far(Measure::Events, values(&[7; 20]), &mut found);
        far(Measure::Events, values(&[10, 20, 40, 80, 160, 320, 640, 1_280]), &mut found);
        far(Measure::FailedCalls, values(&[0, 0, 0, 0, 0, 0, 0, 60_000]), &mut found);
        far(Measure::Events, values(&[1, 900, 900, 900, 900, 900, 900, 900]), &mut found);
        assert!(found.is_empty(), "{found:?}");
        far(Measure::FailedCalls, values(&[0, 0, 0, 0, 0, 0, 0, 600_000]), &mut found);
        assert_eq!(found.len(), 1);
    }
}
