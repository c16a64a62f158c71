//! The join itself: groups equal sets, then finds candidates by their rarest tokens, filters them
//! by length, position and bitmap, and finally counts shared tokens.

use std::ops::Range;

use super::sets::{Sets, Threshold, wide};
use super::{Alike, Pair};
use crate::sort;

/// The index of no list, for a token that no other row has.
const NOWHERE: u32 = u32::MAX;

/// The count of a row that the position filter has excluded.
const EXCLUDED: u8 = u8::MAX;

/// Counting stops here: a row that shares so many rare tokens is compared in any case.
const MANY: u8 = u8::MAX - 1;

/// A distinct set, with what the filters need.
struct Row {
    /// Its position.
    set: u32,
    size: u32,
    /// Whether it belongs to the right of the border.
    right: bool,
    /// Its rarest tokens that other sets have too, as a range of list indexes.
    places: Range<u32>,
    /// How many rarer tokens only this set has.
    alone: u32,
    /// Its bitmap: a bit for each token, by hash.
    bits: u128,
}

/// A row, in the list of one of its tokens.
#[derive(Clone, Copy, Default)]
struct Posting {
    row: u32,
    /// How many tokens of the row are rarer than this one.
    rarer: u32,
}

/// The pairs of similar sets; with a `border`, only pairs with one set on each side. Compares each
/// set with at most about `most` others.
pub(super) fn join(sets: &Sets, border: Option<u32>, threshold: Threshold, most: usize) -> Alike {
    let (first, mut rows) = distinct(sets, border);
    let tokens = rarest(sets, &mut rows, threshold);
    let (places, lists) = places(&tokens);
    drop(tokens);
    let mut search = Search {
        sets,
        threshold,
        two_sided: border.is_some(),
        most,
        lists: Lists::new(&rows, &places, lists),
        sizes: rows.iter().map(|row| row.size).collect(),
        counts: vec![0; rows.len()],
        found: Vec::new(),
        pairs: Vec::new(),
    };
    for (at, row) in (0..).zip(&rows) {
        let places = places.get(wide(row.places.start)..wide(row.places.end)).unwrap_or(&[]);
        search.compare(&rows, row, places);
        search.lists.add(at, row, places, threshold);
    }
    let mut pairs = search.pairs;
    sort::all(&mut pairs);
    Alike { first, pairs }
}

/// For each set the first equal one on its side; and these first ones, by size.
fn distinct(sets: &Sets, border: Option<u32>) -> (Vec<u32>, Vec<Row>) {
    let mut keys: Vec<(u32, u64, u32)> = (0..)
        .zip(sets.iter())
        .map(|(at, set)| {
            let size = u32::try_from(set.len()).unwrap_or(u32::MAX);
            let hash = set.iter().fold(0, |hash: u64, token| {
                (hash ^ u64::from(*token)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23)
            });
            (size, hash, at)
        })
        .collect();
    sort::packed(&mut keys);
    let mut first: Vec<u32> = vec![0; sets.len()];
    let mut rows: Vec<Row> = Vec::new();
    for run in keys.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let known = rows.len();
        for (size, _, at) in run {
            let (set, right) = (sets.get(*at), border.is_some_and(|border| *at >= border));
            let here = rows.get(known..).unwrap_or(&[]);
            let equal = here.iter().find(|r| r.right == right && sets.get(r.set) == set);
            let stands_for = equal.map_or(*at, |row| row.set);
            if stands_for == *at {
                let bits = set.iter().fold(0, |bits, token| bits | 1 << (token & 127));
                let (size, places) = (*size, 0..0);
                rows.push(Row { set: *at, size, right, places, alone: 0, bits });
            }
            if let Some(to) = first.get_mut(wide(*at)) {
                *to = stands_for;
            }
        }
    }
    rows.retain(|row| row.size > 0);
    sort::by_key(&mut rows, |row| (row.size, row.set));
    (first, rows)
}

