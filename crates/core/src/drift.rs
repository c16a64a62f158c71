//! Drift: how far the dreams of a store have changed it, one by one and together. Each revision that a
//! dream made carries its [`Figures`]; a plan whose unattended changes would bring a share over a limit
//! of the policy waits for a person as a whole, because the changes that each look harmless may not be
//! so together.

use dreaming_records::drift::{Figures, Share};
use dreaming_records::number::count;
use dreaming_records::plan::{Change, Gate};
use dreaming_records::policy::{self, Integer, Policy};
use dreaming_records::revision::RevisionKind;
use dreaming_records::score::PPM;
use dreaming_records::snapshot::Snapshot;

/// Bytes that a statement has, where a store is too small to tell. Chosen by us: a line of prose.
const STATEMENT: u64 = 100;

/// What the monitor found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// All shares that are not 0, in a fixed order.
    pub shares: Vec<Share>,
    /// The limits that tripped, as sentences.
    pub tripped: Vec<String>,
}

/// Looks at the unattended changes of a plan; when a limit trips, all of them wait for a person.
/// `entries` is how many the store has.
pub(crate) fn watch(
    changes: &mut [Change],
    store: &Snapshot,
    entries: u64,
    policy: &Policy,
) -> Drift {
    let unattended = changes.iter().filter(|change| change.gate == Gate::Auto);
    let now = Figures::of(unattended);
    let before = recent(store, policy.number(&policy::DRIFT_REVISIONS));
    let mut window = now.clone();
    before.iter().for_each(|figures| window.add(figures));
    let shares = shares(store, entries, &now, &window, policy);
    let over = |share: &Share| share.over(count(before.len()));
    let tripped: Vec<String> = match now.changes() {
        // What waits anyway cannot drift.
        0 => Vec::new(),
        _ => shares.iter().filter_map(over).collect(),
    };
    if let Some(first) = tripped.first() {
        for change in changes.iter_mut().filter(|change| change.gate == Gate::Auto) {
            change.gate = Gate::Review;
            change.gate_reason = format!("drift: {first}");
        }
    }
    Drift { shares: shares.into_iter().filter(|s| s.dream + s.window > 0).collect(), tripped }
}

/// The figures of the last `most` dreams that are part of the head's state, the newest first. What a
/// revert took back is not.
fn recent(store: &Snapshot, most: u64) -> Vec<&Figures> {
    let chain = &store.decisions;
    // A record names its parent, so the one after a revision tells its number.
    let number = |id| {
        let after = chain.values().find(|record| record.parent.as_ref() == Some(id));
        after.and_then(|record| record.number.checked_sub(1))
    };
    let mut found = Vec::new();
    let mut at = store.head.as_ref().map(|head| head.number);
    while let Some(record) = at.and_then(|number| chain.get(&number)) {
        if count(found.len()) == most {
            break;
        }
        found.extend(&record.figures);
        let before = match (record.kind, &record.restores) {
            (RevisionKind::Revert, Some(restored)) => number(restored),
            _ => record.number.checked_sub(1),
        };
        // A chain that a host made up must not go round in circles.
        at = before.filter(|before| *before < record.number);
    }
    found
}

