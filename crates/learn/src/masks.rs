//! Which personal data a policy wants masked.

use dreaming_records::policy::{self, Policy};
use dreaming_shield::redact::Personal;

/// What `policy` wants masked.
pub fn of(policy: &Policy) -> Personal {
    Personal {
        emails: policy.is_on(&policy::MASK_EMAILS),
        cards: policy.is_on(&policy::MASK_CARDS),
        ibans: policy.is_on(&policy::MASK_IBANS),
    }
}
