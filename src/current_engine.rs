//! The fingerprint of this engine and its way to cut secrets out of texts. The core gets both from
//! here.

use dreaming_records::engine::Engine;
use dreaming_records::fingerprint::Fingerprint;
use dreaming_shield::redact;

/// This engine.
pub(crate) fn engine() -> Engine {
    Engine { fingerprint: fingerprint(), redact }
}

/// The text without its secrets.
pub(crate) fn redact(text: &str) -> String {
    redact::redact(text).text
}

/// The fingerprint of this engine.
pub fn fingerprint() -> Fingerprint {
    let (major, minor, patch) = char::UNICODE_VERSION;
    Fingerprint {
        engine: env!("CARGO_PKG_VERSION").into(),
        unicode: format!("{major}.{minor}.{patch}"),
        markdown: "pulldown-cmark 0.13".into(),
        secrets: redact::RULES_VERSION,
        words: format!("{:016x}", joined(WORDS)),
    }
}

/// A hash of the word tables of each crate that has some.
const WORDS: [u64; 3] = [dreaming_text::WORDS, dreaming_shield::WORDS, dreaming_learn::WORDS];

/// Joins several numbers, in order, into one hash; it changes when one of them changes.
fn joined(numbers: [u64; 3]) -> u64 {
    /// An odd number with well mixed bits: 2^64 divided by the golden ratio.
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    numbers.iter().fold(0, |sum: u64, number| sum.wrapping_mul(FACTOR) ^ number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_word_in_any_crate_is_another_fingerprint() {
        let words = fingerprint().words;
        assert!(words.len() == 16 && words.bytes().all(|b| b.is_ascii_hexdigit()), "{words}");
        for place in 0..WORDS.len() {
            let mut other = WORDS;
            other[place] ^= 1;
            assert_ne!(joined(other), joined(WORDS));
        }
    }
}
