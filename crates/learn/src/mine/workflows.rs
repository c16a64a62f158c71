//! Sequences of steps that recur and belong to the project.
//!
//! Steps that a program takes everywhere need no memory, and neither do steps in documents that the
//! agent reads. For the others, the statement says when to do them: after files changed, before a
//! common step, or after one.

mod runs;

use std::cmp::Reverse;

use dreaming_records::candidate::Candidate;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::Finder;
use dreaming_records::outcome::{OutcomeSource, SessionVerdict};
use dreaming_records::policy::{self, Policy};
use dreaming_records::session_record::SessionRecord;
use dreaming_records::trust::Trust;
use dreaming_text::{Set, sort};

use crate::extract::documented;
use crate::mine::Mined;
use crate::mine::pattern_places::Places;
use crate::outcome::Judge;
use crate::step::{is_own, looks};
use runs::Run;

/// Most steps of a sequence. Chosen by us: a longer one is a log of a day and no habit.
const MAX_STEPS: usize = 4;

/// Sessions in which a sequence must occur. Chosen by us: two sessions share many sequences by
/// chance.
const MIN_SESSIONS: usize = 3;

/// A sequence of steps, and how often it occurred.
#[derive(Clone, Copy, Debug)]
struct Order<'r> {
    steps: &'r [&'r str],
    times: usize,
    /// How many sessions have it, and the position of the last of them among all.
    sessions: usize,
    last: usize,
    /// In how many sessions files were changed right before it.
    after_change: usize,
}

impl<'r> Order<'r> {
    /// The sequence from its occurrences, sorted: steps, session, and whether files were changed
    /// right before.
    fn of(done: &[(&'r [&'r str], usize, bool)]) -> Option<Self> {
        let (steps, last, _) = *done.last()?;
        let in_sessions = || done.chunk_by(|(_, a, _), (_, b, _)| a == b);
        let changed =
            |times: &&[(&[&str], usize, bool)]| times.iter().any(|(.., changed)| *changed);
        let (sessions, after_change) =
            (in_sessions().count(), in_sessions().filter(changed).count());
        Some(Self { steps, times: done.len(), sessions, last, after_change })
    }
}

pub(super) fn mine(
    records: &[&SessionRecord],
    judge: &Judge<'_>,
    policy: &Policy,
    mined: &mut Mined,
) {
    // Steps of a session that failed by a measurement or a verdict are no example.
    let failed = |record: &&&SessionRecord| {
        let (verdict, source) = judge.verdict(&record.notes);
        verdict == SessionVerdict::Bad && source > Some(OutcomeSource::Rubric)
    };
    let kept: Vec<&SessionRecord> = records.iter().filter(|r| !failed(r)).copied().collect();
    let known =
        policy.texts(&policy::STEER_KNOWN).iter().flat_map(|text| documented::steps_of(text));
    let known: Vec<String> = known.collect();
    let shown = records.iter().flat_map(|record| &record.notes.documented);
    let documented = Set::of(shown.chain(&known).map(String::as_str));
    let runs = runs::of(&kept);
    for order in chosen(&runs, &documented, policy.size(&policy::MAX_WORKFLOWS)) {
        let steps = order.steps;
        let places = Places::of(runs.iter().flat_map(|run| {
            let start = run.names.windows(steps.len()).position(|names| names == steps);
            let done = start.into_iter().flat_map(move |at| run.steps.iter().skip(at));
            done.take(steps.len()).map(move |done| (run.record, &done.step.pin))
        }));
        let mut found = places.candidate(Kind::Workflow, &sentence(&order), policy);
        found.trust = found.trust.min(Trust::Agent);
        mined.take(found, policy.size(&policy::STATEMENT_BYTES));
    }
}

