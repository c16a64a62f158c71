//! The value that a sentence gives of its subject, and what bounds it: `is 20 MB | in the EU | , ask first`.

use std::ops::Range;

use crate::polarity::denies;
use crate::unicode;
use crate::words::sense;

/// A value and what follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The bytes of the value, without the marks around it.
    pub value: Range<usize>,
    /// Those of the words behind it that say where, when or for whom it holds; empty without such words.
    pub scope: Range<usize>,
}

/// Signs around a value.
const AROUND: [char; 8] = ['"', '\'', '`', '(', ')', '<', '>', '*'];

/// Signs that end a clause or a sentence.
const ENDS: [char; 6] = [',', ';', ':', '.', '!', '?'];

/// Whether a word stands between a subject and its value.
pub fn is_copula(word: &str) -> bool {
    sense::copulas(&unicode::lower(word))
}

/// Whether a text before a value says that it is only supposed: "suppose the port is …", "nobody said …".
pub fn is_supposed(before: &str) -> bool {
    before.split(|c| !unicode::is_word(c)).any(|word| sense::supposing(&unicode::lower(word)))
}

/// Whether a part of a statement limits it: it begins with a word that says where, when or for whom, or has one that
/// supposes, negates, or names an exception.
pub fn limits(part: &str) -> bool {
    let mut words = part.split(|c| !unicode::is_word(c)).filter(|word| !word.is_empty());
    let scopes = words.next().is_some_and(|word| sense::scopes(&unicode::lower(word)));
    scopes || denies(part) || is_supposed(part) || excepts(part)
}

/// Whether a text has a word that names an exception or a limit: `but`, `only`, `außer`.
pub fn excepts(text: &str) -> bool {
    text.split(|c| !unicode::is_word(c)).any(|word| sense::limiting(&unicode::lower(word)))
}

/// Whether a word forbids for ever what comes next: `never`, `nunca`.
pub fn is_never(word: &str) -> bool {
    sense::never(&unicode::lower(word))
}

/// The value that begins at `from`, up to what bounds it or the end of its clause. `None` without a value.
pub fn given(text: &str, from: usize) -> Option<Given> {
    let rest = text.get(from..)?;
    let begin = from + (rest.len() - rest.trim_ascii_start().len());
    let mut at = begin;
    let (mut value, mut scope) = (None, None);
    // Words in marks are one value.
    let marked = ['`', '"'].into_iter().find_map(|mark| {
        let inside = text.get(begin..)?.strip_prefix(mark)?;
        Some(begin + mark.len_utf8()..begin + mark.len_utf8() + inside.find(mark)?)
    });
    if let Some(marked) = marked.filter(|marked| !marked.is_empty()) {
        at = marked.end;
        value = Some(marked);
    }
    while let Some(rest) = text.get(at..) {
        let start = at + (rest.len() - rest.trim_ascii_start().len());
        let Some(word) = text.get(start..)?.split_ascii_whitespace().next() else { break };
        let is_sign = |c: char| AROUND.contains(&c) || ENDS.contains(&c);
        let core = word.trim_matches(is_sign);
        let is_dash = !core.is_empty() && core.chars().all(|c| matches!(c, '-' | '–' | '—'));
        if is_dash || word.starts_with('(') && start > begin {
            break;
        }
        let place = start + word.find(core).unwrap_or(0);
        let end = place + core.len();
        let is_scope = sense::scopes(&unicode::lower(core));
        if is_scope && value.is_none() {
            // `is at Lindenstraße 4`, `is from 7:00 to 10:00`.
            at = start + word.len();
            continue;
        }
        match &mut scope {
            Some(Range { end: last, .. }) => *last = end,
            None if is_scope => scope = Some(place..end),
            None if core.is_empty() => {}
            None => value.get_or_insert(place..end).end = end,
        }
        at = start + word.len();
        if word.ends_with(ENDS) {
            break;
        }
    }
    let value = value?;
    let scope = scope.unwrap_or(value.end..value.end);
    Some(Given { value, scope })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<(&str, &str)> {
        let found = given(text, 0)?;
        Some((text.get(found.value)?, text.get(found.scope)?))
    }

    #[test]
    fn a_value_ends_where_its_bounds_or_another_clause_begin() {
        for (text, value, scope) in [
            (" 8443", "8443", ""),
            ("30 seconds.", "30 seconds", ""),
            ("1 800 €", "1 800 €", ""),
            ("2 to 3 days, mostly.", "2 to 3 days", ""),
            ("3 € for Austria.", "3 €", "for Austria"),
            ("9:00 on Monday; ask first", "9:00", "on Monday"),
            ("`a-b`, see c.", "a-b", ""),
            ("`a b` in the EU", "a b", "in the EU"),
            ("<https://a.example>, only by VPN", "https://a.example", ""),
            ("**10 mg** (net).", "10 mg", ""),
            ("7 – or 8", "7", ""),
            ("8. It was 7.", "8", ""),
            ("at Lindenstraße 4", "Lindenstraße 4", ""),
            ("from 7:00 to 10:00 on Monday", "7:00 to 10:00", "on Monday"),
        ] {
            assert_eq!(parts(text), Some((value, scope)), "{text}");
        }
        assert_eq!(parts(" . "), None);
        assert_eq!(parts(""), None);
    }
}
