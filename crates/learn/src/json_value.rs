//! The JSON of records and model answers. Texts without escapes are borrowed, and numbers stay as
//! written. The methods have the names that `serde_json` uses.

mod decimal;

use std::borrow::Cow;
use std::fmt;

use dreaming_records::canonical;
use dreaming_records::json::{Read, Reader};
use dreaming_text::sort;

pub(crate) use decimal::decimal;

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    /// As written.
    Number(Cow<'a, str>),
    String(Cow<'a, str>),
    Array(Vec<Value<'a>>),
    Object(Map<'a>),
}

/// The fields of an object, in the order of the text. Of fields with equal names the last counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Map<'a>(Vec<(Cow<'a, str>, Value<'a>)>);

/// Fields whose values are not read.
pub(crate) type Unread = &'static [&'static str];

/// Parses a JSON text; `None` when it is none.
pub(crate) fn read(text: &str) -> Option<Value<'_>> {
    read_without(text, &[])
}

/// Like [`read`], but the fields `unread` of the outer object become null. Their values are only
/// checked for JSON syntax; a number that is too great, for example, goes unnoticed there.
pub(crate) fn read_without(text: &str, unread: Unread) -> Option<Value<'_>> {
    let mut reader = Reader::new(text);
    let value = value(&mut reader, unread).ok()?;
    reader.end().ok().map(|()| value)
}

/// Parses the value at the beginning of a text; also returns its length in bytes.
pub(crate) fn read_first(text: &str) -> Option<(Value<'_>, usize)> {
    let mut reader = Reader::new(text);
    let value = value(&mut reader, &[]).ok()?;
    Some((value, reader.at()))
}

fn value<'a>(reader: &mut Reader<'a>, unread: Unread) -> Read<Value<'a>> {
    match reader.peek() {
        Some(b'"') => Ok(Value::String(reader.text()?)),
        Some(b'-' | b'0'..=b'9') => Ok(Value::Number(decimal::read(reader)?.into())),
        Some(b'[') => {
            let mut items = Vec::new();
            reader.open(b'[')?;
            while reader.is_next(b']')? {
                items.push(value(reader, &[])?);
            }
            reader.close(b']')?;
            Ok(Value::Array(items))
        }
        Some(b'{') => {
            let mut fields = Vec::new();
            reader.open(b'{')?;
            while reader.is_next(b'}')? {
                let name = reader.name()?;
                let value = if unread.contains(&name.as_ref()) {
                    reader.skip()?;
                    Value::Null
                } else {
                    value(reader, &[])?
                };
                fields.push((name, value));
            }
            reader.close(b'}')?;
            Ok(Value::Object(Map(fields).without_repeated()))
        }
        _ => Ok(reader.word()?.map_or(Value::Null, Value::Bool)),
    }
}

impl<'a> Value<'a> {
    pub(crate) fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(on) = self { Some(*on) } else { None }
    }

    pub(crate) fn as_u64(&self) -> Option<u64> {
        if let Self::Number(number) = self { number.parse().ok() } else { None }
    }

    pub(crate) fn as_i64(&self) -> Option<i64> {
        if let Self::Number(number) = self { number.parse().ok() } else { None }
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    pub(crate) fn as_array(&self) -> Option<&Vec<Value<'a>>> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    pub(crate) fn as_object(&self) -> Option<&Map<'a>> {
        if let Self::Object(fields) = self { Some(fields) } else { None }
    }

    /// The object that the value is.
    pub(crate) fn into_object(self) -> Option<Map<'a>> {
        if let Self::Object(fields) = self { Some(fields) } else { None }
    }

    /// A field; `None` also when the value is no object.
    pub(crate) fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.as_object()?.get(name)
    }

    /// The value with all of its texts copied.
    pub(crate) fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(on) => Value::Bool(on),
            Self::Number(number) => Value::Number(number.into_owned().into()),
            Self::String(text) => Value::String(text.into_owned().into()),
            Self::Array(items) => Value::Array(items.into_iter().map(Value::into_owned).collect()),
            Self::Object(fields) => Value::Object(fields.into_owned()),
        }
    }

    /// The value in the form of RFC 8785. A number that our documents cannot hold is written as a
    /// text.
    pub(crate) fn canonical(&self) -> String {
        self.written(|number, out| match canonical::integer(number) {
            Some(_) => out.extend_from_slice(number.as_bytes()),
            None => canonical::text(number, out),
        })
    }

    fn written(&self, number: fn(&str, &mut Vec<u8>)) -> String {
        let mut out = Vec::with_capacity(WRITTEN);
        self.write(number, &mut out);
        String::from_utf8(out).unwrap_or_default()
    }

    fn write(&self, number: fn(&str, &mut Vec<u8>), out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Bool(on) => out.extend_from_slice(if *on { b"true" } else { b"false" }),
            Self::Number(value) => number(value, out),
            Self::String(text) => canonical::text(text, out),
            Self::Array(items) => {
                out.push(b'[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    item.write(number, out);
                }
                out.push(b']');
            }
            Self::Object(fields) => {
                out.push(b'{');
                for (at, (name, value)) in fields.sorted().into_iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    canonical::text(name, out);
                    out.push(b':');
                    value.write(number, out);
                }
                out.push(b'}');
            }
        }
    }
}