/// The sequences worth a memory, the most widespread first. No two share a step of the project,
/// because then they are one routine.
fn chosen<'r>(runs: &'r [Run<'_>], documented: &Set<&str>, most: usize) -> Vec<Order<'r>> {
    let mut done: Vec<(&[&str], usize, bool)> = Vec::new();
    let mut taken: Vec<&str> = Vec::new();
    let last = runs.last().map_or(0, |run| run.session);
    for run in runs {
        for (at, name) in run.names.iter().enumerate() {
            taken.push(name);
            for length in 2..=MAX_STEPS {
                let Some(steps) = run.names.get(at..at + length) else { break };
                let changed = run.steps.get(at).is_some_and(|done| done.after_change);
                done.push((steps, run.session, changed));
            }
        }
    }
    sort::all(&mut done);
    sort::all(&mut taken);
    let usual = |order: &Order<'_>| {
        let steps = order.steps;
        // Most times that the step which calls for the others was taken, the others were taken too.
        let calls = if is_own(steps.last().copied().unwrap_or_default()) {
            steps.first()
        } else {
            steps.last()
        };
        let all = calls.map_or(0, |step| sort::run(&taken, |name| name.cmp(step)).len());
        // A sequence missing from the later half of the sessions was given up.
        order.times * 2 >= all && order.last * 2 >= last
    };
    let is_new =
        |steps: &[&str]| steps.iter().any(|step| is_own(step) && !documented.contains(step));
    let mut found: Vec<Order<'_>> = done
        .chunk_by(|(a, ..), (b, ..)| a == b)
        .filter_map(Order::of)
        .filter(|order| order.sessions >= MIN_SESSIONS)
        .filter(|order| !repeats(order.steps) && !order.steps.iter().any(|step| looks(step)))
        .filter(|order| is_new(order.steps) && usual(order))
        .collect();
    sort::by_key(&mut found, |order| (Reverse(order.sessions * order.steps.len()), order.steps));
    let mut chosen: Vec<Order<'_>> = Vec::new();
    for order in found {
        let shares = |known: &Order<'_>| {
            known.steps.iter().any(|step| is_own(step) && order.steps.contains(step))
        };
        if chosen.len() < most && !chosen.iter().any(shares) {
            chosen.push(order);
        }
    }
    chosen
}

/// The words of the orders of steps of which these documents name each that belongs to the project.
pub(super) fn documented<'d>(
    candidates: &[Candidate],
    documents: impl Iterator<Item = &'d str>,
) -> Set<String> {
    let orders = || {
        let mined = |c: &&Candidate| c.kind == Kind::Workflow && c.finder == Finder::Miner;
        candidates.iter().filter(mined)
    };
    if orders().next().is_none() {
        return Set::default();
    }
    let named = Set::of(documents.flat_map(documented::steps_of));
    let is_named = |candidate: &&Candidate| {
        let steps = candidate.text.split('`').skip(1).step_by(2).filter(|step| is_own(step));
        steps.clone().count() > 0 && steps.clone().all(|step| named.contains(step))
    };
    Set::of(orders().filter(is_named).map(|candidate| candidate.text.clone()))
}

fn repeats(order: &[&str]) -> bool {
    order.iter().enumerate().any(|(at, name)| order.iter().skip(at + 1).any(|other| other == name))
}

