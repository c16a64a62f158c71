//! The one byte form: RFC 8785 JSON with integers only, and digests over it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::ids::Digest;
use crate::number::count;

/// The largest magnitude of an integer in any document: 2^53 − 1, the largest integer that every
/// JSON reader represents exactly (RFC 8785, section 3.2.2.3).
pub const MAX_INTEGER: u64 = (1 << 53) - 1;

/// Why a value or a document has no canonical form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum CanonicalError {
    /// The bytes are not the JSON document that was expected.
    #[error("malformed document: {0}")]
    Malformed(String),
    /// A number has a fraction, an exponent, or a magnitude over [`MAX_INTEGER`].
    #[error("number `{0}` is not an integer within 2^53 - 1")]
    Number(String),
}

/// Writes `value` as RFC 8785 bytes.
///
/// # Errors
/// [`CanonicalError::Number`] when a number is not an integer within [`MAX_INTEGER`].
pub fn to_bytes<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    let value =
        serde_json::to_value(value).map_err(|e| CanonicalError::Malformed(e.to_string()))?;
    of_value(&value)
}

fn of_value(value: &Value) -> Result<Vec<u8>, CanonicalError> {
    check_numbers(value)?;
    let bytes = match is_in_order(value) {
        true => serde_json::to_vec(value),
        false => serde_json_canonicalizer::to_vec(value),
    };
    bytes.map_err(|e| CanonicalError::Malformed(e.to_string()))
}

/// Reads a document that [`to_bytes`] wrote. White space and key order are not checked: the digest
/// of a document is taken over bytes, so a differently written one has a different digest. Whatever
/// is read can be written again.
///
/// # Errors
/// [`CanonicalError::Malformed`] when the bytes are not the expected document,
/// [`CanonicalError::Number`] when a number is over [`MAX_INTEGER`].
pub fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CanonicalError> {
    check_magnitudes(bytes)?;
    serde_json::from_slice(bytes).map_err(|e| CanonicalError::Malformed(e.to_string()))
}

/// The SHA-256 digest of `bytes`.
pub fn digest(bytes: &[u8]) -> Digest {
    Digest::from_hash(&Sha256::digest(bytes))
}

/// The first 64 bits of the digest of `bytes`.
pub fn short_digest(bytes: &[u8]) -> u64 {
    Sha256::digest(bytes).iter().take(8).fold(0, |all, byte| all << 8 | u64::from(*byte))
}

/// The digest of several parts, each preceded by its length, so that no two lists of parts
/// give the same digest by moving a boundary.
pub fn digest_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Digest {
    let mut hash = Hasher::default();
    parts.into_iter().for_each(|part| hash.part(part));
    hash.digest()
}

/// A digest over bytes that arrive in pieces.
#[derive(Clone, Debug, Default)]
pub struct Hasher(Sha256);

impl Hasher {
    /// Adds the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Adds a part after its length, as [`digest_parts`] does.
    pub fn part(&mut self, part: &[u8]) {
        self.update(&count(part.len()).to_be_bytes());
        self.update(part);
    }

    /// The digest of all bytes so far.
    pub fn digest(&self) -> Digest {
        Digest::from_hash(&self.0.clone().finalize())
    }
}

/// Looks at the digits of a document outside of its strings, so that nothing is parsed twice.
fn check_magnitudes(bytes: &[u8]) -> Result<(), CanonicalError> {
    let (mut in_string, mut escaped) = (false, false);
    let mut number: u64 = 0;
    for byte in bytes {
        if in_string {
            in_string = escaped || *byte != b'"';
            escaped = !escaped && *byte == b'\\';
            continue;
        }
        in_string = *byte == b'"';
        if !byte.is_ascii_digit() {
            number = 0;
            continue;
        }
        number = number * 10 + u64::from(byte - b'0');
        if number > MAX_INTEGER {
            return Err(CanonicalError::Number(format!("{number}…")));
        }
    }
    Ok(())
}

