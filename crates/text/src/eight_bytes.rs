//! Looks at eight bytes at a time with plain integers, so that it works on every machine. In wasm
//! without SIMD, `memchr` looks at four at a time.

/// A 1 in each byte.
const ONES: u64 = u64::MAX / 255;

/// The highest bit of each byte.
const HIGHEST: u64 = ONES << 7;

/// Marks the lowest byte that is below `limit` (at most 128) by its highest bit. The bytes under it
/// have no bits; those above it are meaningless, because subtraction borrows from them.
pub fn below(eight: u64, limit: u8) -> u64 {
    eight.wrapping_sub(ONES * u64::from(limit)) & !eight & HIGHEST
}

/// Marks the lowest byte equal to `byte`, as [`below`] does.
pub fn equal(eight: u64, byte: u8) -> u64 {
    below(eight ^ (ONES * u64::from(byte)), 1)
}

/// Marks the lowest byte that is an ASCII digit, as [`below`] does.
pub fn digit(eight: u64) -> u64 {
    below(eight ^ (ONES * u64::from(b'0')), 10)
}

/// Marks the lowest byte that is not ASCII, as [`below`] does.
pub(crate) fn beyond_ascii(eight: u64) -> u64 {
    eight & HIGHEST
}

/// The position of the first byte that `marks` finds in a group of eight, as [`below`] marks it;
/// the length when there is none.
pub fn first(bytes: &[u8], marks: impl Fn(u64) -> u64) -> usize {
    let lowest =
        |found: u64| usize::try_from(found.trailing_zeros() / u8::BITS).unwrap_or_default();
    let mut rest = bytes;
    while let Some((eight, more)) = rest.split_first_chunk() {
        let found = marks(u64::from_le_bytes(*eight));
        if found != 0 {
            return bytes.len() - rest.len() + lowest(found);
        }
        rest = more;
    }
    let mut last = [0; 8];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    bytes.len() - rest.len() + lowest(marks(u64::from_le_bytes(last))).min(rest.len())
}

/// The first position of `phrase` in a text. Faster than the standard library's search for short
/// texts, where that spends more time on preparing, and for texts that seldom contain the phrase's
/// first byte.
pub fn place(text: &str, phrase: &str) -> Option<usize> {
    let begin = *phrase.as_bytes().first()?;
    let mut rest = text.as_bytes();
    while let Some(found) = rest.get(first(rest, |eight| equal(eight, begin))..) {
        if found.starts_with(phrase.as_bytes()) {
            return Some(text.len() - found.len());
        }
        rest = found.get(1..)?;
    }
    None
}

/// Whether `phrase` occurs in a text, searched as [`place`] does.
pub fn holds(text: &str, phrase: &str) -> bool {
    place(text, phrase).is_some()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn special(eight: u64) -> u64 {
        below(eight, b' ') | equal(eight, b'"') | equal(eight, b'\\')
    }

    fn one_by_one(bytes: &[u8]) -> usize {
        let is_special = |byte: &u8| matches!(byte, 0..=0x1f | b'"' | b'\\');
        bytes.iter().position(is_special).unwrap_or(bytes.len())
    }

    #[test]
    fn every_byte_is_found_at_every_place_or_nowhere() {
        for around in [b'a', b' ', b'!', b'#', b'[', b']', 0x7f, 0x80, 0xa2, 0xdc, 0xff] {
            for byte in 0..=u8::MAX {
                for at in 0..20 {
                    let mut bytes = [around; 20];
                    bytes[at] = byte;
                    assert_eq!(
                        first(&bytes, special),
                        one_by_one(&bytes),
                        "{byte}, {at}, {around}"
                    );
                    let cut = &bytes[..=at];
                    assert_eq!(first(cut, special), one_by_one(cut), "{byte}, {at}, {around}");
                }
            }
        }
        assert_eq!(first(b"", special), 0);
    }

    proptest! {
        #[test]
        fn phrases_are_found_as_by_the_standard_library(text in "[a-cé]{0,24}", phrase in "[a-cé]{1,3}") {
            prop_assert_eq!(place(&text, &phrase), text.find(&phrase));
            prop_assert_eq!(holds(&text, &phrase), text.contains(&phrase));
        }

        #[test]
        fn eight_bytes_are_looked_at_as_one_by_one(
            bytes in prop::collection::vec(
                prop::sample::select(b"\0\x01\x1f !\"#/09:[\\]\x7f\x80\xa2\xb3\xdc\xff".to_vec()),
                0..40,
            ),
            wanted in prop::sample::select(b"\0\x01\"\x7f\x80\xff".to_vec()),
        ) {
            prop_assert_eq!(first(&bytes, special), one_by_one(&bytes));
            let known = bytes.iter().position(|byte| *byte == wanted).unwrap_or(bytes.len());
            prop_assert_eq!(first(&bytes, |eight| equal(eight, wanted)), known);
            let digits = bytes.iter().position(u8::is_ascii_digit).unwrap_or(bytes.len());
            prop_assert_eq!(first(&bytes, digit), digits);
            let ascii = bytes.iter().take_while(|byte| byte.is_ascii()).count();
            prop_assert_eq!(first(&bytes, beyond_ascii), ascii);
        }
    }
}
