//! Names of things: identifiers, paths, proper names, compounds. A thing may be named in several
//! ways: with or without its module, its call brackets or its folder, as one word or as several.

use super::difference::{Guard, apart, only};
use super::stem::number;
use super::stems::{Stems, stemmed};
use super::unicode::{is_letter, is_lower, is_space, is_upper, is_word, lower};
use super::values::{Value, ValueKind, of_kind};
use crate::join::hash;
use crate::sort;

/// The names in a text. Each list is sorted and without repetitions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    code: Vec<String>,
    paths: Vec<String>,
    names: Vec<String>,
    /// Hyphenated words: `mail-worker`.
    compounds: Vec<String>,
    /// Whether the text has no capitals, so that proper names cannot be recognised.
    small: bool,
}

impl Named {
    /// The names among the values of a text.
    pub(super) fn of(values: &[Value<'_>], text: &str) -> Self {
        let written = |kind| of_kind(values, kind).iter().map(|value| &*value.text);
        Self {
            code: sort::set(written(ValueKind::Code).flat_map(identifiers).collect()),
            paths: written(ValueKind::Path).map(str::to_owned).collect(),
            names: sort::set(
                written(ValueKind::Name).map(|name| stemmed(&lower(bare(name)))).collect(),
            ),
            compounds: compounds(text),
            small: !text.contains(is_upper) && text.contains(is_lower),
        }
    }
}

/// The names in a text and its words, which may name the same things.
#[derive(Clone, Copy)]
pub(super) struct Spoken<'a> {
    pub(super) named: &'a Named,
    pub(super) stems: &'a Stems<'a>,
}

impl Spoken<'_> {
    /// A guard when each side names something that the other does not. Unless the texts are
    /// `literal` forms of each other, a thing also counts as named when its words occur.
    pub(super) fn guard(
        &self,
        other: &Self,
        literal: bool,
        counts: &dyn Fn(&Guard) -> bool,
    ) -> Option<Guard> {
        type Alone<'a> = fn(&Spoken<'a>, &Spoken<'a>, bool) -> Vec<String>;
        let kinds: [(Alone<'_>, &str); 4] = [
            (Self::code, "code"),
            (Self::paths, "path"),
            (Self::names, "name"),
            (Self::compounds, "name"),
        ];
        kinds.into_iter().find_map(|(of, kind)| {
            apart(kind, &of(self, other, literal), &of(other, self, literal)).filter(counts)
        })
    }

    fn code(&self, other: &Self, literal: bool) -> Vec<String> {
        let theirs = &other.named.code;
        let covered = |code: &String| {
            let ours = parts(code);
            !literal
                && (ours.iter().all(|part| other.stems.has(number_of(part)))
                    || theirs.iter().any(|code| {
                        let theirs = parts(code);
                        ours.iter().all(|part| theirs.binary_search(part).is_ok())
                    }))
        };
        only(&self.named.code, theirs).filter(|code| !covered(code)).cloned().collect()
    }

    fn paths(&self, other: &Self, _literal: bool) -> Vec<String> {
        let within = |long: &str, short: &str| {
            long.strip_suffix(short)
                .is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
        };
        let known =
            |path: &String| other.named.paths.iter().any(|p| within(p, path) || within(path, p));
        self.named.paths.iter().filter(|path| !known(path)).cloned().collect()
    }

    fn names(&self, other: &Self, _literal: bool) -> Vec<String> {
        if self.named.small && !other.named.small {
            // In a text without capitals, any word that the other text lacks may be a name.
            return self.stems.without(other.stems);
        }
        let alone = only(&self.named.names, &other.named.names);
        alone.filter(|name| !other.stems.has(number_of(name))).cloned().collect()
    }

    fn compounds(&self, other: &Self, literal: bool) -> Vec<String> {
        let said = |name: &String| name.split('-').all(|part| other.stems.has(number(part)));
        let alone = only(&self.named.compounds, &other.named.compounds);
        alone.filter(|name| literal || !said(name)).cloned().collect()
    }
}

