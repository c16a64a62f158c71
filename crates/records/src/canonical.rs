//! The only byte form of documents: RFC 8785 JSON with integers only, and digests over it.

mod document_reader;
mod document_writer;
mod fault;
mod sealed;
mod value_readers;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::ids::Digest;
use crate::number::count;
pub use document_reader::{Names, Readable, case, object};
pub use document_writer::{escaped, key_order, text};
pub use dreaming_derive::Readable;
pub use fault::{Done, Fault};
pub(crate) use sealed::is_sealed;
pub use sealed::{from_sealed, to_sealed};

/// The largest magnitude of an integer in any document: 2^53 − 1, the largest integer that every
/// JSON reader represents exactly (RFC 8785, section 3.2.2.3).
pub const MAX_INTEGER: u64 = (1 << 53) - 1;

/// Why a value or a document has no canonical form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
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
    document_writer::document(value)
}

/// Reads a document that [`to_bytes`] wrote. White space and key order are not checked: the digest
/// of a document is taken over its bytes, so a differently written one has a different digest.
/// Every document that can be read can be written again.
///
/// # Errors
/// [`CanonicalError::Malformed`] when the bytes are not the expected document,
/// [`CanonicalError::Number`] when a number is over [`MAX_INTEGER`].
pub fn from_bytes<T: Readable>(bytes: &[u8]) -> Result<T, CanonicalError> {
    document_reader::document(bytes)
}

/// The integer that a JSON number stands for; `None` when documents may not hold it.
pub fn integer(number: &str) -> Option<i64> {
    let whole: i64 = number.parse().ok()?;
    (whole.unsigned_abs() <= MAX_INTEGER && number != "-0").then_some(whole)
}

