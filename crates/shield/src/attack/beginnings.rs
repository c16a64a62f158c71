//! Where one of many phrases may begin, in one pass.

/// Bytes of a phrase that are compared at once.
const WIDTH: usize = 4;

/// Slots of the table. Chosen by us: many more than there are phrases.
const SLOTS: usize = 4096;

/// The first four bytes of phrases in lower case, as a table of their hashes: a slot says that a
/// phrase may begin like this, and most places of a text have an empty one.
#[derive(Debug)]
pub(super) struct Beginnings([bool; SLOTS]);

impl Beginnings {
    /// The beginnings of phrases of at least four bytes, all ASCII and in lower case.
    #[expect(
        clippy::indexing_slicing,
        clippy::as_conversions,
        reason = "the compiler runs it, and what would be wrong is an error then"
    )]
    pub(super) const fn of(lists: &[&[&str]]) -> Self {
        let mut slots = [false; SLOTS];
        let mut list = 0;
        while list < lists.len() {
            let mut phrase = 0;
            while phrase < lists[list].len() {
                let bytes = lists[list][phrase].as_bytes();
                let first = [bytes[0], bytes[1], bytes[2], bytes[3]];
                slots[slot(u32::from_be_bytes(first)) as usize] = true;
                phrase += 1;
            }
            list += 1;
        }
        Self(slots)
    }

    /// The places where a phrase may begin, in order; the case of letters does not matter.
    pub(super) fn places<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
        let mut last = 0_u32;
        let may_begin = move |(at, byte): (usize, &u8)| {
            last = last << 8 | u32::from(byte.to_ascii_lowercase());
            let slot = usize::try_from(slot(last)).unwrap_or_default();
            let start = (at + 1).checked_sub(WIDTH)?;
            self.0.get(slot).is_some_and(|begins| *begins).then_some(start)
        };
        bytes.iter().enumerate().filter_map(may_begin)
    }
}

/// The slot of four bytes: the upper bits of a product with an odd number (Knuth's multiplicative
/// hash with 2^32 divided by the golden ratio).
const fn slot(bytes: u32) -> u32 {
    bytes.wrapping_mul(0x9e37_79b1) >> (u32::BITS - SLOTS.ilog2())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_beginning_is_missed_and_others_are_mostly_left_out() {
        let beginnings = Beginnings::of(&[&["ignore all"], &["note to ai"]]);
        let places: Vec<usize> = beginnings.places(b"x IGNOre, note\nign").collect();
        assert_eq!(places, [2, 10]);
        assert_eq!(beginnings.places(b"ign").count(), 0);
    }
}
