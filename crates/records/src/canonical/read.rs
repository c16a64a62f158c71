//! Reads documents: JSON as `serde_json` reads it, but with integers only, and without code for what no document
//! of the engine holds.

use std::borrow::Cow;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, Expected, IntoDeserializer as _,
    MapAccess, SeqAccess, Visitor,
};

use super::fault::{Done, Fault};
use super::plain::plain;
use super::{CanonicalError, MAX_INTEGER};

/// Lists and objects within each other that are read: nesting must not use up the stack. As many as `serde_json`
/// reads.
const MAX_DEPTH: usize = 127;

/// Reads one value and nothing after it.
pub(super) fn document<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CanonicalError> {
    let text = std::str::from_utf8(bytes).map_err(|e| CanonicalError::Malformed(e.to_string()))?;
    let mut reader = Reader { text, at: 0, depth: 0 };
    let value = T::deserialize(&mut reader).and_then(|value| match reader.peek() {
        None => Ok(value),
        Some(_) => Err(Fault::custom("trailing characters")),
    });
    value.map_err(|fault| match fault.into_error() {
        CanonicalError::Malformed(why) => {
            CanonicalError::Malformed(format!("{why} at byte {}", reader.at))
        }
        number => number,
    })
}

/// A document, and how far it is read.
struct Reader<'de> {
    text: &'de str,
    /// The next byte. Between the pieces of a document that is the beginning of a character.
    at: usize,
    /// Lists and objects that are open.
    depth: usize,
}

enum Integer {
    Natural(u64),
    Negative(i64),
}

impl<'de> Reader<'de> {
    fn here(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The bytes that are not read yet.
    fn rest(&self) -> &'de [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// The first byte after white space.
    fn peek(&mut self) -> Option<u8> {
        while matches!(self.here(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        self.here()
    }

    /// Takes `sign` when it comes next.
    fn take_here(&mut self, sign: u8) -> bool {
        let is_here = self.here() == Some(sign);
        self.at += usize::from(is_here);
        is_here
    }

    /// Takes `sign` when it comes next, after white space.
    fn take(&mut self, sign: u8) -> bool {
        self.peek();
        self.take_here(sign)
    }

    /// Takes `word` when it comes next, after white space.
    fn take_word(&mut self, word: &str) -> bool {
        self.peek();
        let is_next = self.rest().starts_with(word.as_bytes());
        if is_next {
            self.at += word.len();
        }
        is_next
    }

    fn expect(&mut self, sign: u8) -> Done<()> {
        if self.take(sign) {
            return Ok(());
        }
        Err(Fault::custom(format!("expected `{}`", char::from(sign))))
    }

    /// Goes into a list or an object.
    fn open(&mut self, bracket: u8, expected: &dyn Expected) -> Done<()> {
        if !self.take(bracket) {
            return Err(Fault::other_than(expected));
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Fault::custom("too many values within each other"));
        }
        Ok(())
    }

    fn boolean(&mut self, expected: &dyn Expected) -> Done<bool> {
        if self.take_word("true") {
            Ok(true)
        } else if self.take_word("false") {
            Ok(false)
        } else {
            Err(Fault::other_than(expected))
        }
    }

    fn integer(&mut self, expected: &dyn Expected) -> Done<Integer> {
        if !matches!(self.peek(), Some(b'-' | b'0'..=b'9')) {
            return Err(Fault::other_than(expected));
        }
        let begin = self.at;
        let is_negative = self.take_here(b'-');
        let digits = self.at;
        let mut magnitude: u64 = 0;
        while let Some(digit @ b'0'..=b'9') = self.here() {
            magnitude = magnitude.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
            self.at += 1;
        }
        let is_padded = self.at > digits + 1 && self.text.as_bytes().get(digits) == Some(&b'0');
        let goes_on = matches!(self.here(), Some(b'.' | b'e' | b'E' | b'+' | b'-'));
        let is_integer = self.at > digits && !is_padded && !goes_on && magnitude <= MAX_INTEGER;
        match i64::try_from(magnitude) {
            Ok(_) if is_integer && !is_negative => Ok(Integer::Natural(magnitude)),
            Ok(magnitude @ 1..) if is_integer => Ok(Integer::Negative(-magnitude)),
            _ => {
                let number = self.text.get(begin..self.at).unwrap_or_default();
                Err(Fault::number(format!("{number}{}", if goes_on { "…" } else { "" })))
            }
        }
    }

    fn text(&mut self, expected: &dyn Expected) -> Done<Cow<'de, str>> {
        if !self.take(b'"') {
            return Err(Fault::other_than(expected));
        }
        let mut decoded = String::new();
        loop {
            let begin = self.at;
            self.at += plain(self.rest());
            let piece = self.text.get(begin..self.at).unwrap_or_default();
            if self.take_here(b'"') {
                return Ok(match decoded.is_empty() {
                    true => piece.into(),
                    false => (decoded + piece).into(),
                });
            }
            if !self.take_here(b'\\') {
                let why = "a string ends too early, or a character in it is not escaped";
                return Err(Fault::custom(why));
            }
            decoded.push_str(piece);
            decoded.push(self.escape().ok_or_else(|| Fault::custom("unknown escape"))?);
        }
    }

    /// The character that an escape stands for, after its backslash.
    fn escape(&mut self) -> Option<char> {
        let sign = self.here().filter(u8::is_ascii)?;
        self.at += 1;
        Some(match sign {
            b'"' | b'\\' | b'/' => char::from(sign),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.unit()?;
                let second = match first {
                    0xd800..=0xdbff if self.take_here(b'\\') && self.take_here(b'u') => {
                        Some(self.unit()?)
                    }
                    _ => None,
                };
                char::decode_utf16([first].into_iter().chain(second)).next()?.ok()?
            }
            _ => return None,
        })
    }