/// The statement about a sequence. A common step at its end or beginning is the occasion, because
/// nobody should take that step unasked.
fn sentence(order: &Order<'_>) -> String {
    let steps = order.steps;
    let named: Vec<String> = steps.iter().map(|name| format!("`{name}`")).collect();
    let is_common = |step: Option<&&str>| step.is_some_and(|step| !is_own(step));
    let after_change = order.after_change * 2 > order.sessions;
    match (named.split_first(), named.split_last()) {
        (_, Some((last, before))) if is_common(steps.last()) => {
            format!("Before {last}, run {}.", before.join(", then "))
        }
        (Some((first, after)), _) if is_common(steps.first()) || !after_change => {
            format!("After {first}, run {}.", after.join(", then "))
        }
        _ => format!("After changing files, run {}.", named.join(", then ")),
    }
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
        let run: &[&str] = &["make fmt", "make lint", "git commit"];
        assert!(mined(&[run, run]).is_empty());
        let text = "Before `git commit`, run `make fmt`, then `make lint`.";
        assert_eq!(mined(&[run, run, run]), one(text, 3));
    }

    #[test]
    fn what_programs_do_everywhere_is_no_workflow() {
        for run in [
            &["git add", "git commit", "git push"][..],
            &["go build", "go test", "git commit"],
            &["make lint", "git status", "git diff"],
        ] {
            assert!(mined(&[run, run, run]).is_empty(), "{run:?}");
        }
    }

    #[test]
    fn what_a_document_tells_is_not_said_again() {
        let run: &[&str] = &["make fmt", "git commit"];
        let told = |documented: &[&str]| {
            said([1, 2, 3].map(|day| {
                let mut r = session(run, day);
                r.notes.documented = documented.iter().map(|name| (*name).into()).collect();
                r
            }))
        };
        assert!(told(&["make fmt"]).is_empty());
        assert_eq!(told(&["make lint"]).len(), 1);
    }

    #[test]
    fn the_occasion_is_said() {
        let changed: &[&str] = &[CHANGED_FILES, "make a", "make b", CHANGED_FILES];
        let plain: &[&str] = &["make a", "make b"];
        let text = "After changing files, run `make a`, then `make b`.";
        assert_eq!(mined(&[changed, changed, plain]), one(text, 3));
        assert_eq!(mined(&[changed, plain, plain]), one("After `make a`, run `make b`.", 3));
        let committed: &[&str] = &[CHANGED_FILES, "make a", "git commit"];
        assert_eq!(mined(&[committed; 3]), one("Before `git commit`, run `make a`.", 3));
        let pulled: &[&str] = &[CHANGED_FILES, "git pull", "make a"];
        assert_eq!(mined(&[pulled; 3]), one("After `git pull`, run `make a`.", 3));
    }

    #[test]
    fn what_is_mostly_left_out_is_not_said() {
        let there: &[&str] = &["make a", "git commit"];
        let without: &[&str] = &["git add", "git commit"];
        let mut all = vec![without; 3];
        all.extend([there; 3]);
        assert_eq!(mined(&all), one("Before `git commit`, run `make a`.", 3));
        all.insert(0, without);
        assert!(mined(&all).is_empty());
    }

    #[test]
    fn what_was_given_up_long_ago_is_not_said() {
        let (old, new): (&[&str], &[&str]) = (&["make a", "make b"], &["git add", "git push"]);
        let all: Vec<&[&str]> = [vec![old; 3], vec![new; 12]].concat();
        assert!(mined(&all).is_empty());
    }

    #[test]
    fn a_step_that_was_cut_off_joins_nothing() {
        let broken = |day| {
            let mut r = session(&["make a", "make b", "make c"], day);
            r.notes.steps.remove(2);
            r.notes.order = vec![vec![0, 2, 1]];
            r
        };
        assert!(said([broken(1), broken(2), broken(3)]).is_empty());
    }

    #[test]
    fn sessions_that_failed_by_a_measure_show_no_way_to_do_it() {
        let run = ["make a", "make b"];
        let failed = |day| {
            let mut r = session(&run, day);
            let metric = Metric::verdict("reward", OutcomeSource::Measured, false);
            r.notes.outcomes = vec![Outcome { metric, pin: r.notes.steps[0].pin.clone() }];
            r
        };
        assert!(said([failed(1), session(&run, 2), session(&run, 3)]).is_empty());
    }

    #[test]
    fn a_loop_is_one_order_and_counts_once_in_a_session() {
        let run: &[&str] = &["make a", "make b", "make a", "make b", "make a", "make b"];
        assert!(mined(&[run]).is_empty());
        let found = mined(&[run, run, run]);
        assert!(matches!(found.as_slice(), [(_, 3)]), "{found:?}");
    }

    #[test]
    fn the_number_of_orders_is_bounded() {
        let names: Vec<String> = (0..120).map(|n| format!("make a{n}")).collect();
        let run: Vec<&str> = names.iter().map(|n| &**n).collect();
        assert_eq!(mined(&[&run, &run, &run]).len(), 20);
    }
}
