//! Small helpers to look at the words of a sentence.

use dreaming_text::eight_bytes::place;

/// Lower case for ASCII and Latin-1 only, so that the length in bytes and thus all offsets stay.
/// The phrases that are looked for have no other letters.
pub(super) fn lower(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            'À'..='Ö' | 'Ø'..='Þ' => char::from_u32(u32::from(c) + 0x20).unwrap_or(c),
            _ => c.to_ascii_lowercase(),
        })
        .collect()
}

/// A word without the punctuation around it.
pub(super) fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| matches!(c, ',' | '.' | ':' | ';' | '!' | '(' | ')' | '"' | '*'))
}

/// The words of a lower-case sentence, without punctuation around them.
pub(super) fn words(sentence: &str) -> Vec<&str> {
    sentence.split_ascii_whitespace().map(bare).filter(|word| !word.is_empty()).collect()
}

/// Where `phrase` stands in `sentence` as whole words.
pub(super) fn find(sentence: &str, phrase: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = place(sentence.get(from..)?, phrase) {
        let (start, end) = (from + at, from + at + phrase.len());
        let before = sentence.get(..start)?.chars().next_back();
        let after = sentence.get(end..)?.chars().next();
        if !before.is_some_and(is_letter) && !after.is_some_and(is_letter) {
            return Some(start);
        }
        from = end;
    }
    None
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || c == '_'
        || c == '-'
        || c >= '\u{c0}' && !('\u{2000}'..='\u{2bff}').contains(&c)
}
