//! Finds where one of many phrases may begin without looking at every byte.

/// Bytes that are looked up together.
const WIDTH: usize = 4;

/// Slots of the table. Chosen by us: far more than the phrases have groups of four bytes.
const SLOTS: usize = 4096;

/// Which four bytes occur where in the beginnings of phrases (Wu and Manber, "A fast algorithm for
/// multi-pattern searching", 1994). A window as long as the shortest phrase moves over the text;
/// its last four bytes say how far it can move until a phrase may begin there.
#[derive(Debug)]
pub(super) struct Beginnings {
    /// By the hash of four bytes: how many bytes the window can move. 0: a phrase may begin here.
    steps: [u8; SLOTS],
    /// How many bytes of the window precede its last four.
    before: usize,
}

impl Beginnings {
    /// For phrases of at least four bytes, all ASCII in lower case.
    #[expect(
        clippy::indexing_slicing,
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "the compiler runs it, and what would be wrong is an error then"
    )]
    pub(super) const fn of(lists: &[&[&str]]) -> Self {
        let mut window = u8::MAX as usize;
        let mut list = 0;
        while list < lists.len() {
            let mut phrase = 0;
            while phrase < lists[list].len() {
                if lists[list][phrase].len() < window {
                    window = lists[list][phrase].len();
                }
                phrase += 1;
            }
            list += 1;
        }
        let mut steps = [(window - WIDTH + 1) as u8; SLOTS];
        list = 0;
        while list < lists.len() {
            let mut phrase = 0;
            while phrase < lists[list].len() {
                let bytes = lists[list][phrase].as_bytes();
                let mut end = WIDTH;
                while end <= window {
                    let here = [bytes[end - 4], bytes[end - 3], bytes[end - 2], bytes[end - 1]];
                    let place = slot(here) as usize;
                    if window - end < steps[place] as usize {
                        steps[place] = (window - end) as u8;
                    }
                    end += 1;
                }
                phrase += 1;
            }
            list += 1;
        }
        Self { steps, before: window - WIDTH }
    }

    /// The places where a phrase may begin, in order, in any case of letters.
    pub(super) fn places<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
        let mut start = 0;
        std::iter::from_fn(move || {
            loop {
                let last = bytes.get(start + self.before..)?.first_chunk()?;
                let step = usize::try_from(slot(*last)).ok().and_then(|slot| self.steps.get(slot));
                let here = start;
                match usize::from(*step?) {
                    0 => {
                        start += 1;
                        return Some(here);
                    }
                    step => start += step,
                }
            }
        })
    }
}

/// The slot of four bytes, ignoring case: the upper bits of a product with an odd number (Knuth's
/// multiplicative hash, 2^32 divided by the golden ratio).
const fn slot(bytes: [u8; WIDTH]) -> u32 {
    /// The bit that makes a letter lower case.
    const LOWER: u32 = 0x2020_2020;
    (u32::from_le_bytes(bytes) | LOWER).wrapping_mul(0x9e37_79b1) >> (u32::BITS - SLOTS.ilog2())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PHRASES: &[&str] = &["ignore all", "note to ai", "noted in all", "always run "];

    proptest! {
        #[test]
        fn no_phrase_is_missed_wherever_it_stands(
            text in "([A-Ia-i ]{0,9}|ignore|IGNORE| all|note|d in| to| AI|always|Always run ){0,12}",
        ) {
            let found: Vec<usize> = Beginnings::of(&[PHRASES]).places(text.as_bytes()).collect();
            prop_assert!(found.is_sorted_by(|a, b| a < b));
            let lower = text.to_ascii_lowercase();
            for (at, _) in PHRASES.iter().flat_map(|phrase| lower.match_indices(phrase)) {
                prop_assert!(found.contains(&at), "{} at {}", text, at);
            }
        }
    }

    #[test]
    fn both_ends_of_a_text_are_looked_at() {
        let beginnings = Beginnings::of(&[&PHRASES[..2], &PHRASES[2..]]);
        let places: Vec<usize> = beginnings.places(b"IGNORE ALL, x note to ai").collect();
        assert_eq!(places, [0, 14]);
        assert_eq!(beginnings.places(b"ignore al").count(), 0);
        assert_eq!(beginnings.places(b"").count(), 0);
    }
}
