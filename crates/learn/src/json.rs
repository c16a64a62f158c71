//! JSON of records as it is read: a text is borrowed from the bytes where no escape stands in it. What can be
//! asked of a value has the names that `serde_json` gives it, and `serde_json` reads it.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

use dreaming_records::canonical;
use dreaming_text::sort;

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Number(Number),
    String(Cow<'a, str>),
    Array(Vec<Value<'a>>),
    Object(Map<'a>),
}

/// The fields of an object, in the order of the text. Of fields with one name the last counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Map<'a>(Vec<(Cow<'a, str>, Value<'a>)>);

/// Names of fields of a record whose values nobody reads.
pub(crate) type Unread = &'static [&'static str];

/// Reads the JSON of a text; `None` when it is none.
pub(crate) fn read(text: &str) -> Option<Value<'_>> {
    read_without(text, &[])
}

/// Reads as [`read`] does, but passes over the values of the fields `unread` of the outer object: they come as
/// null. What is wrong within such a value beyond its form as JSON, such as a number that is too great, is not
/// seen.
pub(crate) fn read_without(text: &str, unread: Unread) -> Option<Value<'_>> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = reader.deserialize_any(Reading { unread }).ok()?;
    reader.end().ok().map(|()| value)
}

impl<'a> Value<'a> {
    pub(crate) fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(on) = self { Some(*on) } else { None }
    }

    pub(crate) fn as_u64(&self) -> Option<u64> {
        if let Self::Number(number) = self { number.as_u64() } else { None }
    }

    pub(crate) fn as_i64(&self) -> Option<i64> {
        if let Self::Number(number) = self { number.as_i64() } else { None }
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

    /// A field; `None` also when the value is no object.
    pub(crate) fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.as_object()?.get(name)
    }

    /// The value with all of its texts copied.
    pub(crate) fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(on) => Value::Bool(on),
            Self::Number(number) => Value::Number(number),
            Self::String(text) => Value::String(text.into_owned().into()),
            Self::Array(items) => Value::Array(items.into_iter().map(Value::into_owned).collect()),
            Self::Object(fields) => Value::Object(fields.into_owned()),
        }
    }

    /// The value in the form of RFC 8785, each number that has no form there written as text.
    pub(crate) fn canonical(&self) -> String {
        self.text(&|number| {
            canonical::to_bytes(number).or_else(|_| canonical::to_bytes(&number.to_string())).ok()
        })
    }

    fn text(&self, number: &dyn Fn(&Number) -> Option<Vec<u8>>) -> String {
        let mut out = Vec::with_capacity(WRITTEN);
        self.write(number, &mut out);
        String::from_utf8(out).unwrap_or_default()
    }

    fn write(&self, number: &dyn Fn(&Number) -> Option<Vec<u8>>, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Bool(on) => out.extend_from_slice(if *on { b"true" } else { b"false" }),
            Self::Number(value) => out.extend(number(value).unwrap_or_default()),
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
        f.write_str(&self.text(&|number| Some(number.to_string().into_bytes())))
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

    pub(crate) fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_ref())
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &Value<'a>> {
        self.0.iter().map(|(_, value)| value)
    }

    /// Takes a field out.
    pub(crate) fn remove(&mut self, name: &str) -> Option<Value<'a>> {
        let at = self.keys().position(|known| known == name)?;
        Some(self.0.remove(at).1)
    }

    /// Puts a field in; returns the value that had its name.
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

    /// The fields in the order of RFC 8785.
    fn sorted(&self) -> Vec<&(Cow<'a, str>, Value<'a>)> {
        let mut fields: Vec<_> = self.0.iter().collect();
        sort::by(&mut fields, |(a, _), (b, _)| canonical::key_order(a, b));
        fields
    }

    /// Leaves of the fields with one name the last.
    fn without_repeated(mut self) -> Self {
        /// So many names are compared with each other. Chosen by us: sorting fewer takes longer.
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

impl<'de: 'a, 'a> Deserialize<'de> for Value<'a> {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_any(Reading { unread: &[] })
    }
}

/// Bytes for which there is room at once when a value is written. Chosen by us: the arguments of a call.
const WRITTEN: usize = 256;

/// Makes values of what `serde_json` reads.
struct Reading {
    /// Fields of this value that nobody reads.
    unread: Unread,
}

impl<'de> Visitor<'de> for Reading {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, on: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(on))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value<'de>, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value<'de>, E> {
        Ok(Value::Number(number.into()))
    }

    #[expect(
        clippy::disallowed_types,
        clippy::disallowed_methods,
        reason = "`serde_json` hands a number with a fraction over as a float; it is kept as it is"
    )]
    fn visit_f64<E>(self, number: f64) -> Result<Value<'de>, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::String(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::String(Cow::Owned(text.into())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value<'de>, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element()? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value<'de>, A::Error> {
        let mut all = Vec::new();
        while let Some(Name(name)) = fields.next_key()? {
            let value = if self.unread.contains(&name.as_ref()) {
                fields.next_value::<IgnoredAny>()?;
                Value::Null
            } else {
                fields.next_value()?
            };
            all.push((name, value));
        }
        Ok(Value::Object(Map(all).without_repeated()))
    }
}

/// The name of a field.
#[derive(Deserialize)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests;