/// The number of a stem that is given as text.
fn number_of(stem: &str) -> u32 {
    hash::token(stem.as_bytes())
}

/// The word without a possessive, and an abbreviation without its plural: `PRs`.
fn bare(word: &str) -> &str {
    let ends = ["'s", "\u{2019}s"].iter().find_map(|end| word.strip_suffix(end));
    let upper = |rest: &&str| rest.len() > 1 && rest.chars().all(is_upper);
    ends.or_else(|| word.strip_suffix('s').filter(upper)).unwrap_or(word)
}

/// The identifiers in a code span without their modules: `a.b(c)` gives `b` and `c`. A command or
/// an expression counts as one identifier.
fn identifiers(code: &str) -> Vec<String> {
    let names = |c: char| is_word(c) || matches!(c, '_' | '.' | ':');
    if !code.chars().all(|c| names(c) || matches!(c, '(' | ')' | ',' | ' '))
        || code.contains(' ') && !code.contains('(')
    {
        return vec![code.to_owned()];
    }
    let last =
        |name: &str| name.rsplit(['.', ':']).find(|part| !part.is_empty()).map(str::to_owned);
    code.split(|c| !names(c)).filter_map(last).collect()
}

/// The stems of the words in an identifier: `parseConfig_v2` gives `parse`, `config` and `v2`.
fn parts(identifier: &str) -> Vec<String> {
    let chars: Vec<char> = identifier.chars().collect();
    let mut parts = Vec::new();
    let mut part = String::new();
    for (at, c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| chars.get(before)).copied();
        let after = chars.get(at + 1).copied();
        let hump =
            is_upper(*c) && (before.is_some_and(|b| !is_upper(b)) || after.is_some_and(is_lower));
        if hump || !is_word(*c) {
            parts.push(std::mem::take(&mut part));
        }
        if is_word(*c) {
            part.push(*c);
        }
    }
    parts.push(part);
    parts.retain(|part| !part.is_empty());
    sort::set(parts.iter().map(|part| stemmed(&lower(part))).collect())
}

/// Words of letters with hyphens inside, in lower case.
fn compounds(text: &str) -> Vec<String> {
    if !text.contains('-') {
        return Vec::new();
    }
    let outer = |c: char| !is_word(c);
    let hyphened = text.split(is_space).filter(|word| word.contains('-'));
    let words = hyphened.map(|word| bare(word.trim_matches(outer)));
    let compound = |word: &&str| {
        word.contains('-')
            && word.split('-').all(|part| !part.is_empty() && part.chars().all(is_letter))
    };
    // `no-op` and `no-ops` are equal.
    let singular = |word: String| match word.strip_suffix('s') {
        Some(one) if !one.ends_with('s') => one.to_owned(),
        _ => word,
    };
    sort::set(words.filter(compound).map(|word| singular(lower(word))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_lose_their_module_and_their_brackets() {
        assert_eq!(identifiers("repo.openFile(pathName)"), ["openFile", "pathName"]);
        assert_eq!(identifiers("Foo::bar_baz"), ["bar_baz"]);
        assert_eq!(identifiers("make test"), ["make test"]);
        assert_eq!(identifiers("retries = 3"), ["retries = 3"]);
    }

    #[test]
    fn names_without_capitals_are_names() {
        let guarded = |a: &str, b: &str| super::super::guard(a, b).map(|guard| guard.kind);
        let hugo = "When Hugo Marten is away, ask the desk for the keys";
        assert_eq!(
            guarded(hugo, "when lena sopa is away, ask the desk for the keys"),
            Some("name")
        );
        // Both texts have the same name, or one text only says less than the other.
        assert_eq!(guarded(hugo, "when hugo marten is out, the desk has the keys"), None);
        assert_eq!(guarded(hugo, "ask the desk for the keys"), None);
    }

    #[test]
    fn identifiers_are_made_of_words() {
        let of = parts;
        assert_eq!(of("parseHTTPConfig_v2"), ["config", "http", "pars", "v2"]);
        assert_eq!(of("x"), ["x"]);
    }
}
