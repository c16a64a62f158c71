//! What the scan of a rule finds at a place of a text.

use std::ops::Range;

/// What there is at a place.
pub(super) enum Scan {
    /// Nothing here.
    Nothing,
    /// Nothing here, nor at any place before this one.
    NothingBefore(usize),
    /// A secret.
    Found(Range<usize>),
    /// A secret of a kind with a name of its own.
    Named(&'static str, Range<usize>),
}
