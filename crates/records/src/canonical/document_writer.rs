//! Writes documents in the form of RFC 8785, straight from their types.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Range;

use serde::ser::{
    Error, Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple,
    Serializer,
};

use dreaming_text::sort;

use super::fault::{Done, Fault};
use super::{CanonicalError, MAX_INTEGER, document_reader};
use crate::json::plain;

/// Writes one value.
pub(super) fn document<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    let mut writer = Writer::default();
    value.serialize(&mut writer).map_err(Fault::into_error)?;
    Ok(writer.out)
}

/// The order of the keys of an object: by their UTF-16 units (RFC 8785, section 3.2.3).
pub fn key_order(a: &str, b: &str) -> Ordering {
    // For ASCII this is the order of bytes.
    if a.is_ascii() && b.is_ascii() { a.cmp(b) } else { a.encode_utf16().cmp(b.encode_utf16()) }
}

/// Adds a string (RFC 8785, section 3.2.2.2).
pub fn text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    escaped(text, out);
    out.push(b'"');
}

/// Adds the text of a string without its quotes.
pub fn escaped(text: &str, out: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    loop {
        let (written, after) = rest.split_at_checked(plain(rest)).unwrap_or_default();
        out.extend_from_slice(written);
        let Some((byte, after)) = after.split_first() else { return };
        match byte {
            0x08 => out.extend_from_slice(b"\\b"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            0x0c => out.extend_from_slice(b"\\f"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            _ => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
        }
        rest = after;
    }
}

#[derive(Default)]
struct Writer {
    out: Vec<u8>,
}

impl Writer {
    fn add(&mut self, json: &str) -> Done<()> {
        self.out.extend_from_slice(json.as_bytes());
        Ok(())
    }

    fn add_integer(&mut self, sign: &str, magnitude: u64) -> Done<()> {
        if magnitude > MAX_INTEGER {
            return Err(Fault::number(format!("{sign}{magnitude}")));
        }
        self.add(sign)?;
        self.add(&magnitude.to_string())
    }

    fn add_text(&mut self, value: &str) -> Done<()> {
        text(value, &mut self.out);
        Ok(())
    }

    fn items(&mut self) -> Items<'_> {
        self.out.push(b'[');
        Items { writer: self, is_first: true }
    }

    fn fields(&mut self, count: usize) -> Fields<'_> {
        self.out.push(b'{');
        Fields { start: self.out.len(), writer: self, fields: Vec::with_capacity(count) }
    }
}

macro_rules! naturals {
    ($($name:ident $number:ty),*) => {$(
        fn $name(self, value: $number) -> Done<()> {
            self.add_integer("", value.into())
        }
    )*};
}

macro_rules! integers {
    ($($name:ident $number:ty),*) => {$(
        fn $name(self, value: $number) -> Done<()> {
            let sign = if value < 0 { "-" } else { "" };
            self.add_integer(sign, value.unsigned_abs().into())
        }
    )*};
}

macro_rules! fractions {
    ($($name:ident $number:ty),*) => {$(
        #[expect(clippy::disallowed_types, reason = "`serde` asks for it; no document holds one")]
        fn $name(self, _: $number) -> Done<()> {
            Err(Fault::number("with a fraction".into()))
        }
    )*};
}

impl<'a> Serializer for &'a mut Writer {
    type Ok = ();
    type Error = Fault;
    type SerializeSeq = Items<'a>;
    type SerializeTuple = Items<'a>;
    type SerializeTupleStruct = Impossible<(), Fault>;
    type SerializeTupleVariant = Impossible<(), Fault>;
    type SerializeMap = Fields<'a>;
    type SerializeStruct = Fields<'a>;
    type SerializeStructVariant = Impossible<(), Fault>;

    naturals!(serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64);
    integers!(serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64);
    fractions!(serialize_f32 f32, serialize_f64 f64);

    fn serialize_bool(self, value: bool) -> Done<()> {
        self.add(if value { "true" } else { "false" })
    }

