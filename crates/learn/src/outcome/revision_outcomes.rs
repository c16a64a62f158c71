//! How sessions went under each revision, which is the one in force when they began. When they go
//! worse since a dream than before, a revert is proposed; it never happens by itself.

use super::Judge;
use dreaming_records::copies;
use dreaming_records::ledger::Sessions;
use dreaming_records::number::count;
use dreaming_records::outcome::{Credit, InForce, ProposedRevert, SESSION, lower_bound};
use dreaming_records::policy::{self, Policy};
use dreaming_records::revision::{RevisionKind, RevisionRecord};
use dreaming_records::snapshot::Snapshot;
use dreaming_records::time::Time;
use dreaming_text::Groups;

/// Revisions that a report lists. Chosen by us: older ones say little about today.
const LISTED: usize = 10;

/// How sessions went under the latest revisions, newest first, and whether to propose a revert.
pub fn in_force(
    store: &Snapshot,
    sessions: &Sessions,
    policy: &Policy,
) -> (Vec<InForce>, Option<ProposedRevert>) {
    let begins: Vec<&RevisionRecord> =
        store.decisions.values().filter(|record| begins(record)).collect();
    let records = copies::distinct(sessions);
    let judge = Judge::new(records.iter().copied());
    let credits = Groups::of(records.iter().filter_map(|record| {
        let notes = &record.notes;
        let (credit, first) = (judge.credit(notes)?, notes.first?);
        Some((at(&begins, first)?, credit))
    }));
    let sums: Vec<InForce> = credits
        .iter()
        .map(|(revision, credits)| {
            let Credit { good, bad } = Credit::sum(credits.clone().copied());
            let bound = lower_bound(Credit { good, bad });
            InForce { revision: *revision, sessions: count(credits.count()), good, bad, bound }
        })
        .collect();
    let revert = proposed(&begins, &sums, policy);
    (sums.into_iter().rev().take(LISTED).collect(), revert)
}

/// Whether this revision changed what agents read, other than by people's edits.
fn begins(record: &RevisionRecord) -> bool {
    match record.kind {
        RevisionKind::Import | RevisionKind::Revert | RevisionKind::Gather => true,
        RevisionKind::Dream => record.verdicts.iter().any(|review| review.accepted),
        RevisionKind::Edit | RevisionKind::Erase | RevisionKind::Reopen => false,
    }
}

/// The revision in force at `time`.
fn at(begins: &[&RevisionRecord], time: Time) -> Option<u64> {
    begins.iter().rev().find(|record| record.now <= time).map(|record| record.number)
}

fn proposed(
    begins: &[&RevisionRecord],
    sums: &[InForce],
    policy: &Policy,
) -> Option<ProposedRevert> {
    let [.., before, head] = begins else { return None };
    if head.kind != RevisionKind::Dream {
        return None;
    }
    let enough = policy.number(&policy::REVERT_SESSIONS).saturating_mul(SESSION);
    let known = |record: &RevisionRecord| {
        let of = sums.iter().find(|sum| sum.revision == record.number);
        of.filter(|sum| sum.good + sum.bad >= enough)
    };
    let (since, before) = (known(head)?, known(before)?);
    let least = (since.good + since.bad).min(before.good + before.bad);
    let (since, before) = (at_weight(since, least), at_weight(before, least));
    let drop = before.bound.saturating_sub(since.bound);
    (drop > policy.number(&policy::REVERT_DROP)).then_some(ProposedRevert {
        from: head.number,
        to: head.number.checked_sub(1)?,
        since,
        before,
    })
}

