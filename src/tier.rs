//! How established an entry is: short → intermediate → long.

use crate::ledger::{Support, Tier};
use crate::policy::{self, Policy};

/// The tier that `support` earns. Entries of a store that no session supports are short.
pub fn tier(support: Support, policy: &Policy) -> Tier {
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
