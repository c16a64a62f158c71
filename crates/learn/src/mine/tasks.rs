//! Which actions led to a good result in several trials of one task.

use std::cmp::Reverse;

use dreaming_records::candidate::Candidate;
use dreaming_records::evidence::Pin;
use dreaming_records::kind::Kind;
use dreaming_records::notes::Action;
use dreaming_records::outcome::{OutcomeSource, SessionVerdict};
use dreaming_records::policy::Policy;
use dreaming_records::session_record::SessionRecord;
use dreaming_records::trust::Trust;
use dreaming_shield::attack;
use dreaming_text::Groups;

use crate::mine::pattern_places::Places;
use crate::mine::{Mined, pattern_words};
use crate::outcome::Judge;

/// Longest statement about a task, in bytes. Chosen by us: calls with their arguments are long, and
/// a shortened list would be wrong.
const MAX_STATEMENT: usize = 8 << 10;

/// Trials that must agree when none has a result. Chosen by us: two may agree by chance.
const MIN_AGREEING: usize = 3;

/// Whether a session reached its goal, and the weight of that; `None` when nobody says. Weak
/// outcomes do not count, because an agent that did the wrong thing is thanked too; a model's grade
/// does not count either.
fn result(record: &SessionRecord, judge: &Judge<'_>) -> Option<(bool, u64)> {
    let (verdict, source) = judge.verdict(&record.notes);
    // A measured number weighs as much as two verdicts of a grader. Chosen by us.
    let weight = match source? {
        OutcomeSource::Weak | OutcomeSource::Rubric => return None,
        OutcomeSource::Graded => 1,
        OutcomeSource::Measured => 2,
    };
    match verdict {
        SessionVerdict::Good => Some((true, weight)),
        SessionVerdict::Bad => Some((false, weight)),
        SessionVerdict::Unknown => None,
    }
}

/// The actions of a trial: names and arguments.
type Acts<'a> = Vec<(&'a str, &'a str)>;

/// The trials with the same actions.
struct Alike<'a> {
    task: &'a str,
    acts: Acts<'a>,
    reached: u64,
    missed: u64,
    records: Vec<&'a SessionRecord>,
}

pub(super) fn mine(
    records: &[&SessionRecord],
    judge: &Judge<'_>,
    policy: &Policy,
    mined: &mut Mined,
) {
    let trials = Groups::of(
        records
            .iter()
            .filter_map(|record| Some(((record.notes.task.as_deref()?, acts(record)?), *record))),
    );
    let alike = trials.iter().map(|((task, acts), records)| {
        let results = || records.clone().filter_map(|record| result(record, judge));
        let sum = |reached| results().filter(|of| of.0 == reached).map(|of| of.1).sum();
        let (reached, missed) = (sum(true), sum(false));
        Alike { task, acts: acts.clone(), reached, missed, records: records.copied().collect() }
    });
    let alike: Vec<Alike<'_>> = alike.collect();
    for trials in alike.chunk_by(|a, b| a.task == b.task) {
        let Some((alike, verified)) = best(trials) else { continue };
        let records = alike.records.iter();
        let all = records.flat_map(|record| pins(record).map(move |pin| (*record, pin)));
        let places = Places::of(all);
        let text = sentence(alike.task, &alike.acts, verified);
        let Some(text) = text.filter(|text| places.sessions() > 0 && !attack::instructs(text))
        else {
            continue;
        };
        let trust = if verified { Trust::Verified } else { Trust::Agent };
        let found = places.candidate(Kind::Practice, &text, policy);
        mined.take(Candidate { trust, ..found }, MAX_STATEMENT);
    }
}

/// The actions of a session; `None` when its record does not list all of them in full.
fn acts(record: &SessionRecord) -> Option<Acts<'_>> {
    let notes = &record.notes;
    let whole = |action: &Action| !action.arguments.ends_with('…');
    (notes.actions_unlisted == 0 && notes.actions.iter().all(whole))
        .then(|| notes.actions.iter().map(|a| (&*a.name, &*a.arguments)).collect())
}

/// The places of a session's actions and outcomes. The outcomes are needed when it did nothing.
fn pins(record: &SessionRecord) -> impl Iterator<Item = &Pin> {
    let notes = &record.notes;
    let outcomes = notes.outcomes.iter().map(|outcome| &outcome.pin);
    notes.actions.iter().map(|action| &action.pin).chain(outcomes)
}

/// The best actions, and whether a verdict supports them.
///
/// A success shows that the actions were enough. A failure may have reasons other than the actions,
/// such as the agent's words, so actions that succeeded at least as often as they failed qualify.
/// Those with the greatest surplus of successes over failures win; of equals those with the fewest
/// actions, because more were not needed. If different ones are still equal, there is no answer.
///
/// When no trial has a verdict, all of them must agree.
fn best<'t, 'a>(trials: &'t [Alike<'a>]) -> Option<(&'t Alike<'a>, bool)> {
    if trials.iter().all(|alike| alike.reached + alike.missed == 0) {
        let [alike] = trials else { return None };
        return (alike.records.len() >= MIN_AGREEING).then_some((alike, false));
    }
    let rank =
        |alike: &&Alike<'a>| (alike.reached.checked_sub(alike.missed), Reverse(alike.acts.len()));
    let stands = |alike: &&Alike<'a>| alike.reached > 0 && alike.reached >= alike.missed;
    let first = trials.iter().filter(stands).max_by_key(rank)?;
    let equals = trials.iter().filter(stands).filter(|other| rank(other) == rank(&first));
    (equals.count() == 1).then_some((first, true))
}

