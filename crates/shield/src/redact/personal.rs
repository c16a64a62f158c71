//! Personal data. It is masked where an event is read, so that nothing derived from the event
//! contains any.
//!
//! A mask has the length of what it hides, so that positions in a text stay valid. Phone numbers
//! are left alone: one in four numbers that look like one is something else.

use std::ops::Range;

use super::value::run;
use dreaming_text::eight_bytes::{digit, equal, first};

/// The kinds of data that are masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Personal {
    /// E-mail addresses.
    pub emails: bool,
    /// Numbers of payment cards.
    pub cards: bool,
    /// Numbers of bank accounts.
    pub ibans: bool,
}

/// Hides personal data in `text`; `None` when there is none. Letters become `x`; the digits of a
/// card become `9`, because no card begins with 9 and a number in JSON stays a number. The length
/// stays the same. The time is linear.
pub fn mask(text: &str, what: Personal) -> Option<String> {
    let bytes = text.as_bytes();
    let mut masked: Option<Vec<u8>> = None;
    let mut at = 0;
    // A card number begins with a digit, an account number with two letters and a digit.
    let marks = |eight| digit(eight) | equal(eight, b'@');
    loop {
        at += first(bytes.get(at..).unwrap_or_default(), marks);
        let is_account = || bytes.get(at.saturating_sub(2)..at).is_some_and(is_country);
        let (place, sign) = match bytes.get(at) {
            None => break,
            Some(b'@') if what.emails => (email(bytes, at), b'x'),
            Some(b'0'..=b'9') if what.ibans && is_account() => (iban(bytes, at - 2), b'x'),
            Some(b'0'..=b'9') if what.cards => (card(bytes, at), b'9'),
            Some(_) => (None, b'x'),
        };
        let Some(place) = place else {
            // No number begins in the middle of a word.
            let rest = bytes.get(at..).unwrap_or_default();
            at += rest.iter().take_while(|b| b.is_ascii_alphanumeric()).count().max(1);
            continue;
        };
        let hidden = masked.get_or_insert_with(|| bytes.to_vec());
        for byte in hidden.get_mut(place.clone()).unwrap_or_default() {
            if byte.is_ascii_alphanumeric() {
                *byte = sign;
            }
        }
        at = place.end.max(at + 1);
    }
    // INVARIANT: only ASCII was replaced, by ASCII.
    masked.and_then(|bytes| String::from_utf8(bytes).ok())
}

/// The e-mail address around the `@` at `at`. RFC 5321 allows 64 bytes before the `@` and 255
/// behind.
fn email(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let local = |b: &&u8| b.is_ascii_alphanumeric() || b"._%+-".contains(b);
    let before = bytes.get(at.saturating_sub(64)..at)?;
    let start = at - before.iter().rev().take_while(local).count();
    let window = bytes.get(..bytes.len().min(at + 256))?;
    let end = run(window, at + 1, |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'));
    let host = bytes.get(at + 1..end)?;
    // A full stop may end the sentence instead.
    let host = host.strip_suffix(b".").unwrap_or(host);
    let end = at + 1 + host.len();
    let dot = host.iter().rposition(|b| *b == b'.')?;
    let top = host.get(dot + 1..)?;
    let is_host = dot > 0 && top.len() >= 2 && top.iter().all(u8::is_ascii_alphabetic);
    // `git@host:path` is a Git remote.
    let is_remote = bytes.get(start..at) == Some(b"git") && bytes.get(end) == Some(&b':');
    (start < at && is_host && !is_remote).then_some(start..end)
}

/// The card number at `at`: digits in one run or in groups, of a length that its issuer uses, with
/// the right Luhn check digit (ISO/IEC 7812).
fn card(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    /// Digits and separators: 19 digits in groups of at least 3.
    const LONGEST: usize = 26;
    /// Fewest digits, used by Maestro.
    const SHORTEST: usize = 12;
    if joined(at.checked_sub(1).and_then(|i| bytes.get(i))) {
        return None;
    }
    let mut digits = Vec::new();
    let mut between = None;
    let mut end = at;
    let window = bytes.get(at..bytes.len().min(at + LONGEST))?;
    // Nearly every number is shorter than any card number.
    let is_short = |b: &u8| !b.is_ascii_digit() && !matches!(b, b' ' | b'-');
    if window.iter().take(SHORTEST).any(is_short) {
        return None;
    }
    for (index, byte) in window.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {
                digits.push(byte - b'0');
                end = at + index + 1;
            }
            // The same separator between all groups, never two in a row.
            b' ' | b'-' if end == at + index && *between.get_or_insert(*byte) == *byte => {}
            _ => break,
        }
    }
    let is_card = issuer_uses(&digits) && luhn(&digits) && !joined(bytes.get(end));
    is_card.then_some(at..end)
}

