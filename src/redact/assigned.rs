//! `name = value` where the name says that the value is secret.

use super::rules::Scan;
use super::value::{Classes, begins_ignoring_case, is_placeholder, run, word};

/// Names that call their value secret. `key` alone is weak: many keys are public names.
const NAMES: &[(&str, Name)] = &[
    ("password", Name::Clear),
    ("passwd", Name::Clear),
    ("passphrase", Name::Clear),
    ("pwd", Name::Clear),
    ("secret", Name::Clear),
    ("token", Name::Clear),
    ("credential", Name::Clear),
    ("api_key", Name::Clear),
    ("api-key", Name::Clear),
    ("apikey", Name::Clear),
    ("access_key", Name::Clear),
    ("accesskey", Name::Clear),
    ("private_key", Name::Clear),
    ("account_key", Name::Clear),
    ("accountkey", Name::Clear),
    ("key", Name::Weak),
];

#[derive(Clone, Copy, PartialEq)]
enum Name {
    Clear,
    Weak,
}

/// Least length of a value: shorter ones are mostly words of a language or of a program.
const MIN_VALUE: usize = 12;

/// How much of a name or value is looked at before it is called one; keeps the time linear.
const LOOK_AHEAD: usize = 1024;

/// Finds the value behind a name that begins at `at`.
pub(super) fn scan(bytes: &[u8], at: usize) -> Scan {
    let rest = bytes.get(at..).unwrap_or_default();
    let Some((name, strength)) = NAMES.iter().find(|(n, _)| begins_ignoring_case(rest, n)) else {
        return Scan::Nothing;
    };
    // The rest of the name, as in `secret_access_key` or `tokenValue`.
    let window = bytes.get(..bytes.len().min(at + LOOK_AHEAD)).unwrap_or_default();
    let mut next = run(window, at + name.len(), |b| word(b) || b == b'-');
    if next - at > 64 {
        return Scan::Nothing;
    }
    next = run(window, next, |b| matches!(b, b'"' | b'\'' | b'`' | b']' | b'\\'));
    next = run(window, next, |b| b == b' ' || b == b'\t');
    let operator = run(window, next, |b| matches!(b, b'=' | b':' | b'>'));
    if operator == next || operator - next > 3 {
        return Scan::Nothing;
    }
    next = run(window, operator, |b| b == b' ' || b == b'\t');
    if bytes.get(next) == Some(&b'\\') {
        next += 1; // a quote inside a JSON string
    }
    match bytes.get(next) {
        Some(quote @ (b'"' | b'\'' | b'`')) => quoted(bytes, next + 1, *quote, *strength),
        _ => bare(bytes, next, *strength),
    }
}

fn quoted(bytes: &[u8], from: usize, quote: u8, strength: Name) -> Scan {
    let window = bytes.get(from..bytes.len().min(from + LOOK_AHEAD)).unwrap_or_default();
    let ends = |b: &u8| *b == quote || *b == b'\\' || b.is_ascii_control() || *b == b' ';
    let Some(length) = window.iter().position(ends) else { return Scan::Nothing };
    let value = window.get(..length).unwrap_or_default();
    let classes = Classes::of(value);
    let is_random = classes.digit && classes.count() >= 2 || classes.count() >= 3;
    accept(from, value, is_random, &classes, strength)
}

fn bare(bytes: &[u8], from: usize, strength: Name) -> Scan {
    let set = |b: u8| {
        word(b)
            || matches!(
                b,
                b'-' | b'+' | b'/' | b'=' | b'!' | b'@' | b'#' | b'%' | b'^' | b'&' | b'~'
            )
    };
    let end = run(bytes.get(..bytes.len().min(from + LOOK_AHEAD)).unwrap_or_default(), from, set);
    let value = bytes.get(from..end).unwrap_or_default();
    let classes = Classes::of(value);
    // Code goes on behind a name with a call, a field or an index.
    let goes_on = matches!(bytes.get(end), Some(b'(' | b'.' | b'[' | b'{' | b':'));
    let is_path = value.contains(&b'/') && !(classes.upper && classes.lower && classes.digit);
    let is_random = classes.digit && classes.count() >= 2 && !goes_on && !is_path;
    match accept(from, value, is_random, &classes, strength) {
        // INVARIANT: the whole run is cut, or its rest would be left over.
        Scan::Found(cut) => Scan::Found(cut.start..run(bytes, cut.end, set)),
        other => other,
    }
}

fn accept(from: usize, value: &[u8], is_random: bool, classes: &Classes, name: Name) -> Scan {
    let least = if name == Name::Weak { 16 } else { MIN_VALUE };
    let weak_fits = classes.upper && classes.lower && classes.digit;
    let fits = is_random && value.len() >= least && (name == Name::Clear || weak_fits);
    if !fits || !value.is_ascii() || is_placeholder(value) {
        return Scan::Nothing;
    }
    Scan::Found(from..from + value.len())
}