/// The sums with the lower bound that they would have if only `weight` were known, in the same
/// proportion.
fn at_weight(sum: &InForce, weight: u64) -> InForce {
    let all = (sum.good + sum.bad).max(1);
    let scaled = |part: u64| part.saturating_mul(weight) / all;
    let scaled = Credit { good: scaled(sum.good), bad: scaled(sum.bad) };
    InForce { bound: lower_bound(scaled), ..*sum }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dreaming_fixtures::{outcome, record, revisions, sessions, time};
    use dreaming_records::outcome::OutcomeSource;
    use dreaming_records::policy::SettingValue;
    use dreaming_records::revision::Verdict;

    /// A chain of revisions of these kinds, made on these days.
    fn chain(revisions: &[(RevisionKind, i64)]) -> Snapshot {
        let mut store = Snapshot::new("");
        for ((kind, on), number) in revisions.iter().zip(1..) {
            let review = Verdict {
                change: dreaming_records::ids::ChangeId::default(),
                accepted: true,
                evidence: Vec::new(),
                edited: None,
                reopened: false,
            };
            let mut record = revisions::record(number, *kind);
            record.now = time(*on);
            record.verdicts = vec![review];
            store.decisions.insert(number, record);
        }
        store
    }

    /// Sessions of these days, with the numbers of those that went well and badly.
    fn went(days: &[(i64, u64, u64)]) -> Sessions {
        let mut all = Vec::new();
        for (on, good, bad) in days {
            for n in 0..good + bad {
                let mut r = record(&format!("{on}-{n}"), "alice", *on);
                r.notes.outcomes = vec![outcome("reward", OutcomeSource::Measured, n < *good)];
                all.push(r);
            }
        }
        sessions(all)
    }

    use RevisionKind::{Dream, Edit, Import, Revert};

    #[test]
    fn sessions_count_for_the_revision_in_force_when_they_began() {
        let store = chain(&[(Import, 3), (Dream, 5), (Edit, 6), (Dream, 8)]);
        let sessions = went(&[(1, 1, 0), (3, 1, 1), (7, 2, 0), (8, 0, 1), (9, 1, 0)]);
        let (found, revert) = in_force(&store, &sessions, &Policy::default());
        let found: Vec<_> = found.iter().map(|f| (f.revision, f.sessions, f.good, f.bad)).collect();
        assert_eq!(found, [(4, 2, 100, 100), (2, 2, 200, 0), (1, 2, 100, 100)]);
        assert_eq!(revert, None, "too few");
    }

    #[test]
    fn sessions_that_go_worse_since_a_dream_propose_to_take_it_back() {
        let store = chain(&[(Import, 1), (Dream, 3), (Edit, 4), (Dream, 6)]);
        let worse = went(&[(3, 9, 1), (7, 2, 8)]);
        let (_, revert) = in_force(&store, &worse, &Policy::default());
        let revert = revert.unwrap();
        assert_eq!((revert.from, revert.to), (4, 3));
        assert_eq!((revert.before.good, revert.since.good), (900, 200));
        let said = revert.sentence();
        assert!(said.contains("well in 20 % of 10 sessions (at least 12 %)"), "{said}");
        assert!(said.contains("before it in 90 % of 10 sessions (at least 72 %)"), "{said}");
        let mut patient = Policy::default();
        patient.set("revert.drop", SettingValue::Integer(1_000_000)).unwrap();
        assert_eq!(in_force(&store, &worse, &patient).1, None);
    }

    #[test]
    fn fewer_sessions_alone_are_no_worse() {
        let store = chain(&[(Import, 1), (Dream, 3), (Dream, 6)]);
        for (before, since) in [((50, 0), (5, 0)), ((40, 10), (4, 1)), ((5, 0), (50, 0))] {
            let sessions = went(&[(4, before.0, before.1), (7, since.0, since.1)]);
            assert_eq!(in_force(&store, &sessions, &Policy::default()).1, None);
        }
    }

    #[test]
    fn after_a_revert_nothing_more_is_proposed() {
        let store = chain(&[(Import, 1), (Dream, 3), (Revert, 6)]);
        let worse = went(&[(4, 10, 0), (7, 0, 10)]);
        assert_eq!(in_force(&store, &worse, &Policy::default()).1, None);
    }
}
