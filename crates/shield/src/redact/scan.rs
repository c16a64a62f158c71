//! The result of scanning a place of a text.

use std::ops::Range;

/// What a scan found at a place.
pub(super) enum Scan {
    /// No secret here.
    Nothing,
    /// No secret here, nor at any place before this position.
    NothingBefore(usize),
    /// A secret.
    Found(Range<usize>),
    /// A secret, with a name of its own for the replacement.
    Named(&'static str, Range<usize>),
}
