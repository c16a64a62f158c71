//! `name = value`, where the name says that the value is secret, or which provider's key it is.
//!
//! The scan starts at the operator: the name stands before it on the line, the value behind it.

use std::ops::Range;

use super::MARK;
use super::ahead::Ahead;
use super::scan::Scan;
use super::value::{bare, is_placeholder, is_wordy, names_placeholder, run, word};
use super::vendors;
use crate::words::secrets::{
    ASSIGNED_PASSWORDS, ASSIGNED_SECRETS, ASSIGNED_WEAK, ASSIGNED_WHOLE, NOT_ITSELF,
};

/// How strongly a name says that its value is secret.
#[derive(Clone, Copy, PartialEq)]
enum Name {
    /// It names a password; people make passwords of words.
    Password,
    /// It names a secret.
    Clear,
    /// It names a secret if the word ends there: `pass`, but not `passed`.
    Whole,
    /// It may name a secret: many keys are public names.
    Weak,
}

/// Words in names, the strongest first.
const NAMES: [(&[&str], Name); 4] = [
    (ASSIGNED_PASSWORDS, Name::Password),
    (ASSIGNED_WHOLE, Name::Whole),
    (ASSIGNED_SECRETS, Name::Clear),
    (ASSIGNED_WEAK, Name::Weak),
];

/// Least length of a value: shorter ones are mostly ordinary words, of a language or of code.
const MIN_VALUE: usize = 12;

/// Least length of a password: people choose shorter ones than programs do.
const MIN_PASSWORD: usize = 8;

/// Least length of a value with a [`Name::Weak`] name.
const MIN_WEAK: usize = 16;

/// Least length of a value with dots: shorter ones are versions and fields.
const MIN_PARTS: usize = 24;

/// Bytes of a value that are read to recognise it; keeps the time linear.
const LOOK_AHEAD: usize = 1024;

/// Bytes before an operator in which a name is looked for; keeps the time linear.
const LOOK_BACK: usize = 64;

/// The longest replacement, with room to spare.
const LONGEST_MARK: usize = 64;

/// Longest rest of a name between the telling word and the operator, including a type.
const MAX_REST: usize = 24;

/// The most bytes from the beginning of a name to the end of its operator, which may have up to
/// three more signs before its last one; one byte to spare.
pub(super) const REACH: usize = LOOK_BACK + 5;

/// All telling words; a name contains at least one, in any case.
pub(super) fn names() -> Vec<&'static str> {
    NAMES.iter().flat_map(|(names, _)| *names).copied().chain(vendors::names()).collect()
}

/// Finds the value behind an operator that ends at `at`.
pub(super) fn scan(bytes: &[u8], at: usize, ahead: &mut Ahead) -> Scan {
    let is_operator = |b: &u8| matches!(b, b'=' | b':' | b'>');
    let operator = bytes.get(at).copied().unwrap_or_default();
    let from = at + 1;
    let ends = bytes.get(from).is_none_or(|b| !is_operator(b));
    if !(is_operator(&operator) || operator == b',') || !ends {
        return Scan::Nothing;
    }
    let start = before_operator(bytes, at, operator);
    let Some(value) = value(bytes, from, operator, ahead) else { return Scan::Nothing };
    let words = bytes.get(value.at.clone()).unwrap_or_default();
    if words.len() < MIN_PASSWORD {
        return Scan::Nothing;
    }
    let Some(name) = name(bytes, start, operator) else { return Scan::Nothing };
    let is_secret = words.is_ascii()
        && (strength(name).is_some_and(|strength| accepts(strength, bytes, &value, ahead))
            || !value.goes_on && vendors::owns(name, words));
    if !is_secret {
        return Scan::Nothing;
    }
    // INVARIANT: the whole run of bytes is cut, so that no rest of the secret is left.
    let end = if value.is_quoted { value.at.end } else { run(bytes, value.at.end, bare) };
    Scan::Found(value.at.start..end)
}

/// Where the operator begins that ends at `at`: `:=`, `?=`, `.=`, `=>` and so on.
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
    /// Whether code continues behind it with a call, a field or an index, so that it is an
    /// expression.
    goes_on: bool,
}