/// Characters next to a number that is part of something else: a fraction, a version, an id.
fn joined(byte: Option<&u8>) -> bool {
    byte.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'/' | b'#'))
}

/// Whether an issuer uses numbers with this beginning and length.
fn issuer_uses(digits: &[u8]) -> bool {
    let head = digits.iter().take(4).fold(0_u32, |n, d| n * 10 + u32::from(*d));
    let length = digits.len();
    match head {
        4000..=4999 => matches!(length, 13 | 16 | 19), // Visa
        5100..=5599 | 2221..=2720 => length == 16,     // Mastercard
        3400..=3499 | 3700..=3799 => length == 15,     // American Express
        3000..=3059 | 3600..=3699 | 3800..=3999 => length == 14, // Diners Club
        3500..=3599 => length == 16,                   // JCB
        2131 | 1800 => length == 15,                   // JCB
        6011 | 6440..=6599 => (16..=19).contains(&length), // Discover
        6200..=6299 => (16..=19).contains(&length),    // UnionPay
        // Maestro: only the ranges in use, because its other numbers begin like ids.
        5018 | 5020 | 5038 | 5600..=5899 | 6304 | 6390 | 6759 | 6761..=6763 => {
            (12..=19).contains(&length)
        }
        _ => false,
    }
}

fn luhn(digits: &[u8]) -> bool {
    let sum = digits.iter().rev().enumerate().fold(0_u32, |sum, (place, digit)| {
        let digit = u32::from(*digit);
        sum + match (place % 2, digit) {
            (0, digit) => digit,
            (_, digit @ 0..=4) => 2 * digit,
            (_, digit) => 2 * digit - 9,
        }
    });
    sum % 10 == 0
}

/// Whether bytes can be the country code of an account number.
fn is_country(letters: &[u8]) -> bool {
    matches!(letters, [b'A'..=b'Z', b'A'..=b'Z'])
}

/// The IBAN at `at`: a country, two digits and the account, in one run or in groups of four, with
/// the remainder that ISO 13616 requires.
fn iban(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    /// 34 characters, with a blank before every fourth.
    const LONGEST: usize = 42;
    if joined(at.checked_sub(1).and_then(|i| bytes.get(i))) {
        return None;
    }
    let window = bytes.get(at..bytes.len().min(at + LONGEST))?;
    if !window.get(2..4).is_some_and(|digits| digits.iter().all(u8::is_ascii_digit)) {
        return None;
    }
    let mut signs = Vec::with_capacity(34);
    let mut found = None;
    let mut ends = window.iter().enumerate().peekable();
    while let Some((index, byte)) = ends.next() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' => signs.push(*byte),
            b' ' if signs.len() % 4 == 0 => continue,
            _ => break,
        }
        // The shortest IBAN is Norway's. Words in capitals may follow, so every possible end is
        // tried.
        let next = ends.peek().map(|(_, next)| **next);
        if signs.len() >= 15 && !joined(next.as_ref()) && remainder(&signs) == 1 {
            found = Some(at..at + index + 1);
        }
    }
    found
}

