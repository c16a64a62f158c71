//! Whether a file that was written anew still holds every record of its earlier form. Some agents
//! write the whole file at each turn, with the records in a list behind fields that change.

use std::io;

use serde_json::Value;

use crate::episodes::RECORDS;
use crate::sessions::Part;
use crate::transcript::{self, Reader};

/// Longest file in bytes that is read as a whole for this. Chosen by us: real documents have at most
/// some megabytes, and a copy too many does no harm.
const MOST: u64 = 64 << 20;

/// How the first line of a session of OpenCode begins, which describes the session and changes with
/// each turn.
const HEAD: &[u8] = b"{\"info\":";

/// Whether `new` begins with all records of `old`, in their order. With `may_end_early` the last line of `old` counts by
/// its length only, if it has no end.
///
/// # Errors
/// What the operating system says.
pub fn grew(old: &Part, new: &Part, may_end_early: bool) -> io::Result<bool> {
    if old.bytes.max(new.bytes) > MOST {
        return Ok(false);
    }
    let (old, new) = (read(old)?, read(new)?);
    Ok(match (of_document(&old), of_document(&new)) {
        (Some(old), Some(new)) => new.starts_with(&old),
        (None, None) => {
            let is_open = may_end_early && !old.ends_with(b"\n");
            let (mut old, new) = (lines(&old), lines(&new));
            let open = if is_open { old.pop() } else { None };
            let goes_on =
                |open: &[u8]| new.get(old.len()).is_some_and(|line| line.len() >= open.len());
            new.starts_with(&old) && open.is_none_or(goes_on)
        }
        _ => false,
    })
}

/// Whether `new` begins with all that `old` says. With `is_covered` the secrets of `new` are: its lines say the same where
/// they are as long. Of a document, which may be one line, that tells nothing.
///
/// # Errors
/// What the operating system says.
pub fn begins(old: &Part, new: &Part, is_covered: bool) -> io::Result<bool> {
    if old.bytes > new.bytes {
        return Ok(false);
    }
    let head = Part { bytes: old.bytes, ..new.clone() };
    if !is_covered {
        return Ok(transcript::digest(old)? == transcript::digest(&head)? || grew(old, new, false)?);
    }
    let lengths = |part: &Part| {
        let bytes = read(part)?;
        Ok::<Vec<usize>, io::Error>(bytes.split(|byte| *byte == b'\n').map(<[u8]>::len).collect())
    };
    Ok(old.bytes <= MOST && of_document(&read(old)?).is_none() && lengths(old)? == lengths(&head)?)
}

fn read(part: &Part) -> io::Result<Vec<u8>> {
    let (mut reader, mut bytes) = (Reader::default(), Vec::new());
    while (bytes.len() as u64) < part.bytes {
        bytes.extend(reader.read(part, bytes.len() as u64, part.bytes)?);
    }
    Ok(bytes)
}

/// The records of a JSON document; `None` for other files.
fn of_document(bytes: &[u8]) -> Option<Vec<Value>> {
    let list = |value: Value| match value {
        Value::Array(records) => Some(records),
        _ => None,
    };
    match serde_json::from_slice(bytes).ok()? {
        Value::Object(mut fields) => RECORDS.iter().find_map(|name| list(fields.remove(*name)?)),
        other => list(other),
    }
}

/// The lines of a file, without a first one that only describes it.
fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    if lines.first().is_some_and(|first| first.starts_with(HEAD)) {
        lines.remove(0);
    }
    // Behind the last line end there is nothing.
    if lines.last().is_some_and(|last| last.is_empty()) {
        lines.pop();
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sessions::tests::write;

    fn holds(old: &str, new: &str) -> bool {
        let dir = tempfile::tempdir().unwrap();
        let part = |name: &str, text: &str| {
            let path = write(dir.path(), name, text.as_bytes());
            Part { name: "main".into(), path, bytes: text.len() as u64, start: 0 }
        };
        grew(&part("old.jsonl", old), &part("new.jsonl", new), false).unwrap()
    }

    #[test]
    fn a_document_that_was_written_anew_holds_the_records_it_had() {
        let old = r#"{"updated": 1, "messages": [{"a": 1}, {"b": 2}]}"#;
        assert!(holds(old, r#"{"updated": 2, "messages": [{"a": 1}, {"b": 2}, {"c": 3}]}"#));
        assert!(!holds(old, r#"{"updated": 2, "messages": [{"a": 1}, {"c": 3}]}"#));
        assert!(holds("[{\"a\": 1}]", "[{\"a\":1},{\"b\":2}]"));
        assert!(!holds("[{\"a\": 1}]", "{\"a\": 1}\n{\"b\": 2}\n"), "another form");
        let old = "{\"info\":{\"updated\":1}}\n{\"said\":1}\n";
        assert!(holds(old, "{\"info\":{\"updated\":2}}\n{\"said\":1}\n{\"said\":2}\n"));
        assert!(!holds(old, "{\"info\":{\"updated\":2}}\n{\"said\":3}\n{\"said\":2}\n"));
        assert!(!holds("{\"said\":1}\n{\"said\":2}\n", "{\"other\":1}\n{\"said\":2}\n"));
    }

    #[test]
    fn a_last_line_without_an_end_may_go_on_otherwise() {
        let dir = tempfile::tempdir().unwrap();
        let part = |name: &str, text: &str| {
            let path = write(dir.path(), name, text.as_bytes());
            Part { name: "main".into(), path, bytes: text.len() as u64, start: 0 }
        };
        let old = part("old.jsonl", "{\"a\":1}\n{\"a\":\"**");
        for (new, goes_on) in [
            ("{\"a\":1}\n{\"a\":\"se\"}\n", true),
            ("{\"a\":1}\n{}\n", false),
            ("{\"a\":2}\n{\"a\":\"se\"}\n", false),
            ("{\"a\":1}\n", false),
        ] {
            let new = part("new.jsonl", new);
            assert_eq!(grew(&old, &new, true).unwrap(), goes_on);
            assert!(!grew(&old, &new, false).unwrap());
        }
    }
}
