//! Reads one object of an export: its text, type, source, time and id.

use dreaming_wasmtime::Timestamp;
use serde_json::{Map, Value};

use super::Account;

/// Objects within an entry that describe it.
const INNER: [&str; 2] = ["metadata", "payload"];

/// Fields that hold what an entry says; the first that is there counts.
const TEXT: [&str; 8] =
    ["memory", "text", "content", "fact", "statement", "data", "value", "summary"];

/// Fields that name the type of an entry.
const TYPE: [&str; 4] = ["type", "memory_type", "category", "kind"];

/// Fields that say where an entry comes from, by preference.
const SOURCE: [&str; 7] =
    ["source", "url", "file", "session_id", "conversation_id", "run_id", "user_id"];

/// Fields with the time of an entry, by preference: when it was last changed, then when it was
/// made.
const TIME: [&str; 5] = ["updated_at", "created_at", "timestamp", "time", "date"];

/// Fields with its id.
const ID: [&str; 3] = ["id", "uuid", "memory_id"];

/// Fields with the words that an entry rests on.
const QUOTE: [&str; 1] = ["quote"];

/// The fields that are used of an object, with its text not cleaned yet.
#[derive(Debug)]
pub struct Said {
    pub text: String,
    pub kind: Option<String>,
    pub source: Option<String>,
    pub time: Option<Timestamp>,
    pub id: Option<String>,
    pub quote: Option<String>,
}

/// Reads an object from its bytes. `None` when they are blank or unusable; `account` counts the
/// unusable ones.
pub fn read(bytes: &[u8], account: &mut Account) -> Option<Said> {
    if bytes.trim_ascii().is_empty() {
        return None;
    }
    account.lines += 1;
    let text = String::from_utf8_lossy(bytes);
    account.not_utf8 += u64::from(matches!(text, std::borrow::Cow::Owned(_)));
    // Some writers cut a text in the middle of a UTF-16 surrogate pair, so try again without lone
    // surrogates.
    let value = serde_json::from_str(&text)
        .or_else(|_| serde_json::from_str(&without_lone_surrogates(&text)));
    let said = match value {
        Ok(Value::Object(fields)) => said(&fields),
        Ok(_) => {
            account.not_object += 1;
            return None;
        }
        Err(_) => {
            account.not_json += 1;
            return None;
        }
    };
    account.unknown_type += u64::from(said.is_none());
    said
}

/// Collects the fields that are used of an object. `None` when it has no text.
fn said(fields: &Map<String, Value>) -> Option<Said> {
    let inner = INNER.iter().filter_map(|name| fields.get(*name)?.as_object());
    let places: Vec<_> = std::iter::once(fields).chain(inner).collect();
    let first = |names: &[&str]| {
        let texts = names.iter().filter_map(|name| {
            places.iter().find_map(|place| place.get(*name).and_then(Value::as_str))
        });
        texts.map(str::to_owned).find(|text| !text.trim_ascii().is_empty())
    };
    Some(Said {
        text: first(&TEXT)?,
        kind: first(&TYPE),
        source: first(&SOURCE),
        time: places.iter().find_map(|place| TIME.iter().find_map(|name| time(place.get(*name)?))),
        id: first(&ID),
        quote: first(&QUOTE),
    })
}

/// A time: RFC 3339, or seconds or milliseconds since 1970.
fn time(value: &Value) -> Option<Timestamp> {
    // Numbers from 10^11 on are milliseconds, smaller ones seconds: 10^11 ms is 1973, before any
    // memory store, and 10^11 s is the year 5138.
    const SECONDS: i64 = 100_000_000_000;
    match value {
        Value::String(text) => Some(text.parse::<jiff::Timestamp>().ok()?.as_millisecond()),
        Value::Number(number) => {
            let whole = number.as_i64().or_else(|| {
                number.to_string().split_once('.').and_then(|(whole, _)| whole.parse().ok())
            })?;
            let millis = if whole < SECONDS { whole.checked_mul(1000)? } else { whole };
            // A time after the year 9999 cannot be meant, so the entry gets none.
            jiff::Timestamp::from_millisecond(millis).ok().map(|time| time.as_millisecond())
        }
        _ => None,
    }
}

/// The JSON text with every `\uD800`..`\uDFFF` escape that has no partner replaced by `\ufffd`.
fn without_lone_surrogates(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let unit = |from: usize| {
            let digits = escape.get(from..from + 6)?.strip_prefix("\\u")?;
            u16::from_str_radix(digits, 16).ok()
        };
        let (piece, length) = match (unit(0), unit(6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => (&escape[..12], 12),
            (Some(0xd800..=0xdfff), _) => ("\\ufffd", 6),
            // Copies the backslash and the character after it, however many bytes that takes.
            _ => {
                let width = escape.chars().take(2).map(char::len_utf8).sum();
                (&escape[..width], width)
            }
        };
        out.push_str(piece);
        rest = &escape[length..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_entry_is_counted_by_its_reason() {
        let mut account = Account::default();
        let lines: [&[u8]; 7] = [
            b"[1]",
            b"{\"text\":",
            b"\0\0",
            b" \t",
            b"{\"a\":\"\xff\"}",
            b"nope",
            b"{\"text\":\" \"}",
        ];
        for line in lines {
            assert!(read(line, &mut account).is_none());
        }
        let want = Account {
            lines: 6,
            not_object: 1,
            not_json: 3,
            not_utf8: 1,
            unknown_type: 2,
            ..Account::default()
        };
        assert_eq!(account, want);
    }

    #[test]
    fn fields_are_found_in_the_object_and_in_what_describes_it() {
        let mut account = Account::default();
        let mut said = |line: &str| read(line.as_bytes(), &mut account).unwrap();
        let got = said(
            r#"{"uuid":"u","payload":{"fact":"a \ud83d\ude00 \ud83d b \\ud83d","user_id":"ada","category":"c"},
                "memory":" ","created_at":1768337502.5}"#,
        );
        assert_eq!(got.text, "a \u{1f600} \u{fffd} b \\ud83d");
        let rest = [got.id, got.source, got.kind].map(Option::unwrap);
        assert_eq!(rest, ["u", "ada", "c"]);
        assert_eq!(got.time, Some(1_768_337_502_000));
        for (time, want) in [
            ("\"2026-01-13T20:51:42Z\"", Some(1_768_337_502_000)),
            ("\"2026-01-13 20:51:42+00:00\"", Some(1_768_337_502_000)),
            ("1768337502001", Some(1_768_337_502_001)),
            ("\"yesterday\"", None),
            ("1e300", None),
            ("9223372036854775807", None),
        ] {
            assert_eq!(said(&format!("{{\"text\":\"x\",\"time\":{time}}}")).time, want, "{time}");
        }
    }
}
