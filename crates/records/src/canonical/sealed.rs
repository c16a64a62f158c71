//! Documents that hold a digest of themselves. The digest shows damage and accidental edits. It is
//! no signature: anybody can compute it.

use serde::Serialize;

use super::{CanonicalError, Readable, digest, from_bytes, to_bytes};
use crate::json::{Read, Reader};

/// The field that holds the digest over the canonical bytes of the document without this field.
const FIELD: &str = "digest";

/// Bytes of the field: its name, 64 digits, quotes, colon and comma.
const LENGTH: usize = 76;

/// Writes `value`, an object with a field after [`FIELD`], as RFC 8785 bytes with the digest over
/// them.
///
/// # Errors
/// As [`to_bytes`].
pub fn to_sealed<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    sealed(&to_bytes(value)?)
}

/// Reads what [`to_sealed`] wrote, and nothing else: not one byte may differ.
///
/// # Errors
/// [`CanonicalError::Malformed`] when the digest is missing or does not fit, or the bytes are not
/// in canonical form; and as [`from_bytes`].
pub fn from_sealed<T: Readable + Serialize>(bytes: &[u8]) -> Result<T, CanonicalError> {
    let value: T = from_bytes(&opened(bytes)?)?;
    is_same(&to_bytes(&value)?, bytes)?;
    Ok(value)
}

/// Fails unless the document without its digest, sealed again, gives these bytes.
fn is_same(rest: &[u8], bytes: &[u8]) -> Result<(), CanonicalError> {
    if sealed(rest)? == bytes { Ok(()) } else { Err(changed()) }
}

/// Whether a document has a digest field, whatever its value.
pub(crate) fn is_sealed(bytes: &[u8]) -> bool {
    parted(bytes).is_some_and(|(_, after)| after.starts_with("\"digest\""))
}

/// A document with the digest over it.
fn sealed(rest: &[u8]) -> Result<Vec<u8>, CanonicalError> {
    let (before, after) = parted(rest).ok_or_else(|| unusable("no field follows its digest"))?;
    Ok([before, "\"digest\":\"", digest(rest).as_str(), "\",", after].concat().into_bytes())
}

/// A document without its digest field, or without the bytes in that place.
fn opened(bytes: &[u8]) -> Result<Vec<u8>, CanonicalError> {
    let rest = |(before, after): (_, &str)| Some([before, after.get(LENGTH..)?].concat());
    parted(bytes).and_then(rest).map(String::into_bytes).ok_or_else(changed)
}

/// An object before and after the place of its digest; `None` for anything else.
fn parted(bytes: &[u8]) -> Option<(&str, &str)> {
    let text = std::str::from_utf8(bytes).ok()?;
    text.split_at_checked(place(text).ok()??)
}

/// Where the first field begins whose name is not before [`FIELD`] in order.
fn place(text: &str) -> Read<Option<usize>> {
    let mut reader = Reader::new(text);
    reader.open(b'{')?;
    while reader.is_next(b'}')? {
        // Skips white space. Our documents have none; but only so can an older document without a
        // digest be told from an edited one.
        reader.peek();
        let at = reader.at();
        if *reader.name()? >= *FIELD {
            return Ok(Some(at));
        }
        reader.skip()?;
    }
    Ok(None)
}

fn changed() -> CanonicalError {
    unusable("its digest does not fit: it was edited or damaged")
}

fn unusable(why: &str) -> CanonicalError {
    CanonicalError::Malformed(why.into())
}