/// The value as JSON, its fields in the order of their names.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written(|number, out| out.extend_from_slice(number.as_bytes())))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::String(text.into())
    }
}

#[cfg(test)]
impl From<serde_json::Value> for Value<'static> {
    fn from(value: serde_json::Value) -> Self {
        read(&value.to_string()).map(Value::into_owned).unwrap()
    }
}

impl<'a> Map<'a> {
    pub(crate) fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Removes all fields but those of these names.
    pub(crate) fn keep(&mut self, names: &[&str]) {
        self.0.retain(|(name, _)| names.contains(&name.as_ref()));
    }

    pub(crate) fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_ref())
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &Value<'a>> {
        self.0.iter().map(|(_, value)| value)
    }

    /// Removes a field and returns its value.
    pub(crate) fn remove(&mut self, name: &str) -> Option<Value<'a>> {
        let at = self.keys().position(|known| known == name)?;
        Some(self.0.remove(at).1)
    }

    /// Inserts a field; returns the value that it replaces.
    pub(crate) fn insert(&mut self, name: Cow<'a, str>, value: Value<'a>) -> Option<Value<'a>> {
        if let Some((_, known)) = self.0.iter_mut().find(|(known, _)| *known == name) {
            return Some(std::mem::replace(known, value));
        }
        self.0.push((name, value));
        None
    }

    /// The object with all of its texts copied.
    pub(crate) fn into_owned(self) -> Map<'static> {
        let own = |(name, value): (Cow<'_, str>, Value<'_>)| {
            (name.into_owned().into(), value.into_owned())
        };
        Map(self.0.into_iter().map(own).collect())
    }

    /// The fields in the key order of RFC 8785.
    fn sorted(&self) -> Vec<&(Cow<'a, str>, Value<'a>)> {
        let mut fields: Vec<_> = self.0.iter().collect();
        sort::by(&mut fields, |(a, _), (b, _)| canonical::key_order(a, b));
        fields
    }

    /// Removes all but the last field of each name.
    fn without_repeated(mut self) -> Self {
        /// Up to this number of names are compared pairwise. Chosen by us: for so few, sorting
        /// takes longer.
        const FEW: usize = 16;
        let is_repeated =
            |at: usize, name: &str| self.0.iter().skip(at + 1).any(|(other, _)| other == name);
        let few = self.0.len() <= FEW;
        if few && !self.0.iter().enumerate().any(|(at, (name, _))| is_repeated(at, name)) {
            return self;
        }
        let mut order: Vec<usize> = (0..self.0.len()).collect();
        let name = |at: &usize| self.0.get(*at).map(|(name, _)| name);
        sort::by(&mut order, |a, b| name(a).cmp(&name(b)));
        let mut repeated: Vec<usize> = order
            .windows(2)
            .filter_map(|pair| match pair {
                [a, b] if name(a) == name(b) => Some(*a),
                _ => None,
            })
            .collect();
        sort::all(&mut repeated);
        let mut repeated = repeated.into_iter().peekable();
        let mut at = 0;
        self.0.retain(|_| {
            let is_repeated = repeated.next_if_eq(&at).is_some();
            at += 1;
            !is_repeated
        });
        self
    }
}

/// Initial capacity when a value is written, in bytes. Chosen by us: the arguments of a usual call.
const WRITTEN: usize = 256;

#[cfg(test)]
mod tests;