/// The remainder modulo 97 of an account number whose first four characters are moved to the end.
fn remainder(signs: &[u8]) -> u32 {
    let (head, tail) = signs.split_at(signs.len().min(4));
    tail.iter().chain(head).fold(0, |rest, sign| match sign {
        b'0'..=b'9' => (rest * 10 + u32::from(sign - b'0')) % 97,
        _ => (rest * 100 + u32::from(sign.saturating_sub(b'A')) + 10) % 97,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: Personal = Personal { emails: true, cards: true, ibans: true };

    fn masked(text: &str) -> String {
        mask(text, ALL).unwrap_or_else(|| text.into())
    }

    #[test]
    fn personal_data_is_masked_in_its_place() {
        for (text, want) in [
            ("ask jane.doe+x@mail.example.org.", "ask xxxx.xxx+x@xxxx.xxxxxxx.xxx."),
            ("card 4111 1111 1111 1111, ok", "card 9999 9999 9999 9999, ok"),
            ("{\"n\":378282246310005}", "{\"n\":999999999999999}"),
            ("pay DE89 3704 0044 0532 0130 00 NOW", "pay xxxx xxxx xxxx xxxx xxxx xx NOW"),
            ("GB82WEST12345698765432", "xxxxxxxxxxxxxxxxxxxxxx"),
        ] {
            assert_eq!(masked(text), want);
        }
    }

    #[test]
    fn numbers_and_words_of_other_kinds_stay() {
        for text in [
            "git@github.com:me/repo.git pkg@1.2.3 @scope/name user@localhost a@b",
            "4111111111111112 1700000000000 0x4111111111111111 4111111111111111-a v4111111111111111",
            "id 5555555555554444000000 2024-01-01 00000000-0000-0000-0000-000000000000",
            "DE89370400440532013001 AB12 CDEFGH MAX10 commit 4111111111111111abcdef",
            "call +1 202 555 0143",
        ] {
            assert_eq!(mask(text, ALL), None, "{text}");
        }
        assert_eq!(mask("a@b.cd", Personal { emails: false, ..ALL }), None);
    }

    #[test]
    fn hostile_texts_take_linear_time() {
        for piece in ["@", "a@b.", "4111 ", "4", "GB82 ", "G", "a.@"] {
            let text = piece.repeat(1_000_000 / piece.len());
            assert_eq!(masked(&text).len(), text.len());
        }
    }

    /// Like [`mask`], but slowly tries every rule at every byte.
    fn masked_everywhere(text: &str) -> String {
        let bytes = text.as_bytes();
        let (mut out, mut at) = (bytes.to_vec(), 0);
        while at < bytes.len() {
            let (place, sign) = match bytes[at] {
                b'@' => (email(bytes, at), b'x'),
                b'0'..=b'9' => (card(bytes, at), b'9'),
                b'A'..=b'Z' if bytes.get(at + 1).is_some_and(u8::is_ascii_uppercase) => {
                    (iban(bytes, at), b'x')
                }
                _ => (None, b'x'),
            };
            let Some(place) = place else {
                at += 1;
                continue;
            };
            for byte in out[place.clone()].iter_mut().filter(|byte| byte.is_ascii_alphanumeric()) {
                *byte = sign;
            }
            at = place.end;
        }
        String::from_utf8(out).unwrap()
    }

    proptest! {
        #[test]
        fn nothing_is_missed_or_masked_twice(
            text in "([A-Z]{1,3}|[0-9]{1,4}|GB82|WEST12345698765432|GB82 WEST 1234 5698 7654 32|NO9386011117947\
                |4111111111111111|4111 1111 1111 1111|[a@._ -]|x@y\\.co|é){0,12}",
        ) {
            prop_assert_eq!(masked(&text), masked_everywhere(&text));
        }

        #[test]
        fn a_mask_keeps_lengths_and_is_not_masked_again(
            text in "([a-z.@ 0-9]|4111111111111111|GB82WEST12345698765432|é){0,30}",
        ) {
            let once = masked(&text);
            prop_assert_eq!(once.len(), text.len());
            let again = Personal { emails: false, ..ALL };
            prop_assert_eq!(mask(&once, again), None);
        }
    }
}
