//! `name = value` where the name says that the value is secret, or whose key it is.
//!
//! Read from the operator between them: what stands before it on the line is the name, and what
//! stands behind it the value.

use std::ops::Range;

use super::MARK;
use super::rules::Scan;
use super::value::{Classes, is_placeholder, is_wordy, names_placeholder, run, word};
use super::vendors;

/// What a name says about its value.
#[derive(Clone, Copy, PartialEq)]
enum Name {
    /// It is a password, which people make of words.
    Password,
    /// It is secret.
    Clear,
    /// It is secret, when nothing else follows in the word: `pass` is one, `passed` is not.
    Whole,
    /// It may be: many keys are public names.
    Weak,
}

/// Names that call their value secret.
const NAMES: &[(&str, Name)] = &[
    ("password", Name::Password),
    ("passwd", Name::Password),
    ("passphrase", Name::Password),
    ("pwd", Name::Password),
    ("pass", Name::Whole),
    ("secret", Name::Clear),
    ("token", Name::Clear),
    ("credential", Name::Clear),
    ("creds", Name::Clear),
    ("api_key", Name::Clear),
    ("api-key", Name::Clear),
    ("api key", Name::Clear),
    ("apikey", Name::Clear),
    ("access_key", Name::Clear),
    ("access-key", Name::Clear),
    ("accesskey", Name::Clear),
    ("private_key", Name::Clear),
    ("privatekey", Name::Clear),
    ("account_key", Name::Clear),
    ("accountkey", Name::Clear),
    ("encryption_key", Name::Clear),
    ("encryptionkey", Name::Clear),
    ("auth", Name::Weak),
    ("access", Name::Weak),
    ("key", Name::Weak),
];

/// Words behind such a name that make it the name of something else, which is no secret.
const NOT_ITSELF: &[&str] = &[
    "id", "name", "count", "type", "length", "size", "path", "file", "url", "uri", "endpoint",
    "version", "alias", "arn", "ref", "hash", "digest", "sha", "expir", "limit", "budget", "usage",
    "field", "column", "label", "class", "index", "word",
];

/// Least length of a value: shorter ones are mostly words of a language or of a program.
const MIN_VALUE: usize = 12;

/// Least length of a value whose name says little.
const MIN_WEAK: usize = 16;

/// Least length of a value of several parts: shorter ones are versions and fields.
const MIN_PARTS: usize = 24;

/// How much of a value is looked at before it is called one; keeps the time linear.
const LOOK_AHEAD: usize = 1024;

/// How much before an operator is looked at for a name; keeps the time linear.
const LOOK_BACK: usize = 64;

/// Longest rest of a name between the word that tells and the operator, with a type behind it.
const MAX_REST: usize = 24;

/// Finds the value behind an operator that ends at `at`.
pub(super) fn scan(bytes: &[u8], at: usize) -> Scan {
    let is_operator = |b: &u8| matches!(b, b'=' | b':' | b'>');
    let operator = bytes.get(at).copied().unwrap_or_default();
    let from = at + 1;
    if bytes.get(from).is_some_and(is_operator) {
        return Scan::Nothing;
    }
    let start = before_operator(bytes, at, operator);
    let Some(value) = value(bytes, from, operator) else { return Scan::Nothing };
    let words = bytes.get(value.at.clone()).unwrap_or_default();
    let Some(name) = name(bytes, start, operator) else { return Scan::Nothing };
    let is_secret = words.is_ascii()
        && (strength(name).is_some_and(|strength| accepts(strength, words, &value))
            || !value.goes_on && vendors::owns(name, words));
    if !is_secret {
        return Scan::Nothing;
    }
    // INVARIANT: the whole run is cut, or its rest would be left over.
    let end = if value.is_quoted { value.at.end } else { run(bytes, value.at.end, bare) };
    Scan::Found(value.at.start..end)
}

/// Where the operator that ends at `at` begins: `:=`, `?=`, `.=`, `=>` and their like.
fn before_operator(bytes: &[u8], at: usize, operator: u8) -> usize {
    if operator == b',' {
        return at;
    }
    let before = bytes.get(at.saturating_sub(3)..at).unwrap_or_default();
    let signs = |b: &&u8| matches!(b, b'=' | b':' | b'?' | b'.' | b'+' | b'|' | b'~' | b'!' | b'-');
    at - before.iter().rev().take_while(signs).count()
}

/// A value behind an operator.
struct Value {
    at: Range<usize>,
    is_quoted: bool,
    /// Code goes on behind it, with a call, a field or an index.
    goes_on: bool,
}

fn value(bytes: &[u8], from: usize, operator: u8) -> Option<Value> {
    let blank = |b: u8| b == b' ' || b == b'\t';
    // The text of an XML element may stand on a line of its own.
    let blank = if operator == b'>' { |b: u8| b.is_ascii_whitespace() } else { blank };
    let window = bytes.get(..bytes.len().min(from + LOOK_AHEAD))?;
    let mut next = run(window, from, blank);
    next += usize::from(bytes.get(next) == Some(&b'\\')); // a quote inside a JSON string
    match bytes.get(next) {
        Some(quote @ (b'"' | b'\'' | b'`')) => {
            let inner = window.get(next + 1..)?;
            let ends = |b: &u8| b == quote || *b == b'\\' || b.is_ascii_control() || *b == b' ';
            // A value longer than the window is cut as far as it is one word.
            let length = inner.iter().position(ends);
            let at = next + 1..next + 1 + length.unwrap_or(inner.len());
            Some(Value { at, is_quoted: length.is_some(), goes_on: false })
        }
        // Arguments of a call come in quotes, or they are names and numbers.
        Some(_) if operator != b',' => {
            let end = run(window, next, bare);
            // Tokens of several parts have dots, and far more digits than code.
            let parts = run(window, next, |b| bare(b) || b == b'.');
            let words = window.get(next..parts)?;
            let words = words.strip_suffix(b".").unwrap_or(words);
            let digits = words.iter().filter(|b| b.is_ascii_digit()).count();
            let is_parts =
                words.contains(&b'.') && words.len() >= MIN_PARTS && digits * 8 >= words.len();
            if is_parts && window.get(parts) != Some(&b'(') {
                let at = next..next + words.len();
                return Some(Value { at, is_quoted: false, goes_on: false });
            }
            let rest = window.get(end..).unwrap_or_default();
            let goes_on = match rest {
                [b'(' | b'[' | b'{' | b':', ..] => true,
                // A full stop ends a sentence.
                [b'.', after, ..] => word(*after),
                _ => false,
            };
            Some(Value { at: next..end, is_quoted: false, goes_on })
        }
        _ => None,
    }
}

