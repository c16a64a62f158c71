//! Which personal data a policy wants masked.

use dreaming_records::policy::{self, Policy};
use dreaming_shield::redact::{Personal, told_by_person};
use dreaming_text::normal;

/// What `policy` wants masked.
pub fn of(policy: &Policy) -> Personal {
    Personal {
        emails: policy.is_on(&policy::MASK_EMAILS),
        cards: policy.is_on(&policy::MASK_CARDS),
        ibans: policy.is_on(&policy::MASK_IBANS),
    }
}

/// A text in one line as a prompt shows it: without secrets and without what `policy` wants masked.
pub(crate) fn line(text: &str, policy: &Policy) -> String {
    told_by_person(&normal(text), of(policy))
}
