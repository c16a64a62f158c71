//! The rows of one sort of a ledger, by key.
//!
//! A store keeps thousands of rows of which a dream changes a few. So a copy shares the rows with what it was
//! copied from until one of them is changed, and a row that came from a host keeps the digest of its bytes:
//! what did not change is neither copied nor written out again.

use std::collections::{BTreeMap, btree_map};
use std::sync::Arc;

use dreaming_text::sort;

use crate::ids::Digest;

/// Rows by key, in the order of the keys. A copy shares its rows.
#[derive(Clone, Debug)]
pub struct Rows<K, V>(BTreeMap<K, Arc<Row<V>>>);

#[derive(Clone, Debug)]
struct Row<V> {
    value: V,
    /// The digest of the bytes that a host brought; `None` for what was made or changed since.
    stored: Option<Digest>,
}

impl<K: Ord, V: Clone> Rows<K, V> {
    /// Rows that no host has stored.
    pub(crate) fn of(rows: impl Iterator<Item = (K, V)>) -> Self {
        let mut all = Self::default();
        rows.for_each(|(key, value)| all.insert(key, value));
        all
    }

    /// The row of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.0.get(key).map(|row| &row.value)
    }

    /// The row of a key, to change it.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let row = Arc::make_mut(self.0.get_mut(key)?);
        row.stored = None;
        Some(&mut row.value)
    }

    /// Puts a row in the place of the one that has its key, if one does.
    pub fn insert(&mut self, key: K, value: V) {
        self.put(key, value, None);
    }

    /// As [`Rows::insert`], for a row whose bytes have this digest. Whether none had its key.
    pub(crate) fn load(&mut self, key: K, value: V, bytes: Digest) -> bool {
        self.put(key, value, Some(bytes))
    }

    fn put(&mut self, key: K, value: V, stored: Option<Digest>) -> bool {
        self.0.insert(key, Arc::new(Row { value, stored })).is_none()
    }

    /// Puts a row in the place of each for which `change` gives one. The others stay shared.
    pub fn update(&mut self, change: impl Fn(&V) -> Option<V>) {
        for row in self.0.values_mut() {
            if let Some(value) = change(&row.value) {
                *row = Arc::new(Row { value, stored: None });
            }
        }
    }

    /// Takes all rows out but those for which `keep` says so.
    pub fn retain(&mut self, keep: impl Fn(&K, &V) -> bool) {
        // A tree that rows are taken out of is five kilobytes of code for every sort of rows.
        let rows = std::mem::take(&mut self.0).into_iter();
        self.0 = sort::map(rows.filter(|(key, row)| keep(key, &row.value)));
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
        self.0.values().map(|row| &row.value)
    }

    /// Keys and rows, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> + Clone {
        self.0.iter().map(|(key, row)| (key, &row.value))
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
    /// Whether both have the same row of a key, or neither has one.
    pub(crate) fn agrees(&self, other: &Self, key: &K) -> bool {
        match (self.0.get(key), other.0.get(key)) {
            (Some(one), Some(two)) => are_equal(one, two),
            (one, two) => one.is_none() && two.is_none(),
        }
    }

    /// The digest of the bytes of a row that `newer` has as this one has it; `None` when it has another one,
    /// or when no host brought its bytes.
    pub(crate) fn digest(&self, newer: &Self, key: &K) -> Option<&Digest> {
        let stored = self.0.get(key)?.stored.as_ref();
        stored.filter(|_| self.agrees(newer, key))
    }
}

fn are_equal<V: PartialEq>(one: &Arc<Row<V>>, two: &Arc<Row<V>>) -> bool {
    Arc::ptr_eq(one, two)
        || one.stored.is_some() && one.stored == two.stored
        || one.value == two.value
}

impl<K, V> Default for Rows<K, V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Eq, V: PartialEq> PartialEq for Rows<K, V> {
    fn eq(&self, other: &Self) -> bool {
        let mut pairs = self.0.iter().zip(&other.0);
        self.0.len() == other.0.len()
            && pairs.all(|((a, one), (b, two))| a == b && are_equal(one, two))
    }
}

impl<K: Eq, V: Eq> Eq for Rows<K, V> {}

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
