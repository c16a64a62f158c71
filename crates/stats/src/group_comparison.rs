//! Tests whether a group is better or worse than all others together, beyond chance.

use dreaming_records::outcome::SessionVerdict;
use dreaming_records::session_record::SessionRecord;
use dreaming_text::sort;

use dreaming_learn::outcome::Judge;

use super::groups::by_name;
use super::stats_document::{Finding, Measure, Of};
use super::{calls, median, share};

/// Limits for chi-squared with one degree of freedom, in thousandths, each with the number of cases
/// of which chance exceeds it in one (5 %, 1 %, 0.1 %, 0.01 %, 0.001 %). From the published tables
/// of the distribution.
const LIMITS: [(usize, u128); 5] =
    [(20, 3_841), (100, 6_635), (1_000, 10_828), (10_000, 15_137), (100_000, 19_511)];

/// A whole table of comparisons may report noise as a finding once in `FALSE_ALARM` cases.
const FALSE_ALARM: usize = 20;

/// Least expected number in each of the four cells. Below five the chi-squared approximation is
/// poor, by the usual rule for this test.
const MIN_EXPECTED: u128 = 5;

/// The limit for each of `comparisons`, so that all of them together report noise in at most one of
/// [`FALSE_ALARM`] cases (Bonferroni correction): among a hundred agents, one looks odd by chance.
pub(super) fn limit(comparisons: usize) -> u128 {
    let wanted = comparisons.max(1).saturating_mul(FALSE_ALARM);
    let found = LIMITS.iter().find(|(cases, _)| *cases >= wanted);
    found.map_or(u128::MAX, |(_, limit)| *limit)
}

/// How many sessions of a group, and how many of all others, have a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Table {
    has: u64,
    of: u64,
    others_have: u64,
    others: u64,
}

impl Table {
    /// `has` of the `of` sessions of a group have it, and `all_have` of all `all` sessions, the
    /// group's included.
    pub(super) fn of(has: u64, of: u64, all_have: u64, all: u64) -> Self {
        let others_have = all_have.saturating_sub(has);
        Self { has, of, others_have, others: all.saturating_sub(of) }
    }

    /// Whether the group's share is higher.
    pub(super) fn is_higher(self) -> bool {
        let [a, b, c, d] = self.cells();
        a * d > b * c
    }

    /// Whether the difference is beyond chance: chi-squared of the four numbers, with Yates's
    /// correction for small ones, exceeds `limit` thousandths. Products do not overflow for
    /// realistic numbers of sessions; on overflow the answer is no.
    pub(super) fn apart(self, limit: u128) -> bool {
        let [a, b, c, d] = self.cells();
        let all = a + b + c + d;
        let sums = [a + b, c + d, a + c, b + d];
        let [rows, columns] = [[a + b, c + d], [a + c, b + d]];
        let expected = rows.iter().flat_map(|row| columns.map(|column| row.checked_mul(column)));
        let enough = |cell: Option<u128>| cell.is_some_and(|cell| cell >= MIN_EXPECTED * all);
        if all == 0 || !expected.into_iter().all(enough) {
            return false;
        }
        let off = (a * d).abs_diff(b * c).saturating_sub(all / 2);
        let left = off.checked_mul(off).and_then(|x| x.checked_mul(all * 1_000));
        let right = sums.iter().try_fold(limit, |product, sum| product.checked_mul(*sum));
        matches!((left, right), (Some(left), Some(right)) if left > right)
    }

    fn cells(self) -> [u128; 4] {
        let rest = |all: u64, part: u64| u128::from(all.saturating_sub(part));
        [
            self.has.into(),
            rest(self.of, self.has),
            self.others_have.into(),
            rest(self.others, self.others_have),
        ]
    }
}

