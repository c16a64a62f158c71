//! The normal form of texts, in which they are compared.

use std::borrow::Cow;

use super::forms::nfc;
use super::unicode::is_space;

/// The form in which texts are compared: Unicode NFC, each run of white space as one space, no
/// white space at the ends. Case, punctuation and accents stay, so that `-v` and `-V` differ.
/// Idempotent.
pub fn normal(text: &str) -> String {
    as_normal(text).into_owned()
}

/// Like [`normal`], but most texts are not copied.
pub fn as_normal(text: &str) -> Cow<'_, str> {
    if is_normal(text) {
        return text.into();
    }
    let mut folded = String::with_capacity(text.len());
    fold(&nfc(text), &mut folded);
    folded.into()
}

fn fold(text: &str, folded: &mut String) {
    let mut gap = false;
    for c in text.chars() {
        if is_space(c) {
            gap = true;
            continue;
        }
        if gap && !folded.is_empty() {
            folded.push(' ');
        }
        gap = false;
        folded.push(c);
    }
}

/// Whether a text certainly is in [`normal`] form: ASCII with single spaces inside and no other
/// white space. Other texts may be, too. Copies nothing.
fn is_normal(text: &str) -> bool {
    /// A 1 in each byte.
    const ONES: u64 = 0x0101_0101_0101_0101;
    /// The highest bit of each byte.
    const HIGH: u64 = 0x80 * ONES;
    const SPACES: u64 = 0x20 * ONES;
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    // Padding for the last group.
    let mut last = [b'x'; 8];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    let (mut odd, mut after_space) = (0, 1 << 7);
    // Eight bytes at a time. Each sum stays below 256, so no byte carries into the next.
    for word in words.iter().chain([&last]).map(|word| u64::from_le_bytes(*word)) {
        let low = word & !HIGH;
        let is_other = !(low + 0x60 * ONES) | (low + ONES) | word;
        let is_space = !((low ^ SPACES) + 0x7f * ONES) & HIGH;
        odd |= is_other & HIGH | is_space & (is_space << 8 | after_space);
        after_space = is_space >> 56;
    }
    odd == 0 && !text.ends_with(' ')
}

/// The beginning of `text`, at most `max` bytes, cut at a character boundary.
pub fn cut(text: &str, max: usize) -> &str {
    let mut end = max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use unicode_normalization::UnicodeNormalization as _;

    use super::*;

    #[test]
    fn white_space_and_unicode_form_do_not_count_and_case_does() {
        assert_eq!(normal(" \u{a0}Use\t\r\n e\u{301} \u{3000}now "), "Use é now");
        assert_ne!(normal("-v"), normal("-V"));
        assert_eq!(normal(" \n\u{2028}"), "");
    }

    #[test]
    fn a_cut_never_splits_a_character() {
        assert_eq!((cut("aé", 2), cut("aé", 3), cut("é", 0)), ("a", "aé", ""));
    }

    proptest! {
        #[test]
        fn normal_is_idempotent(text in "(\\PC|[ \\t\\r\\n\u{a0}\u{2028}\u{301}\u{1100}\u{1161}]){0,40}") {
            let once = normal(&text);
            prop_assert_eq!(normal(&once), once.as_str());
            prop_assert!(unicode_normalization::is_nfc(&once));
            let mut slow = String::new();
            fold(&text.nfc().collect::<String>(), &mut slow);
            prop_assert_eq!(once, slow);
        }

        #[test]
        fn what_is_found_normal_is(text in "[ -~]{0,12}|[ a\t\u{a0}é]{0,6}") {
            prop_assert!(!is_normal(&text) || normal(&text) == text);
        }

        #[test]
        fn ascii_is_found_normal_when_it_is(text in "[a ]{0,20}|[ -\u{7f}\t]{0,20}|[!-~]{6,10} [!-~]{6,10}") {
            let plain = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
            let mut folded = String::new();
            fold(&text, &mut folded);
            prop_assert_eq!(is_normal(&text), plain && folded == text);
        }
    }
}
