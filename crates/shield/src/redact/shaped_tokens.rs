//! Tokens recognised by the lengths of their parts, since they have no prefix.

use super::scan::Scan;
use super::value::{base64, begins_ignoring_case, is_placeholder, mixed, run, word, word_dash};

/// A Discord token: an id of 24 to 28 characters, a time of 6 and a signature of 27 or more, joined
/// by dots.
pub(super) fn discord(bytes: &[u8], at: usize) -> Scan {
    let is_inside = at > 0 && bytes.get(at - 1).is_some_and(|b| word(*b));
    // The id is a decimal number in base64, so it begins with one of these letters.
    if is_inside || !matches!(bytes.get(at), Some(b'M' | b'N' | b'O')) {
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
    // INVARIANT: five dashes may begin a private key, so the token ends before them.
    let signature = bytes.get(time + 1..run(bytes, time + 1, word_dash)).unwrap_or_default();
    let key = signature.windows(5).position(|w| w == b"-----");
    let end = time + 1 + key.unwrap_or(signature.len());
    let words = bytes.get(at..end).unwrap_or_default();
    if end - time - 1 < 27 || !mixed(words) || is_placeholder(words) {
        return Scan::NothingBefore(id);
    }
    Scan::Found(at..end)
}

/// A Telegram token: 5 to 16 digits, a colon and 35 characters. In the service's URLs, `bot` stands
/// in front.
pub(super) fn telegram(bytes: &[u8], at: usize) -> Scan {
    let before = bytes.get(..at).unwrap_or_default();
    let joined = before.last().is_some_and(|b| word(*b));
    if joined && !before.ends_with(b"bot") {
        return Scan::Nothing;
    }
    let colon = run(bytes, at, |b| b.is_ascii_digit());
    if !(5..=16).contains(&(colon - at)) || bytes.get(colon) != Some(&b':') {
        return Scan::NothingBefore(colon);
    }
    let end = colon + 1 + 35;
    let words = bytes.get(colon + 1..end).unwrap_or_default();
    // Today's bots have numbers of 8 to 10 digits; behind other numbers the token begins with `A`.
    if !(8..=10).contains(&(colon - at)) && words.first() != Some(&b'A') {
        return Scan::NothingBefore(colon);
    }
    // INVARIANT: a dash behind the token may begin a private key, so it does not make the token
    // longer.
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

/// The value of the parameter `sig` or `signature` in a URL.
pub(super) fn url_signature(bytes: &[u8], at: usize) -> Scan {
    let rest = bytes.get(at..).unwrap_or_default();
    let Some(name) = ["sig=", "signature="].iter().find(|n| begins_ignoring_case(rest, n)) else {
        return Scan::Nothing;
    };
    // `?` or `&` precedes a parameter; AWS writes `X-Amz-Signature`.
    if !matches!(at.checked_sub(1).and_then(|i| bytes.get(i)), Some(b'?' | b'&' | b';' | b'-')) {
        return Scan::Nothing;
    }
    let from = at + name.len();
    let end = run(bytes, from, |b| base64(b) || b == b'%');
    let words = bytes.get(from..end).unwrap_or_default();
    // A signature of 256 bits has 43 characters in base64; much shorter values are none.
    if words.len() < 40 || !mixed(words) || is_placeholder(words) {
        return Scan::NothingBefore(end);
    }
    Scan::Found(from..end)
}

/// Secrets with a mark at a fixed position, so that the time is bounded.
pub(super) fn marked(bytes: &[u8], at: usize) -> Scan {
    const AZURE: &[u8] = b"Q~";
    const TERRAFORM: &[u8] = b".atlasv1.";
    const MAXMIND: &[u8] = b"_mmk";
    let tilde = |b: u8| word_dash(b) || matches!(b, b'~' | b'.');
    let padded = |b: u8| word_dash(b) || b == b'=';
    let is_joined = at > 0 && bytes.get(at - 1).is_some_and(|b| word_dash(*b));
    let rest = bytes.get(at..).unwrap_or_default();
    let stands_at =
        |from: usize, mark: &[u8]| rest.get(from..).is_some_and(|r| r.starts_with(mark));
    let all = |range: std::ops::Range<usize>, set: fn(u8) -> bool| {
        rest.get(range).is_some_and(|words| words.iter().all(|b| set(*b)))
    };
    let alnum = |b: u8| b.is_ascii_alphanumeric();
    let digits = |b: u8| b.is_ascii_digit();
    // The byte set of the rest, where the rest begins, and the least length of the whole.
    let (set, from, least): (fn(u8) -> bool, usize, usize) = if stands_at(4, AZURE)
        && rest.first() != Some(&b'-')
        && all(0..3, tilde)
        && all(3..4, digits)
    {
        (tilde, 6, 6 + 31)
    } else if is_joined {
        return Scan::Nothing;
    } else if stands_at(14, TERRAFORM) && all(0..14, alnum) {
        (padded, 14 + TERRAFORM.len(), 14 + TERRAFORM.len() + 60)
    } else if stands_at(6, b"_") && stands_at(36, MAXMIND) && all(0..6, alnum) && all(7..36, alnum)
    {
        (word_dash, 36, 40)
    } else if all(0..15, digits) {
        return app_secret(bytes, at);
    } else {
        return Scan::Nothing;
    };
    let end = run(bytes, at + from, set);
    let words = bytes.get(at..end.min(at + least)).unwrap_or_default();
    if words.len() < least || is_placeholder(words) {
        return Scan::NothingBefore(end);
    }
    Scan::Found(at..end)
}

/// A Facebook app's number, a bar and the app's secret.
fn app_secret(bytes: &[u8], at: usize) -> Scan {
    let window = bytes.get(..bytes.len().min(at + 64)).unwrap_or_default();
    let bar = run(window, at, |b| b.is_ascii_digit());
    let end = run(window, bar + 1, word_dash);
    let secret = window.get(bar + 1..end).unwrap_or_default();
    let fits = (15..=16).contains(&(bar - at)) && (27..=40).contains(&secret.len());
    if fits && window.get(bar) == Some(&b'|') && mixed(secret) && !is_placeholder(secret) {
        Scan::Found(at..end)
    } else {
        Scan::Nothing
    }
}
