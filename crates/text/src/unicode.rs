//! The only place that calls the standard library's Unicode methods: their tables come with the
//! pinned toolchain, and the fingerprint names their version.
#![expect(
    clippy::disallowed_methods,
    reason = "this module is where the Unicode tables are pinned; everything else calls it"
)]

use std::ops::Range;

use super::eight_bytes;
use super::forms::is_mark;

/// The text in lower case, by the full mapping, where one character may become several.
pub fn lower(text: &str) -> String {
    text.to_lowercase()
}

/// Whether the character is white space.
pub fn is_space(c: char) -> bool {
    c.is_whitespace()
}

/// Whether the character is an upper-case letter.
pub(crate) fn is_upper(c: char) -> bool {
    c.is_uppercase()
}

/// Whether the character is a lower-case letter.
pub(crate) fn is_lower(c: char) -> bool {
    c.is_lowercase()
}

/// Whether the character is a letter.
pub fn is_letter(c: char) -> bool {
    c.is_alphabetic()
}

/// Whether the character can be part of a word: a letter, a digit, or a combining mark (vowel signs
/// of Indic scripts are marks, not letters).
pub fn is_word(c: char) -> bool {
    // Most text is ASCII, which needs no tables.
    c.is_ascii_alphanumeric() || !c.is_ascii() && (c.is_alphanumeric() || is_mark(c))
}

/// The byte ranges of the words of a text: longest runs of [`is_word`].
pub fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = run_end(text, at, false);
        at = run_end(text, start, true);
        (start < at).then_some(start..at)
    })
}

/// The end of the run that begins at `at`: of characters that are part of words, or of those that
/// are not.
fn run_end(text: &str, mut at: usize, of_words: bool) -> usize {
    /// Whether an ASCII byte is part of a word. A table, because it is looked up for every byte of
    /// every text.
    #[expect(
        clippy::indexing_slicing,
        reason = "the compiler runs it, and what would be wrong is an error then"
    )]
    const OF_WORDS: [Option<bool>; 256] = {
        let (mut table, mut at, mut byte) = ([None; 256], 0, 0_u8);
        while byte.is_ascii() {
            table[at] = Some(byte.is_ascii_alphanumeric());
            (at, byte) = (at + 1, byte + 1);
        }
        table
    };
    let bytes = text.as_bytes();
    while let Some(byte) = bytes.get(at) {
        let (is_part, length) = match OF_WORDS.get(usize::from(*byte)) {
            Some(Some(is_part)) => (*is_part, 1),
            _ => {
                let first = text.get(at..).and_then(|rest| rest.chars().next());
                first.map_or((false, 1), |c| (is_word(c), c.len_utf8()))
            }
        };
        if is_part != of_words {
            break;
        }
        at += length;
    }
    at
}

/// Letters that count as one word in scripts without spaces, roughly.
pub const LETTERS_OF_A_WORD: usize = 2;

/// How many words a text has; in scripts without spaces two letters count as one.
pub fn word_count(text: &str) -> usize {
    let letters = text.chars().filter(|c| is_cjk(*c)).count();
    // Beside such letters a run of signs is no word.
    let is_one = |word: &&str| !word.is_empty() && (letters == 0 || word.contains(is_word));
    let words = text.split(|c| is_space(c) || is_cjk(c)).filter(is_one);
    words.count() + letters.div_ceil(LETTERS_OF_A_WORD)
}

/// Whether the character belongs to a script without spaces between words: Han, Hiragana, Katakana,
/// Thai, Lao, Khmer, Myanmar. Hangul has spaces.
pub fn is_cjk(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}' // Thai, Lao
        | '\u{1000}'..='\u{109f}' // Myanmar
        | '\u{1780}'..='\u{17ff}' // Khmer
        | '\u{3005}'..='\u{3007}' // iteration mark, closing mark, zero
        | '\u{3040}'..='\u{30ff}' // Hiragana, Katakana
        | '\u{31f0}'..='\u{31ff}' // Katakana extensions
        | '\u{3400}'..='\u{4dbf}' // Han extension A
        | '\u{4e00}'..='\u{9fff}' // Han
        | '\u{f900}'..='\u{faff}' // Han compatibility
        | '\u{ff66}'..='\u{ff9f}' // half-width Katakana
        | '\u{20000}'..='\u{3ffff}' // Han extensions B and later
    )
}

