//! Keys without a mark of their own, known by the name of their provider before them.
//!
//! The providers are in `words/vendors.toml`.

use super::value::{distinct, names_placeholder, word_dash};
use crate::words::vendors as words;

/// The signs that a key is written in.
#[derive(Clone, Copy)]
enum Signs {
    /// Decimal digits.
    Digits,
    /// Hexadecimal digits.
    Hex,
    /// Letters and digits.
    Letters,
    /// Letters, digits, `_`, `-` and `=`.
    Words,
    /// Those of both alphabets of base64.
    Base64,
    /// A UUID.
    Uuid,
}

impl Signs {
    fn has(self, byte: u8) -> bool {
        match self {
            Self::Digits => byte.is_ascii_digit(),
            Self::Hex => byte.is_ascii_hexdigit(),
            Self::Letters => byte.is_ascii_alphanumeric(),
            Self::Words => word_dash(byte) || byte == b'=',
            Self::Base64 => word_dash(byte) || matches!(byte, b'=' | b'+' | b'/' | b'.' | b'%'),
            Self::Uuid => byte.is_ascii_hexdigit() || byte == b'-',
        }
    }
}

/// A name with the lengths of the values that it announces.
type Name = (&'static str, &'static [usize]);

/// Providers, each with the possible lengths of its keys, by the signs of these.
const VENDORS: [(Signs, &[Name]); 6] = [
    (Signs::Digits, words::DIGITS),
    (Signs::Hex, words::HEX),
    (Signs::Letters, words::LETTERS),
    (Signs::Words, words::WORDS),
    (Signs::Base64, words::BASE64),
    (Signs::Uuid, words::UUID),
];

/// The names of all providers.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    VENDORS.iter().flat_map(|(_, names)| *names).map(|(name, _)| *name)
}

/// Whether `value` looks like a key of a provider that `name` names.
pub(super) fn owns(name: &[u8], value: &[u8]) -> bool {
    // INVARIANT: what decides is bounded: a name is short, and so is the longest key.
    VENDORS.iter().any(|(signs, vendors)| {
        let named = |(vendor, lengths): &(&str, &[usize])| {
            lengths.contains(&value.len())
                && name.windows(vendor.len()).any(|w| w.eq_ignore_ascii_case(vendor.as_bytes()))
        };
        vendors.iter().any(named) && value.iter().all(|b| signs.has(*b)) && is_key(*signs, value)
    })
}

/// Whether the signs are mixed as chance mixes them. The length is right already, so that sequences
/// such as `1234567890` count as keys too.
fn is_key(signs: Signs, value: &[u8]) -> bool {
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let groups = || value.split(|b| *b == b'-').map(<[u8]>::len).eq([8, 4, 4, 4, 12]);
    let is_mixed = match signs {
        Signs::Digits => true,
        Signs::Uuid => groups(),
        // Words joined by dashes have few digits; of random letters and digits 16 in 100 are.
        Signs::Hex | Signs::Letters | Signs::Words | Signs::Base64 => digits >= 2 && letters >= 2,
    };
    is_mixed && distinct(value) >= 5 && !names_placeholder(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::redact;

    #[test]
    fn a_key_behind_the_name_of_its_provider_is_cut() {
        let all = VENDORS.iter().flat_map(|(signs, all)| all.iter().map(move |one| (signs, one)));
        for (signs, (name, lengths)) in all {
            for length in *lengths {
                let value: String = if matches!(signs, Signs::Uuid) {
                    "832d2129-a846-4e27-99f4-7004b6ad53ef".into()
                } else {
                    let source = b"9f0b7c1e5d2084f6a7c3e1b5d9f3a7c2b4e6";
                    let bytes = source.iter().cycle().filter(|b| signs.has(**b));
                    bytes.map(|b| char::from(*b)).take(*length).collect()
                };
                for (before, after) in [("_id=", "\n"), ("Client: \"", "\","), (" => '", "'")] {
                    let text = format!("{name}{before}{value}{after}");
                    let redacted = redact(&text).text;
                    assert!(!redacted.contains(&value), "{redacted}");
                    assert!(redacted.contains(name), "{redacted}");
                }
            }
        }
    }

    #[test]
    fn values_of_another_shape_behind_the_name_stay() {
        for text in [
            "jira: the-ticket-was-closed-today",
            "linear-gradient: to-right",
            "travis: build-of-the-main-branch",
            "datadog_site=datadoghq.eu.example.test.of.us1",
            "heroku_app: my-staging-application-of-the-team",
            "sumo=12345678901234 asana=1111222211112222",
        ] {
            assert_eq!(redact(text).text, text);
        }
    }
}
