use proptest::prelude::*;

use super::*;
use dreaming_fixtures as fixture;
use dreaming_fixtures::revisions::fingerprint;
use dreaming_fixtures::{pin, record, retried, statement};
use dreaming_records::canonical;
use dreaming_records::notes::{HandOff, ToolCount};
use dreaming_records::outcome::{Metric, Outcome, OutcomeSource};
use dreaming_records::policy::SettingValue;

fn store(records: impl IntoIterator<Item = SessionRecord>) -> Snapshot {
    let mut store = Snapshot::default();
    store.ledger.sessions = fixture::sessions(records);
    store
}

fn session(id: &str, agent: &str, day: i64, good: bool) -> SessionRecord {
    let mut one = record(id, "alice", day);
    one.notes.agent = Some(agent.into());
    one.notes.outcomes = vec![Outcome {
        metric: Metric::verdict("reward", OutcomeSource::Measured, good),
        pin: pin(1, day),
    }];
    one.notes.tools = vec![ToolCount {
        tool: "Bash".into(),
        calls: 20,
        failed: if agent == "fast" { 6 } else { 1 },
    }];
    one
}

/// Eighty sessions over eighty days, by two agents in turn: `steady` does well, `fast` does not.
fn team() -> Vec<SessionRecord> {
    (0..80)
        .map(|n| {
            let agent = if n % 2 == 0 { "steady" } else { "fast" };
            let good = if agent == "steady" { n % 10 != 0 } else { n % 3 == 0 };
            session(&format!("s{n:02}"), agent, n, good)
        })
        .collect()
}

#[test]
fn figures_of_a_group_are_the_sums_of_its_sessions() {
    let stats = stats(fingerprint(), &store(team()), &Policy::default(), fixture::time(90));
    assert_eq!((stats.totals.sessions, stats.totals.days, stats.left_out), (80, 80, 0));
    assert_eq!((stats.totals.calls, stats.totals.failed_calls), (1_600, 280));
    assert_eq!(stats.totals.failed_share, Some(175_000));
    let agents: Vec<_> = stats.agents.iter().map(|g| (&*g.name, g.sessions)).collect();
    assert_eq!(agents, [("fast", 40), ("steady", 40)]);
    assert_eq!(stats.agents[1].outcomes.good, 32);
    assert_eq!(stats.agents[1].outcomes.by_source.len(), 1);
    assert!(stats.roles.is_empty() && stats.tasks.is_empty());
    assert_eq!(stats.principals.len(), 1);
}

#[test]
fn what_one_agent_has_better_the_other_has_worse() {
    let stats = stats(fingerprint(), &store(team()), &Policy::default(), fixture::time(90));
    let names = |all: &[Finding]| -> Vec<(String, Measure)> {
        all.iter().map(|f| (f.name.clone(), f.measure)).collect()
    };
    let both = [Measure::GoodOutcomes, Measure::FailedCalls];
    assert_eq!(names(&stats.strengths), both.map(|m| ("steady".to_owned(), m)));
    assert_eq!(names(&stats.weaknesses), both.map(|m| ("fast".to_owned(), m)));
}

#[test]
fn agents_that_differ_by_chance_have_neither() {
    let records = (0..80).map(|n| {
        let agent = if n % 2 == 0 { "a" } else { "b" };
        session(&format!("s{n:02}"), agent, n, n % 5 < 3)
    });
    let stats = stats(fingerprint(), &store(records), &Policy::default(), fixture::time(90));
    assert!(stats.strengths.is_empty() && stats.weaknesses.is_empty(), "{:?}", stats.strengths);
}

#[test]
fn a_climb_over_weeks_is_a_trend_and_the_week_that_runs_is_in_none() {
    let mut records = Vec::new();
    for week in 0..12 {
        for n in 0..=week {
            records.push(session(&format!("w{week:02}-{n:02}"), "steady", week * 7 + 1, true));
        }
    }
    let now = fixture::time(12 * 7 - 5);
    let stats = stats(fingerprint(), &store(records), &Policy::default(), now);
    assert_eq!((stats.trends.unit, stats.trends.periods.len()), (Unit::Week, 12));
    let sessions = &stats.trends.trends[0];
    assert_eq!((sessions.measure, sessions.direction), (Measure::Sessions, Direction::Rising));
    assert_eq!((sessions.periods, sessions.sign_sum), (11, 55));
    assert!(!stats.trends.periods[11].ended && stats.trends.periods[10].ended);
    // 1970-01-05 was a Monday.
    assert!(stats.trends.periods.iter().all(|p| (p.start.day() - 4).rem_euclid(7) == 0));
    assert_eq!(stats.trends.trends[1].direction, Direction::Unclear);
}

#[test]
fn a_failing_hand_off_stands_out_from_the_others() {
    let records = (0..120).map(|n| {
        let mut one = record(&format!("s{n:03}"), "alice", n);
        let (to, failed) = match n % 3 {
            0 => ("search", n % 6 == 0 || n % 9 == 0),
            1 => ("review", false),
            _ => ("write", n == 5),
        };
        one.notes.hand_offs = vec![HandOff { to: to.into(), failed: Some(failed), pin: pin(2, n) }];
        one
    });
    let stats = stats(fingerprint(), &store(records), &Policy::default(), fixture::time(90));
    let told: Vec<_> = stats.hand_offs.iter().map(|h| (&*h.to, h.failed, h.stands_out)).collect();
    assert_eq!(told, [("search", 27, true), ("write", 1, false), ("review", 0, false)]);
    assert_eq!(stats.totals.hand_offs.given, 120);
}

