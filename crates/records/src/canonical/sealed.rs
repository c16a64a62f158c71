//! Documents that hold a digest of themselves: it shows damage, and edits of who did not mean to forge one. It is no
//! signature, for nothing in it is secret.

use serde::Serialize;

use super::{CanonicalError, Readable, digest, from_bytes, to_bytes};
use crate::json::{Read, Reader};

/// The field with the digest: of the canonical bytes of the document without it.
const FIELD: &str = "digest";

/// Writes `value`, an object with a field after [`FIELD`], as RFC 8785 bytes with the digest over them.
///
/// # Errors
/// As [`to_bytes`].
pub fn to_sealed<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    let rest = to_bytes(value)?;
    let (before, after) = parted(&rest).ok_or_else(|| unusable("no field follows its digest"))?;
    let field = field(&rest);
    Ok([before.as_bytes(), field.as_bytes(), after.as_bytes()].concat())
}

/// Reads what [`to_sealed`] wrote, and nothing else: not one byte may differ.
///
/// # Errors
/// [`CanonicalError::Malformed`] when the digest is missing or does not fit, or the bytes are not the canonical bytes
/// of what they say; and as [`from_bytes`].
pub fn from_sealed<T: Readable + Serialize>(bytes: &[u8]) -> Result<T, CanonicalError> {
    let rest = opened(bytes)?;
    let value: T = from_bytes(&rest)?;
    if to_bytes(&value)? != rest {
        return Err(unusable("no canonical bytes"));
    }
    Ok(value)
}

/// Whether a document has a field for its digest, whatever it says.
pub(crate) fn is_sealed(bytes: &[u8]) -> bool {
    parted(bytes).is_some_and(|(_, after)| after.starts_with("\"digest\""))
}

/// The bytes of a document without its digest, which fits them.
fn opened(bytes: &[u8]) -> Result<Vec<u8>, CanonicalError> {
    let changed = || unusable("its digest does not fit: it was edited or damaged");
    let (before, after) = parted(bytes).ok_or_else(changed)?;
    let (_, after) = after.split_at_checked(field(&[]).len()).ok_or_else(changed)?;
    let rest = [before.as_bytes(), after.as_bytes()].concat();
    let fits = bytes.get(before.len()..).is_some_and(|at| at.starts_with(field(&rest).as_bytes()));
    if fits { Ok(rest) } else { Err(changed()) }
}

/// The field over these bytes; it is equally long for all.
fn field(rest: &[u8]) -> String {
    format!("\"{FIELD}\":\"{}\",", digest(rest))
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

fn unusable(why: &str) -> CanonicalError {
    CanonicalError::Malformed(why.into())
}
