//! Numbers as documents write them.

/// A number of items or bytes: `u64` whatever the width of the host, so that documents are the
/// same.
pub fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}

/// Whether a number is left out of a document.
pub fn is_zero(number: &u64) -> bool {
    *number == 0
}