#[test]
fn mistakes_and_shared_wishes_say_what_a_dream_would_say() {
    let records = ["alice", "bob", "carol"].into_iter().zip(1..).map(|(who, day)| {
        let mut one = record(who, who, day);
        let failed = retried("Bash rtk", "unrecognized subcommand", day, "rtk make test", "rtk");
        one.notes.failures = vec![failed];
        if who != "carol" {
            one.notes.statements = vec![statement("always use pnpm", day)];
        }
        one
    });
    let stats = stats(fingerprint(), &store(records), &Policy::default(), fixture::time(9));
    assert_eq!(stats.totals.mistakes.len(), 1);
    assert_eq!(stats.totals.mistakes[0].sessions, 3);
    assert_eq!(stats.shared_preferences.len(), 1);
    let shared = &stats.shared_preferences[0];
    assert_eq!(
        (&*shared.text, &shared.principals[..]),
        ("Always use pnpm.", &["alice".to_owned(), "bob".into()][..])
    );
    assert!(stats.principals.iter().all(|person| person.mistakes.is_empty()));
}

#[test]
fn a_selection_leaves_sessions_out_of_every_figure() {
    let mut policy = Policy::default();
    policy.set("select.agents", SettingValue::Texts(vec!["steady".into()])).unwrap();
    let stats = stats(fingerprint(), &store(team()), &policy, fixture::time(90));
    assert_eq!((stats.totals.sessions, stats.left_out, stats.agents.len()), (40, 40, 1));
}

fn as_json(bytes: &[u8]) -> serde_json::Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn nothing_gives_a_document_without_figures_and_secrets_stay_out_of_names() {
    let empty = stats(fingerprint(), &store([]), &Policy::default(), fixture::time(1));
    let bytes = canonical::to_bytes(&empty).unwrap();
    assert_eq!(as_json(&bytes), serde_json::to_value(&empty).unwrap());
    assert!(empty.trends.periods.is_empty() && empty.totals.failed_share.is_none());

    let secret = ["ghp", "_", &"a1B2c3D4e5F6".repeat(3)].concat();
    let one = session("s", &format!("agent {secret}"), 1, true);
    let found = stats(fingerprint(), &store([one]), &Policy::default(), fixture::time(9));
    let bytes = canonical::to_bytes(&found).unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains(&secret));
}

proptest! {
    #[test]
    fn whatever_sessions_say_the_figures_add_up(
        found in proptest::collection::vec(
            (0..4u8, 0..3u8, -40..400i64, 0..60u64, 0..60u64, proptest::option::of(any::<bool>())),
            0..40,
        )
    ) {
        let records = found.iter().enumerate().map(|(n, (agent, task, day, calls, failed, good))| {
            let mut one = record(&format!("s{n:02}"), &format!("p{agent}"), *day);
            one.notes.agent = (*agent > 0).then(|| format!("a{agent}"));
            one.notes.task = (*task > 0).then(|| format!("t{task}"));
            one.notes.tools =
                vec![ToolCount { tool: "Bash".into(), calls: *calls, failed: *failed.min(calls) }];
            one.notes.topic = vec![format!("w{agent}"), format!("w{task}"), "all".into()];
            let metric = good.map(|good| Metric::verdict("m", OutcomeSource::Graded, good));
            one.notes.outcomes =
                metric.map(|metric| Outcome { metric, pin: pin(1, *day) }).into_iter().collect();
            one
        });
        let stats = stats(fingerprint(), &store(records), &Policy::default(), fixture::time(200));
        let all = &stats.totals;
        let sum = |groups: &[Group]| groups.iter().map(|group| group.sessions).sum::<u64>();
        prop_assert_eq!(all.sessions, count(found.len()));
        prop_assert_eq!(all.outcomes.good + all.outcomes.bad + all.outcomes.unknown, all.sessions);
        prop_assert!(sum(&stats.agents) <= all.sessions && sum(&stats.tasks) <= all.sessions);
        prop_assert_eq!(sum(&stats.principals), all.sessions);
        let periods = &stats.trends.periods;
        prop_assert_eq!(periods.iter().map(|p| p.sessions).sum::<u64>(), all.sessions);
        prop_assert!(periods.is_sorted_by(|a, b| a.start < b.start));
        let clustered: u64 = stats.clusters.iter().map(|cluster| cluster.sessions).sum();
        prop_assert!(clustered <= all.sessions);
        let shares = stats.strengths.iter().chain(&stats.weaknesses);
        prop_assert!(shares.clone().all(|f| f.share != f.other_share && f.share <= 1_000_000));
        let bytes = canonical::to_bytes(&stats).unwrap();
        prop_assert_eq!(as_json(&bytes), serde_json::to_value(&stats).unwrap());
    }
}