/// Strengths and weaknesses of agents, roles and tasks. People are not ranked: their figures mostly
/// reflect the tasks that they bring.
pub(super) fn findings(
    records: &[&SessionRecord],
    judge: &Judge<'_>,
) -> (Vec<Finding>, Vec<Finding>) {
    let rough = rough(records);
    let measures = [Measure::GoodOutcomes, Measure::FailedCalls];
    // Whether a session has the measured property; `None` when unknown.
    let has = |record: &SessionRecord, measure: Measure| match measure {
        Measure::FailedCalls => failed_share(record).map(|share| share > rough),
        _ => match judge.verdict(&record.notes).0 {
            SessionVerdict::Good => Some(true),
            SessionVerdict::Bad => Some(false),
            SessionVerdict::Unknown => None,
        },
    };
    let tally = |records: &[&SessionRecord], measure: Measure| {
        let known = records.iter().filter_map(|record| has(record, measure));
        known.fold((0_u64, 0_u64), |(yes, all), has| (yes + u64::from(has), all + 1))
    };
    let all = measures.map(|measure| (measure, tally(records, measure)));
    let groups: Vec<(Of, String, Vec<&SessionRecord>)> = [Of::Agent, Of::Role, Of::Task]
        .into_iter()
        .flat_map(|of| by_name(records, of).into_iter().map(move |(name, all)| (of, name, all)))
        .collect();
    let limit = limit(groups.len().saturating_mul(measures.len()));
    let (mut strengths, mut weaknesses) = (Vec::new(), Vec::new());
    for (of, name, members) in groups {
        for (measure, (all_have, everybody)) in &all {
            let (yes, known) = tally(&members, *measure);
            let table = Table::of(yes, known, *all_have, *everybody);
            if !table.apart(limit) {
                continue;
            }
            let finding = Finding {
                of,
                name: name.clone(),
                measure: *measure,
                sessions: known,
                share: share(yes, known).unwrap_or(0),
                other_sessions: table.others,
                other_share: share(table.others_have, table.others).unwrap_or(0),
            };
            let is_good = table.is_higher() == (*measure == Measure::GoodOutcomes);
            if is_good { strengths.push(finding) } else { weaknesses.push(finding) }
        }
    }
    sort::all(&mut strengths);
    sort::all(&mut weaknesses);
    (strengths, weaknesses)
}

/// The share of a session's calls that failed; `None` without calls.
pub(super) fn failed_share(record: &SessionRecord) -> Option<u64> {
    let (made, failed) = calls(&[record]);
    share(failed, made)
}

/// The median of the sessions' shares of failed calls. Sessions are compared instead of calls,
/// because one session that tries a thing fifty times would decide for its agent.
fn rough(records: &[&SessionRecord]) -> u64 {
    median(records.iter().filter_map(|record| failed_share(record)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clear_difference_is_told_and_a_small_one_is_not() {
        // 45 of 50 against 25 of 50: chi-squared is 17.2 with Yates's correction.
        let clear = Table::of(45, 50, 70, 100);
        assert!(clear.is_higher() && clear.apart(10_828) && !clear.apart(19_511));
        // 30 of 50 against 25 of 50: chi-squared is 0.65.
        assert!(!Table::of(30, 50, 55, 100).apart(3_841));
        // 3 of 3 against 0 of 3 looks clear, but these are only six sessions.
        assert!(!Table::of(3, 3, 3, 6).apart(3_841));
    }

    #[test]
    fn more_comparisons_need_more() {
        assert_eq!([limit(0), limit(1), limit(5), limit(6)], [3_841, 3_841, 6_635, 10_828]);
        assert_eq!(limit(1_000_000), u128::MAX);
        assert!(!Table::of(1_000, 1_000, 1_000, 2_000).apart(u128::MAX));
    }

    #[test]
    fn nothing_compared_with_nothing_is_no_finding() {
        assert!(!Table::of(0, 0, 0, 0).apart(3_841));
        assert_eq!(findings(&[], &Judge::default()), (Vec::new(), Vec::new()));
    }
}
