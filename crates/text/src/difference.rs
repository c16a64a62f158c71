//! What two texts have apart from each other, as guards name it.

use std::borrow::Cow;

use super::values::Value;

/// Why two similar texts may not be merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// What differs, as a stable word: `code`, `path`, `flag`, `date`, `version`, `id`, `number`,
    /// `unit`, `quoted`, `name` (see [`super::ValueKind`]), `link`, `negation`, `modality`,
    /// `opposite`, `order`.
    pub kind: &'static str,
    /// The values on the left that the right has not, sorted.
    pub left: Vec<String>,
    /// The values on the right that the left has not, sorted.
    pub right: Vec<String>,
}

/// Something that a guard compares and names.
pub(super) trait Written: Ord {
    /// As a guard names it.
    fn written(&self) -> &str;
}

impl Written for String {
    fn written(&self) -> &str {
        self
    }
}

impl Written for &str {
    fn written(&self) -> &str {
        self
    }
}

impl Written for Cow<'_, str> {
    fn written(&self) -> &str {
        self
    }
}

impl Written for Value<'_> {
    fn written(&self) -> &str {
        &self.text
    }
}

/// Fires when neither of two sets contains the other. An empty set is contained in every set.
pub(super) fn apart<T: Written>(kind: &'static str, a: &[T], b: &[T]) -> Option<Guard> {
    let (left, right) = (written(a, b), written(b, a));
    (!left.is_empty() && !right.is_empty()).then_some(Guard { kind, left, right })
}

/// Fires when two sets are not equal.
pub(super) fn unequal<T: Written>(kind: &'static str, a: &[T], b: &[T]) -> Option<Guard> {
    (a != b).then(|| Guard { kind, left: written(a, b), right: written(b, a) })
}

/// What the first of two sorted lists has alone.
pub(super) fn only<'v, T: Ord>(a: &'v [T], b: &'v [T]) -> impl Iterator<Item = &'v T> {
    a.iter().filter(|value| b.binary_search(value).is_err())
}

/// The same, as a guard names it.
fn written<T: Written>(a: &[T], b: &[T]) -> Vec<String> {
    only(a, b).map(|value| value.written().to_owned()).collect()
}
