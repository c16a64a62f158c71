//! How values cross into JavaScript and back.
//!
//! Text comes in as UTF-8 bytes that `TextEncoder.encode` made, never as a JavaScript string: the
//! generated code would use `encodeInto`, which cuts text short on node 25.4 and later
//! (nodejs/node#65994). Values come in as the bytes of their JSON and go out as objects.

use dreaming::canonical::{self, Readable};
use dreaming::interface::{EngineError, Invalid};
use js_sys::{Error, JSON, Reflect};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize as _, Deserializer, Serialize};
use wasm_bindgen::JsValue;

/// What a fallible export returns.
pub(crate) type Crossing<T> = Result<T, JsValue>;

/// The error as a JavaScript `Error` with `code` and `what`.
pub(crate) fn raise(error: impl Into<EngineError>) -> JsValue {
    let error = error.into();
    let thrown = Error::new(&error.to_string());
    let set = |name: &str, value: &str| {
        // Setting a property of an error that was just made cannot fail.
        let _ = Reflect::set(&thrown, &name.into(), &value.into());
    };
    set("code", error.code());
    if let Some(what) = error.what() {
        set("what", what);
    }
    thrown.into()
}

/// Text from its UTF-8 bytes; `what` names the text in the error.
pub(crate) fn text<'a>(what: &str, bytes: &'a [u8]) -> Crossing<&'a str> {
    let invalid = |error| EngineError::InvalidRequest(Invalid::new(what, error));
    std::str::from_utf8(bytes).map_err(|error| raise(invalid(error)))
}

/// A value from the bytes of its JSON. For JSON of another shape `area` makes the error.
pub(crate) fn read<T: DeserializeOwned>(
    what: &str,
    json: &[u8],
    area: fn(Invalid) -> EngineError,
) -> Crossing<T> {
    serde_json::from_slice(json).map_err(|error| raise(area(Invalid::new(what, error))))
}

/// Reads a value of the engine's own type, in the form that it has in documents.
pub(crate) fn of_engine<'de, D: Deserializer<'de>, T: Readable>(input: D) -> Result<T, D::Error> {
    let json = serde_json::Value::deserialize(input)?.to_string();
    canonical::from_bytes(json.as_bytes()).map_err(D::Error::custom)
}

/// A value of Rust as a JavaScript object.
pub(crate) fn object(value: &impl Serialize) -> Crossing<JsValue> {
    let json = serde_json::to_string(value);
    JSON::parse(&json.map_err(|error| raise(EngineError::Other(error.to_string())))?)
}
