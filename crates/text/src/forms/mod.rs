//! Unicode normal forms C and KC, on tables that are a third of the size of those of the library that
//! they are made from. `table.bin` is checked against that library over all of Unicode, see `tests.rs`.

mod hangul;
mod table;

use table::Properties;

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

/// Whether the character is a mark, which belongs to the one before it.
pub fn is_mark(c: char) -> bool {
    table::properties(c).is_mark
}

/// A character on its way, with what the table says of it.
#[derive(Clone, Copy)]
struct Part {
    c: char,
    /// Its combining class: 0 of what begins anew.
    class: u8,
    /// Whether there is something that it composes with, when that stands before it.
    is_second: bool,
}

/// Where marks begin: what comes before has no class and follows in no pair, and only some of it has a
/// compatible form.
const MARKS: char = '\u{300}';

/// Whether a character stays as it is among others that do.
fn stays(c: char, compatible: bool) -> bool {
    if c < table::FIRST || !compatible && c < MARKS {
        return true;
    }
    let found = table::properties(c);
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
        let found = table::properties(c);
        if let Some(jamo) = hangul::decompose(c) {
            let part = |c| Part { c, class: 0, is_second: true };
            parts.extend(jamo.into_iter().flatten().map(part));
            continue;
        }
        match if compatible { found.compatible } else { found.canonical } {
            "" => parts.push(Part { c, class: found.class, is_second: found.is_second }),
            decomposed => parts.extend(decomposed.chars().map(|c| {
                let Properties { class, is_second, .. } = table::properties(c);
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
    // What may still change, what stays behind it, and the class of the last of those.
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
    hangul::compose(first, second).or_else(|| table::compose(first, second))
}

#[cfg(test)]
mod tests;