    /// A UTF-16 unit of four hexadecimal digits.
    fn unit(&mut self) -> Option<u16> {
        let digits = self.text.get(self.at..self.at + 4)?;
        self.at += 4;
        // The standard library takes a sign, too.
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex.then(|| u16::from_str_radix(digits, 16).ok())?
    }
}

/// Numbers, whatever their type: their visitors know what fits.
macro_rules! numbers {
    ($($name:ident)*) => {$(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
            match self.integer(&visitor)? {
                Integer::Natural(number) => visitor.visit_u64(number),
                Integer::Negative(number) => visitor.visit_i64(number),
            }
        }
    )*};
}

macro_rules! texts {
    ($($name:ident)*) => {$(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
            match self.text(&visitor)? {
                Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
                Cow::Owned(text) => visitor.visit_string(text),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Fault;

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16
        deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64
    }

    texts! {
        deserialize_char deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf
        deserialize_identifier
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        match self.peek() {
            Some(b'n') => self.deserialize_unit(visitor),
            Some(b't' | b'f') => self.deserialize_bool(visitor),
            Some(b'"') => self.deserialize_str(visitor),
            Some(b'[') => self.deserialize_seq(visitor),
            Some(b'{') => self.deserialize_map(visitor),
            _ => self.deserialize_u64(visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        self.deserialize_any(visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        let on = self.boolean(&visitor)?;
        visitor.visit_bool(on)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        if self.take_word("null") { visitor.visit_unit() } else { Err(Fault::other_than(&visitor)) }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &str, visitor: V) -> Done<V::Value> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        if self.take_word("null") { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &str, visitor: V) -> Done<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        self.open(b'[', &visitor)?;
        let mut items = Items { reader: self, close: b']', is_first: true };
        let value = visitor.visit_seq(&mut items)?;
        items.end()?;
        Ok(value)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Done<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &str,
        _: usize,
        visitor: V,
    ) -> Done<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        self.open(b'{', &visitor)?;
        let mut fields = Items { reader: self, close: b'}', is_first: true };
        let value = visitor.visit_map(&mut fields)?;
        fields.end()?;
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
    fn deserialize_enum<V: Visitor<'de>>(self, _: &str, _: &[&str], visitor: V) -> Done<V::Value> {
        let case = self.text(&visitor)?;
        visitor.visit_enum(case.as_ref().into_deserializer())
    }
}

/// What is left of a list or an object.
struct Items<'a, 'de> {
    reader: &'a mut Reader<'de>,
    close: u8,
    is_first: bool,
}

impl Items<'_, '_> {
    /// Whether another item follows; then it is what comes next.
    fn is_next(&mut self) -> Done<bool> {
        if self.reader.peek() == Some(self.close) {
            return Ok(false);
        }
        if !std::mem::take(&mut self.is_first) {
            self.reader.expect(b',')?;
        }
        Ok(true)
    }

    fn end(&mut self) -> Done<()> {
        self.reader.depth -= 1;
        self.reader.expect(self.close)
    }
}

impl<'de> SeqAccess<'de> for &mut Items<'_, 'de> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Done<Option<T::Value>> {
        if self.is_next()? { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }
}

impl<'de> MapAccess<'de> for &mut Items<'_, 'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Done<Option<K::Value>> {
        if !self.is_next()? {
            return Ok(None);
        }
        if self.reader.peek() != Some(b'"') {
            return Err(Fault::custom("a key must be a string"));
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Done<V::Value> {
        self.reader.expect(b':')?;
        seed.deserialize(&mut *self.reader)
    }
}
