//! Words as written, with the signs inside them: paths, flags, versions.

use super::unicode::is_space;

/// The written words of a text, without the punctuation around them.
pub(super) fn chunks(text: &str) -> impl Iterator<Item = &str> {
    parts(text).map(strip).filter(|word| !word.is_empty())
}

/// The pieces between white space, dashes, arrows, and the brackets of a link; some may be empty.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let all = rest?;
        let mut at = 0;
        loop {
            // Skips letters quickly: most bytes are letters, and no separator is one.
            let may_part = |b: &u8| !b.is_ascii_graphic() || *b == b']';
            at += match all.as_bytes().get(at..)?.iter().position(may_part) {
                Some(letters) => letters,
                None => break,
            };
            let Some(c) = all.get(at..)?.chars().next() else { break };
            if is_space(c) || matches!(c, '—' | '→') {
                rest = all.get(at + c.len_utf8()..);
                return all.get(..at);
            }
            if all.get(at..)?.starts_with("](") {
                rest = all.get(at + 2..);
                return all.get(..at);
            }
            at += c.len_utf8();
        }
        rest = None;
        Some(all)
    })
}

/// The word without surrounding punctuation. A leading `-` or `.`, and a final `%`, `/` or closing
/// `)` of a call, belong to the word.
fn strip(word: &str) -> &str {
    let bare = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_alphanumeric);
    if bare(word.as_bytes().first()) && bare(word.as_bytes().last()) {
        return word;
    }
    let word = word.trim_start_matches(|c| "([{<,;:!?*\"'=|¿¡（【«“‘".contains(c));
    let word = word.strip_prefix("__").unwrap_or(word);
    let word = word.trim_end_matches(|c| ".,;:!?]}>*\"'=|…。，、！？）】»”’".contains(c));
    let word = if word.contains('(') { word } else { word.trim_end_matches(')') };
    word.trim_end_matches(|c| ".,;:!?*_".contains(c))
}
