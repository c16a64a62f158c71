//! Secrets in HTTP headers.

use super::scan::Scan;
use super::value::{Classes, argument, begins_ignoring_case, is_placeholder, run, word};
use crate::words::secrets::{HEADER_NAMES, HEADER_SCHEMES};

/// Least length of a session cookie: shorter values are settings.
const MIN_COOKIE: usize = 16;

/// Least length of a key in a header: shorter values are words.
const MIN_KEY: usize = 8;

/// The cookie of a response; or all cookies of a request if one of them looks random.
pub(super) fn cookie(bytes: &[u8], at: usize) -> Scan {
    let rest = bytes.get(at..).unwrap_or_default();
    if !begins_ignoring_case(rest, "cookie:") {
        return Scan::Nothing;
    }
    let before = bytes.get(..at).unwrap_or_default();
    let is_set = before.len() >= 4
        && before.get(before.len() - 4..).is_some_and(|b| b.eq_ignore_ascii_case(b"set-"));
    if before.last().is_some_and(|b| word(*b)) {
        return Scan::Nothing;
    }
    let mut next = run(bytes, at + "cookie:".len(), |b| b == b' ');
    // INVARIANT: the cut begins at the first pair. If it began later, no rule would look at the
    // pairs before it.
    let from = next;
    let header =
        run(bytes, next, |b| !b.is_ascii_control() && !matches!(b, b'"' | b'\'' | b'`' | b'\\'));
    // The search goes on behind this header, so that each pair is read once.
    while next < header {
        next = run(bytes, next, |b| b == b' ' || b == b';').min(header);
        let end = run(bytes, next, |b| b != b';' && !b.is_ascii_control()).min(header);
        let pair = bytes.get(next..end).unwrap_or_default();
        if let Some(name) = pair.iter().position(|b| *b == b'=') {
            let value = pair.get(name + 1..).unwrap_or_default();
            if is_session(value) {
                return Scan::Found(from..if is_set { end } else { header });
            }
        }
        // In a response only the first pair is the cookie; the others say how long and where it is
        // valid.
        if is_set {
            break;
        }
        next = end + 1;
    }
    Scan::NothingBefore(header)
}

fn is_session(value: &[u8]) -> bool {
    let classes = Classes::of(value);
    value.len() >= MIN_COOKIE
        && !value.contains(&b' ')
        && classes.digit
        && (classes.lower || classes.upper)
        && !is_placeholder(value)
}

/// The value of headers such as `X-Api-Key`.
pub(super) fn key(bytes: &[u8], at: usize) -> Scan {
    let rest = bytes.get(at..).unwrap_or_default();
    let Some(name) = HEADER_NAMES.iter().find(|n| begins_ignoring_case(rest, n)) else {
        return Scan::Nothing;
    };
    let from = run(bytes, at + name.len(), |b| b == b' ');
    let value = bytes.get(from..).unwrap_or_default();
    let scheme = HEADER_SCHEMES.iter().find(|s| begins_ignoring_case(value, s));
    let Some(range) = argument(bytes, from + scheme.map_or(0, |s| s.len())) else {
        return Scan::Nothing;
    };
    let value = bytes.get(range.clone()).unwrap_or_default();
    let classes = Classes::of(value);
    if value.len() < MIN_KEY || !classes.digit || classes.count() < 2 || is_placeholder(value) {
        return Scan::Nothing;
    }
    Scan::Found(range)
}
