//! Reads documents: JSON with integers only, straight into their types.
//!
//! A value is read into the place where it stays. So one function reads objects of all types: it
//! gets the names of the fields and references to their places.

use super::CanonicalError;
use super::fault::{Done, Fault};
use crate::json::Reader;

/// A part of a document that can be read.
pub trait Readable {
    /// The value of a place before it is read, and of an optional field that the document leaves
    /// out.
    fn blank() -> Self
    where
        Self: Sized;

    /// Reads the next value into this place.
    ///
    /// # Errors
    /// When the next value is something else. The content of the place is undefined then.
    fn read(&mut self, reader: &mut Reader<'_>) -> Done<()>;

    /// Reads the next value.
    ///
    /// # Errors
    /// When the next value is something else.
    fn of(reader: &mut Reader<'_>) -> Done<Self>
    where
        Self: Sized,
    {
        let mut value = Self::blank();
        value.read(reader)?;
        Ok(value)
    }
}

/// Reads one value and nothing after it.
pub(super) fn document<T: Readable>(bytes: &[u8]) -> Result<T, CanonicalError> {
    let text = std::str::from_utf8(bytes).map_err(|e| CanonicalError::Malformed(e.to_string()))?;
    let mut reader = Reader::new(text);
    let mut value = T::blank();
    match whole(&mut value, &mut reader) {
        Ok(()) => Ok(value),
        Err(fault) => Err(placed(fault, &reader)),
    }
}

fn whole(value: &mut dyn Readable, reader: &mut Reader<'_>) -> Done<()> {
    value.read(reader)?;
    Ok(reader.end()?)
}

/// Adds to the error the place in the document.
fn placed(fault: Fault, reader: &Reader<'_>) -> CanonicalError {
    match fault.into_error() {
        CanonicalError::Malformed(why) => {
            CanonicalError::Malformed(format!("{why} at byte {}", reader.at()))
        }
        number => number,
    }
}

/// The names that the fields of an object have.
#[derive(Debug)]
pub struct Names {
    /// Fields that must be there.
    pub required: &'static [&'static str],
    /// Fields that may be left out.
    pub optional: &'static [&'static str],
    /// Whether unknown fields are skipped; otherwise they are an error.
    pub others: bool,
}

/// Reads an object: each field into its place. The places have the same order as the names,
/// required ones first.
///
/// # Errors
/// When a field is not what it must be, occurs twice, is missing or unknown.
pub fn object(
    reader: &mut Reader<'_>,
    names: &Names,
    places: &mut [Option<&mut dyn Readable>],
) -> Done<()> {
    let all = || names.required.iter().chain(names.optional);
    reader.open(b'{')?;
    while reader.is_next(b'}')? {
        let name = reader.name()?;
        match all().position(|known| *known == name) {
            Some(at) => match places.get_mut(at).and_then(Option::take) {
                Some(place) => place.read(reader)?,
                None => return Err(Fault::malformed(format!("duplicate field `{name}`"))),
            },
            None if names.others => reader.skip()?,
            None => return Err(unknown("field", &name, all().map(ToString::to_string).collect())),
        }
    }
    reader.close(b'}')?;
    match names.required.iter().zip(places).find(|(_, place)| place.is_some()) {
        Some((name, _)) => Err(Fault::malformed(format!("missing field `{name}`"))),
        None => Ok(()),
    }
}

/// An error: the document has a word here that is none of the known ones.
fn unknown(what: &str, found: &str, known: Vec<String>) -> Fault {
    Fault::malformed(format!("unknown {what} `{found}`, expected one of {}", known.join(", ")))
}

/// Implements reading of a struct: first the names of required fields, then those of optional ones;
/// with `..` at the end, unknown fields are skipped.
#[macro_export]
macro_rules! fields {
    ($type:ident: $($required:ident),*; $($optional:ident),*; ..) => {
        $crate::fields!(@ $type, true: $($required),*; $($optional),*);
    };
    ($type:ident: $($required:ident),*; $($optional:ident),*) => {
        $crate::fields!(@ $type, false: $($required),*; $($optional),*);
    };
    (@ $type:ident, $others:literal: $($required:ident),*; $($optional:ident),*) => {
        impl $crate::canonical::Readable for $type {
            fn blank() -> Self {
                Self {
                    $($required: $crate::canonical::Readable::blank(),)*
                    $($optional: $crate::canonical::Readable::blank(),)*
                }
            }

            fn read(
                &mut self,
                reader: &mut $crate::json::Reader<'_>,
            ) -> $crate::canonical::Done<()> {
                const NAMES: $crate::canonical::Names = $crate::canonical::Names {
                    required: &[$(stringify!($required)),*],
                    optional: &[$(stringify!($optional)),*],
                    others: $others,
                };
                $crate::canonical::object(
                    reader,
                    &NAMES,
                    &mut [$(Some(&mut self.$required),)* $(Some(&mut self.$optional)),*],
                )
            }
        }
    };
}

/// The index of the one of `cases` that comes next: a string, in lower case with a hyphen before
/// each word but the first.
///
/// # Errors
/// When the next string is none of them.
pub fn case(reader: &mut Reader<'_>, cases: &str) -> Done<usize> {
    let found = reader.text()?;
    let words = || cases.split(' ').map(hyphened);
    match words().position(|word| word.eq(found.chars())) {
        Some(at) => Ok(at),
        None => Err(unknown("variant", &found, words().map(String::from_iter).collect())),
    }
}

/// `NewerValue` as documents write it: `newer-value`.
fn hyphened(case: &str) -> impl Iterator<Item = char> {
    case.char_indices().flat_map(|(at, sign)| {
        let hyphen = (at > 0 && sign.is_ascii_uppercase()).then_some('-');
        hyphen.into_iter().chain([sign.to_ascii_lowercase()])
    })
}

/// Implements reading of an enum; all cases have to be listed.
#[macro_export]
macro_rules! cases {
    ($type:ident: $first:ident $(, $case:ident)*) => {
        impl $crate::canonical::Readable for $type {
            fn blank() -> Self {
                Self::$first
            }

            fn read(
                &mut self,
                reader: &mut $crate::json::Reader<'_>,
            ) -> $crate::canonical::Done<()> {
                const CASES: &[$type] = &[$type::$first $(, $type::$case)*];
                const NAMES: &str = concat!(stringify!($first) $(, " ", stringify!($case))*);
                let at = $crate::canonical::case(reader, NAMES)?;
                *self = *CASES.get(at).unwrap_or(&Self::$first);
                Ok(())
            }
        }
    };
}
