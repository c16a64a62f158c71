//! The engine's only sort. The standard library compiles a sort of some seven kilobytes for each
//! type of item, and the engine has more than a hundred types. Here one sort works on positions,
//! and each type only adds how two of its items compare. Long lists of numbers use the standard
//! library's sort.
#![expect(
    clippy::disallowed_methods,
    reason = "this module is where the sort of the standard library is kept; everything else calls it"
)]

use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Lists of up to so many items are sorted in place. Chosen by us: moving so few items is cheaper
/// than allocating their positions.
const FEW: usize = 12;

/// Items that can be compared and swapped by position.
trait Items {
    /// Whether the item at `a` comes before the one at `b`; not when they are equal.
    fn is_before(&self, a: usize, b: usize) -> bool;
    fn swap(&mut self, a: usize, b: usize);
}

struct Ordered<'a, T, F> {
    items: &'a mut [T],
    order: F,
}

impl<T, F: Fn(&T, &T) -> Ordering> Items for Ordered<'_, T, F> {
    fn is_before(&self, a: usize, b: usize) -> bool {
        match (self.items.get(a), self.items.get(b)) {
            (Some(a), Some(b)) => (self.order)(a, b).is_lt(),
            _ => false,
        }
    }

    fn swap(&mut self, a: usize, b: usize) {
        self.items.swap(a, b);
    }
}

/// Sorts items by their own order. Stable.
pub fn all<T: Ord>(items: &mut [T]) {
    by(items, T::cmp);
}

/// Sorts items by `order`. Stable.
pub fn by<T>(items: &mut [T], order: impl Fn(&T, &T) -> Ordering) {
    let count = items.len();
    sort(&mut Ordered { items, order }, count);
}

/// Sorts items by a key, computed for every comparison. Stable.
pub fn by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    by(items, |a, b| key(a).cmp(&key(b)));
}

/// Sorts items by a key, computed once for each. Stable.
pub fn by_cached_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    let mut keys: Vec<(K, usize)> = items.iter().map(key).zip(0..).collect();
    all(&mut keys);
    let order = keys.into_iter().map(|(_, at)| at).collect();
    permute(&mut Ordered { items, order: |_: &T, _: &T| Ordering::Equal }, order);
}

/// The order of items by their texts, as pairs of the text's [`beginning`] and the item's position.
/// Beginnings lie together in memory, unlike the texts; whole texts are compared only when their
/// beginnings are equal.
pub fn by_beginnings<T>(items: &[T], text: impl Fn(&T) -> &str) -> Vec<(u64, u32)> {
    let mut order: Vec<(u64, u32)> =
        items.iter().map(|item| beginning(text(item))).zip(0..).collect();
    packed(&mut order);
    for run in order.chunk_by_mut(|a, b| a.0 == b.0).filter(|run| run.len() > 1) {
        by_key(run, |(_, at)| items.get(usize::try_from(*at).ok()?).map(&text));
    }
    order
}

/// The first eight bytes of a text as a number. Different numbers are ordered as their texts are.
pub fn beginning(text: &str) -> u64 {
    let mut first = [0; 8];
    first.iter_mut().zip(text.as_bytes()).for_each(|(to, from)| *to = *from);
    u64::from_be_bytes(first)
}

/// Makes a set of a list: sorted, each item once.
pub fn set<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    all(&mut list);
    list.dedup();
    list
}

/// Keeps the items for which `stays` returns true; asks once for each, in order. Like
/// `Vec::retain`, of which each closure would compile a copy.
#[inline(never)]
pub fn keep<T>(list: &mut Vec<T>, stays: &mut dyn FnMut(&T) -> bool) {
    let mut kept = 0;
    for at in 0..list.len() {
        if list.get(at).is_some_and(&mut *stays) {
            list.swap(kept, at);
            kept += 1;
        }
    }
    list.truncate(kept);
}

/// The items of a sorted list that `order` calls equal to what is looked for.
pub fn run<T>(sorted: &[T], order: impl Fn(&T) -> Ordering) -> &[T] {
    let start = sorted.partition_point(|item| order(item).is_lt());
    let rest = sorted.get(start..).unwrap_or(&[]);
    rest.get(..rest.partition_point(|item| order(item).is_eq())).unwrap_or(&[])
}

/// A map from pairs; of equal keys the last one holds. Collecting into a `BTreeMap` would compile a
/// sort for every type; this inserts the pairs one by one.
pub fn map<K: Ord, V>(pairs: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    for (key, value) in pairs {
        map.insert(key, value);
    }
    map
}

/// Sorts numbers.
pub(crate) fn u32s(numbers: &mut [u32]) {
    numbers.sort_unstable();
}

/// Sorts numbers.
pub fn u64s(numbers: &mut [u64]) {
    numbers.sort_unstable();
}

/// A tuple of numbers that is sorted as one number.
pub trait Packed: Copy {
    /// The numbers as one, the first in the highest bits.
    fn pack(self) -> u128;
    /// Reverses [`Packed::pack`].
    fn unpack(packed: u128) -> Self;
}

impl Packed for (u32, u32) {
    fn pack(self) -> u128 {
        u128::from(self.0) << 32 | u128::from(self.1)
    }
    fn unpack(packed: u128) -> Self {
        (low(packed >> 32), low(packed))
    }
}

impl Packed for (u64, u32) {
    fn pack(self) -> u128 {
        u128::from(self.0) << 32 | u128::from(self.1)
    }
    fn unpack(packed: u128) -> Self {
        (u64::try_from(packed >> 32).unwrap_or(u64::MAX), low(packed))
    }
}

