//! Differences between two texts, as guards report them.

/// The difference that forbids merging two similar texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// The sort of difference, as a stable word: `code`, `path`, `flag`, `date`, `version`, `id`,
    /// `number`, `unit`, `quoted`, `name` (see [`super::ValueKind`]), `link`, `negation`,
    /// `modality`, `opposite`, `order`.
    pub kind: &'static str,
    /// The values that only the left text has, sorted.
    pub left: Vec<String>,
    /// The values that only the right text has, sorted.
    pub right: Vec<String>,
}

/// A guard when neither of two sets contains the other. The empty set is contained in every set.
pub(super) fn apart<T: Ord + AsRef<str>>(kind: &'static str, a: &[T], b: &[T]) -> Option<Guard> {
    let (left, right) = (written(a, b), written(b, a));
    (!left.is_empty() && !right.is_empty()).then_some(Guard { kind, left, right })
}

/// A guard when two sets differ.
pub(super) fn unequal<T: Ord + AsRef<str>>(kind: &'static str, a: &[T], b: &[T]) -> Option<Guard> {
    (a != b).then(|| Guard { kind, left: written(a, b), right: written(b, a) })
}

/// The items that only the first of two sorted lists has.
pub(super) fn only<'v, T: Ord>(a: &'v [T], b: &'v [T]) -> impl Iterator<Item = &'v T> {
    a.iter().filter(|value| b.binary_search(value).is_err())
}

/// Like [`only`], as texts.
fn written<T: Ord + AsRef<str>>(a: &[T], b: &[T]) -> Vec<String> {
    only(a, b).map(|value| value.as_ref().to_owned()).collect()
}