/// The rarest tokens of each row, row after row, without those that no other row has. As many as
/// needed for similar sets to share at least one.
fn rarest(sets: &Sets, rows: &mut [Row], threshold: Threshold) -> Vec<u32> {
    let uses = Uses::count(sets, rows);
    let mut tokens = Vec::new();
    let mut order: Vec<u64> = Vec::new();
    for row in rows {
        order.clear();
        // The order of tokens does not affect the result; rarest first gives the shortest lists.
        order.extend(sets.get(row.set).iter().filter_map(|token| match uses.of(*token) {
            0 | 1 => None,
            uses => Some(u64::from(uses) << 32 | u64::from(*token)),
        }));
        sort::u64s(&mut order);
        row.alone = row.size - u32::try_from(order.len()).unwrap_or(0);
        let telling = row.size - threshold.shortest(row.size) + 1;
        let start = u32::try_from(tokens.len()).unwrap_or(u32::MAX);
        let kept = order.iter().take(wide(telling.saturating_sub(row.alone)));
        tokens.extend(kept.map(|key| u32::try_from(key & u64::from(u32::MAX)).unwrap_or(0)));
        row.places = start..u32::try_from(tokens.len()).unwrap_or(u32::MAX);
    }
    tokens
}

/// How often tokens occur. Tokens that share a slot are counted together, which may worsen the
/// order but loses no pair.
struct Uses {
    slots: Vec<u16>,
    mask: u32,
}

impl Uses {
    fn count(sets: &Sets, rows: &[Row]) -> Self {
        let all: usize = rows.iter().map(|row| wide(row.size)).sum();
        // Two to four slots per token, at most 8 MiB.
        let slots = (2 * all).next_power_of_two().clamp(1 << 10, 1 << 22);
        let mut uses =
            Self { slots: vec![0; slots], mask: u32::try_from(slots - 1).unwrap_or(u32::MAX) };
        for token in rows.iter().flat_map(|row| sets.get(row.set)) {
            if let Some(count) = uses.slots.get_mut(wide(token & uses.mask)) {
                *count = count.saturating_add(1);
            }
        }
        uses
    }

    fn of(&self, token: u32) -> u16 {
        self.slots.get(wide(token & self.mask)).copied().unwrap_or(0)
    }
}

/// The list index of each token, and the number of lists. Sorts instead of hashing: the order
/// depends only on the numbers, and memory is read in sequence.
fn places(tokens: &[u32]) -> (Vec<u32>, u32) {
    let mut keys: Vec<u64> =
        tokens.iter().zip(0_u32..).map(|(t, at)| u64::from(*t) << 32 | u64::from(at)).collect();
    sort::u64s(&mut keys);
    let mut places = vec![NOWHERE; tokens.len()];
    let mut lists = 0;
    for run in keys.chunk_by(|a, b| a >> 32 == b >> 32).filter(|run| run.len() > 1) {
        for key in run {
            let at = u32::try_from(key & u64::from(u32::MAX)).unwrap_or(NOWHERE);
            if let Some(place) = places.get_mut(wide(at)) {
                *place = lists;
            }
        }
        lists += 1;
    }
    (places, lists)
}

/// For each list index and side the rows with that token, shortest row first.
struct Lists {
    postings: Vec<Posting>,
    /// For each list where its rows that are long enough begin, and where its rows end so far.
    ranges: Vec<Range<u32>>,
}

impl Lists {
    fn new(rows: &[Row], places: &[u32], lists: u32) -> Self {
        let mut sizes = vec![0_u32; 2 * wide(lists)];
        for row in rows {
            let places = places.get(wide(row.places.start)..wide(row.places.end)).unwrap_or(&[]);
            for place in places {
                if let Some(size) = sizes.get_mut(list(*place, row.right)) {
                    *size += 1;
                }
            }
        }
        let mut end = 0;
        let ranges = sizes
            .iter()
            .map(|size| {
                let start = end;
                end += size;
                start..start
            })
            .collect();
        Self { postings: vec![Posting::default(); wide(end)], ranges }
    }

