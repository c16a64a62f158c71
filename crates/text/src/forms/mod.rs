//! Unicode normal forms C and KC. The tables have a third of the size of those in the crate
//! `unicode-normalization`, from which they are made; `tests.rs` compares both over all of Unicode.

mod hangul;
mod unicode_table;

use unicode_table::Properties;

use crate::sort;

/// The text in normal form C.
pub(crate) fn nfc(text: &str) -> String {
    form(text, false)
}

/// The text in normal form KC.
pub(crate) fn nfkc(text: &str) -> String {
    form(text, true)
}

/// Whether the text is in normal form C.
pub fn is_nfc(text: &str) -> bool {
    text.chars().all(|c| stays(c, false)) || nfc(text) == text
}

/// Whether the character is a combining mark.
pub fn is_mark(c: char) -> bool {
    unicode_table::properties(c).is_mark
}

/// A character being normalised, with its properties.
#[derive(Clone, Copy)]
struct Part {
    c: char,
    /// Its combining class; 0 for a starter.
    class: u8,
    /// Whether it composes with some character before it.
    is_second: bool,
}

/// The first combining mark. Characters before it have class 0 and are never second in a pair; a
/// few have a compatible form.
const MARKS: char = '\u{300}';

/// Whether a character stays unchanged next to others that do.
fn stays(c: char, compatible: bool) -> bool {
    if c < unicode_table::FIRST || !compatible && c < MARKS {
        return true;
    }
    let found = unicode_table::properties(c);
    let becomes = if compatible { found.compatible } else { found.canonical };
    let comes_back = c < MARKS && found.compatible == found.canonical;
    found.class == 0 && !found.is_second && (becomes.is_empty() || comes_back)
}

fn form(text: &str, compatible: bool) -> String {
    if text.chars().all(|c| stays(c, compatible)) {
        return text.to_owned();
    }
    let mut parts: Vec<Part> = Vec::with_capacity(text.len());
    for c in text.chars() {
        let found = unicode_table::properties(c);
        if let Some(jamo) = hangul::decompose(c) {
            let part = |c| Part { c, class: 0, is_second: true };
            parts.extend(jamo.into_iter().flatten().map(part));
            continue;
        }
        match if compatible { found.compatible } else { found.canonical } {
            "" => parts.push(Part { c, class: found.class, is_second: found.is_second }),
            decomposed => parts.extend(decomposed.chars().map(|c| {
                let Properties { class, is_second, .. } = unicode_table::properties(c);
                Part { c, class, is_second }
            })),
        }
    }
    for marks in parts.chunk_by_mut(|a, b| a.class != 0 && b.class != 0) {
        if marks.len() > 1 {
            sort::by_key(marks, |part| part.class);
        }
    }
    compose(&parts, text.len())
}

fn compose(parts: &[Part], room: usize) -> String {
    let mut composed = String::with_capacity(room);
    // The last starter, which may still compose; the marks behind it that stay; the class of the
    // last of these.
    let mut starter: Option<char> = None;
    let mut behind = String::new();
    let mut last = 0;
    for part in parts {
        let is_blocked = last != 0 && last >= part.class;
        let pair = starter.filter(|_| part.is_second && !is_blocked);
        if let Some(whole) = pair.and_then(|first| compose_pair(first, part.c)) {
            starter = Some(whole);
        } else if part.class == 0 {
            composed.extend(starter.replace(part.c));
            composed.push_str(&behind);
            behind.clear();
            last = 0;
        } else {
            behind.push(part.c);
            last = part.class;
        }
    }
    composed.extend(starter);
    composed + &behind
}

fn compose_pair(first: char, second: char) -> Option<char> {
    hangul::compose(first, second).or_else(|| unicode_table::compose(first, second))
}

#[cfg(test)]
mod tests;