fn value(bytes: &[u8], from: usize, operator: u8, ahead: &mut Ahead) -> Option<Value> {
    let blank = |b: u8| b == b' ' || b == b'\t';
    // The text of an XML element may begin on the next line.
    let blank = if operator == b'>' { |b: u8| b.is_ascii_whitespace() } else { blank };
    let window = bytes.get(..bytes.len().min(from + LOOK_AHEAD))?;
    let mut next = run(window, from, blank);
    next += usize::from(bytes.get(next) == Some(&b'\\')); // a quote inside a JSON string
    match bytes.get(next) {
        Some(quote @ (b'"' | b'\'' | b'`')) => {
            let inner = window.get(next + 1..)?;
            let ends = |b: &u8| b == quote || *b == b'\\' || b.is_ascii_control() || *b == b' ';
            // Only the first word is cut of a value longer than the window.
            let length = inner.iter().position(ends);
            let at = next + 1..next + 1 + length.unwrap_or(inner.len());
            Some(Value { at, is_quoted: length.is_some(), goes_on: false })
        }
        // Secret arguments of a call are quoted; unquoted ones are names and numbers.
        Some(_) if operator != b',' => {
            let end = ahead.bare(bytes, next..window.len());
            // Tokens of several parts contain dots, and far more digits than code.
            let parts = ahead.dotted(bytes, next..window.len());
            let words = window.get(next..parts)?;
            let words = words.strip_suffix(b".").unwrap_or(words);
            let has_dot = next + words.len() > end;
            let is_parts = has_dot
                && words.len() >= MIN_PARTS
                && ahead.digits(bytes, next..next + words.len()) * 8 >= words.len();
            if is_parts && window.get(parts) != Some(&b'(') {
                let at = next..next + words.len();
                return Some(Value { at, is_quoted: false, goes_on: false });
            }
            let rest = window.get(end..).unwrap_or_default();
            let goes_on = match rest {
                [b'(' | b'[' | b'{' | b':', ..] => true,
                // A full stop at the end of a sentence is no field access.
                [b'.', after, ..] => word(*after),
                _ => false,
            };
            Some(Value { at: next..end, is_quoted: false, goes_on })
        }
        _ => None,
    }
}

/// The name before an operator that begins at `start`, back to a byte that no name contains.
fn name(bytes: &[u8], start: usize, operator: u8) -> Option<&[u8]> {
    // INVARIANT: a replacement is no name, or the rule that made it would name the next value.
    let least = start.saturating_sub(LOOK_BACK).max(behind_mark(bytes, start));
    let window = bytes.get(least..start)?;
    let is_inner = |b: &u8| {
        word(*b)
            || matches!(b, b'-' | b'.' | b' ' | b'\t' | b'"' | b'\'' | b'`' | b'\\')
            // For `name["token"] = …`, and for a type between name and value.
            || matches!(b, b'[' | b']' | b'(' | b'<')
            || matches!(b, b':' | b'&') && operator == b'='
    };
    let from = window.iter().rposition(|b| !is_inner(b)).map_or(0, |last| last + 1);
    let name = window.get(from..)?;
    match operator {
        // An XML element: `<name>`.
        b'>' if bytes.get(start) == Some(&b'>') => {
            let tag = name.rsplit(|b| *b == b'<').next()?;
            (tag.len() < name.len() && !tag.contains(&b' ')).then_some(tag)
        }
        // Two arguments: `"name", "value"`.
        b',' => {
            let quote = name.last().filter(|b| matches!(b, b'"' | b'\'' | b'`'))?;
            let inner = name.get(..name.len() - 1)?;
            inner.rsplit(|b| b == quote).next()
        }
        _ => Some(name),
    }
}

/// The end of the last replacement shortly before `start`, or 0.
fn behind_mark(bytes: &[u8], start: usize) -> usize {
    let least = start.saturating_sub(LOOK_BACK + LONGEST_MARK);
    let window = bytes.get(least..start).unwrap_or_default();
    let is_mark = |w: &[u8]| w == MARK.as_bytes();
    let Some(mark) = window.windows(MARK.len()).rposition(is_mark) else { return 0 };
    let end = window.iter().skip(mark).position(|b| *b == b']');
    end.map_or(start, |end| least + mark + end + 1)
}

/// How strongly a name says that its value is secret, by the strongest telling word at its end.
fn strength(name: &[u8]) -> Option<Name> {
    let rest_of = |from: usize, word: &str| name.get(from + word.len()..).unwrap_or_default();
    let told = |word: &str, strength: Name| {
        let size = word.len();
        let places = name.windows(size).enumerate();
        let mut found = places
            .filter(|(_, w)| w.eq_ignore_ascii_case(word.as_bytes()))
            .map(|(from, _)| (from, rest_of(from, word)));
        found.any(|(from, rest)| {
            let joined = rest.first().is_some_and(u8::is_ascii_alphabetic);
            let led = from > 0 && name.get(from - 1).is_some_and(u8::is_ascii_lowercase);
            rest.len() <= MAX_REST
                && !names_another(rest)
                && match strength {
                    // Not as a part of another word: `passed`, `bypass`.
                    Name::Whole => !joined && !led,
                    _ => true,
                }
        })
    };
    let strongest =
        NAMES.iter().find(|(words, strength)| words.iter().any(|word| told(word, *strength)));
    strongest.map(|(_, strength)| *strength)
}

/// Whether the rest behind a telling word makes it a name for something else.
fn names_another(rest: &[u8]) -> bool {
    let rest = rest.strip_prefix(b"s").or(rest.strip_prefix(b"S")).unwrap_or(rest);
    let from = rest.iter().position(u8::is_ascii_alphabetic).unwrap_or(rest.len());
    // A type behind a blank or colon is no part of the name.
    if rest.get(..from).is_some_and(|between| between.iter().any(|b| matches!(b, b' ' | b':'))) {
        return false;
    }
    let word = rest.get(from..).unwrap_or_default();
    NOT_ITSELF.iter().any(|other| {
        word.get(..other.len()).is_some_and(|w| w.eq_ignore_ascii_case(other.as_bytes()))
    })
}