    fn serialize_char(self, value: char) -> Done<()> {
        self.add_text(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Done<()> {
        self.add_text(value)
    }

    fn serialize_bytes(self, _: &[u8]) -> Done<()> {
        Err(Fault::custom("bytes have no form in JSON"))
    }

    fn serialize_none(self) -> Done<()> {
        self.add("null")
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done<()> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Done<()> {
        self.add("null")
    }

    fn serialize_unit_struct(self, _: &'static str) -> Done<()> {
        self.add("null")
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, case: &'static str) -> Done<()> {
        self.add_text(case)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Done<()> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        case: &'static str,
        value: &T,
    ) -> Done<()> {
        let mut fields = self.fields(1);
        value.serialize(fields.key(case))?;
        fields.close()
    }

    fn serialize_seq(self, _: Option<usize>) -> Done<Items<'a>> {
        Ok(self.items())
    }

    fn serialize_tuple(self, _: usize) -> Done<Items<'a>> {
        Ok(self.items())
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        _: usize,
    ) -> Done<Self::SerializeTupleStruct> {
        Err(Fault::custom(name))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Done<Self::SerializeTupleVariant> {
        Err(Fault::custom(name))
    }

    fn serialize_map(self, _: Option<usize>) -> Done<Fields<'a>> {
        Ok(self.fields(0))
    }

    fn serialize_struct(self, _: &'static str, count: usize) -> Done<Fields<'a>> {
        Ok(self.fields(count))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Done<Self::SerializeStructVariant> {
        Err(Fault::custom(name))
    }
}

/// A list that is being written.
struct Items<'a> {
    writer: &'a mut Writer,
    is_first: bool,
}

impl Items<'_> {
    /// Begins the next item. Not generic, so that all types share its code.
    #[inline(never)]
    fn next(&mut self) -> &mut Writer {
        if !std::mem::take(&mut self.is_first) {
            self.writer.out.push(b',');
        }
        self.writer
    }
}

impl SerializeSeq for Items<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Done<()> {
        item.serialize(self.next())
    }

    fn end(self) -> Done<()> {
        self.writer.add("]")
    }
}

impl SerializeTuple for Items<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Done<()> {
        SerializeSeq::serialize_element(self, item)
    }

    fn end(self) -> Done<()> {
        SerializeSeq::end(self)
    }
}

/// An object that is being written: first its fields as they come, at the end sorted by key.
struct Fields<'a> {
    writer: &'a mut Writer,
    /// Where the first field begins.
    start: usize,
    /// The fields so far: each key, and the range of key and value after `start`.
    fields: Vec<(Cow<'static, str>, Range<usize>)>,
}

impl Fields<'_> {
    /// Ends the last field, if there is one. Returns the end.
    fn end_field(&mut self) -> usize {
        let end = self.writer.out.len() - self.start;
        if let Some((_, place)) = self.fields.last_mut() {
            place.end = end;
        }
        end
    }

    /// Begins the next field; returns its start.
    fn begin(&mut self) -> usize {
        let end = self.end_field();
        if self.fields.is_empty() {
            return end;
        }
        self.writer.out.push(b',');
        end + 1
    }

    #[inline(never)]
    fn key(&mut self, key: &'static str) -> &mut Writer {
        let at = self.begin();
        text(key, &mut self.writer.out);
        self.writer.out.push(b':');
        self.fields.push((key.into(), at..at));
        self.writer
    }

    #[inline(never)]
    fn close(mut self) -> Done<()> {
        self.end_field();
        if !self.fields.is_sorted_by(|(a, _), (b, _)| key_order(a, b).is_le()) {
            sort::by(&mut self.fields, |(a, _), (b, _)| key_order(a, b));
            let written = self.writer.out.split_off(self.start);
            for (at, (_, place)) in self.fields.into_iter().enumerate() {
                if at > 0 {
                    self.writer.out.push(b',');
                }
                self.writer.out.extend_from_slice(written.get(place).unwrap_or_default());
            }
        }
        self.writer.add("}")
    }
}

impl SerializeMap for Fields<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Done<()> {
        let at = self.begin();
        key.serialize(&mut *self.writer)?;
        let written = self.writer.out.get(self.start + at..).unwrap_or_default();
        let key: String = document_reader::document(written).map_err(Fault::custom)?;
        self.fields.push((key.into(), at..at));
        self.writer.add(":")
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done<()> {
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Done<()> {
        self.close()
    }
}

impl SerializeStruct for Fields<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Done<()> {
        value.serialize(self.key(key))
    }

    fn end(self) -> Done<()> {
        self.close()
    }
}