/// The shares of one dream and of the window, in a fixed order.
fn shares(
    store: &Snapshot,
    entries: u64,
    now: &Figures,
    window: &Figures,
    policy: &Policy,
) -> Vec<Share> {
    // Least number of entries, and of statements or changes, that a share is taken of.
    let least = policy.number(&policy::DRIFT_LEAST);
    let bytes = store.memories.values().map(|memory| count(memory.text.len())).sum::<u64>();
    let (entries, bytes) = (entries.max(least), bytes.max(least * STATEMENT));
    let share = |setting: &Integer, dream: (u64, u64), window: (u64, u64), grows: bool| {
        let limit = policy.number(setting);
        let times = policy.number(&policy::DRIFT_WINDOW);
        Share {
            setting: setting.name.into(),
            dream: ppm(dream),
            dream_limit: limit,
            window: ppm(window),
            window_limit: if grows { limit.saturating_mul(times) / 100 } else { limit },
        }
    };
    let of = |setting: &Integer, count: fn(&Figures) -> u64, whole: u64| {
        share(setting, (count(now), whole), (count(window), whole), true)
    };
    // Shares of what was written do not add up over dreams.
    let mix = |setting: &Integer, part: fn(&Figures) -> u64, all: fn(&Figures) -> u64| {
        let of = |figures: &Figures| (part(figures), all(figures).max(least));
        share(setting, of(now), of(window), false)
    };
    vec![
        of(&policy::DRIFT_ADDED, |f| f.added, entries),
        of(&policy::DRIFT_MERGED, |f| f.merged, entries),
        of(&policy::DRIFT_SUPERSEDED, |f| f.superseded, entries),
        of(&policy::DRIFT_RETIRED, |f| f.retired, entries),
        of(&policy::DRIFT_WRITTEN, |f| f.bytes_written, bytes),
        of(&policy::DRIFT_LOST, |f| f.bytes_lost, bytes),
        mix(&policy::DRIFT_LOW_TRUST, Figures::low_trust, Figures::written),
        mix(&policy::DRIFT_UNATTENDED, Figures::unattended, Figures::changes),
    ]
}