impl Packed for (u32, u64, u32) {
    fn pack(self) -> u128 {
        u128::from(self.0) << 96 | (self.1, self.2).pack()
    }
    fn unpack(packed: u128) -> Self {
        let (middle, last) = <(u64, u32)>::unpack(packed & (u128::MAX >> 32));
        (low(packed >> 96), middle, last)
    }
}

/// The lowest 32 bits.
fn low(packed: u128) -> u32 {
    u32::try_from(packed & u128::from(u32::MAX)).unwrap_or(u32::MAX)
}

/// Sorts tuples of numbers, the first number first.
pub fn packed<T: Packed>(items: &mut [T]) {
    let mut numbers: Vec<u128> = items.iter().map(|item| item.pack()).collect();
    u128s(&mut numbers);
    for (item, number) in items.iter_mut().zip(numbers) {
        *item = T::unpack(number);
    }
}

fn u128s(numbers: &mut [u128]) {
    numbers.sort_unstable();
}

fn sort(items: &mut dyn Items, count: usize) {
    if count > FEW {
        let order = positions(items, count);
        permute(items, order);
        return;
    }
    for end in 1..count {
        for at in (0..end).rev() {
            if !items.is_before(at + 1, at) {
                break;
            }
            items.swap(at + 1, at);
        }
    }
}

/// The positions of the items in sorted order: short runs by insertion sort, then merged.
fn positions(items: &dyn Items, count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for run in order.chunks_mut(FEW) {
        for end in 1..run.len() {
            for at in (0..end).rev() {
                let pair = (run.get(at), run.get(at + 1));
                let (Some(first), Some(second)) = pair else { break };
                if !items.is_before(*second, *first) {
                    break;
                }
                run.swap(at, at + 1);
            }
        }
    }
    let mut merged = Vec::with_capacity(count);
    let mut width = FEW;
    while width < count {
        for pair in order.chunks(2 * width) {
            let (left, right) = pair.split_at(width.min(pair.len()));
            merge(items, left, right, &mut merged);
        }
        std::mem::swap(&mut order, &mut merged);
        merged.clear();
        width *= 2;
    }
    order
}

fn merge(items: &dyn Items, left: &[usize], right: &[usize], into: &mut Vec<usize>) {
    let apart = match (left.last(), right.first()) {
        (Some(last), Some(first)) => !items.is_before(*first, *last),
        _ => true,
    };
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    while let (false, Some(a), Some(b)) = (apart, left.peek(), right.peek()) {
        let next = if items.is_before(**b, **a) { right.next() } else { left.next() };
        into.extend(next);
    }
    into.extend(left);
    into.extend(right);
}

/// Moves the items so that each place gets the item at the position that `order` has there.
fn permute(items: &mut dyn Items, mut order: Vec<usize>) {
    for start in 0..order.len() {
        let mut at = start;
        // Follows the cycle of positions that begins here.
        while let Some(place) = order.get_mut(at) {
            let from = std::mem::replace(place, at);
            if from == start || from == at {
                break;
            }
            items.swap(at, from);
            at = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn items_come_as_the_standard_library_sorts_them(
            keys in proptest::collection::vec(0_u8..20, 0..200),
            sorted in 0_usize..200,
        ) {
            let mut items: Vec<(u8, usize)> = keys.into_iter().zip(0..).collect();
            // Lists in the engine often begin with a sorted part.
            if let Some(part) = items.get_mut(..sorted) {
                part.sort_by_key(|item| item.0);
            }
            let mut wanted = items.clone();
            wanted.sort_by_key(|item| item.0);
            let mut found = items.clone();
            by_key(&mut found, |item| item.0);
            prop_assert_eq!(&found, &wanted);
            let mut found = items.clone();
            by_cached_key(&mut found, |item| item.0);
            prop_assert_eq!(&found, &wanted);
            let mut found = items.clone();
            by(&mut found, |a, b| b.0.cmp(&a.0));
            wanted.sort_by_key(|item| std::cmp::Reverse(item.0));
            prop_assert_eq!(&found, &wanted);
            let mut found: Vec<String> = items.iter().map(|item| item.0.to_string()).collect();
            let mut wanted = found.clone();
            wanted.sort();
            all(&mut found);
            prop_assert_eq!(&found, &wanted);
            wanted.dedup();
            prop_assert_eq!(set(found), wanted);
            let (mut found, mut wanted) = (items.clone(), items);
            keep(&mut found, &mut |item| item.0 % 3 > 0);
            wanted.retain(|item| item.0 % 3 > 0);
            prop_assert_eq!(found, wanted);
        }

        #[test]
        fn items_come_by_their_texts_however_alike_these_begin(
            texts in proptest::collection::vec("[\0ab]{0,3}|abcdefg[\0-b]{0,3}", 0..60),
        ) {
            let mut wanted: Vec<(&String, u32)> = texts.iter().zip(0..).collect();
            wanted.sort();
            let found = by_beginnings(&texts, |text| text);
            prop_assert!(found.is_sorted_by_key(|(beginning, _)| *beginning));
            let found = found.into_iter().map(|(_, at)| at);
            prop_assert!(found.eq(wanted.into_iter().map(|(_, at)| at)));
        }

        #[test]
        fn packed_numbers_come_in_the_order_of_tuples(
            items in proptest::collection::vec((0_u64..4, any::<u64>(), any::<u32>()), 0..40),
        ) {
            fn check<T: Packed + Ord + std::fmt::Debug>(mut items: Vec<T>) {
                let mut wanted = items.clone();
                wanted.sort();
                packed(&mut items);
                assert_eq!(items, wanted);
            }
            let small = |number: u64| u32::try_from(number >> 32).unwrap() >> 28;
            check(items.iter().map(|i| (i.1, i.2)).collect());
            check(items.iter().map(|i| (small(i.1), i.2)).collect());
            check(items.iter().map(|i| (small(i.1), i.1, i.2)).collect());
        }
    }
}
