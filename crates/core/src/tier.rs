//! Computes how established an entry is: short → intermediate → long, and back.
//!
//! A tier follows from support alone, so that it is the same whatever was dreamt before: an entry
//! rises with the sessions that support it, and falls when they are withdrawn, when the policy asks
//! for more, or while a conflict about it is open. What the tiers mean:
//!
//! | tier | support | staleness ([`crate::prune`]) | index, when it is too long |
//! |---|---|---|---|
//! | short | seen once | goes after `prune.stale-days` | its line goes first |
//! | intermediate | several sessions | goes after `prune.stale-days-intermediate` | then its line |
//! | long | many sessions on several days | never goes, nor for want of room | its line goes last |

use dreaming_records::ledger::{Support, Tier};
use dreaming_records::policy::{self, Policy};

/// The tier that `support` earns. An entry that no session supports is short.
pub(crate) fn tier(support: Support, policy: &Policy) -> Tier {
    if support.sessions >= policy.number(&policy::LONG_SESSIONS)
        && support.days >= policy.number(&policy::LONG_DAYS)
    {
        Tier::Long
    } else if support.sessions >= policy.number(&policy::INTERMEDIATE_SESSIONS) {
        Tier::Intermediate
    } else {
        Tier::Short
    }
}

/// The tier of an entry: the one that its support earns, or the one below while the entry is in an
/// open conflict, because a statement that another one contradicts is not established.
pub(crate) fn of_entry(support: Support, in_conflict: bool, policy: &Policy) -> Tier {
    match (tier(support, policy), in_conflict) {
        (Tier::Long, true) => Tier::Intermediate,
        (_, true) => Tier::Short,
        (tier, false) => tier,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sessions: u64, days: u64) -> Support {
        Support { sessions, agents: 1, days }
    }

    #[test]
    fn a_tier_rises_with_sessions_and_days_and_falls_with_them() {
        let policy = Policy::default();
        let tiers = [of(0, 0), of(1, 1), of(2, 1), of(9, 1), of(5, 3)].map(|s| tier(s, &policy));
        let [none, once, twice, afternoon, habit] = tiers;
        assert_eq!((none, once, twice), (Tier::Short, Tier::Short, Tier::Intermediate));
        assert_eq!((afternoon, habit), (Tier::Intermediate, Tier::Long));
    }

    #[test]
    fn a_conflict_costs_one_step_and_no_more_however_often_it_is_looked_at() {
        let policy = Policy::default();
        let of = |support| [true, false].map(|conflict| of_entry(support, conflict, &policy));
        assert_eq!(
            of(Support { sessions: 9, agents: 2, days: 9 }),
            [Tier::Intermediate, Tier::Long]
        );
        assert_eq!(
            of(Support { sessions: 2, agents: 2, days: 2 }),
            [Tier::Short, Tier::Intermediate]
        );
        assert_eq!(of(Support::default()), [Tier::Short, Tier::Short]);
    }
}
