//! Parses a model's answer into a list of JSON values.

use crate::json_value::{self, Map, Value};

/// How many opening braces are tried as the beginning of the answer. Chosen by us: a sentence or a
/// fence around the JSON is common, more than that is no answer. The limit also bounds the work.
const MAX_TRIES: usize = 16;

pub(super) const PROPOSALS: &str = "proposals";

/// The list under `name` of the first JSON object in `text` that has one. Prose and code
/// fences around it do not matter. `None` when there is no such object, or it is not complete.
pub(crate) fn list(text: &str, name: &str) -> Option<Vec<Value<'static>>> {
    match object(text, name)?.remove(name) {
        Some(Value::Array(items)) => Some(items.into_iter().map(Value::into_owned).collect()),
        _ => None,
    }
}

/// The list under `beside` of the first JSON object in `text` that has a list under `name`; empty when it has nothing
/// there. `None` when there is no such object, or something else than a list.
pub(crate) fn list_beside(text: &str, name: &str, beside: &str) -> Option<Vec<Value<'static>>> {
    match object(text, name)?.remove(beside) {
        Some(Value::Array(items)) => Some(items.into_iter().map(Value::into_owned).collect()),
        Some(Value::Null) | None => Some(Vec::new()),
        Some(_) => None,
    }
}

/// The text under `summary` in the answer's JSON object.
pub(super) fn summary(text: &str) -> Option<String> {
    match object(text, PROPOSALS)?.remove("summary") {
        Some(Value::String(said)) => Some(said.into_owned()),
        _ => None,
    }
}

/// The number under `grade` in the answer's JSON object.
pub(super) fn grade(text: &str) -> Option<i64> {
    object(text, PROPOSALS)?.remove("grade")?.as_i64()
}

/// The first JSON object in `text` that has a list under `name`.
fn object<'a>(text: &'a str, name: &str) -> Option<Map<'a>> {
    let mut rest = text;
    for _ in 0..MAX_TRIES {
        rest = rest.get(rest.find('{')?..)?;
        let (first, length) = json_value::read_first(rest).unwrap_or((Value::Null, 1));
        match first {
            Value::Object(fields) if matches!(fields.get(name), Some(Value::Array(_))) => {
                return Some(fields);
            }
            _ => rest = rest.get(length..)?,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_and_fences_around_the_object_do_not_matter() {
        for text in [
            r#"{"proposals":[1]}"#,
            "Here {so} it is:\n```json\n{\"note\":{},\n\"proposals\":[1]}\n```\nDone {}.",
            r#"{"thoughts":"none"} {"proposals":[1]}"#,
        ] {
            let items = list(text, PROPOSALS).unwrap();
            let numbers: Vec<_> = items.iter().map(Value::as_u64).collect();
            assert_eq!(numbers, [Some(1)], "{text}");
        }
    }

    #[test]
    fn a_list_beside_another_is_of_the_same_object() {
        let lines = |text: &str| list_beside(text, "statements", "lines").map(|items| items.len());
        for (text, expected) in [
            (r#"{"lines":[1]} {"lines":[1,2],"statements":[]}"#, Some(2)),
            (r#"{"statements":[]}"#, Some(0)),
            (r#"{"statements":[],"lines":null}"#, Some(0)),
            (r#"{"statements":[],"lines":{}}"#, None),
            (r#"{"lines":[1]}"#, None),
        ] {
            assert_eq!(lines(text), expected, "{text}");
        }
    }

    #[test]
    fn the_summary_is_that_of_the_answer() {
        let text = r#"{"summary":"of a thought"} {"summary":"so","proposals":[]} {"summary":"no"}"#;
        assert_eq!(summary(text).as_deref(), Some("so"));
        for text in [r#"{"summary":"so"}"#, r#"{"summary":7,"proposals":[]}"#, "so"] {
            assert_eq!(summary(text), None);
        }
    }

    #[test]
    fn what_is_no_complete_object_is_no_answer() {
        let deep = format!("{{\"proposals\":{}", "[".repeat(100_000));
        let deeper = r#"{"proposals":"#.repeat(100_000);
        let wide = "[".repeat(10_000_000);
        let braces = "{".repeat(10_000_000);
        for text in [
            "",
            "no",
            "\u{0}",
            "{}",
            "[]",
            "null",
            r#"{"proposals":{}}"#,
            r#"{"proposals":null}"#,
            r#"{"proposals":[{"kind":"fact","text":"It is so."},"#,
            r#"{"proposals":[NaN]}"#,
            r#"{"proposals":[1e999]}"#,
            &deep,
            &deeper,
            &wide,
            &braces,
        ] {
            let is_none = list(text, PROPOSALS).is_none();
            assert!(is_none, "{}", text.get(..40).unwrap_or(text));
        }
    }
}
