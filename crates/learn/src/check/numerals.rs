//! Small numbers that a session writes as words and a statement in digits: `eight instead of ten` and `8 episodes`, a
//! table that has `4` where a message says `four`.

use dreaming_text::unicode;

/// The words of the numbers from two to twelve, in English, German, French and Spanish, but for those that are other
/// words as well (`dos`, `sept`, `neuf`, `elf`, `once`, `doce`, and all of one).
const WORDS: [(u32, &[&str]); 11] = [
    (2, &["two", "zwei", "deux"]),
    (3, &["three", "drei", "trois", "tres"]),
    (4, &["four", "vier", "quatre", "cuatro"]),
    (5, &["five", "fünf", "cinq", "cinco"]),
    (6, &["six", "sechs", "seis"]),
    (7, &["seven", "sieben", "siete"]),
    (8, &["eight", "acht", "huit", "ocho"]),
    (9, &["nine", "neun", "nueve"]),
    (10, &["ten", "zehn", "dix", "diez"]),
    (11, &["eleven", "onze"]),
    (12, &["twelve", "zwölf", "douze"]),
];

/// How words begin that make a number before them another one: `two hundred`, `drei Millionen`, `drei Komma fünf`.
const TIMES: [&str; 13] = [
    "billion", "cent", "cien", "dozen", "dutzend", "hund", "komma", "mil", "punkt", "point",
    "tausend", "thousand", "virgule",
];

/// Whether a text has a number, given in digits, as a word of its own.
pub(super) fn says(value: &str, text: &str) -> bool {
    let number = value.parse::<u32>().ok().filter(|_| value.bytes().all(|b| b.is_ascii_digit()));
    let row = WORDS.iter().find(|(n, _)| Some(*n) == number);
    let Some((_, words)) = row else { return false };
    let text = unicode::lower(text);
    let goes_on = |c: Option<char>| c.is_some_and(|c| unicode::is_word(c) || c == '-');
    let stands = |word: &&str| {
        text.match_indices(word).any(|(at, _)| {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            let after = text.get(at + word.len()..).unwrap_or_default();
            if goes_on(before) || goes_on(after.chars().next()) {
                return false;
            }
            let next = after.split(|c: char| !unicode::is_word(c)).find(|word| !word.is_empty());
            !next.is_some_and(|next| TIMES.iter().any(|times| next.starts_with(times)))
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
            ("5", "forty-five", false),
            ("2", "two hundred", false),
            ("2", "two of them", true),
            ("11", "restart it once", false),
            ("7", "until Sept.", false),
            ("13", "thirteen", false),
            ("8x", "eight", false),
            ("", "eight", false),
        ] {
            assert_eq!(says(value, text), expected, "{value} | {text}");
        }
    }
}
