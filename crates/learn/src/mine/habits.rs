//! What sessions that went well did more often than the others, and the other way round.

use std::collections::{BTreeMap, BTreeSet};

use dreaming_records::evidence::Pin;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::Finder;
use dreaming_records::notes::SessionRecord;
use dreaming_records::outcome::Credit;
use dreaming_records::policy::Policy;
use dreaming_records::trust::Trust;
use dreaming_shield::attack;
use dreaming_text::sort;

use crate::mine::chance::{self, Table};
use crate::mine::places::Places;
use crate::mine::{Mined, words};
use crate::outcome::Judge;

/// Sessions that did something, and sessions that did not, below which nothing is compared. Chosen
/// by us: with fewer a single odd session is a quarter of the comparison.
const MIN_SIDE: usize = 4;

/// Most habits of one dream. Chosen by us: the strongest few are worth a person's look.
const MAX_HABITS: usize = 10;

/// What a session may have done. The order of the cases decides which of two that always occur
/// together is named: the one that can be done or left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Habit<'a> {
    /// Took a step.
    Ran(&'a str),
    /// Gave work away.
    HandedTo(&'a str),
    /// Used a tool.
    Used(&'a str),
    /// Made a call that failed.
    FailedAt(&'a str),
}

/// A sort of session: those that did something, by their place in the list, with where they did.
type Doers<'a> = BTreeMap<usize, &'a Pin>;

/// A comparison, by how much it says.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Test<'a> {
    by_lot: u64,
    habit: Habit<'a>,
    is_good: bool,
}

pub(super) fn mine(records: &[&SessionRecord], policy: &Policy, mined: &mut Mined) {
    let judge = Judge::new(records.iter().copied());
    let limit = usize::try_from(chance::MOST).unwrap_or(usize::MAX);
    let mut judged: Vec<(&SessionRecord, bool)> = Vec::new();
    for record in records.iter().copied().take(limit) {
        let credit = judge.credit_apart_from_steps(&record.notes);
        judged.extend(credit.and_then(Credit::went_well).map(|well| (record, well)));
    }
    let habits = habits(&judged);
    let mut strongest = Vec::new();
    let mut tests = Vec::new();
    for (habit, doers) in &habits {
        let table = table(&judged, doers);
        for (is_good, table) in [(true, table), (false, table.turned())] {
            // That something failed is no advice, however well the session went.
            if is_good && matches!(habit, Habit::FailedAt(_)) {
                continue;
            }
            strongest.push(chance::by_lot(table.strongest()));
            tests.push(Test { by_lot: chance::by_lot(table), habit: *habit, is_good });
        }
    }
    let bound = chance::bound(strongest);
    tests.retain(|test| test.by_lot <= bound);
    sort::all(&mut tests);
    for test in tests.iter().take(MAX_HABITS) {
        let Some(text) = text(test) else { continue };
        let mut places = Places::default();
        for (at, pin) in habits.get(&test.habit).into_iter().flatten() {
            if let Some((record, _)) = judged.get(*at) {
                places.add(record, pin);
            }
        }
        let kind = match (test.is_good, test.habit) {
            (true, Habit::Ran(_) | Habit::Used(_)) => Kind::Practice,
            _ => Kind::Heuristic,
        };
        mined.candidates.push(places.candidate(kind, &text, Trust::Agent, Finder::Miner, policy));
    }
}

/// What enough sessions did and enough did not. Of habits of the same sessions the first stands for
/// all: they are one comparison.
fn habits<'a>(judged: &[(&'a SessionRecord, bool)]) -> BTreeMap<Habit<'a>, Doers<'a>> {
    let mut habits: BTreeMap<Habit, Doers> = BTreeMap::new();
    for (at, (record, _)) in judged.iter().enumerate() {
        for (habit, pin) in done(record) {
            habits.entry(habit).or_default().entry(at).or_insert(pin);
        }
    }
    let mut known: BTreeSet<Vec<usize>> = BTreeSet::new();
    habits.retain(|_, doers| {
        let with = doers.len();
        with >= MIN_SIDE
            && judged.len() - with >= MIN_SIDE
            && known.insert(doers.keys().copied().collect())
    });
    habits
}

