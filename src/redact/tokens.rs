//! Tokens known by the lengths of their parts, not by a prefix.

use super::rules::Scan;
use super::value::{base64, begins_ignoring_case, is_placeholder, mixed, run, word, word_dash};

/// An id of 24 to 28 characters, a time of 6 and a signature of 27 or more, joined by dots.
pub(super) fn discord(bytes: &[u8], at: usize) -> Scan {
    if at > 0 && bytes.get(at - 1).is_some_and(|b| word(*b)) {
        return Scan::Nothing;
    }
    let id = run(bytes, at, word_dash);
    if !(24..=28).contains(&(id - at)) || bytes.get(id) != Some(&b'.') {
        return Scan::NothingBefore(id);
    }
    let time = run(bytes, id + 1, word_dash);
    if time - id != 7 || bytes.get(time) != Some(&b'.') {
        return Scan::NothingBefore(id);
    }
    // INVARIANT: five dashes may begin a private key and are left to it.
    let signature = bytes.get(time + 1..run(bytes, time + 1, word_dash)).unwrap_or_default();
    let key = signature.windows(5).position(|w| w == b"-----");
    let end = time + 1 + key.unwrap_or(signature.len());
    let words = bytes.get(at..end).unwrap_or_default();
    if end - time - 1 < 27 || !mixed(words) || is_placeholder(words) {
        return Scan::NothingBefore(id);
    }
    Scan::Found(at..end)
}

/// 8 to 10 digits, a colon and 35 characters. Addresses of the service write `bot` before it.
pub(super) fn telegram(bytes: &[u8], at: usize) -> Scan {
    let before = bytes.get(..at).unwrap_or_default();
    let joined = before.last().is_some_and(|b| word(*b));
    if joined && !before.ends_with(b"bot") {
        return Scan::Nothing;
    }
    let colon = run(bytes, at, |b| b.is_ascii_digit());
    if !(8..=10).contains(&(colon - at)) || bytes.get(colon) != Some(&b':') {
        return Scan::NothingBefore(colon);
    }
    let end = colon + 1 + 35;
    let words = bytes.get(colon + 1..end).unwrap_or_default();
    // INVARIANT: a dash behind the token may begin a private key, so it does not lengthen it.
    let goes_on = bytes.get(end).is_some_and(|b| word(*b));
    if words.len() != 35
        || goes_on
        || !words.iter().all(|b| word_dash(*b))
        || !words.iter().any(u8::is_ascii_alphabetic)
        || is_placeholder(words)
    {
        return Scan::NothingBefore(colon);
    }
    Scan::Found(at..end)
}

/// The value of a parameter `sig` or `signature` of an address.
pub(super) fn url_signature(bytes: &[u8], at: usize) -> Scan {
    let rest = bytes.get(at..).unwrap_or_default();
    let Some(name) = ["sig=", "signature="].iter().find(|n| begins_ignoring_case(rest, n)) else {
        return Scan::Nothing;
    };
    // A parameter follows `?` or `&`; AWS puts `X-Amz-` before the name.
    if !matches!(at.checked_sub(1).and_then(|i| bytes.get(i)), Some(b'?' | b'&' | b';' | b'-')) {
        return Scan::Nothing;
    }
    let from = at + name.len();
    let end = run(bytes, from, |b| base64(b) || b == b'%');
    let words = bytes.get(from..end).unwrap_or_default();
    // 256 bits are 43 characters of base64; shorter ones are no signature.
    if words.len() < 40 || !mixed(words) || is_placeholder(words) {
        return Scan::NothingBefore(end);
    }
    Scan::Found(from..end)
}
