//! The values of the conformance protocol: camelCase JSON, documents as texts.

pub mod answers;
pub mod params;

use dreaming_testing::Failure;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads the value of an answer.
pub fn read<T: DeserializeOwned>(value: Value) -> Result<T, Failure> {
    serde_json::from_value(value).map_err(|e| Failure::new("broken-answer", e))
}

/// The text of a document, for hosts in which documents are texts.
pub fn text(document: &[u8]) -> Result<&str, Failure> {
    std::str::from_utf8(document).map_err(|e| Failure::new("invalid-document", e))
}