fn accepts(strength: Name, bytes: &[u8], value: &Value, ahead: &mut Ahead) -> bool {
    let words = bytes.get(value.at.clone()).unwrap_or_default();
    let classes = ahead.classes(bytes, &value.at);
    let all = classes.upper && classes.lower && classes.digit;
    let is_mixed = classes.digit && classes.count() >= 2;
    // A number beyond 64 bits is neither a quantity nor an id, so it may be a secret.
    let is_huge = words.len() > 20 && words.iter().all(u8::is_ascii_digit);
    let is_random = if is_huge {
        strength != Name::Weak
    } else if value.is_quoted {
        is_mixed || classes.count() >= 3
    } else {
        is_mixed && !value.goes_on && (all || !words.contains(&b'/'))
    };
    // INVARIANT: the checks below read the value again; few values get here, so the time stays
    // linear.
    if !is_random {
        return false;
    }
    let fits = match strength {
        Name::Password => words.len() >= MIN_PASSWORD && !names_placeholder(words),
        Name::Clear | Name::Whole => words.len() >= MIN_VALUE && !is_wordy(words),
        Name::Weak => words.len() >= MIN_WEAK && all && !is_wordy(words),
    };
    fits && !is_placeholder(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::redact;

    /// Made up here, and of no known shape, since the quotes in this file would not hide a secret
    /// from scanners.
    const VALUE: &str = "q7Wz1Kp9Xv3Rt5Ys";

    #[test]
    fn a_value_is_cut_behind_every_operator_that_languages_have() {
        for text in [
            "shop_token=#",
            "SHOP_TOKEN ?= \"#\"",
            "shopToken := `#`",
            "shop_TOKEN :::= '#'",
            "$shopToken .= \"#\"",
            "var shopToken string = \"#\"",
            "const shopToken: &str = \"#\";",
            "  \"shopToken\" => \"#\"",
            "setProperty(\"SHOP_TOKEN\", \"#\")",
            "<shopToken>\n    #\n</shopToken>",
            "config[\"token\"] = \"#\"",
            "{\"config.ini\": \"SHOP_TOKEN=#\\nX=1\"}",
            "Shop access token: #.",
            "shop_token: a1b2c3.d4e5f6a7b8.#",
        ] {
            let text = text.replace('#', VALUE);
            let redacted = redact(&text).text;
            assert!(!redacted.contains(VALUE) && redacted.contains("[REDACTED:"), "{redacted}");
        }
    }

    #[test]
    fn names_of_other_things_and_values_of_other_shapes_stay() {
        for text in [
            "token_id = \"q7Wz1Kp9Xv3Rt5Ys\", secretName: q7Wz1Kp9Xv3Rt5Ys, token_type=q7Wz1Kp9Xv3Rt5Ys",
            "secret: db-credentials-v2, token = my_service_token_1, password_file=/run/secrets/db1",
            "author = q7Wz1Kp9Xv3Rt5, bypass: q7Wz1Kp9Xv3Rt5Ys, passed=q7Wz1Kp9Xv3Rt5Ys",
            "key: 8f14e45fceea167a5a36dedd4bea2543, cache_key=v2-8f14e45fceea167a",
            "id = 832d2129-a846-4e27-99f4-7004b6ad53ef, commit: 8f14e45fceea167a5a36dedd4bea2543aabbccdd",
            "token = request.headers.get2(name1), secret=${SHOP_SECRET_1}, let token = tokens[index1]",
            "tokens: 123456789012, max_tokens=4096, echo $TOKEN > q7Wz1Kp9Xv3Rt5Ys",
        ] {
            assert_eq!(redact(text).text, text);
        }
    }

    #[test]
    fn values_inside_values_are_read_once() {
        for piece in [
            "key=ghp_",
            "token=",
            "password=",
            "key=a1",
            "key=.1",
            "jira=",
            "secret: a.1=",
            "pwd=YOUR_A1",
        ] {
            let text = piece.repeat(40_000 / piece.len());
            let mut ahead = Ahead::default();
            for at in 0..text.len() {
                scan(text.as_bytes(), at, &mut ahead);
            }
            assert!(ahead.steps > 0 && ahead.steps <= 7 * text.len(), "{piece}: {}", ahead.steps);
        }
    }

    #[test]
    fn a_replacement_names_nothing() {
        let text = "[REDACTED:assigned-secret] = q7Wz1Kp9Xv3Rt5Ys";
        assert_eq!(redact(text).text, text);
        let text = "[REDACTED:assigned-secret]: q7Wz1Kp9Xv3Rt5Ys";
        assert_eq!(redact(text).text, text);
    }
}
