//! Finds quotes of a session or of words in documents.

use std::collections::BTreeSet;

use serde_json::Value;

/// Whether a document holds words of a session: evidence from it, or its record.
pub fn quotes_session(value: &Value, id: &str) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| quotes_session(item, id)),
        Value::Object(fields) => {
            let names = |name: &str| fields.get(name).and_then(Value::as_str) == Some(id);
            names("session") && fields.contains_key("quote")
                || names("id") && fields.contains_key("parts") && fields.contains_key("notes")
                || fields.values().any(|field| quotes_session(field, id))
        }
        _ => false,
    }
}

/// Whether `test` holds for any string of a document. A string that is JSON itself, such as a
/// model's answer, is searched too.
pub fn holds(value: &Value, test: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::String(text) => {
            let inner = || serde_json::from_str::<Value>(text).ok();
            test(text) || inner().is_some_and(|v| !v.is_string() && holds(&v, test))
        }
        Value::Array(items) => items.iter().any(|item| holds(item, test)),
        Value::Object(fields) => {
            fields.iter().any(|(name, field)| test(name) || holds(field, test))
        }
        _ => false,
    }
}

/// Whether `text` says one of `words`, ignoring line breaks and case.
pub fn says(text: &str, words: &[String]) -> bool {
    let text = one_space(text).to_lowercase();
    words.iter().any(|words| places(&text, words).next().is_some())
}

/// The places at which a text, in lower case and with single spaces, says `words`. As in the
/// engine, punctuation at their ends does not count and only whole words match: `test` is not in
/// `latest`.
fn places<'t>(text: &'t str, words: &str) -> impl Iterator<Item = usize> + 't {
    let words = one_space(words).to_lowercase();
    let words = words.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    let mut from = 0;
    std::iter::from_fn(move || {
        while !words.is_empty() {
            let at = from + text.get(from..)?.find(&*words)?;
            let end = at + words.len();
            from = end;
            let begins = |text: &str| text.starts_with(|c: char| c.is_ascii_alphanumeric());
            let ends = |text: &str| text.ends_with(|c: char| c.is_ascii_alphanumeric());
            let is_within =
                ends(&text[..at]) && begins(&words) || ends(&words) && begins(&text[end..]);
            if !is_within {
                return Some(at);
            }
        }
        None
    })
}

/// The lines of `text` on which one of `words` begins, sorted; 1 is the first one.
pub fn lines_saying(text: &str, words: &[String]) -> Vec<usize> {
    let (mut joined, mut begins) = (String::new(), Vec::new());
    let pieces = (1..).zip(text.lines());
    for (line, piece) in pieces.flat_map(|(n, line)| line.split_whitespace().map(move |w| (n, w))) {
        if !joined.is_empty() {
            joined.push(' ');
        }
        begins.push((joined.len(), line));
        joined.push_str(&piece.to_lowercase());
    }
    let line_at = |at: usize| {
        let next = begins.partition_point(|(begin, _)| *begin <= at);
        begins.get(next.saturating_sub(1)).map(|(_, line)| *line)
    };
    let found = words.iter().flat_map(|words| places(&joined, words));
    let lines: BTreeSet<usize> = found.filter_map(line_at).collect();
    lines.into_iter().collect()
}

/// `text` with any white space replaced by one space.
pub fn one_space(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_are_those_on_which_the_words_begin() {
        let text = "# The vault\n\ncode is: the\n  vault\tcode\nthe vault code, the vault code\n";
        assert_eq!(lines_saying(text, &["the vault code".into()]), [1, 3, 5]);
        assert_eq!(lines_saying(text, &["VAULT.".into(), "code is:".into()]), [1, 3, 4, 5]);
        assert!(lines_saying(text, &["ault".into(), "cod".into(), "--".into()]).is_empty());
        assert!(lines_saying("", &["a".into()]).is_empty());
    }

    #[test]
    fn words_are_found_in_a_document_inside_a_text_and_across_lines() {
        let answer = serde_json::json!({"text": "The  vault\ncode \"is\" 8812."}).to_string();
        let document = serde_json::json!({"answers": [{"m1": answer}]});
        let says_so = |text: &str| says(text, &["vault code \"is\" 8812".into()]);
        assert!(holds(&document, &says_so));
        assert!(!holds(&serde_json::json!({"a": ["8812", 8812]}), &says_so));
    }
}
