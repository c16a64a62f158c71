//! Reads the values in documents: numbers, texts, ids, lists.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::document_reader::Readable;
use super::fault::{Done, Fault};
use super::integer;
use crate::ids::{CallId, ChangeId, Digest, EntryId, RevisionId, SessionId};
use crate::json::Reader;

/// Integers within the range of their type.
macro_rules! integers {
    ($($number:ty: $wanted:literal),*) => {$(
        impl Readable for $number {
            fn blank() -> Self {
                0
            }

            fn read(&mut self, reader: &mut Reader<'_>) -> Done<()> {
                *self = Self::try_from(number(reader)?).map_err(|_| $wanted)?;
                Ok(())
            }
        }
    )*};
}

integers!(i64: "expected a number", u64: "expected a number from 0");

fn number(reader: &mut Reader<'_>) -> Done<i64> {
    let number = reader.number()?;
    integer(number).ok_or_else(|| Fault::number(number.into()))
}

impl Readable for bool {
    fn blank() -> Self {
        false
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Done<()> {
        *self = reader.word()?.ok_or("expected true or false")?;
        Ok(())
    }
}

impl Readable for String {
    fn blank() -> Self {
        Self::new()
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Done<()> {
        *self = reader.text().map(Cow::into_owned)?;
        Ok(())
    }
}

/// Ids: strings.
macro_rules! ids {
    ($($id:ident)*) => {$(
        impl Readable for $id {
            fn blank() -> Self {
                Self::default()
            }

            fn read(&mut self, reader: &mut Reader<'_>) -> Done<()> {
                *self = Self::new(String::of(reader)?);
                Ok(())
            }
        }
    )*};
}

ids!(CallId ChangeId Digest EntryId RevisionId SessionId);

impl<T: Readable> Readable for Option<T> {
    fn blank() -> Self {
        None
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Done<()> {
        *self = None;
        if reader.take_word("null") { Ok(()) } else { self.insert(T::blank()).read(reader) }
    }
}

impl<T: Readable> Readable for Box<T> {
    fn blank() -> Self {
        Self::new(T::blank())
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Done<()> {
        T::read(self, reader)
    }
}

impl<T: Readable> Readable for Vec<T> {
    fn blank() -> Self {
        Self::new()
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Done<()> {
        reader.open(b'[')?;
        while reader.is_next(b']')? {
            self.push(T::blank());
            self.last_mut().map_or(Ok(()), |item| item.read(reader))?;
        }
        Ok(reader.close(b']')?)
    }
}

/// Of two values under one key the last one counts.
impl<K: Readable + Ord, V: Readable> Readable for BTreeMap<K, V> {
    fn blank() -> Self {
        Self::new()
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Done<()> {
        reader.open(b'{')?;
        while reader.is_next(b'}')? {
            let key = K::of(reader)?;
            reader.colon()?;
            self.insert(key, V::of(reader)?);
        }
        Ok(reader.close(b'}')?)
    }
}

impl<T: Readable> Readable for [T; 2] {
    fn blank() -> Self {
        [T::blank(), T::blank()]
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Done<()> {
        reader.open(b'[')?;
        for item in self {
            if !reader.is_next(b']')? {
                return Err("expected a list of two".into());
            }
            item.read(reader)?;
        }
        Ok(reader.close(b']')?)
    }
}