/// The SHA-256 digest of `bytes`.
pub fn digest(bytes: &[u8]) -> Digest {
    Digest::from_hash(&Sha256::digest(bytes))
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::Value;

    use super::*;
    use crate::json::Reader;
    use crate::{cases, fields};

    /// Any JSON value, to compare this reader with another one.
    impl Readable for Value {
        fn blank() -> Self {
            Self::Null
        }

        fn read(&mut self, reader: &mut Reader<'_>) -> Done<()> {
            *self = match reader.peek() {
                Some(b'"') => String::of(reader)?.into(),
                Some(b'[') => Vec::<Self>::of(reader)?.into(),
                Some(b'{') => Self::Object(BTreeMap::of(reader)?.into_iter().collect()),
                Some(b'-' | b'0'..=b'9') => i64::of(reader)?.into(),
                _ => reader.word()?.into(),
            };
            Ok(())
        }
    }

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
        fn documents_are_written_as_rfc_8785_says(document in documents()) {
            let canonical = serde_json_canonicalizer::to_vec(&document).unwrap();
            prop_assert_eq!(to_bytes(&document).unwrap(), canonical);
        }

        #[test]
        fn documents_are_read_however_they_are_spaced_and_escaped(document in documents()) {
            let spaced = serde_json::to_string_pretty(&document).unwrap();
            prop_assert_eq!(from_bytes::<Value>(spaced.as_bytes()).unwrap(), document.clone());
            let escaped: String = document.to_string().encode_utf16().map(|unit| match unit {
                0..=0x7e => char::from(u8::try_from(unit).unwrap()).to_string(),
                other => format!("\\u{other:04X}"),
            }).collect();
            prop_assert_eq!(from_bytes::<Value>(escaped.as_bytes()).unwrap(), document);
        }

        #[test]
        fn what_is_no_json_is_refused_as_by_serde_json(
            pieces in prop::collection::vec(
                prop::sample::select(vec![
                    "{", "}", "[", "]", ":", ",", "\"", "\"a\"", "\"b", "\\", "u00e9", "ud83d", "0", "1", "-",
                    " ", "\n", "null", "true", "fals", "é", "\u{1}",
                ]),
                0..9,
            ),
        ) {
            let text = pieces.concat();
            let known: Option<Value> = serde_json::from_str(&text).ok();
            let read: Option<Value> = from_bytes(text.as_bytes()).ok();
            // The two readers differ only on minus zero, which is not an integer.
            prop_assert!(known == read || text.contains("-0"), "{text}: {known:?}, {read:?}");
        }
    }

    #[test]
    fn strings_are_read_as_by_serde_json_wherever_a_sign_stands_and_wherever_they_end() {
        for sign in [
            "\"",
            "\\n",
            "\\\"",
            "\\\\",
            "\\u00e9",
            "\\ud83d\\ude00",
            "\\ud83d",
            "\\x",
            "\\",
            "é",
            "😀",
            "\u{1f}",
            "\u{7f}",
            "\n",
            "\0",
        ] {
            for (before, after) in (0..18).flat_map(|n| [(n, 0), (n, 3), (n, 9)]) {
                let whole = format!("\"{}{sign}{}{sign}é\"", "a".repeat(before), "b".repeat(after));
                for end in (0..=whole.len()).filter(|end| whole.is_char_boundary(*end)) {
                    let text = whole.get(..end).unwrap();
                    let known: Option<Value> = serde_json::from_str(text).ok();
                    assert_eq!(from_bytes::<Value>(text.as_bytes()).ok(), known, "{text}");
                }
            }
        }
    }

    #[test]
    fn nesting_is_read_as_deep_as_by_serde_json() {
        for depth in [1, 126, 127, 128, 100_000] {
            let text = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
            let known: Option<Value> = serde_json::from_str(&text).ok();
            assert_eq!(from_bytes::<Value>(text.as_bytes()).ok(), known, "{depth}");
            assert_eq!(known.is_some(), depth < 128);
        }
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Shape {
        Round,
        NearlyRound,
    }

    cases!(Shape: Round, NearlyRound);

    #[derive(Debug, PartialEq, Eq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Thing {
        shape: Shape,
        long: u64,
        by: Option<i64>,
        #[serde(default)]
        names: Vec<String>,
        #[serde(default)]
        ends: [bool; 2],
        within: Option<Box<Thing>>,
    }

    fields!(Thing: shape, long; by, names, ends, within);

    #[derive(Debug, PartialEq, Eq, Deserialize)]
    struct Open {
        shape: Shape,
    }

    fields!(Open: shape;; ..);

    #[derive(Debug, PartialEq, Eq, Serialize, Readable)]
    struct Derived {
        must: u64,
        may: Option<u64>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        list: Vec<String>,
    }

    #[test]
    fn what_is_not_always_written_may_be_left_out_and_the_rest_must_be_there() {
        let read = |json: &str| from_bytes::<Derived>(json.as_bytes());
        assert_eq!(read(r#"{"must":1}"#), Ok(Derived { must: 1, may: None, list: Vec::new() }));
        let whole = r#"{"list":["a"],"may":2,"must":1}"#;
        assert_eq!(to_bytes(&read(whole).unwrap()).unwrap(), whole.as_bytes());
        assert!(read(r#"{"list":["a"],"may":2}"#).unwrap_err().to_string().contains("missing"));
    }

    /// An object whose fields may or may not have each of several values.
    fn object() -> impl Strategy<Value = String> {
        let name = prop::sample::select(vec!["shape", "long", "by", "names", "ends", "other"]);
        let value = prop::sample::select(vec![
            "null",
            "3",
            "-3",
            "\"round\"",
            "\"nearly-round\"",
            "\"Round\"",
            "true",
            "[]",
            "{}",
            "[\"a\"]",
            "[true,false]",
            "[true]",
            "[true,false,true]",
            "[null]",
        ]);
        let fitting = prop::sample::select(vec![
            "\"shape\":\"round\"",
            "\"long\":7",
            "\"by\":-1",
            "\"names\":[\"b\"]",
            "\"ends\":[true,true]",
        ]);
        let field = prop_oneof![
            4 => fitting.prop_map(str::to_owned),
            1 => (name, value).prop_map(|(name, value)| format!("\"{name}\":{value}")),
        ];
        prop::collection::vec(field, 0..6).prop_map(|fields| format!("{{{}}}", fields.join(",")))
    }

    proptest! {
        #[test]
        fn types_are_read_as_serde_reads_them(outer in object(), inner in object()) {
            let nested = format!("{{\"long\":1,\"within\":{inner},\"shape\":\"round\"}}");
            for text in [outer, nested] {
                let known: Option<Thing> = serde_json::from_str(&text).ok();
                prop_assert_eq!(from_bytes(text.as_bytes()).ok(), known, "{}", text);
                let known: Option<Open> = serde_json::from_str(&text).ok();
                prop_assert_eq!(from_bytes(text.as_bytes()).ok(), known, "{}", text);
            }
        }
    }

    #[test]
    fn a_document_of_another_shape_is_an_error_that_says_where_and_what() {
        let read = |json: &str| from_bytes::<Vec<Thing>>(json.as_bytes());
        let thing = |by| {
            let (names, ends) = (Vec::new(), [false; 2]);
            vec![Thing { shape: Shape::Round, long: 3, by, names, ends, within: None }]
        };
        assert_eq!(read(r#"[{"long": 3, "shape" : "round","by":-4}]"#), Ok(thing(Some(-4))));
        assert_eq!(read(r#"[{"by":null,"long":3,"shape":"round"}]"#), Ok(thing(None)));
        for (json, wanted) in [
            (
                r#"[{"shape":"flat"}]"#,
                "unknown variant `flat`, expected one of round, nearly-round",
            ),
            (r#"[{"shape":{"round":null}}]"#, "at byte 10"),
            (r#"["long"]"#, "at byte 1"),
            (r#"[{"long":"3"}]"#, "expected a number"),
            (r#"[{"long":-3}]"#, "expected a number from 0"),
            (r#"[{"long":3}]"#, "missing field `shape`"),
            (r#"[{"long":3,"long":3}]"#, "duplicate field `long`"),
            (r#"[{"ends":[true]}]"#, "expected a list of two"),
            (r#"[{"to":3}]"#, "unknown field `to`"),
            (r#"[{"long":3},]"#, "missing field"),
            (r#"[] 1"#, "trailing"),
        ] {
            let error = read(json).unwrap_err().to_string();
            assert!(error.contains(wanted), "{json}: {error}");
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
            let bytes = to_bytes(&value).unwrap();
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
