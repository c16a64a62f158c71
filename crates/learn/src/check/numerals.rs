//! Small numbers that a session writes as words and a statement in digits: `eight instead of ten` and `8 episodes`, a
//! table that has `4` where a message says `four`.

use dreaming_text::unicode;

/// The words of the numbers from two to twelve, in English, German, French and Spanish, and in Han.
/// Not of one: `one` and `un` stand everywhere.
const WORDS: [(u32, &[&str]); 11] = [
    (2, &["two", "zwei", "deux", "dos", "二", "两"]),
    (3, &["three", "drei", "trois", "tres", "三"]),
    (4, &["four", "vier", "quatre", "cuatro", "四"]),
    (5, &["five", "fünf", "cinq", "cinco", "五"]),
    (6, &["six", "sechs", "seis", "六"]),
    (7, &["seven", "sieben", "sept", "siete", "七"]),
    (8, &["eight", "acht", "huit", "ocho", "八"]),
    (9, &["nine", "neun", "neuf", "nueve", "九"]),
    (10, &["ten", "zehn", "dix", "diez", "十"]),
    (11, &["eleven", "elf", "onze", "once", "十一"]),
    (12, &["twelve", "zwölf", "douze", "doce", "十二"]),
];

/// The signs of which numbers in Han are made: `二` is no number of its own in `二十`.
const SIGNS: &str = "〇一二两三四五六七八九十百千万";

/// Whether a text has a number, given in digits, as a word.
pub(super) fn says(value: &str, text: &str) -> bool {
    let number = value.parse::<u32>().ok().filter(|_| value.bytes().all(|b| b.is_ascii_digit()));
    let row = WORDS.iter().find(|(n, _)| Some(*n) == number);
    let Some((_, words)) = row else { return false };
    let text = unicode::lower(text);
    let is_sign = |c: char| SIGNS.contains(c);
    let goes_on = |c: Option<char>, word: &str| match word.chars().all(is_sign) {
        true => c.is_some_and(is_sign),
        false => c.is_some_and(unicode::is_word),
    };
    let stands = |word: &&str| {
        text.match_indices(word).any(|(at, _)| {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            let after = text.get(at + word.len()..).and_then(|after| after.chars().next());
            !goes_on(before, word) && !goes_on(after, word)
        })
    };
    words.iter().any(stands)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_said_as_a_word_of_its_own() {
        for (value, text, expected) in [
            ("8", "Eight instead of ten", true),
            ("8", "the weight", false),
            ("12", "zwölf, nicht zehn", true),
            ("8", "全八話です", true),
            ("2", "二十円", false),
            ("11", "十一時", true),
            ("13", "thirteen", false),
            ("8x", "eight", false),
            ("", "eight", false),
        ] {
            assert_eq!(says(value, text), expected, "{value} | {text}");
        }
    }
}