fn bare(b: u8) -> bool {
    word(b)
        || matches!(b, b'-' | b'+' | b'/' | b'=' | b'!' | b'@' | b'#' | b'%' | b'^' | b'&' | b'~')
}

/// What stands before an operator that begins at `start`, back to a sign that no name holds.
fn name(bytes: &[u8], start: usize, operator: u8) -> Option<&[u8]> {
    let window = bytes.get(start.saturating_sub(LOOK_BACK)..start)?;
    let is_inner = |b: &u8| {
        word(*b)
            || matches!(b, b'-' | b'.' | b' ' | b'\t' | b'"' | b'\'' | b'`' | b'\\')
            // `name["token"] = …`, and a type between a name and its value.
            || matches!(b, b'[' | b']' | b'(' | b'<')
            || *b == b':' && operator == b'='
    };
    let from = window.iter().rposition(|b| !is_inner(b)).map_or(0, |last| last + 1);
    let name = window.get(from..)?;
    // INVARIANT: a replacement is no name, or what it replaced would name the next value.
    if name.windows(MARK.len() - 1).any(|w| MARK.as_bytes().starts_with(w))
        || name.ends_with(b"]") && from > 0 && operator != b'='
    {
        return None;
    }
    match operator {
        // An element: `<name>`.
        b'>' if start + 1 < bytes.len() && bytes.get(start) == Some(&b'>') => {
            let tag = name.rsplit(|b| *b == b'<').next()?;
            (tag.len() < name.len() && !tag.contains(&b' ')).then_some(tag)
        }
        // An argument: `"name", "value"`.
        b',' => {
            let quote = name.last().filter(|b| matches!(b, b'"' | b'\'' | b'`'))?;
            let inner = name.get(..name.len() - 1)?;
            inner.rsplit(|b| b == quote).next()
        }
        _ => Some(name),
    }
}

/// What a name says: the strongest of the words that stand at its end.
fn strength(name: &[u8]) -> Option<Name> {
    let rest_of = |from: usize, word: &str| name.get(from + word.len()..).unwrap_or_default();
    let told = |(word, strength): &(&str, Name)| {
        let size = word.len();
        let places = name.windows(size).enumerate();
        let mut found = places
            .filter(|(_, w)| w.eq_ignore_ascii_case(word.as_bytes()))
            .map(|(from, _)| (from, rest_of(from, word)));
        found
            .any(|(from, rest)| {
                let joined = rest.first().is_some_and(u8::is_ascii_alphabetic);
                let led = from > 0 && name.get(from - 1).is_some_and(u8::is_ascii_lowercase);
                rest.len() <= MAX_REST
                    && !names_another(rest)
                    && match strength {
                        // Not inside another word: `passed`, `bypass`.
                        Name::Whole => !joined && !led,
                        _ => true,
                    }
            })
            .then_some(*strength)
    };
    NAMES.iter().find_map(told)
}

/// Whether what follows a telling word makes the name that of something else.
fn names_another(rest: &[u8]) -> bool {
    let rest = rest.strip_prefix(b"s").or(rest.strip_prefix(b"S")).unwrap_or(rest);
    let from = rest.iter().position(u8::is_ascii_alphabetic).unwrap_or(rest.len());
    // A type that follows behind a blank is no part of the name.
    if rest.get(..from).is_some_and(|between| between.iter().any(|b| matches!(b, b' ' | b':'))) {
        return false;
    }
    let word = rest.get(from..).unwrap_or_default();
    NOT_ITSELF.iter().any(|other| {
        word.get(..other.len()).is_some_and(|w| w.eq_ignore_ascii_case(other.as_bytes()))
    })
}

fn accepts(strength: Name, words: &[u8], value: &Value) -> bool {
    let classes = Classes::of(words);
    let all = classes.upper && classes.lower && classes.digit;
    let is_mixed = classes.digit && classes.count() >= 2;
    // A number beyond 64 bits counts nothing and names nothing.
    let is_huge = words.len() > 20 && words.iter().all(u8::is_ascii_digit);
    let is_random = if is_huge {
        strength != Name::Weak
    } else if value.is_quoted {
        is_mixed || classes.count() >= 3
    } else {
        is_mixed && !value.goes_on && (all || !words.contains(&b'/'))
    };
    let fits = match strength {
        Name::Password => words.len() >= MIN_VALUE && !names_placeholder(words),
        Name::Clear | Name::Whole => words.len() >= MIN_VALUE && !is_wordy(words),
        Name::Weak => words.len() >= MIN_WEAK && all && !is_wordy(words),
    };
    is_random && fits && !is_placeholder(words)
}
