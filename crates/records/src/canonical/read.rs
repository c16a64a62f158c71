//! Reads documents: JSON as `serde_json` reads it, but with integers only, and without code for what no document
//! of the engine holds.

use std::borrow::Cow;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, Expected,
    IntoDeserializer as _, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::fault::{Done, Fault};
use super::{CanonicalError, MAX_INTEGER};

/// Lists and objects within each other that are read: nesting must not use up the stack. As many as `serde_json`
/// reads.
const MAX_DEPTH: usize = 127;

/// Reads one value and nothing after it.
pub(super) fn document<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CanonicalError> {
    let text = std::str::from_utf8(bytes).map_err(|e| CanonicalError::Malformed(e.to_string()))?;
    let mut reader = Reader { rest: text, depth: 0 };
    let value = T::deserialize(&mut reader).and_then(|value| match reader.peek() {
        None => Ok(value),
        Some(_) => Err(Fault::custom("trailing characters")),
    });
    value.map_err(|fault| match fault.into_error() {
        CanonicalError::Malformed(why) => {
            let at = text.len() - reader.rest.len();
            CanonicalError::Malformed(format!("{why} at byte {at}"))
        }
        number => number,
    })
}

/// What of a document is not read yet.
struct Reader<'de> {
    rest: &'de str,
    /// Lists and objects that are open.
    depth: usize,
}

enum Integer {
    Natural(u64),
    Negative(i64),
}

impl<'de> Reader<'de> {
    /// The first byte after white space.
    fn peek(&mut self) -> Option<u8> {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
        self.rest.bytes().next()
    }

    /// Takes `word` when it comes next, after white space.
    fn take(&mut self, word: &str) -> bool {
        self.peek();
        let after = self.rest.strip_prefix(word);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn expect(&mut self, word: &str) -> Done<()> {
        if self.take(word) { Ok(()) } else { Err(Fault::custom(format!("expected `{word}`"))) }
    }

    /// Goes into a list or an object.
    fn open(&mut self, bracket: &str, expected: &dyn Expected) -> Done<()> {
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
        if self.take("true") {
            Ok(true)
        } else if self.take("false") {
            Ok(false)
        } else {
            Err(Fault::other_than(expected))
        }
    }

    fn integer(&mut self, expected: &dyn Expected) -> Done<Integer> {
        if !matches!(self.peek(), Some(b'-' | b'0'..=b'9')) {
            return Err(Fault::other_than(expected));
        }
        let is_number = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
        let (number, rest) = match self.rest.find(|c| !is_number(c)) {
            Some(end) => self.rest.split_at_checked(end).unwrap_or_default(),
            None => (self.rest, ""),
        };
        self.rest = rest;
        let (is_negative, digits) = match number.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, number),
        };
        let is_padded = digits.len() > 1 && digits.starts_with('0');
        let is_integer = digits.bytes().all(|byte| byte.is_ascii_digit()) && !is_padded;
        let magnitude = digits.parse().ok().filter(|_| is_integer);
        match magnitude.filter(|magnitude: &u64| *magnitude <= MAX_INTEGER) {
            Some(magnitude) if !is_negative => Ok(Integer::Natural(magnitude)),
            Some(1..) => number.parse().map(Integer::Negative).map_err(Fault::custom),
            _ => Err(Fault::number(number.into())),
        }
    }

    fn text(&mut self, expected: &dyn Expected) -> Done<Cow<'de, str>> {
        if !self.take("\"") {
            return Err(Fault::other_than(expected));
        }
        let mut decoded = String::new();
        loop {
            let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
            let end = self.rest.bytes().position(|byte| !is_plain(byte)).unwrap_or(self.rest.len());
            let (plain, rest) = self.rest.split_at_checked(end).unwrap_or_default();
            self.rest = rest;
            if self.skip('"') {
                return Ok(match decoded.is_empty() {
                    true => plain.into(),
                    false => (decoded + plain).into(),
                });
            }
            if !self.skip('\\') {
                return Err(Fault::custom(
                    "a string ends too early, or a character in it is not escaped",
                ));
            }
            decoded.push_str(plain);
            decoded.push(self.escape().ok_or_else(|| Fault::custom("unknown escape"))?);
        }
    }

    /// Takes `next` when it comes next.
    fn skip(&mut self, next: char) -> bool {
        let after = self.rest.strip_prefix(next);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    /// The character that an escape stands for, after its backslash.
    fn escape(&mut self) -> Option<char> {
        let mut after = self.rest.chars();
        let sign = after.next()?;
        self.rest = after.as_str();
        Some(match sign {
            '"' | '\\' | '/' => sign,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let first = self.unit()?;
                let second = match first {
                    0xd800..=0xdbff => {
                        self.rest = self.rest.strip_prefix("\\u")?;
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
        let (digits, rest) = self.rest.split_at_checked(4)?;
        self.rest = rest;
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
        if self.take("null") { visitor.visit_unit() } else { Err(Fault::other_than(&visitor)) }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &str, visitor: V) -> Done<V::Value> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        if self.take("null") { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &str, visitor: V) -> Done<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Done<V::Value> {
        self.open("[", &visitor)?;
        let mut items = Items { reader: self, close: "]", is_first: true };
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
        self.open("{", &visitor)?;
        let mut fields = Items { reader: self, close: "}", is_first: true };
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

    /// A case without content is a string, any other an object of one field.
    fn deserialize_enum<V: Visitor<'de>>(self, _: &str, _: &[&str], visitor: V) -> Done<V::Value> {
        if self.peek() == Some(b'"') {
            let case = self.text(&visitor)?;
            return visitor.visit_enum(case.as_ref().into_deserializer());
        }
        self.open("{", &visitor)?;
        let value = visitor.visit_enum(&mut *self)?;
        self.depth -= 1;
        self.expect("}")?;
        Ok(value)
    }
}

/// What is left of a list or an object.
struct Items<'a, 'de> {
    reader: &'a mut Reader<'de>,
    close: &'static str,
    is_first: bool,
}

impl Items<'_, '_> {
    /// Whether another item follows; then it is what comes next.
    fn is_next(&mut self) -> Done<bool> {
        self.reader.peek();
        if self.reader.rest.starts_with(self.close) {
            return Ok(false);
        }
        if !std::mem::take(&mut self.is_first) {
            self.reader.expect(",")?;
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
        self.reader.expect(":")?;
        seed.deserialize(&mut *self.reader)
    }
}

impl<'de> EnumAccess<'de> for &mut Reader<'de> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Done<(V::Value, Self)> {
        let case = seed.deserialize(&mut *self)?;
        self.expect(":")?;
        Ok((case, self))
    }
}

impl<'de> VariantAccess<'de> for &mut Reader<'de> {
    type Error = Fault;

    fn unit_variant(self) -> Done<()> {
        self.expect("null")
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Done<T::Value> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Done<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &[&str], visitor: V) -> Done<V::Value> {
        self.deserialize_map(visitor)
    }
}
