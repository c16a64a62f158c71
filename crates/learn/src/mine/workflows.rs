//! Orders of steps that recur.

mod choice;
mod purpose;
mod runs;

use dreaming_records::kind::Kind;
use dreaming_records::ledger::Finder;
use dreaming_records::notes::SessionRecord;
use dreaming_records::outcome::{OutcomeSource, Verdict};
use dreaming_records::policy::{self, Policy};
use dreaming_records::trust::Trust;

use crate::mine::Mined;
use crate::mine::places::Places;
use crate::outcome::Judge;
use runs::Run;

pub(super) fn mine(
    records: &[&SessionRecord],
    judge: &Judge<'_>,
    policy: &Policy,
    mined: &mut Mined,
) {
    // What sessions did that failed by a measure is no way to do it.
    let failed = |record: &&&SessionRecord| {
        let (verdict, source) = judge.verdict(&record.notes);
        verdict == Verdict::Bad && source > Some(OutcomeSource::Weak)
    };
    let kept: Vec<&SessionRecord> = records.iter().filter(|r| !failed(r)).copied().collect();
    let runs = runs::of(&kept);
    for order in choice::choose(&runs, policy.size(&policy::MAX_WORKFLOWS)) {
        let mut places = Places::default();
        let (mut sessions, mut after_changes) = (0, 0);
        let mut session = Vec::new();
        for (at, run) in runs.iter().enumerate() {
            session.extend(occurrences(run, order, &mut places));
            let is_last = runs.get(at + 1).is_none_or(|next| next.session != run.session);
            if is_last && !session.is_empty() {
                sessions += 1;
                after_changes += usize::from(session.contains(&true));
                session.clear();
            }
        }
        // Chosen by us: an occasion that most sessions share is the occasion.
        let text = sentence(order, after_changes * 2 > sessions);
        if text.len() > policy.size(&policy::STATEMENT_BYTES) {
            mined.reject("too-long", &text, places.kept(policy));
        } else {
            let trust = places.trust().min(Trust::Agent);
            let found = places.candidate(Kind::Workflow, &text, trust, Finder::Miner, policy);
            mined.candidates.push(found);
        }
    }
}

/// The places where a run has an order: for each, whether files were changed before it. Notes the
/// steps as evidence.
fn occurrences<'a>(run: &Run<'a>, order: &[&str], places: &mut Places<'a>) -> Vec<bool> {
    let starts = run.names.windows(order.len()).enumerate().filter(|(_, names)| *names == order);
    let found: Vec<usize> = starts.map(|(at, _)| at).collect();
    for done in
        found.first().into_iter().flat_map(|at| run.steps.iter().skip(*at)).take(order.len())
    {
        places.add(run.record, &done.step.pin);
    }
    found.iter().filter_map(|at| run.steps.get(*at)).map(|done| done.after_change).collect()
}

/// An order as a colleague would say it.
fn sentence(order: &[&str], after_changes: bool) -> String {
    let mut steps = order.iter().map(|name| format!("`{name}`"));
    if let Some(looks) = purpose::looks_before_a_deed(order) {
        let looks = then(steps.by_ref().take(looks.len()));
        return format!("Look at {looks} before {}.", steps.next().unwrap_or_default());
    }
    match (after_changes, order) {
        (true, _) => format!("After changing code, run {}.", then(steps)),
        (false, [_, _]) => {
            format!("After {}, run {}.", steps.next().unwrap_or_default(), then(steps))
        }
        (false, _) => format!("Run {}.", then(steps)),
    }
}