fn ppm((part, whole): (u64, u64)) -> u64 {
    part.saturating_mul(PPM) / whole.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dreaming_fixtures::plans::change;
    use dreaming_fixtures::revisions::record;
    use dreaming_records::memory::Memory;
    use dreaming_records::plan::Operation;
    use dreaming_records::policy::Value;
    use dreaming_records::trust::Trust;

    fn policy(settings: &[(&Integer, u64)]) -> Policy {
        let mut policy = Policy::default();
        for (setting, value) in settings {
            policy.set(setting.name, Value::Integer(*value)).unwrap();
        }
        policy
    }

    fn additions(count: usize) -> Vec<Change> {
        let text = |n: usize| format!("Statement {n}.");
        (0..count).map(|n| change(Operation::Add, &[], Some(&text(n)))).collect()
    }

    fn chain(dreams: &[u64]) -> Snapshot {
        let mut store = Snapshot::new("");
        for (added, number) in dreams.iter().zip(1..) {
            let figures = Figures { added: *added, ..Figures::default() };
            let dream = RevisionKind::Dream;
            let record = dreaming_records::revision::RevisionRecord {
                figures: Some(figures),
                ..record(number, dream)
            };
            store.decisions.insert(number, record.clone());
            store.head = Some(record);
        }
        store
    }

    #[test]
    fn figures_are_counts_of_what_changes_do() {
        let mut changes = vec![
            change(Operation::Add, &[], Some("four")),
            change(Operation::Merge, &["a", "bb"], None),
            change(Operation::Supersede, &["old"], Some("newer")),
            change(Operation::Retire, &["gone"], None),
            change(Operation::Revise, &["secret"], Some("cut")),
        ];
        changes[2].trust = Trust::External;
        changes[3].gate = Gate::Review;
        let figures = Figures::of(&changes);
        assert_eq!(
            (figures.added, figures.merged, figures.superseded, figures.retired),
            (1, 2, 1, 1)
        );
        assert_eq!((figures.bytes_written, figures.bytes_lost), (12, 16));
        assert_eq!((figures.written(), figures.low_trust()), (3, 1));
        assert_eq!((figures.changes(), figures.unattended()), (5, 4));
        let json = serde_json::to_string(&figures).unwrap();
        assert!(json.contains(r#""trust":{"external":1,"agent":2}"#), "{json}");
    }

    #[test]
    fn a_limit_sends_the_whole_plan_to_review_and_says_which() {
        let policy = policy(&[(&policy::DRIFT_ADDED, 20_000)]);
        let mut changes = additions(2);
        let drift = watch(&mut changes, &Snapshot::new(""), 0, &policy);
        assert!(drift.tripped.is_empty() && changes.iter().all(|c| c.gate == Gate::Auto));
        let mut changes = additions(3);
        changes.push(change(Operation::Merge, &["a"], None));
        changes.push(Change { gate: Gate::Blocked, ..change(Operation::Retire, &["b"], None) });
        let drift = watch(&mut changes, &Snapshot::new(""), 0, &policy);
        assert_eq!(drift.tripped, ["drift.added would be 3.0 % in this dream, the limit is 2.0 %"]);
        let gates: Vec<Gate> = changes.iter().map(|c| c.gate).collect();
        assert_eq!(gates, [[Gate::Review; 4].as_slice(), &[Gate::Blocked]].concat());
        assert!(changes[3].gate_reason.contains("drift.added"), "{}", changes[3].gate_reason);
    }

    #[test]
    fn a_limit_holds_over_the_last_dreams_together() {
        let policy = policy(&[
            (&policy::DRIFT_ADDED, 20_000),
            (&policy::DRIFT_REVISIONS, 3),
            (&policy::DRIFT_WINDOW, 300),
        ]);
        let tripped = |dreams: &[u64]| {
            let mut changes = additions(1);
            watch(&mut changes, &chain(dreams), 0, &policy).tripped
        };
        assert!(tripped(&[2, 2, 1]).is_empty());
        let over = "drift.added would be 7.0 % with the 3 dreams before, the limit is 6.0 %";
        assert_eq!(tripped(&[2, 2, 2]), [over]);
        assert!(tripped(&[50, 2, 2, 1]).is_empty(), "longer ago than three dreams");
    }

    #[test]
    fn what_a_revert_took_back_does_not_count() {
        let mut store = chain(&[1, 90]);
        let head = store.decisions.get_mut(&2).unwrap();
        let first = dreaming_records::ids::RevisionId::new("first");
        head.parent = Some(first.clone());
        let revert = dreaming_records::revision::RevisionRecord {
            restores: Some(first),
            ..record(3, RevisionKind::Revert)
        };
        store.decisions.insert(3, revert.clone());
        store.head = Some(revert);
        let added: Vec<u64> = recent(&store, 10).iter().map(|figures| figures.added).collect();
        assert_eq!(added, [1]);
    }

    #[test]
    fn a_chain_that_goes_round_in_circles_ends() {
        let mut store = chain(&[1, 2]);
        let id = dreaming_records::ids::RevisionId::new("later");
        let revert = dreaming_records::revision::RevisionRecord {
            restores: Some(id.clone()),
            ..record(3, RevisionKind::Revert)
        };
        let after = dreaming_records::revision::RevisionRecord {
            parent: Some(id),
            ..record(9, RevisionKind::Edit)
        };
        store.decisions.insert(3, revert.clone());
        store.decisions.insert(9, after);
        store.head = Some(revert);
        assert!(recent(&store, 10).is_empty());
    }

    #[test]
    fn what_waits_for_a_person_trips_nothing() {
        let policy = policy(&[(&policy::DRIFT_ADDED, 0)]);
        let mut changes = additions(3);
        changes.iter_mut().for_each(|change| change.gate = Gate::Review);
        assert!(watch(&mut changes, &chain(&[90]), 0, &policy).tripped.is_empty());
    }

    #[test]
    fn shares_are_of_the_store_and_of_no_less_than_the_least_one() {
        let mut store = Snapshot::new("");
        let text = "x".repeat(20_000);
        store.add_memory(Memory::new("notes.md", text, None).unwrap()).unwrap();
        let mut changes = vec![change(Operation::Merge, &["x".repeat(200).as_str()], None)];
        let shares = watch(&mut changes, &store, 200, &Policy::default()).shares;
        let found: Vec<(&str, u64)> = shares.iter().map(|s| (&*s.setting, s.dream)).collect();
        assert_eq!(
            found,
            [("drift.merged", 5_000), ("drift.bytes-lost", 10_000), ("drift.unattended", 10_000)]
        );
    }
}
