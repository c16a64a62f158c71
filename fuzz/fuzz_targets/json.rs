//! Any text as JSON: the one reader of the engine takes what `serde_json` takes, and reads the same.

#![no_main]

use dreaming_records::json::{Read, Reader};
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, from_str};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    text.lines().for_each(read_as_theirs);
    read_as_theirs(text);
});

fn read_as_theirs(text: &str) {
    let mut reader = Reader::new(text);
    let passed = reader.skip().and_then(|()| reader.end());
    assert_eq!(passed.is_ok(), from_str::<IgnoredAny>(text).is_ok(), "{text}");
    let mut reader = Reader::new(text);
    let ours = value(&mut reader).and_then(|value| reader.end().map(|()| value));
    match from_str::<Value>(text) {
        Ok(theirs) => assert_eq!(ours.as_ref(), Ok(&theirs), "{text}"),
        // A number is a text here: whether a float holds it is asked by who needs one.
        Err(error) if error.to_string().starts_with("number out of range") => {}
        Err(_) => assert!(ours.is_err(), "{text}"),
    }
}

fn value(reader: &mut Reader<'_>) -> Read<Value> {
    match reader.peek() {
        Some(b'"') => Ok(Value::String(reader.text()?.into_owned())),
        Some(b'-' | b'0'..=b'9') => {
            from_str(reader.number()?).map_err(|_| "a number that no float holds")
        }
        Some(b'[') => {
            let mut items = Vec::new();
            reader.open(b'[')?;
            while reader.is_next(b']')? {
                items.push(value(reader)?);
            }
            reader.close(b']')?;
            Ok(Value::Array(items))
        }
        Some(b'{') => {
            let mut fields = Map::new();
            reader.open(b'{')?;
            while reader.is_next(b'}')? {
                let name = reader.name()?.into_owned();
                fields.insert(name, value(reader)?);
            }
            reader.close(b'}')?;
            Ok(Value::Object(fields))
        }
        _ => Ok(reader.word()?.map_or(Value::Null, Value::Bool)),
    }
}