/// Whether all keys are ASCII and stand in order. Then the compact form of a document with integers alone is
/// its canonical form already: RFC 8785 orders keys by their UTF-16 units, which are bytes here, and escapes in
/// strings what `serde_json` does. Looked at and not known, because a crate elsewhere in a build may make
/// `serde_json` keep the order of fields.
fn is_in_order(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(is_in_order),
        Value::Object(fields) => {
            fields.keys().all(|key| key.is_ascii())
                && fields.keys().is_sorted()
                && fields.values().all(is_in_order)
        }
        _ => true,
    }
}

fn check_numbers(value: &Value) -> Result<(), CanonicalError> {
    match value {
        Value::Number(n) => {
            let fits = n.as_u64().or_else(|| n.as_i64().map(i64::unsigned_abs));
            match fits {
                Some(magnitude) if magnitude <= MAX_INTEGER => Ok(()),
                _ => Err(CanonicalError::Number(n.to_string())),
            }
        }
        Value::Array(items) => items.iter().try_for_each(check_numbers),
        Value::Object(fields) => fields.values().try_for_each(check_numbers),
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Documents with keys and strings that need care, and integers alone.
    fn documents() -> impl Strategy<Value = Value> {
        let text = "[a-c\"\\\\\u{0}-\u{1f}\u{7f}é\u{2028}\u{fffd}😀]{0,4}";
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            text.prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((text, inner), 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn both_ways_of_writing_give_the_bytes_of_rfc_8785(document in documents()) {
            let canonical = serde_json_canonicalizer::to_vec(&document).unwrap();
            prop_assert_eq!(to_bytes(&document).unwrap(), canonical);
        }
    }

    #[test]
    fn keys_are_sorted_and_text_is_escaped_as_rfc_8785_says() {
        let value = serde_json::json!({"b": "\u{7f}\u{1}\n€", "a": [1, -2, null, true]});
        let bytes = to_bytes(&value).unwrap();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "{\"a\":[1,-2,null,true],\"b\":\"\u{7f}\\u0001\\n€\"}"
        );
    }

    #[test]
    fn keys_of_ascii_and_others_are_written_as_the_standard_says() {
        let all: String =
            (0..=0x7ff).filter_map(char::from_u32).chain(['\u{2028}', '\u{1f600}']).collect();
        for value in [
            serde_json::json!({"": [{}, []], "b": {"c": 0, "B": -1}, "a b": &all, "~": MAX_INTEGER}),
            serde_json::json!({ &all: 1, "\u{e000}": 2, "\u{1f600}": {"\u{fffd}": 3, "\u{10000}": 4} }),
        ] {
            let bytes = of_value(&value).unwrap();
            assert_eq!(bytes, serde_json_canonicalizer::to_vec(&value).unwrap());
            assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), value);
        }
    }

    #[test]
    fn a_float_or_a_wide_integer_has_no_canonical_form() {
        for value in [serde_json::json!(1.5), serde_json::json!(MAX_INTEGER + 1)] {
            assert!(matches!(to_bytes(&value), Err(CanonicalError::Number(_))));
        }
        assert!(to_bytes(&serde_json::json!(MAX_INTEGER)).is_ok());
    }

    #[test]
    fn what_is_read_can_be_written_and_strings_may_hold_any_digits() {
        let wide = (MAX_INTEGER + 1).to_string();
        for document in [wide.clone(), format!("[1,-{wide}]"), "99999999999999999999999".into()] {
            let read = from_bytes::<serde_json::Value>(document.as_bytes());
            assert!(matches!(read, Err(CanonicalError::Number(_))), "{document}");
        }
        for document in [
            format!("{{\"a\\\"{wide}\":\"{wide}\"}}"),
            format!("[{MAX_INTEGER},-{MAX_INTEGER},\"\\\\\",7]"),
        ] {
            let read: serde_json::Value = from_bytes(document.as_bytes()).unwrap();
            assert_eq!(to_bytes(&read).unwrap(), document.as_bytes());
        }
    }

    #[test]
    fn moving_a_boundary_changes_the_digest_of_parts() {
        let a = digest_parts([b"ab".as_slice(), b"c"]);
        let b = digest_parts([b"a".as_slice(), b"bc"]);
        assert_ne!(a, b);
    }
}