/// The statement that says what to do for a task. `None` when a name cannot be written in a code
/// span.
fn sentence(task: &str, acts: &Acts<'_>, verified: bool) -> Option<String> {
    let task = pattern_words::code(task, pattern_words::MAX_CODE)?;
    let mut text = format!("For task `{task}`");
    if acts.is_empty() {
        text.push_str(", change nothing: look things up and answer.");
    }
    for (at, (name, arguments)) in acts.iter().enumerate() {
        text.push_str(if at == 0 { ": call " } else { ", then " });
        text.push_str(&format!("`{}`", pattern_words::code(name, pattern_words::MAX_CODE)?));
        if let Some(arguments) = pattern_words::code(arguments, MAX_STATEMENT).filter(|a| a != "{}")
        {
            text.push_str(&format!(" with `{arguments}`"));
        }
    }
    if !acts.is_empty() {
        text.push('.');
    }
    if !verified {
        text.push_str(" This is unverified: nothing says how any trial of it went.");
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mine::mine;
    use dreaming_fixtures::{pin, record, sessions};
    use dreaming_records::outcome::{Metric, Outcome};
    use dreaming_records::trust::Provenance;

    /// A trial of task 12 with these calls, and its result if it has one.
    fn trial(n: i64, calls: &[(&str, &str)], reached: Option<bool>) -> SessionRecord {
        let mut r = record(&format!("s{n}"), "alice", n);
        r.notes.task = Some("12".into());
        let action = |(name, arguments): &(&str, &str)| Action {
            name: (*name).into(),
            arguments: (*arguments).into(),
            pin: Pin { provenance: Provenance::ToolUse, ..pin(6, n) },
        };
        r.notes.actions = calls.iter().map(action).collect();
        let verdict = |reached| Metric::verdict("reward", OutcomeSource::Measured, reached);
        let outcome = |reached| Outcome { metric: verdict(reached), pin: pin(9, n) };
        r.notes.outcomes = reached.into_iter().map(outcome).collect();
        r
    }

    /// The actions of a trial, and whether it reached its goal.
    type Trial<'a> = (&'a [(&'a str, &'a str)], Option<bool>);

    fn said(trials: &[Trial<'_>]) -> Vec<(String, Trust)> {
        let all = (1..).zip(trials).map(|(n, (calls, reached))| trial(n, calls, *reached));
        let mined = mine(&sessions(all), &Policy::default());
        mined.candidates.into_iter().map(|c| (c.text, c.trust)).collect()
    }

    const BOOK: &[(&str, &str)] = &[("book", r#"{"seat":3}"#)];
    const MOVE: &[(&str, &str)] = &[("cancel", r#"{"id":1}"#), ("book", r#"{"seat":3}"#)];
    const YES: Option<bool> = Some(true);
    const NO: Option<bool> = Some(false);

    fn book(trust: Trust) -> Vec<(String, Trust)> {
        vec![("For task `12`: call `book` with `{\"seat\":3}`.".into(), trust)]
    }

    #[test]
    fn what_succeeded_stands_also_when_it_failed_as_often() {
        assert_eq!(said(&[(BOOK, YES), (MOVE, NO)]), book(Trust::Verified));
        assert_eq!(said(&[(BOOK, YES), (BOOK, NO), (MOVE, NO)]), book(Trust::Verified));
        assert!(said(&[(BOOK, YES), (BOOK, NO), (BOOK, NO)]).is_empty());
        assert!(said(&[(BOOK, NO), (BOOK, NO), (BOOK, NO)]).is_empty());
    }

    #[test]
    fn of_several_that_succeeded_the_better_stands_then_the_shorter_then_none() {
        assert_eq!(said(&[(MOVE, YES), (MOVE, YES), (BOOK, YES)])[0].0.matches("call").count(), 1);
        assert_eq!(said(&[(MOVE, YES), (BOOK, YES)]), book(Trust::Verified));
        let other: &[(&str, &str)] = &[("book", r#"{"seat":4}"#)];
        assert!(said(&[(other, YES), (BOOK, YES)]).is_empty());
    }

    #[test]
    fn without_any_result_only_what_all_agree_on_is_said_and_called_unverified() {
        let found = said(&[(BOOK, None), (BOOK, None), (BOOK, None)]);
        assert!(found[0].0.contains("unverified") && found[0].1 == Trust::Agent, "{found:?}");
        assert!(said(&[(BOOK, None), (BOOK, None)]).is_empty());
        assert!(said(&[(BOOK, None), (BOOK, None), (BOOK, None), (MOVE, None)]).is_empty());
        assert!(said(&[(BOOK, None), (BOOK, None), (BOOK, None), (MOVE, NO)]).is_empty());
    }

    #[test]
    fn a_task_that_needs_no_change_says_so() {
        let want = "For task `12`, change nothing: look things up and answer.";
        assert_eq!(said(&[(&[], YES), (BOOK, NO)]), [(want.to_string(), Trust::Verified)]);
    }

    #[test]
    fn thanks_verify_nothing_and_a_list_that_was_cut_is_no_list() {
        let mut weak = trial(1, BOOK, YES);
        weak.notes.outcomes[0].metric.source = OutcomeSource::Weak;
        assert!(mine(&sessions([weak]), &Policy::default()).candidates.is_empty());
        assert!(said(&[(&[("book", "{\"seat\":…")], YES)]).is_empty());
        let mut cut = trial(1, BOOK, YES);
        cut.notes.actions_unlisted = 1;
        assert!(mine(&sessions([cut]), &Policy::default()).candidates.is_empty());
    }
}
