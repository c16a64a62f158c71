//! Sets and maps as sorted lists, filled once and then read. The standard library's tree compiles
//! some five kilobytes for each type, and a list that is filled once needs no tree.

use std::borrow::Borrow;

use crate::sort;

/// Items in order, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set<T>(Vec<T>);

impl<T: Ord> Set<T> {
    /// The set of these items.
    pub fn of(items: impl IntoIterator<Item = T>) -> Self {
        Self(sort::set(items.into_iter().collect()))
    }

    /// Whether it has an item.
    pub fn contains<Q: Ord + ?Sized>(&self, item: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.0.binary_search_by(|other| other.borrow().cmp(item)).is_ok()
    }

    /// The items, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no items.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> IntoIterator for Set<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// A map: each key has one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map<K, V>(Vec<(K, V)>);

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord, V> Map<K, V> {
    /// A map from pairs; of equal keys the last one holds.
    pub fn of(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let mut pairs: Vec<(K, V)> = pairs.into_iter().collect();
        sort::by(&mut pairs, |a, b| a.0.cmp(&b.0));
        pairs.dedup_by(|later, earlier| {
            let is_same = later.0 == earlier.0;
            if is_same {
                std::mem::swap(later, earlier);
            }
            is_same
        });
        Self(pairs)
    }

    /// The value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let at = self.0.binary_search_by(|(other, _)| other.borrow().cmp(key)).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    /// Keys and values, in the order of the keys.
    pub fn iter(&self) -> std::slice::Iter<'_, (K, V)> {
        self.0.iter()
    }
}

impl<K, V> IntoIterator for Map<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// A multimap: each key may have several values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups<K, V>(Vec<(K, V)>);

impl<K: Ord, V> Groups<K, V> {
    /// Groups values by key; values keep their order within a group.
    pub fn of(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let mut pairs: Vec<(K, V)> = pairs.into_iter().collect();
        sort::by(&mut pairs, |a, b| a.0.cmp(&b.0));
        Self(pairs)
    }

    /// The values of a key.
    pub fn get<'a, Q: Ord + ?Sized>(
        &'a self,
        key: &Q,
    ) -> impl Iterator<Item = &'a V> + Clone + use<'a, K, V, Q>
    where
        K: Borrow<Q>,
    {
        sort::run(&self.0, |(other, _)| other.borrow().cmp(key)).iter().map(|(_, value)| value)
    }

    /// Each key with its values.
    pub fn iter(&self) -> impl Iterator<Item = (&K, impl Iterator<Item = &V> + Clone)> {
        self.0.chunk_by(|a, b| a.0 == b.0).filter_map(|group| {
            let (key, _) = group.first()?;
            Some((key, group.iter().map(|(_, value)| value)))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_hold_what_trees_hold(
            pairs in proptest::collection::vec((0_u8..12, any::<u16>()), 0..40), key in 0_u8..12,
        ) {
            let (set, tree) = (Set::of(pairs.clone()), BTreeSet::from_iter(pairs.clone()));
            prop_assert_eq!(set.iter().collect::<Vec<_>>(), tree.iter().collect::<Vec<_>>());
            prop_assert!(pairs.iter().all(|pair| set.contains(pair)));
            prop_assert_eq!(set.contains(&(key, 7)), tree.contains(&(key, 7)));
            let (map, tree) = (Map::of(pairs.clone()), BTreeMap::from_iter(pairs.clone()));
            prop_assert_eq!(map.get(&key), tree.get(&key));
            prop_assert!(map.into_iter().eq(tree));
            let groups = Groups::of(pairs.clone());
            let wanted: Vec<u16> = pairs.iter().filter(|(k, _)| *k == key).map(|(_, v)| *v).collect();
            prop_assert!(groups.get(&key).eq(&wanted));
            let counted: usize = groups.iter().map(|(_, values)| values.count()).sum();
            prop_assert_eq!(counted, pairs.len());
        }
    }
}