    /// Adds a row to the lists of those rarest tokens by which a longer row may find it.
    fn add(&mut self, at: u32, row: &Row, places: &[u32], threshold: Threshold) {
        let telling = row.size - threshold.shared(2 * row.size) + 1;
        for (place, rarer) in places.iter().zip(row.alone..telling) {
            let Some(range) = self.ranges.get_mut(list(*place, row.right)) else { continue };
            if let Some(posting) = self.postings.get_mut(wide(range.end)) {
                *posting = Posting { row: at, rarer };
                range.end += 1;
            }
        }
    }
}

/// The list of an index and a side.
fn list(place: u32, right: bool) -> usize {
    match place {
        NOWHERE => usize::MAX,
        place => 2 * wide(place) + usize::from(right),
    }
}

struct Search<'a> {
    sets: &'a Sets,
    threshold: Threshold,
    two_sided: bool,
    /// Most rows that one row is compared with.
    most: usize,
    lists: Lists,
    /// The size of each row, in an array of its own because every posting needs it.
    sizes: Vec<u32>,
    /// For each row the number of rare tokens shared with the current row.
    counts: Vec<u8>,
    /// The rows whose number is not 0.
    found: Vec<u32>,
    pairs: Vec<Pair>,
}

impl Search<'_> {
    /// Finds the rows similar to `row` among those in the lists, none of which is longer.
    fn compare(&mut self, rows: &[Row], row: &Row, places: &[u32]) {
        let shortest = self.threshold.shortest(row.size);
        let shortest = self.sizes.partition_point(|size| *size < shortest);
        let shortest = u32::try_from(shortest).unwrap_or(u32::MAX);
        for (place, rarer) in places.iter().zip(row.alone..) {
            if self.found.len() >= self.most {
                break;
            }
            for side in [false, true] {
                if self.two_sided && side == row.right || !self.two_sided && side {
                    continue;
                }
                let Some(range) = self.lists.ranges.get_mut(list(*place, side)) else { continue };
                let all = self.lists.postings.get(wide(range.start)..wide(range.end));
                for posting in all.unwrap_or(&[]) {
                    if posting.row < shortest {
                        // Rows come sorted by size: a row too short for this one is too short for
                        // all later ones.
                        range.start += 1;
                        continue;
                    }
                    let at = wide(posting.row);
                    let (Some(count), Some(size)) = (self.counts.get_mut(at), self.sizes.get(at))
                    else {
                        continue;
                    };
                    if *count >= MANY {
                        continue;
                    }
                    if *count == 0 {
                        if self.found.len() >= self.most {
                            break;
                        }
                        self.found.push(posting.row);
                    }
                    let left = (row.size - rarer).min(size - posting.rarer);
                    let possible = u32::from(*count) + left;
                    *count = match self.threshold.reached(possible, row.size + size) {
                        true => *count + 1,
                        false => EXCLUDED,
                    };
                }
            }
        }
        for at in self.found.drain(..) {
            let Some(count) = self.counts.get_mut(wide(at)) else { continue };
            let excluded = std::mem::take(count) == EXCLUDED;
            let Some(other) = rows.get(wide(at)).filter(|_| !excluded) else { continue };
            let total = row.size + other.size;
            let needed = self.threshold.shared(total);
            // A bit set in only one bitmap shows a token that only one set has.
            if total.saturating_sub((row.bits ^ other.bits).count_ones()) < 2 * needed {
                continue;
            }
            if let Some(shared) = shared(self.sets.get(row.set), self.sets.get(other.set), needed) {
                let (left, right) = (row.set.min(other.set), row.set.max(other.set));
                self.pairs.push(Pair { left, right, shared });
            }
        }
    }
}

/// How many tokens two sets share, if at least `needed`.
fn shared(mut a: &[u32], mut b: &[u32], needed: u32) -> Option<u32> {
    let mut shared = 0;
    while let ([x, more_a @ ..], [y, more_b @ ..]) = (a, b) {
        if x == y {
            shared += 1;
        }
        (a, b) = (if x <= y { more_a } else { a }, if y <= x { more_b } else { b });
        let left = u32::try_from(a.len().min(b.len())).unwrap_or(u32::MAX);
        if shared + left < needed {
            return None;
        }
    }
    (shared >= needed).then_some(shared)
}