fn then(steps: impl Iterator<Item = String>) -> String {
    steps.collect::<Vec<_>>().join(", then ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mine::mine;
    use dreaming_fixtures::{record, sessions, step};
    use dreaming_records::notes::CHANGED_FILES;
    use dreaming_records::outcome::{Metric, Outcome, OutcomeSource};

    fn session(steps: &[&str], day: i64) -> SessionRecord {
        let mut r = record(&format!("s{day:03}"), "alice", day);
        let mut run = Vec::new();
        for name in steps {
            let place = r.notes.steps.iter().position(|known| known.name == *name);
            run.push(place.unwrap_or(r.notes.steps.len()));
            if place.is_none() {
                r.notes.steps.push(step(name, day));
            }
        }
        r.notes.order = vec![run.into_iter().map(|place| u64::try_from(place).unwrap()).collect()];
        r
    }

    fn said(records: impl IntoIterator<Item = SessionRecord>) -> Vec<(String, u64)> {
        let mined = mine(&sessions(records), &Policy::default());
        let workflows = mined.candidates.into_iter().filter(|c| c.kind == Kind::Workflow);
        workflows.map(|c| (c.text, c.support.sessions)).collect()
    }

    fn mined(all: &[&[&str]]) -> Vec<(String, u64)> {
        said(all.iter().zip(1i64..).map(|(steps, day)| session(steps, day)))
    }

    fn one(text: &str, sessions: u64) -> Vec<(String, u64)> {
        vec![(text.into(), sessions)]
    }

    #[test]
    fn an_order_in_three_sessions_is_a_habit_and_its_parts_are_not_said_again() {
        let run: &[&str] = &["cargo fmt", "cargo test", "git commit"];
        assert!(mined(&[run, run]).is_empty());
        let text = "Run `cargo fmt`, then `cargo test`, then `git commit`.";
        assert_eq!(mined(&[run, run, run]), one(text, 3));
    }

    #[test]
    fn the_occasion_is_said_when_most_sessions_show_it() {
        let changed: &[&str] = &[CHANGED_FILES, "a", "b", "c", CHANGED_FILES];
        let plain: &[&str] = &["a", "b", "c"];
        let text = "After changing code, run `a`, then `b`, then `c`.";
        assert_eq!(mined(&[changed, changed, plain]), one(text, 3));
        assert_eq!(mined(&[changed, plain, plain]), one("Run `a`, then `b`, then `c`.", 3));
        assert_eq!(mined(&[&["a", "b"], &["a", "b"], &["a", "b"]]), one("After `a`, run `b`.", 3));
    }

    #[test]
    fn what_usually_comes_next_is_said_and_what_seldom_does_is_not() {
        let there: &[&str] = &["a", "b"];
        let elsewhere = ["c", "d", "e", "f", "g", "h", "i", "j"].map(|next| ["a", next]);
        let mut all = vec![there; 3];
        assert_eq!(mined(&all), one("After `a`, run `b`.", 3));
        all.extend(elsewhere.iter().map(|pair| &pair[..]));
        assert!(mined(&all).is_empty());
    }

    #[test]
    fn what_was_done_lately_beats_what_was_done_more_often_long_ago() {
        let (old, new): (&[&str], &[&str]) = (&["a", "b"], &["a", "c"]);
        let all: Vec<&[&str]> = [vec![old; 40], vec![new; 12]].concat();
        assert_eq!(mined(&all), one("After `a`, run `c`.", 12));
    }

    #[test]
    fn a_step_that_was_cut_off_joins_nothing() {
        let broken = |day| {
            let mut r = session(&["a", "b", "c"], day);
            r.notes.steps.remove(2);
            r.notes.order = vec![vec![0, 2, 1]];
            r
        };
        assert!(said([broken(1), broken(2), broken(3)]).is_empty());
    }

    #[test]
    fn sessions_that_failed_by_a_measure_show_no_way_to_do_it() {
        let failed = |day| {
            let mut r = session(&["a", "b"], day);
            let metric = Metric::verdict("reward", OutcomeSource::Measured, false);
            r.notes.outcomes = vec![Outcome { metric, pin: r.notes.steps[0].pin.clone() }];
            r
        };
        assert!(said([failed(1), session(&["a", "b"], 2), session(&["a", "b"], 3)]).is_empty());
    }

    #[test]
    fn a_loop_is_one_order_and_counts_once_in_a_session() {
        let run: &[&str] = &["a", "b", "a", "b", "a", "b"];
        assert!(mined(&[run]).is_empty());
        let found = mined(&[run, run, run]);
        assert!(matches!(found.as_slice(), [(_, 3)]), "{found:?}");
    }

    #[test]
    fn the_number_of_orders_is_bounded() {
        let names: Vec<String> = (0..120).map(|n| format!("tool{n}")).collect();
        let run: Vec<&str> = names.iter().map(|n| &**n).collect();
        assert_eq!(mined(&[&run, &run, &run]).len(), 20);
    }
}
