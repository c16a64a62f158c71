//! The words of a statement as a frame compares them: in reading order, and a value as one word.

use dreaming_text as text;
use dreaming_text::unicode;

/// The content tokens of a text in reading order. An address is one token, and so are a version, a
/// date and a time: their parts occur in every other one, and would make any two statements alike
/// that carry some.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    each_word(text, &mut |word| words.push(word.to_owned()));
    words
}

/// Calls `each` with the [`words`] of a text.
pub(super) fn each_word(text: &str, each: &mut dyn FnMut(&str)) {
    let mut room = String::new();
    // `[words](address)` are two things, though no space parts them.
    for part in text.split("](").flat_map(|part| part.split(unicode::is_space)) {
        let value = part.trim_matches(|c: char| !unicode::is_word(c) && c != '/');
        if value.contains("://") || is_number(value) {
            each(&unicode::lower(value.trim_end_matches('/')));
        } else {
            text::each_token(part, &mut room, &mut |token| each(token));
        }
    }
}

/// Whether a word is an address or carries a digit: a value, not what has it.
pub(super) fn is_value(word: &str) -> bool {
    word.contains("://") || word.contains(|c: char| c.is_ascii_digit())
}

fn is_number(value: &str) -> bool {
    let number = value.strip_prefix(['v', 'V']).unwrap_or(value);
    number.starts_with(|c: char| c.is_ascii_digit())
        && number.chars().all(|c| {
            c.is_ascii_digit() || matches!(c, '.' | ',' | ':' | '/' | '-' | '+' | 'T' | 'Z')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_numbers_are_one_word_each() {
        assert_eq!(
            words("See [the notes](https://a.example/x/1/), v1.20.3 of 2026-01-02."),
            ["see", "notes", "https://a.example/x/1", "v1.20.3", "2026-01-02"]
        );
        assert_eq!(words("`run/main.rs` isn't B2"), ["run", "main", "rs", "not", "b2"]);
        assert!(is_value("b2") && is_value("https://a.example") && !is_value("b"));
    }
}
