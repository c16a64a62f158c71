//! Keys without a prefix, recognised by the name of the provider before them.
//!
//! The providers are in `words/vendors.toml`.

use super::value::{distinct, names_placeholder, word_dash};
use crate::words::vendors as words;

/// The name of a provider and the possible lengths of its keys.
type Name = (&'static str, &'static [usize]);

/// Which bytes a key has, and whether its bytes are mixed at random. Since the length fits already,
/// sequences such as `1234567890` count as keys too.
type Signs = (fn(u8) -> bool, fn(&[u8]) -> bool);

/// Providers, grouped by the bytes of their keys.
const VENDORS: [(Signs, &[Name]); 6] = [
    ((|b| b.is_ascii_digit(), |_| true), words::DIGITS),
    ((|b| b.is_ascii_hexdigit(), is_mixed), words::HEX),
    ((|b| b.is_ascii_alphanumeric(), is_mixed), words::LETTERS),
    ((|b| word_dash(b) || b == b'=', is_mixed), words::WORDS),
    ((|b| word_dash(b) || matches!(b, b'=' | b'+' | b'/' | b'.' | b'%'), is_mixed), words::BASE64),
    ((|b| b.is_ascii_hexdigit() || b == b'-', is_uuid), words::UUID),
];

/// The names of all providers.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    VENDORS.iter().flat_map(|(_, names)| *names).map(|(name, _)| *name)
}

/// Whether `name` contains a provider and `value` looks like a key of it.
pub(super) fn owns(name: &[u8], value: &[u8]) -> bool {
    // INVARIANT: the time is bounded, because names are short and values have the length of a key.
    VENDORS.iter().any(|((is_sign, is_key), vendors)| {
        let named = |(vendor, lengths): &(&str, &[usize])| {
            lengths.contains(&value.len())
                && name.windows(vendor.len()).any(|w| w.eq_ignore_ascii_case(vendor.as_bytes()))
        };
        vendors.iter().any(named) && value.iter().all(|b| is_sign(*b)) && is_key(value)
    }) && distinct(value) >= 5
        && !names_placeholder(value)
}

/// Words joined by dashes have few digits; of random letters and digits, 16 in 100 are digits.
fn is_mixed(value: &[u8]) -> bool {
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    digits >= 2 && letters >= 2
}

fn is_uuid(value: &[u8]) -> bool {
    value.split(|b| *b == b'-').map(<[u8]>::len).eq([8, 4, 4, 4, 12])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::redact;

    #[test]
    fn a_key_behind_the_name_of_its_provider_is_cut() {
        let uuid = "832d2129-a846-4e27-99f4-7004b6ad53ef";
        let of_vendor = |(signs, all): &(Signs, &'static [Name])| {
            let (is_sign, is_key) = *signs;
            let is_uuid = is_key(uuid.as_bytes()) && !is_key(b"9f0b7c1e5d");
            all.iter().map(move |one| (is_sign, is_uuid, one))
        };
        for (is_sign, is_uuid, (name, lengths)) in VENDORS.iter().flat_map(of_vendor) {
            for length in *lengths {
                let value: String = if is_uuid {
                    uuid.into()
                } else {
                    let source = b"9f0b7c1e5d2084f6a7c3e1b5d9f3a7c2b4e6";
                    let bytes = source.iter().cycle().filter(|b| is_sign(**b));
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
