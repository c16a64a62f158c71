//! Differences in a form for people.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

/// Most lines of a message about one file.
const MAX_LINES: usize = 12;

/// The differences of two outputs: in JSON documents by the place of each value, in others by line.
pub fn explain(expected: &[u8], actual: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    match (serde_json::from_slice::<Value>(expected), serde_json::from_slice::<Value>(actual)) {
        (Ok(a), Ok(b)) if a != b => json("", &a, &b, &mut found),
        (Ok(_), Ok(_)) => found.push("equal values, other bytes".into()),
        _ => {
            let (a, b) = (String::from_utf8_lossy(expected), String::from_utf8_lossy(actual));
            found = lines(&a, &b);
        }
    }
    let more = found.len().saturating_sub(MAX_LINES);
    found.truncate(MAX_LINES);
    if more > 0 {
        found.push(format!("… and {more} more"));
    }
    found
}

fn json(place: &str, a: &Value, b: &Value, found: &mut Vec<String>) {
    match (a, b) {
        (Value::Object(x), Value::Object(y)) => {
            let keys = x.keys().chain(y.keys().filter(|key| !x.contains_key(*key)));
            for key in keys {
                let (x, y) = (x.get(key), y.get(key));
                let null = &Value::Null;
                json(&format!("{place}/{key}"), x.unwrap_or(null), y.unwrap_or(null), found);
            }
        }
        (Value::Array(x), Value::Array(y)) if x.len() == y.len() => {
            for (index, (x, y)) in x.iter().zip(y).enumerate() {
                json(&format!("{place}/{index}"), x, y, found);
            }
        }
        (a, b) if a == b => {}
        (a, b) => {
            found.push(format!("at {place}"));
            found.push(format!("  - {a}"));
            found.push(format!("  + {b}"));
        }
    }
}

/// The removed (`- `) and added (`+ `) lines, in order. Line ends are shown when they are not `\n`.
pub fn lines(before: &str, after: &str) -> Vec<String> {
    let show = |line: &str| match line.strip_suffix('\n') {
        Some(line) => line.replace('\r', "\\r"),
        None => format!("{line} (no line end)"),
    };
    let diff = TextDiff::from_lines(before, after);
    let differs = diff.iter_all_changes().filter(|change| change.tag() != ChangeTag::Equal);
    differs.map(|change| format!("{} {}", change.tag(), show(change.value()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_line_is_shown_as_gone_and_come() {
        assert_eq!(lines("a\nb\nc\n", "a\nx\nc\n"), ["- b", "+ x"]);
        assert_eq!(lines("a\r\n", ""), ["- a\\r"]);
        assert_eq!(lines("a", "a\n"), ["- a (no line end)", "+ a"]);
        assert!(lines("a\n", "a\n").is_empty());
    }

    #[test]
    fn documents_are_compared_by_place() {
        let found = explain(br#"{"a":[1,2],"b":1}"#, br#"{"a":[1,3]}"#);
        assert_eq!(found, ["at /a/1", "  - 2", "  + 3", "at /b", "  - 1", "  + null"]);
    }
}
