//! Keys without a mark of their own, known by the name of their provider before them.
//!
//! Names, alphabets and lengths are facts: from the documentation of each provider, and from the
//! rules of gitleaks (<https://github.com/gitleaks/gitleaks>, MIT), which collects them.

use super::value::{distinct, names_placeholder, word_dash};

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

/// A provider: its name in lower case, the signs of a key and its possible lengths.
struct Vendor(&'static str, Signs, &'static [usize]);

use Signs::{Base64, Digits, Hex, Letters, Uuid, Words};

/// The length of a UUID.
const UUID: usize = 36;

/// All of them, in the order of their names.
static VENDORS: &[Vendor] = &[
    Vendor("adafruit", Words, &[32]),
    Vendor("adobe", Hex, &[32]),
    Vendor("airtable", Letters, &[17]),
    Vendor("algolia", Letters, &[32]),
    Vendor("alibaba", Letters, &[24, 30]),
    Vendor("artifactory", Letters, &[64, 73]),
    Vendor("asana", Digits, &[16]),
    Vendor("asana", Letters, &[32]),
    Vendor("atlassian", Letters, &[24]),
    Vendor("beamer", Words, &[46]),
    Vendor("bintray", Letters, &[64, 73]),
    Vendor("bitbucket", Words, &[32, 64]),
    Vendor("bittrex", Letters, &[32]),
    Vendor("cloudflare", Words, &[37, 40]),
    Vendor("co_api_key", Letters, &[40]),
    Vendor("codecov", Letters, &[32]),
    Vendor("codecov", Uuid, &[UUID]),
    Vendor("cohere", Letters, &[40]),
    Vendor("coinbase", Words, &[64]),
    Vendor("confluence", Letters, &[24]),
    Vendor("confluent", Letters, &[16, 64]),
    Vendor("contentful", Words, &[43]),
    Vendor("contribsys", Base64, &[17]),
    Vendor("datadog", Letters, &[32, 40]),
    Vendor("discord", Digits, &[18]),
    Vendor("discord", Words, &[32, 64]),
    Vendor("droneci", Letters, &[32]),
    Vendor("dropbox", Letters, &[15]),
    Vendor("dropbox", Words, &[64]),
    Vendor("etsy", Letters, &[24]),
    Vendor("facebook", Hex, &[32]),
    Vendor("fastly", Words, &[32]),
    Vendor("finicity", Letters, &[20, 32]),
    Vendor("finnhub", Letters, &[20]),
    Vendor("flickr", Letters, &[32]),
    Vendor("freshbooks", Letters, &[64]),
    Vendor("gitter", Words, &[40]),
    Vendor("gocardless", Words, &[45]),
    Vendor("heroku", Uuid, &[UUID]),
    Vendor("hubspot", Uuid, &[UUID]),
    Vendor("intercom", Words, &[60]),
    Vendor("jfrog", Letters, &[64, 73]),
    Vendor("jira", Letters, &[24]),
    Vendor("kraken", Base64, &[80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90]),
    Vendor("kucoin", Hex, &[24]),
    Vendor("kucoin", Uuid, &[UUID]),
    Vendor("launchdarkly", Words, &[40]),
    Vendor("linear", Hex, &[32]),
    Vendor("linked-in", Letters, &[14, 16]),
    Vendor("linked_in", Letters, &[14, 16]),
    Vendor("linkedin", Letters, &[14, 16]),
    Vendor("lob", Words, &[40]),
    Vendor("looker", Letters, &[20, 24]),
    Vendor("mailchimp", Words, &[36, 37]),
    Vendor("mailgun", Words, &[36, 39, 50]),
    Vendor("mapbox", Base64, &[86]),
    Vendor("mattermost", Letters, &[26]),
    Vendor("meraki", Hex, &[40]),
    Vendor("message-bird", Letters, &[25]),
    Vendor("message-bird", Uuid, &[UUID]),
    Vendor("message_bird", Letters, &[25]),
    Vendor("message_bird", Uuid, &[UUID]),
    Vendor("messagebird", Letters, &[25]),
    Vendor("messagebird", Uuid, &[UUID]),
    Vendor("netlify", Words, &[40, 41, 42, 43, 44, 45, 46]),
    Vendor("new-relic", Letters, &[64]),
    Vendor("new_relic", Letters, &[64]),
    Vendor("newrelic", Letters, &[64]),
    Vendor("newyorktimes", Words, &[32]),
    Vendor("nytimes", Words, &[32]),
    Vendor("okta", Words, &[42]),
    Vendor("plaid", Letters, &[24, 30]),
    Vendor("private-ai", Letters, &[32]),
    Vendor("private_ai", Letters, &[32]),
    Vendor("privateai", Letters, &[32]),
    Vendor("rapidapi", Words, &[50]),
    Vendor("sendbird", Hex, &[40]),
    Vendor("sendbird", Uuid, &[UUID]),
    Vendor("sentry", Hex, &[64]),
    Vendor("snyk", Uuid, &[UUID]),
    Vendor("sonar", Words, &[40]),
    Vendor("sourcegraph", Hex, &[40]),
    Vendor("squarespace", Uuid, &[UUID]),
    Vendor("sumo", Letters, &[14, 64]),
    Vendor("travis", Letters, &[22]),
    Vendor("twitch", Letters, &[30]),
    Vendor("twitter", Letters, &[25, 45, 50]),
    Vendor("twitter", Words, &[36, 37, 38, 39, 40, 41, 42, 43, 44, 46, 47, 48, 49]),
    Vendor("xray", Letters, &[64, 73]),
    Vendor("yandex", Words, &[40]),
    Vendor("zendesk", Letters, &[40]),
];

/// The names of all providers.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    VENDORS.iter().map(|Vendor(name, _, _)| *name)
}

/// Whether `value` looks like a key of a provider that `name` names.
pub(super) fn owns(name: &[u8], value: &[u8]) -> bool {
    // INVARIANT: what decides is bounded: a name is short, and so is the longest key.
    VENDORS.iter().any(|Vendor(vendor, signs, lengths)| {
        lengths.contains(&value.len())
            && value.iter().all(|b| signs.has(*b))
            && is_key(*signs, value)
            && name.windows(vendor.len()).any(|w| w.eq_ignore_ascii_case(vendor.as_bytes()))
    })
}

/// Whether the signs are mixed as chance mixes them. The length is right already, so that sequences
/// such as `1234567890` count as keys too.
fn is_key(signs: Signs, value: &[u8]) -> bool {
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let groups = || value.split(|b| *b == b'-').map(<[u8]>::len).eq([8, 4, 4, 4, 12]);
    let is_mixed = match signs {
        Digits => true,
        Uuid => groups(),
        // Words joined by dashes have few digits; of random letters and digits 16 in 100 are.
        Hex | Letters | Words | Base64 => digits >= 2 && letters >= 2,
    };
    is_mixed && distinct(value) >= 5 && !names_placeholder(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::redact;

    #[test]
    fn a_key_behind_the_name_of_its_provider_is_cut() {
        for Vendor(name, signs, lengths) in VENDORS {
            for length in *lengths {
                let value: String = if matches!(signs, Uuid) {
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
