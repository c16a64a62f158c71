//! The rows of one sort of a ledger, by key.
//!
//! A store keeps thousands of rows, of which a dream changes a few. So a copy shares rows with the
//! original until one of them changes, and a row from a host keeps the digest of its bytes:
//! unchanged rows are neither copied nor serialised again.

use std::collections::{BTreeMap, btree_map};
use std::ops::Deref;
use std::sync::Arc;

use dreaming_text::sort;

use crate::ids::Digest;

/// Rows by key, in the order of the keys. Copies share their rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows<K, V>(BTreeMap<K, Shared<V>>);

/// A row, which costs nothing to copy.
#[derive(Debug)]
pub struct Shared<V>(Arc<Row<V>>);

#[derive(Clone, Debug)]
struct Row<V> {
    value: V,
    /// The digest of the row's bytes as the host stored them; `None` for a row that was made or
    /// changed since.
    stored: Option<Digest>,
}

impl<V> Deref for Shared<V> {
    type Target = V;

    fn deref(&self) -> &V {
        &self.0.value
    }
}

impl<V> Clone for Shared<V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// A row that no host has stored.
impl<V> From<V> for Shared<V> {
    fn from(value: V) -> Self {
        Self(Arc::new(Row { value, stored: None }))
    }
}

impl<V: PartialEq> PartialEq for Shared<V> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || self.0.stored.is_some() && self.0.stored == other.0.stored
            || self.0.value == other.0.value
    }
}

impl<V: Eq> Eq for Shared<V> {}

impl<K: Ord, V: Clone> Rows<K, V> {
    /// Rows that no host has stored.
    pub(crate) fn of(rows: impl Iterator<Item = (K, V)>) -> Self {
        let mut all = Self::default();
        rows.for_each(|(key, value)| all.insert(key, value));
        all
    }

    /// The row of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.0.get(key).map(|row| &**row)
    }

    /// The row of a key, to change it; its stored digest is dropped.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let row = Arc::make_mut(&mut self.0.get_mut(key)?.0);
        row.stored = None;
        Some(&mut row.value)
    }

    /// Adds a row, or replaces the row with this key.
    pub fn insert(&mut self, key: K, row: impl Into<Shared<V>>) {
        self.0.insert(key, row.into());
    }

    /// As [`Rows::insert`], for a row whose bytes have this digest. Returns whether the key was
    /// new.
    pub(crate) fn load(&mut self, key: K, value: V, bytes: Digest) -> bool {
        self.0.insert(key, Shared(Arc::new(Row { value, stored: Some(bytes) }))).is_none()
    }

    /// Replaces each row for which `change` returns one. The others stay shared.
    pub fn update(&mut self, change: impl Fn(&V) -> Option<V>) {
        for row in self.0.values_mut() {
            if let Some(value) = change(row) {
                *row = value.into();
            }
        }
    }

    /// Removes all rows for which `keep` is false.
    pub fn retain(&mut self, keep: impl Fn(&K, &V) -> bool) {
        // Rebuilds the tree: removing rows from a tree would take five kilobytes of code for every
        // sort of rows.
        let rows = std::mem::take(&mut self.0).into_iter();
        self.0 = sort::map(rows.filter(|(key, row)| keep(key, row)));
    }

    /// Puts the rows of `other` in.
    pub fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Whether a row has the key.
    pub fn contains_key(&self, key: &K) -> bool {
        self.0.contains_key(key)
    }

    /// The keys, in order.
    pub fn keys(&self) -> btree_map::Keys<'_, K, impl Sized + use<K, V>> {
        self.0.keys()
    }

    /// The rows, in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + Clone {
        self.0.values().map(|row| &**row)
    }

    /// The rows, shared instead of borrowed.
    pub fn shared(&self) -> impl Iterator<Item = &Shared<V>> {
        self.0.values()
    }

    /// Keys and rows, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> + Clone {
        self.0.iter().map(|(key, row)| (key, &**row))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Ord, V: PartialEq> Rows<K, V> {
    /// Whether both have an equal row for the key, or neither has one.
    pub(crate) fn agrees(&self, other: &Self, key: &K) -> bool {
        match (self.0.get(key), other.0.get(key)) {
            (Some(one), Some(two)) => one == two,
            (one, two) => one.is_none() && two.is_none(),
        }
    }

    /// The stored digest of a row that is the same in `newer`; `None` when the row differs there,
    /// or has no stored digest.
    pub(crate) fn digest(&self, newer: &Self, key: &K) -> Option<&Digest> {
        let stored = self.0.get(key)?.0.stored.as_ref();
        stored.filter(|_| self.agrees(newer, key))
    }
}

impl<K, V> Default for Rows<K, V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(values: &[(u8, &str)]) -> Rows<u8, String> {
        let mut rows = Rows::default();
        for (key, value) in values {
            rows.load(*key, (*value).to_owned(), Digest::new(format!("of {value}")));
        }
        rows
    }

    #[test]
    fn a_row_that_changes_has_no_digest_and_its_copies_stay_as_they_were() {
        let old = rows(&[(1, "one"), (2, "two")]);
        let mut new = old.clone();
        assert_eq!(old.digest(&new, &1), Some(&Digest::new("of one")));
        new.get_mut(&1).unwrap().push('!');
        assert_eq!((old.get(&1).unwrap().as_str(), new.get(&1).unwrap().as_str()), ("one", "one!"));
        assert_eq!((old.digest(&new, &1), new.digest(&new, &1)), (None, None));
        assert_eq!(new.digest(&new, &2), Some(&Digest::new("of two")));
        assert!(!old.agrees(&new, &1) && old.agrees(&new, &2) && old != new);
    }

    #[test]
    fn a_row_that_is_made_anew_with_the_same_value_is_the_same() {
        let old = rows(&[(1, "one")]);
        let mut new = old.clone();
        new.insert(1, "one".to_owned());
        assert_eq!(old.digest(&new, &1), Some(&Digest::new("of one")));
        assert_eq!(old, new);
        new.update(|value| (value == "one").then(|| "two".to_owned()));
        assert_eq!((new.get(&1).unwrap().as_str(), old.digest(&new, &1)), ("two", None));
    }

    #[test]
    fn rows_that_only_one_has_do_not_agree() {
        let (one, two) = (rows(&[(1, "one")]), rows(&[]));
        assert!(!one.agrees(&two, &1) && !two.agrees(&one, &1) && one.agrees(&two, &3));
        assert_eq!((one.digest(&two, &1), two.digest(&one, &1)), (None, None));
        assert_ne!(one, two);
    }
}
