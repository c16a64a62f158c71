//! Reads documents: JSON with integers only, and without code for what no document of the engine holds.

use std::borrow::Cow;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer as _, MapAccess, SeqAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;

use super::fault::{Done, Fault};
use super::{CanonicalError, integer};
use crate::json::Reader;

/// Reads one value and nothing after it.
pub(super) fn document<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CanonicalError> {
    let text = std::str::from_utf8(bytes).map_err(|e| CanonicalError::Malformed(e.to_string()))?;
    let mut reader = Reader::new(text);
    let value = T::deserialize(Document(&mut reader)).and_then(|value| {
        reader.end()?;
        Ok(value)
    });
    value.map_err(|fault| match fault.into_error() {
        CanonicalError::Malformed(why) => {
            CanonicalError::Malformed(format!("{why} at byte {}", reader.at()))
        }
        number => number,
    })
}

/// What comes next, as `serde` reads it. What reads it is kept out of line: with all that a document holds in one
/// function no two pieces are alike, and components are packed worse.
struct Document<'a, 'de>(&'a mut Reader<'de>);

fn number(reader: &mut Reader<'_>) -> Done<i64> {
    let number = reader.number()?;
    integer(number).ok_or_else(|| Fault::number(number.into()))
}

/// The next name of an object's field.
fn name<'de>(reader: &mut Reader<'de>) -> Done<Option<Cow<'de, str>>> {
    Ok(if reader.is_next(b'}')? { Some(reader.name()?) } else { None })
}

/// Numbers, whatever their type: their visitors know what fits.
macro_rules! numbers {
    ($($name:ident)*) => {$(
        #[inline(never)]
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
            let number = number(self.0)?;
            match u64::try_from(number) {
                Ok(natural) => visitor.visit_u64(natural),
                Err(_) => visitor.visit_i64(number),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Document<'_, 'de> {
    type Error = Fault;

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16
        deserialize_u32 deserialize_u64
    }

    forward_to_deserialize_any! {
        bytes byte_buf char f32 f64 identifier ignored_any tuple_struct unit_struct
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        match self.0.peek() {
            Some(b'-' | b'0'..=b'9') => self.deserialize_u64(visitor),
            Some(b'"') => self.deserialize_string(visitor),
            Some(b'[') => self.deserialize_seq(visitor),
            Some(b'{') => self.deserialize_map(visitor),
            _ => self.deserialize_bool(visitor),
        }
    }

    #[inline(never)]
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        match self.0.word()? {
            Some(on) => visitor.visit_bool(on),
            None => visitor.visit_unit(),
        }
    }

    #[inline(never)]
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        match self.0.text()? {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        self.deserialize_string(visitor)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        self.deserialize_bool(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        if self.0.take_word("null") { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &str, visitor: V) -> Done<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    #[inline(never)]
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        self.0.open(b'[')?;
        let value = visitor.visit_seq(Items(self.0))?;
        self.0.close(b']')?;
        Ok(value)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Done<V::Value> {
        self.deserialize_seq(visitor)
    }

    #[inline(never)]
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        self.0.open(b'{')?;
        let value = visitor.visit_map(Items(self.0))?;
        self.0.close(b'}')?;
        Ok(value)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &str,
        _: &[&str],
        visitor: V,
    ) -> Done<V::Value> {
        self.deserialize_map(visitor)
    }

    /// A case is a string: no document of the engine that is read has one with content.
    #[inline(never)]
    fn deserialize_enum<V: Visitor<'de>>(self, _: &str, _: &[&str], visitor: V) -> Done<V::Value> {
        visitor.visit_enum(self.0.text()?.as_ref().into_deserializer())
    }
}

/// What is left of a list or an object.
struct Items<'a, 'de>(&'a mut Reader<'de>);

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Done<Option<T::Value>> {
        if self.0.is_next(b']')? { seed.deserialize(Document(self.0)).map(Some) } else { Ok(None) }
    }
}

impl<'de> MapAccess<'de> for Items<'_, 'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Done<Option<K::Value>> {
        let Some(name) = name(self.0)? else { return Ok(None) };
        seed.deserialize(name.as_ref().into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Done<V::Value> {
        seed.deserialize(Document(self.0))
    }
}
