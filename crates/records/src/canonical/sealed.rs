//! Documents that hold a digest of themselves: it shows damage, and edits of who did not mean to forge one. It is no
//! signature, for nothing in it is secret.

use serde::Serialize;

use super::{CanonicalError, Readable, digest, from_bytes, to_bytes};
use crate::json::{Read, Reader};

/// The field with the digest: of the canonical bytes of the document without it.
const FIELD: &str = "digest";

/// Bytes of the field: its name, 64 digits, quotes, colon and comma.
const LENGTH: usize = 76;

/// Writes `value`, an object with a field after [`FIELD`], as RFC 8785 bytes with the digest over them.
///
/// # Errors
/// As [`to_bytes`].
pub fn to_sealed<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    sealed(&to_bytes(value)?)
}

/// Reads what [`to_sealed`] wrote, and nothing else: not one byte may differ.
///
/// # Errors
/// [`CanonicalError::Malformed`] when the digest is missing or does not fit, or the bytes are not the canonical bytes
/// of what they say; and as [`from_bytes`].
pub fn from_sealed<T: Readable + Serialize>(bytes: &[u8]) -> Result<T, CanonicalError> {
    let value: T = from_bytes(&opened(bytes)?)?;
    is_same(&to_bytes(&value)?, bytes)?;
    Ok(value)
}

/// Whether a document without its digest, sealed, is this one.
fn is_same(rest: &[u8], bytes: &[u8]) -> Result<(), CanonicalError> {
    if sealed(rest)? == bytes { Ok(()) } else { Err(changed()) }
}

/// Whether a document has a field for its digest, whatever it says.
pub(crate) fn is_sealed(bytes: &[u8]) -> bool {
    parted(bytes).is_some_and(|(_, after)| after.starts_with("\"digest\""))
}

/// A document with the digest over it.
fn sealed(rest: &[u8]) -> Result<Vec<u8>, CanonicalError> {
    let (before, after) = parted(rest).ok_or_else(|| unusable("no field follows its digest"))?;
    Ok([before, "\"digest\":\"", digest(rest).as_str(), "\",", after].concat().into_bytes())
}

/// A document without what stands where the digest does.
fn opened(bytes: &[u8]) -> Result<Vec<u8>, CanonicalError> {
    let rest = |(before, after): (_, &str)| Some([before, after.get(LENGTH..)?].concat());
    parted(bytes).and_then(rest).map(String::into_bytes).ok_or_else(changed)
}

/// An object before and after the place of its digest; nothing when it has none, or is none.
fn parted(bytes: &[u8]) -> Option<(&str, &str)> {
    let text = std::str::from_utf8(bytes).ok()?;
    text.split_at_checked(place(text).ok()??)
}

/// Where the first field stands whose name does not come before [`FIELD`].
fn place(text: &str) -> Read<Option<usize>> {
    let mut reader = Reader::new(text);
    reader.open(b'{')?;
    while reader.is_next(b'}')? {
        // Past white space, which no document of ours has: so it is told from one without a digest.
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
