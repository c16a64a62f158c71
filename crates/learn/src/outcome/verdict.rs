//! Combines the outcomes of one session into one verdict.

use dreaming_records::notes::SessionNotes;
use dreaming_records::outcome::{Better, Credit, Metric, OutcomeSource, SESSION, SessionVerdict};
use dreaming_records::session_record::SessionRecord;
use dreaming_text::{Groups, sort};

/// Known values that a metric without a goal needs before its median is used. Chosen by us: among
/// three, one outlier decides.
const MIN_VALUES: usize = 4;

/// The values that are compared: those of one metric, for one task or for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Column<'a> {
    name: &'a str,
    source: OutcomeSource,
    better: Better,
    task: Option<&'a str>,
}

impl<'a> Column<'a> {
    fn of(metric: &'a Metric, task: Option<&'a str>) -> Self {
        Self { name: &metric.name, source: metric.source, better: metric.better, task }
    }
}

/// Judges sessions, by their goals or against the medians of the sessions that the judge was made
/// from.
#[derive(Clone, Debug, Default)]
pub struct Judge<'a> {
    /// For each column the sum of its two middle values (the middle one twice for an odd number),
    /// sorted.
    medians: Vec<(Column<'a>, i128)>,
}

impl<'a> Judge<'a> {
    /// A judge over `records`, in any order, each session once.
    pub fn new(records: impl IntoIterator<Item = &'a SessionRecord>) -> Self {
        let mut values: Vec<(Column<'a>, i64)> = Vec::new();
        for record in records {
            let notes = &record.notes;
            for outcome in notes.outcomes.iter().filter(|o| o.metric.goal.is_none()) {
                let metric = &outcome.metric;
                values.push((Column::of(metric, None), metric.value));
                let task = notes.task.as_deref();
                values.extend(task.map(|task| (Column::of(metric, Some(task)), metric.value)));
            }
        }
        sort::all(&mut values);
        let columns = values.chunk_by(|a, b| a.0 == b.0).filter(|all| all.len() >= MIN_VALUES);
        let median = |column: &[(Column<'a>, i64)]| {
            let middle = |at: usize| column.get(at).copied();
            let half = column.len() / 2;
            let ((known, high), (_, low)) = (middle(half)?, middle((column.len() - 1) / 2)?);
            Some((known, i128::from(high) + i128::from(low)))
        };
        Self { medians: columns.filter_map(median).collect() }
    }

    /// How a session went, and the source that decided it.
    pub fn verdict(&self, notes: &SessionNotes) -> (SessionVerdict, Option<OutcomeSource>) {
        let decided = self.said(notes);
        match decided.and_then(|(source, said)| Some((source, said.went_well()?))) {
            Some((source, true)) => (SessionVerdict::Good, Some(source)),
            Some((source, false)) => (SessionVerdict::Bad, Some(source)),
            None => (SessionVerdict::Unknown, None),
        }
    }

    /// How much the outcomes of a session speak for and against it. `None` without outcomes: that
    /// is no failure.
    pub fn credit(&self, notes: &SessionNotes) -> Option<Credit> {
        let (source, said) = self.said(notes)?;
        let whole = weight(source);
        let good = whole * said.good / (said.good + said.bad);
        Some(Credit { good, bad: whole - good })
    }

    /// The outcomes that decide, summed by weight. They come from the highest source whose outcomes
    /// are not balanced, else from the highest. Within a source metrics with a goal come first: a
    /// session that reached its goal is not bad because it took longer than usual.
    fn said(&self, notes: &SessionNotes) -> Option<(OutcomeSource, Credit)> {
        let said = notes.outcomes.iter().filter_map(|outcome| {
            let metric = &outcome.metric;
            let weight = metric.weight.clamp(1, 1000);
            let said = match self.is_good(metric, notes.task.as_deref())? {
                true => Credit { good: weight, bad: 0 },
                false => Credit { good: 0, bad: weight },
            };
            Some(((metric.source, metric.goal.is_some()), said))
        });
        let levels = Groups::of(said);
        let sums = levels.iter().map(|((source, _), said)| (*source, Credit::sum(said.copied())));
        let levels: Vec<(OutcomeSource, Credit)> = sums.collect();
        let decides = levels.iter().rev().find(|(_, said)| said.went_well().is_some());
        decides.or(levels.last()).copied()
    }

    /// Whether the value of a metric is good: by its goal, else compared with the median of the
    /// same task, else of all tasks.
    fn is_good(&self, metric: &Metric, task: Option<&str>) -> Option<bool> {
        if metric.goal.is_some() {
            return metric.reached();
        }
        let median = |task| {
            let column = Column::of(metric, task);
            let at = self.medians.binary_search_by(|(known, _)| known.cmp(&column)).ok()?;
            self.medians.get(at).map(|(_, twice)| *twice)
        };
        let twice_median = task.and_then(|task| median(Some(task))).or_else(|| median(None))?;
        let twice = 2 * i128::from(metric.value);
        (twice != twice_median)
            .then_some((twice > twice_median) == (metric.better == Better::Higher))
    }
}

/// The weight of a session by the source of its verdict, in hundredths. Chosen by us: a grader
/// reads only the transcript and errs more often than a measurement; a model that was asked mainly
/// for proposals, and read the session in parts, errs more often still; weak outcomes are right
/// more often than not, and four sessions with them weigh as much as one that was measured.
fn weight(source: OutcomeSource) -> u64 {
    match source {
        OutcomeSource::Measured => SESSION,
        OutcomeSource::Graded => SESSION * 3 / 4,
        OutcomeSource::Rubric => SESSION / 2,
        OutcomeSource::Weak => SESSION / 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dreaming_fixtures::{outcome, record};
    use dreaming_records::outcome::WHOLE;

    fn said(outcomes: &[(&str, OutcomeSource, bool, u64)]) -> Option<Credit> {
        let mut r = record("a", "alice", 1);
        for (name, source, good, weight) in outcomes {
            let mut found = outcome(name, *source, *good);
            found.metric.weight = *weight;
            r.notes.outcomes.push(found);
        }
        Judge::new([&r]).credit(&r.notes)
    }

    #[test]
    fn the_highest_source_decides_and_none_is_no_failure() {
        use OutcomeSource::{Graded, Measured, Weak};
        assert_eq!(said(&[]), None);
        let weak = ("tests", Weak, true, 100);
        assert_eq!(said(&[weak]), Some(Credit { good: 25, bad: 0 }));
        let graded = ("rubric", Graded, false, 100);
        assert_eq!(said(&[weak, graded]), Some(Credit { good: 0, bad: 75 }));
        let rubric = ("rubric", OutcomeSource::Rubric, true, 100);
        assert_eq!(said(&[weak, rubric]), Some(Credit { good: 50, bad: 0 }));
        assert_eq!(said(&[rubric, graded]), Some(Credit { good: 0, bad: 75 }));
        let measured = ("reward", Measured, true, 10);
        assert_eq!(said(&[graded, measured, weak]), Some(Credit { good: 100, bad: 0 }));
    }

    #[test]
    fn outcomes_of_one_source_count_by_weight() {
        use OutcomeSource::Measured;
        let credit = said(&[("a", Measured, true, 300), ("b", Measured, false, 100)]);
        assert_eq!(credit, Some(Credit { good: 75, bad: 25 }));
        assert_eq!(credit.and_then(Credit::went_well), Some(true));
        let even = said(&[("a", Measured, true, 100), ("b", Measured, false, 100)]).unwrap();
        assert_eq!(even.went_well(), None);
    }

    #[test]
    fn the_highest_source_that_decides_gives_the_verdict() {
        use OutcomeSource::{Measured, Weak};
        let mut r = record("a", "alice", 1);
        let verdict = |r: &SessionRecord| Judge::default().verdict(&r.notes);
        assert_eq!(verdict(&r), (SessionVerdict::Unknown, None));
        r.notes.outcomes = vec![outcome("m", Weak, true)];
        assert_eq!(verdict(&r), (SessionVerdict::Good, Some(Weak)));
        r.notes.outcomes.push(outcome("m", Measured, false));
        assert_eq!(verdict(&r), (SessionVerdict::Bad, Some(Measured)));
        r.notes.outcomes.push(outcome("m", Measured, true));
        assert_eq!(verdict(&r), (SessionVerdict::Good, Some(Weak)));
    }

    #[test]
    fn a_session_that_did_what_was_wanted_is_not_bad_because_it_took_long() {
        let records: Vec<SessionRecord> = (1..=4)
            .map(|n| {
                let mut r = record(&format!("s{n}"), "alice", 1);
                let mut slow = outcome("latency", OutcomeSource::Measured, true);
                (slow.metric.goal, slow.metric.better) = (None, Better::Lower);
                (slow.metric.value, slow.metric.weight) = (n * WHOLE, 300);
                r.notes.outcomes.push(slow);
                if n > 1 {
                    r.notes.outcomes.push(outcome("reward", OutcomeSource::Measured, n == 4));
                }
                r
            })
            .collect();
        let judge = Judge::new(&records);
        let all: Vec<SessionVerdict> = records.iter().map(|r| judge.verdict(&r.notes).0).collect();
        assert_eq!(
            all,
            [SessionVerdict::Good, SessionVerdict::Bad, SessionVerdict::Bad, SessionVerdict::Good]
        );
    }

    fn timed(values: &[(i64, Option<&str>)]) -> Vec<Option<bool>> {
        let records: Vec<SessionRecord> = values
            .iter()
            .zip(0..)
            .map(|((value, task), n)| {
                let mut r = record(&format!("s{n}"), "alice", 1);
                r.notes.task = task.map(Into::into);
                let mut found = outcome("latency", OutcomeSource::Measured, true);
                (found.metric.goal, found.metric.better) = (None, Better::Lower);
                found.metric.value = value * WHOLE;
                r.notes.outcomes.push(found);
                r
            })
            .collect();
        let judge = Judge::new(&records);
        let went = |r: &SessionRecord| judge.credit(&r.notes)?.went_well();
        records.iter().map(went).collect()
    }

    #[test]
    fn without_a_goal_the_median_of_the_task_tells_and_three_values_do_not() {
        assert_eq!(timed(&[(1, None), (2, None), (3, None)]), [None; 3]);
        let all = timed(&[(1, None), (2, None), (3, None), (9, None)]);
        assert_eq!(all, [Some(true), Some(true), Some(false), Some(false)]);
        assert_eq!(timed(&[(5, None); 4]), [None; 4]);
        let (slow, quick) = (Some("slow"), Some("quick"));
        let tasks = timed(&[(10, slow), (11, slow), (12, slow), (13, slow), (1, quick)]);
        assert_eq!(tasks, [Some(true), Some(true), Some(false), Some(false), Some(true)]);
    }
}
