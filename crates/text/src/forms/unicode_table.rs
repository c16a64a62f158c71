//! The packed table. Its sections, with little-endian numbers:
//!
//! - the lengths of the following sections in bytes, as `u32`;
//! - kinds: each combination of properties that occurs, in four bytes: flags (1 mark, 2 second of a
//!   pair), combining class, bytes of the canonical decomposition, bytes of the compatible one (0:
//!   same as the canonical);
//! - blocks of 64 characters of which some have properties: block number, index of the first kind
//!   and of the first byte of text, as `u16`, and a bit for each such character, as `u64`;
//! - the kinds of these characters, a byte each;
//! - their decompositions, canonical then compatible, character after character;
//! - pairs, sorted: second, first, and what they compose to, three bytes each.
//!
//! Blocks and pairs are stored by columns (all first bytes, then all second bytes), which
//! compresses better.

use std::cmp::Ordering;

/// The first character with properties.
pub(super) const FIRST: char = '\u{a0}';

/// The properties of a character.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Properties {
    pub(super) class: u8,
    pub(super) is_mark: bool,
    /// Whether it is the second of a pair that composes.
    pub(super) is_second: bool,
    /// Its full canonical decomposition; empty when it has none.
    pub(super) canonical: &'static str,
    /// Its full compatible decomposition; empty when it has none.
    pub(super) compatible: &'static str,
}

pub(super) static TABLE: &[u8] = include_bytes!("table.bin");

const PARTS: usize = 5;
const KIND: usize = 4;
const BLOCKS: Columns = Columns { part: 1, width: 14 };
const PAIRS: Columns = Columns { part: 4, width: 9 };

fn part(at: usize) -> &'static [u8] {
    let length = |at: usize| {
        let bytes = TABLE.get(at * 4..).and_then(<[u8]>::first_chunk);
        bytes.and_then(|bytes| usize::try_from(u32::from_le_bytes(*bytes)).ok()).unwrap_or(0)
    };
    let start = PARTS * 4 + (0..at).map(length).sum::<usize>();
    TABLE.get(start..start + length(at)).unwrap_or(&[])
}

/// A section stored by columns.
#[derive(Clone, Copy)]
struct Columns {
    part: usize,
    /// Bytes of a row.
    width: usize,
}

/// A row of such a section.
struct Row {
    bytes: &'static [u8],
    rows: usize,
    at: usize,
}

impl Columns {
    /// Finds a row by binary search.
    fn find(self, order: impl Fn(&Row) -> Ordering) -> Option<Row> {
        let bytes = part(self.part);
        let rows = bytes.len() / self.width;
        let (mut from, mut to) = (0, rows);
        while from < to {
            let row = Row { bytes, rows, at: (from + to) / 2 };
            match order(&row) {
                Ordering::Equal => return Some(row),
                Ordering::Less => from = row.at + 1,
                Ordering::Greater => to = row.at,
            }
        }
        None
    }
}

impl Row {
    /// The number in `count` bytes of the row, from byte `from` on.
    fn number(&self, from: usize, count: usize) -> u64 {
        let byte = |column: usize| self.bytes.get(column * self.rows + self.at).copied();
        let bytes = (from..from + count).rev().map(byte);
        bytes.fold(0, |number, byte| number << 8 | u64::from(byte.unwrap_or(0)))
    }

    /// A two-byte number that is an index.
    fn place(&self, from: usize) -> usize {
        usize::try_from(self.number(from, 2)).unwrap_or(usize::MAX)
    }
}

/// The properties of a character.
pub(super) fn properties(c: char) -> Properties {
    find(c).unwrap_or_default()
}

fn find(c: char) -> Option<Properties> {
    if c < FIRST {
        return None;
    }
    let code = u32::from(c);
    let wanted = u64::from(code >> 6);
    let block = BLOCKS.find(|block| block.number(0, 2).cmp(&wanted))?;
    let there = block.number(6, 8);
    let bit = 1_u64 << (code & 63);
    if there & bit == 0 {
        return None;
    }
    let before = usize::try_from((there & (bit - 1)).count_ones()).ok()?;
    let kinds = part(2).get(block.place(2)..)?;
    let kind = |at: &u8| part(0).get(usize::from(*at) * KIND..).and_then(<[u8]>::first_chunk::<4>);
    let earlier = kinds.iter().take(before).filter_map(kind);
    let start = block.place(4)
        + earlier.map(|[.., one, other]| usize::from(*one) + usize::from(*other)).sum::<usize>();
    let [bits, class, canonical, compatible] = *kind(kinds.get(before)?)?;
    let middle = start + usize::from(canonical);
    let text = |from: usize, to: usize| std::str::from_utf8(part(3).get(from..to)?).ok();
    let canonical = text(start, middle)?;
    let compatible = match compatible {
        0 => canonical,
        length => text(middle, middle + usize::from(length))?,
    };
    let (is_mark, is_second) = (bits & 1 != 0, bits & 2 != 0);
    Some(Properties { class, is_mark, is_second, canonical, compatible })
}

/// The character that two characters compose to.
pub(super) fn compose(first: char, second: char) -> Option<char> {
    let wanted = u64::from(u32::from(second)) << 24 | u64::from(u32::from(first));
    let code = |pair: &Row| pair.number(0, 3) << 24 | pair.number(3, 3);
    let pair = PAIRS.find(|pair| code(pair).cmp(&wanted))?;
    char::from_u32(u32::try_from(pair.number(6, 3)).ok()?)
}
