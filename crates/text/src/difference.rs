//! What two texts have apart from each other, as guards name it.

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

/// Fires when neither of two sets contains the other. An empty set is contained in every set.
pub(super) fn apart<T: Ord + AsRef<str>>(kind: &'static str, a: &[T], b: &[T]) -> Option<Guard> {
    let (left, right) = (written(a, b), written(b, a));
    (!left.is_empty() && !right.is_empty()).then_some(Guard { kind, left, right })
}

/// Fires when two sets are not equal.
pub(super) fn unequal<T: Ord + AsRef<str>>(kind: &'static str, a: &[T], b: &[T]) -> Option<Guard> {
    (a != b).then(|| Guard { kind, left: written(a, b), right: written(b, a) })
}

/// What the first of two sorted lists has alone.
pub(super) fn only<'v, T: Ord>(a: &'v [T], b: &'v [T]) -> impl Iterator<Item = &'v T> {
    a.iter().filter(|value| b.binary_search(value).is_err())
}

/// The same, as a guard names it.
fn written<T: Ord + AsRef<str>>(a: &[T], b: &[T]) -> Vec<String> {
    only(a, b).map(|value| value.as_ref().to_owned()).collect()
}
