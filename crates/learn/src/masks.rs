//! Which personal data a policy masks.

use dreaming_records::policy::{self, Policy};
use dreaming_shield::redact::{Personal, redact_and_mask};
use dreaming_text::normal;

/// The kinds of personal data that `policy` masks.
pub fn of(policy: &Policy) -> Personal {
    Personal {
        emails: policy.is_on(&policy::MASK_EMAILS),
        cards: policy.is_on(&policy::MASK_CARDS),
        ibans: policy.is_on(&policy::MASK_IBANS),
    }
}

/// A text as a prompt shows it: one line, without secrets and without what `policy` masks.
pub(crate) fn line(text: &str, policy: &Policy) -> String {
    redact_and_mask(&normal(text), of(policy))
}