/// What a session did, with where. A tool has no place of its own: that of the outcome stands for
/// it, which a session that is judged always has.
fn done<'a>(record: &'a SessionRecord) -> impl Iterator<Item = (Habit<'a>, &'a Pin)> {
    let notes = &record.notes;
    let steps = notes.steps.iter().map(|step| (Habit::Ran(&step.name), &step.pin));
    let handed = notes.hand_offs.iter().map(|work| (Habit::HandedTo(&work.to), &work.pin));
    let failed = notes.failures.iter().map(|f| (Habit::FailedAt(&f.tool), &f.pin));
    let told = notes.outcomes.first().map(|outcome| &outcome.pin);
    let used = notes.tools.iter().filter_map(move |t| Some((Habit::Used(&t.tool), told?)));
    steps.chain(handed).chain(used).chain(failed)
}

fn table(judged: &[(&SessionRecord, bool)], doers: &Doers<'_>) -> Table {
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let well = |at: &usize| judged.get(*at).is_some_and(|(_, well)| *well);
    Table {
        all: count(judged.len()),
        good: count(judged.iter().filter(|(_, well)| *well).count()),
        with: count(doers.len()),
        both: count(doers.keys().filter(|at| well(at)).count()),
    }
}

/// What the comparison says. `None` when the name cannot stand in a sentence.
fn text(test: &Test<'_>) -> Option<String> {
    let how = if test.is_good { "well" } else { "badly" };
    let (said, name, others) = match test.habit {
        Habit::Ran(name) => ("that ran", name, "those that did not"),
        Habit::HandedTo(name) => ("that handed work to", name, "those that did not"),
        Habit::Used(name) => ("that used", name, "those that did not"),
        Habit::FailedAt(name) => ("with a failed call of", name, "the others"),
    };
    let shown = match test.habit {
        // As a failure names it: with the shell tool in front of the command.
        Habit::FailedAt(_) => words::tool(name),
        _ => words::code(name, words::MAX_CODE),
    };
    let name = shown.filter(|name| !attack::instructs(name))?;
    Some(format!("Sessions {said} `{name}` went {how} more often than {others}."))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mine::mine;
    use dreaming_fixtures::{failure, hand_off, outcome, record, sessions, step};
    use dreaming_records::notes::ToolCount;
    use dreaming_records::outcome::OutcomeSource;

    fn judged(n: usize, good: bool) -> SessionRecord {
        let mut r = record(&format!("s{n}"), "alice", i64::try_from(n % 9).unwrap());
        r.notes.outcomes = vec![outcome("reward", OutcomeSource::Measured, good)];
        r
    }

    fn found(records: Vec<SessionRecord>) -> Vec<(Kind, String)> {
        let all = sessions(records);
        let mut mined = Mined::default();
        super::mine(&all.values().collect::<Vec<_>>(), &Policy::default(), &mut mined);
        assert!(mined.candidates.iter().all(|c| !c.evidence.is_empty()));
        mined.candidates.into_iter().map(|c| (c.kind, c.text)).collect()
    }

    /// Eight sessions that went well and eight that went badly, with what `plant` puts in.
    fn planted(plant: impl Fn(&mut SessionRecord, bool)) -> Vec<(Kind, String)> {
        found(
            (0..16)
                .map(|n| {
                    let mut r = judged(n, n % 2 == 0);
                    plant(&mut r, n % 2 == 0);
                    r
                })
                .collect(),
        )
    }

    #[test]
    fn what_goes_along_with_good_results_is_a_practice() {
        let one = planted(|r, good| {
            if good {
                r.notes.steps = vec![step("cargo test", 1)];
            }
        });
        let text = "Sessions that ran `cargo test` went well more often than those that did not.";
        assert_eq!(one, [(Kind::Practice, text.to_string())]);
    }

    #[test]
    fn what_goes_along_with_bad_results_is_a_rule_of_thumb() {
        let one = planted(|r, good| {
            if !good {
                r.notes.failures = vec![failure("Bash make lint", "x", 1, None)];
            }
        });
        let text =
            "Sessions with a failed call of `make lint` went badly more often than the others.";
        assert_eq!(one, [(Kind::Heuristic, text.to_string())]);
        let one = planted(|r, good| {
            if !good {
                r.notes.hand_offs = vec![hand_off("reviewer", None, 1)];
            }
        });
        let text = "Sessions that handed work to `reviewer` went badly more often than those that did not.";
        assert_eq!(one, [(Kind::Heuristic, text.to_string())]);
    }

    #[test]
    fn habits_of_the_same_sessions_are_named_once() {
        let one = planted(|r, good| {
            if good {
                r.notes.steps = vec![step("cargo test", 1), step("git push", 1)];
                let tool = ToolCount { tool: "Bash".into(), calls: 1, failed: 0 };
                r.notes.tools = vec![tool];
            }
        });
        assert_eq!(one.len(), 1, "{one:?}");
    }

    #[test]
    fn without_outcomes_or_with_few_sessions_nothing_is_said() {
        assert!(planted(|r, _| r.notes.steps = vec![step("a", 1)]).is_empty());
        let bare = planted(|r, good| {
            r.notes.outcomes.clear();
            if good {
                r.notes.steps = vec![step("a", 1)];
            }
        });
        assert!(bare.is_empty());
        let few = (0..6).map(|n| {
            let mut r = judged(n, n < 3);
            if n < 3 {
                r.notes.steps = vec![step("a", 1)];
            }
            r
        });
        assert!(found(few.collect()).is_empty());
    }

    /// Numbers without a pattern, the same in every run (Knuth's MMIX generator).
    struct Seeded(u64);

    impl Seeded {
        fn below(&mut self, n: u64) -> u64 {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % n
        }
    }

    /// Forty sessions with thirty habits of different frequency; whether they went well is drawn by lot.
    fn by_lot(seed: u64) -> Vec<SessionRecord> {
        let mut seeded = Seeded(seed);
        (0..40)
            .map(|n| {
                let mut r = judged(n, seeded.below(2) == 0);
                for habit in 0..30_u64 {
                    if seeded.below(40) < habit + 4 {
                        r.notes.steps.push(step(&format!("step{habit}"), 1));
                    }
                }
                r
            })
            .collect()
    }

    #[test]
    fn by_lot_at_most_one_dream_of_twenty_finds_anything() {
        let wrong = (0..1000).filter(|seed| !found(by_lot(*seed)).is_empty()).count();
        println!("{wrong} of 1000");
        assert!(wrong <= 50, "{wrong} of 1000");
    }

    #[test]
    fn among_as_much_noise_a_planted_habit_is_found() {
        let seen = |seed: &u64| {
            let mut records = by_lot(*seed);
            for (n, r) in records.iter_mut().enumerate() {
                // In nine of ten sessions the habit goes with the result.
                let good = r.notes.outcomes[0].metric.reached() == Some(true);
                if good != (n % 10 == 0) {
                    r.notes.steps.push(step("planted", 1));
                }
            }
            let found = found(records);
            found.iter().any(|(kind, text)| *kind == Kind::Practice && text.contains("planted"))
        };
        let seen = (0..100).filter(seen).count();
        println!("{seen} of 100");
        assert!(seen >= 95, "{seen} of 100");
    }

    proptest! {
        #[test]
        fn the_order_of_sessions_changes_nothing(seed in 0..50_u64) {
            let mut records = by_lot(seed);
            for r in &mut records {
                if r.notes.outcomes[0].metric.reached() == Some(true) {
                    r.notes.steps.push(step("planted", 1));
                }
            }
            let once = mine(&sessions(records.clone()), &Policy::default());
            records.reverse();
            prop_assert_eq!(mine(&sessions(records), &Policy::default()), once);
        }
    }
}
