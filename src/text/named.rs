//! Names of things: identifiers, paths, proper names, compounds. One thing may be named in several
//! ways, with or without its module, its call brackets, its folder, as one word or in words.

use std::collections::{BTreeMap, BTreeSet};

use super::guard::{Guard, apart};
use super::stem::stem;
use super::tokens::plain_words;
use super::unicode::{is_letter, is_lower, is_space, is_upper, is_word, lower};
use super::values::ValueKind;

/// What a text names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    code: BTreeSet<String>,
    paths: BTreeSet<String>,
    names: BTreeSet<String>,
    /// Words of words: `mail-worker`.
    compounds: BTreeSet<String>,
    /// Stems of its words.
    spoken: BTreeSet<String>,
}

impl Named {
    /// Takes names out of the values of a text.
    pub(super) fn take(values: &mut BTreeMap<ValueKind, BTreeSet<String>>, text: &str) -> Self {
        let mut take = |kind| values.remove(&kind).unwrap_or_default();
        let code: BTreeSet<String> =
            take(ValueKind::Code).iter().flat_map(|code| identifiers(code)).collect();
        let (paths, names) = (take(ValueKind::Path), take(ValueKind::Name));
        let spoken: BTreeSet<String> = plain_words(text).iter().map(|w| stemmed(w)).collect();
        let names = names.iter().map(|name| stemmed(&lower(bare(name)))).collect();
        Self { code, paths, names, compounds: compounds(text), spoken }
    }

    /// Whether both name one thing.
    pub(super) fn shares(&self, other: &Self) -> bool {
        let named = |a: &BTreeSet<String>, b: &BTreeSet<String>| !a.is_disjoint(b);
        // Without its brackets a call reads like a file: `t.Run`, `t.Run()`.
        let called = |a: &Self, b: &Self| {
            let names = a.paths.iter().filter(|path| !path.contains('/'));
            names.filter_map(|name| name.rsplit('.').next()).any(|last| b.code.contains(last))
        };
        named(&self.code, &other.code)
            || named(&self.paths, &other.paths)
            || named(&self.names, &other.names)
            || named(&self.compounds, &other.compounds)
            || called(self, other)
            || called(other, self)
    }

    /// Fires when each side names what the other does not. In texts that are not `literal` forms of
    /// each other, what is said in words there counts as named.
    pub(super) fn guard(&self, other: &Self, literal: bool) -> Option<Guard> {
        let code = |a: &Self, b: &Self| -> BTreeSet<String> {
            let covered = |code: &String| {
                let ours = parts(code);
                let within = |theirs: &BTreeSet<String>| ours.is_subset(theirs);
                !literal && (within(&b.spoken) || b.code.iter().any(|code| within(&parts(code))))
            };
            a.code.difference(&b.code).filter(|code| !covered(code)).cloned().collect()
        };
        let paths = |a: &Self, b: &Self| -> BTreeSet<String> {
            let within = |long: &str, short: &str| {
                long.strip_suffix(short)
                    .is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
            };
            let known =
                |path: &&String| !b.paths.iter().any(|p| within(p, path) || within(path, p));
            a.paths.iter().filter(known).cloned().collect()
        };
        let names = |a: &Self, b: &Self| -> BTreeSet<String> {
            a.names.iter().filter(|name| !b.spoken.contains(*name)).cloned().collect()
        };
        let compounds = |a: &Self, b: &Self| -> BTreeSet<String> {
            let said =
                |name: &&String| name.split('-').all(|part| b.spoken.contains(&stemmed(part)));
            a.compounds.iter().filter(|name| literal || !said(name)).cloned().collect()
        };
        apart("code", &code(self, other), &code(other, self))
            .or_else(|| apart("path", &paths(self, other), &paths(other, self)))
            .or_else(|| apart("name", &names(self, other), &names(other, self)))
            .or_else(|| apart("name", &compounds(self, other), &compounds(other, self)))
    }
}

/// The word without a possessive, and an abbreviation without its plural: `PRs`.
fn bare(word: &str) -> &str {
    let ends = ["'s", "\u{2019}s"].iter().find_map(|end| word.strip_suffix(end));
    let upper = |rest: &&str| rest.len() > 1 && rest.chars().all(is_upper);
    ends.or_else(|| word.strip_suffix('s').filter(upper)).unwrap_or(word)
}

fn stemmed(word: &str) -> String {
    let (rest, ending) = stem(word);
    format!("{rest}{ending}")
}

/// The identifiers of a code span, each without the module that it stands in: `a.b(c)` holds `b`
/// and `c`. What is no name, a command or an expression, is one.
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

/// The stems of the words that an identifier is made of: `parseConfig_v2` of `parse`, `config`,
/// `v2`.
fn parts(identifier: &str) -> BTreeSet<String> {
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
    parts.iter().map(|part| stemmed(&lower(part))).collect()
}

/// Words of letters with hyphens inside, in lower case.
fn compounds(text: &str) -> BTreeSet<String> {
    let outer = |c: char| !is_word(c);
    let words = text.split(is_space).map(|word| bare(word.trim_matches(outer)));
    let compound = |word: &&str| {
        word.contains('-')
            && word.split('-').all(|part| !part.is_empty() && part.chars().all(is_letter))
    };
    // `no-op` and `no-ops` are one.
    let singular = |word: String| match word.strip_suffix('s') {
        Some(one) if !one.ends_with('s') => one.to_owned(),
        _ => word,
    };
    words.filter(compound).map(|word| singular(lower(word))).collect()
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
    fn a_call_is_named_with_and_without_its_brackets() {
        let shares = |a: &str, b: &str| {
            let of = |text| crate::text::Claims::of(text);
            of(a).name_one_thing(&of(b))
        };
        assert!(shares("Call pool.Drain() at the end", "The end needs pool.Drain first"));
        assert!(!shares("Call pool.Drain() at the end", "The end needs pool.Close first"));
        assert!(!shares("Call pool.Drain() at the end", "Drain the pool at the end"));
    }

    #[test]
    fn identifiers_are_made_of_words() {
        let of = |identifier| parts(identifier).into_iter().collect::<Vec<_>>();
        assert_eq!(of("parseHTTPConfig_v2"), ["config", "http", "pars", "v2"]);
        assert_eq!(of("x"), ["x"]);
    }
}