/// Whether the character is invisible, so that text can hide behind it: zero-width and
/// bidirectional controls, soft hyphen, invisible operators, Hangul fillers, tag characters and the
/// supplementary variation selectors. The first sixteen variation selectors do not count, because
/// emoji use them.
pub fn hidden(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}'
        | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e01ef}'
    )
}

/// Whether a [`hidden`] character is needed to write a script or an emoji, so that honest text
/// contains it: joiners, direction marks, soft hyphens, variants of letters. The other hidden
/// characters only serve to hide text or to reverse it.
pub fn joins(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}'
        | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200c}'..='\u{200f}' | '\u{e0100}'..='\u{e01ef}'
    )
}

/// The position, after the first character, of a [`hidden`] character that no script or emoji
/// needs.
pub fn hiding(text: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = text.get(at..)?;
        at += eight_bytes::first(rest.as_bytes(), eight_bytes::beyond_ascii);
        let c = text.get(at..)?.chars().next()?;
        if at > 0 && hidden(c) && !joins(c) {
            return Some(at);
        }
        at += c.len_utf8();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_marks_and_lose_punctuation() {
        let text = "«हिन्दी» e\u{301}té, mw-3!";
        let words: Vec<&str> = words(text).map(|r| text.get(r).unwrap()).collect();
        assert_eq!(words, ["हिन्दी", "e\u{301}té", "mw", "3"]);
        assert_eq!(super::words("… — 🦀").count(), 0);
    }

    #[test]
    fn scripts_without_spaces_are_known() {
        assert!("漢字かなカナไทยລາວខ្មែរမြန်မာ𠀀".chars().all(is_cjk));
        assert!(!"한국어 abc Ελλ".chars().any(is_cjk));
    }

    #[test]
    fn words_are_counted_in_every_script() {
        for (text, count) in [
            ("", 0),
            ("Butter: 7.15 € a kilo — now", 7),
            ("今月から全社", 3),
            ("Linden の週次便 in 2 days", 6),
            ("Dockerを使う", 3),
            ("한국어 문장", 2),
        ] {
            assert_eq!(word_count(text), count, "{text}");
        }
    }

    #[test]
    fn characters_that_show_nothing_are_hidden_and_emoji_are_not() {
        for c in ['\u{200b}', '\u{202e}', '\u{2066}', '\u{ad}', '\u{e0041}', '\u{e0100}'] {
            assert!(hidden(c), "{c:?}");
        }
        assert!(!"a é 漢 ❤\u{fe0f} 🦀".chars().any(hidden));
    }

    #[test]
    fn what_hides_is_found_behind_the_first_character() {
        for (text, want) in [
            ("", None),
            ("plain text, and more than eight bytes", None),
            ("\u{feff}a é 漢 ❤\u{fe0f} \u{200d}", None),
            ("\u{feff}a\u{feff}", Some(4)),
            ("é\u{202e}", Some(2)),
            ("eight bytes, then \u{200b}x", Some(18)),
        ] {
            assert_eq!(hiding(text), want, "{text:?}");
        }
    }

    #[test]
    fn what_scripts_need_is_hidden_and_what_only_hides_is_no_part_of_them() {
        let joining: Vec<char> = ('\0'..=char::MAX).filter(|c| joins(*c)).collect();
        assert!(joining.len() > 250 && joining.iter().all(|c| hidden(*c)));
        for c in ['\u{200b}', '\u{202e}', '\u{2060}', '\u{2066}', '\u{feff}', '\u{e0041}'] {
            assert!(!joins(c), "{c:?}");
        }
    }
}
