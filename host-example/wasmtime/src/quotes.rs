//! Finds what an erasure has to take out of what a host keeps beside the head: quotes of a session, and the words of an
//! entry, in ledger rows, documents and texts.

use std::collections::BTreeSet;

use serde_json::Value;

/// What is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sought<'a> {
    /// A session, by id.
    Session(&'a str),
    /// An entry, by id, with all wordings that it has had.
    Entry(&'a str, &'a [String]),
    /// Words that are no entry.
    Words(&'a [String]),
}

impl Sought<'_> {
    /// Whether an older value of a ledger row has to go: that of the session or entry itself, or one that quotes it.
    /// `is_gone` says that the row is not in force any more. Rows of memories stay, because they hold only a digest, which
    /// the remaining texts are checked with. A `distilled` row does not say from which sessions a model wrote it, so a
    /// session takes all of them along that are no longer in force; the engine has withdrawn those in force.
    pub fn is_in_row(&self, key: &str, value: &[u8], is_gone: bool) -> bool {
        let parsed = || serde_json::from_slice::<Value>(value);
        match *self {
            Self::Session(id) => {
                let is_its = key.strip_prefix("session/") == Some(id);
                let says = |row: Value| quotes_session(&row, id) || is_its && !is_emptied(&row);
                is_gone && key.starts_with("distilled/") || parsed().map_or(is_its, says)
            }
            Self::Entry(id, words) => {
                key.strip_prefix("entry/") == Some(id)
                    || parsed().is_ok_and(|value| holds(&value, &|text| says(text, words)))
            }
            Self::Words(words) => {
                parsed().is_ok_and(|value| holds(&value, &|text| says(text, words)))
            }
        }
    }

    /// Whether a document, such as a plan, quotes it. One that cannot be parsed cannot be searched, and counts as if it
    /// did.
    pub fn is_in(&self, document: &[u8]) -> bool {
        serde_json::from_slice(document).map_or(true, |document| match *self {
            Self::Session(id) => quotes_session(&document, id),
            Self::Entry(id, words) => holds(&document, &|text| text == id || says(text, words)),
            Self::Words(words) => holds(&document, &|text| says(text, words)),
        })
    }
}

/// The wording of an entry, with the name of its person behind it and without it, as sessions have it.
pub fn wordings(text: &str, principal: Option<&str>) -> impl Iterator<Item = String> {
    let name = principal.map(|name| format!(" ({name})")).unwrap_or_default();
    let plain = one_space(text.strip_suffix(&name).unwrap_or_default());
    [plain, one_space(text)].into_iter().filter(|words| !words.is_empty())
}

/// Whether the record of a session says no more than how far it was read, as an erasure leaves it.
fn is_emptied(record: &Value) -> bool {
    let notes = &record["notes"];
    let known = [&notes["agent"], &notes["principal"], &notes["last"], &record["unanswered"]];
    let proposals = record["proposals"].as_array();
    notes["events"] == 0 && known.iter().all(|v| v.is_null()) && proposals.is_none_or(Vec::is_empty)
}

/// Whether a document holds words of a session: evidence from it, or its record.
pub fn quotes_session(value: &Value, id: &str) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| quotes_session(item, id)),
        Value::Object(fields) => {
            let names = |name: &str| fields.get(name).and_then(Value::as_str) == Some(id);
            names("session") && fields.contains_key("quote")
                || names("id")
                    && fields.contains_key("parts")
                    && fields.contains_key("notes")
                    && !is_emptied(value)
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
fn one_space(text: &str) -> String {
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
    fn rows_and_documents_that_quote_what_is_erased_are_found() {
        let quote = br#"{"evidence":[{"session":"s","quote":"The code is 8812."}]}"#;
        let session = Sought::Session("s");
        assert!(session.is_in_row("entry/e", quote, false) && session.is_in(quote));
        assert!(session.is_in_row("session/s", b"{}", false));
        assert!(session.is_in_row("distilled/d", b"{}", true));
        assert!(!session.is_in_row("distilled/d", b"{}", false));
        let record =
            |notes: &str| format!(r#"{{"id":"s","parts":[],"notes":{notes},"proposals":[]}}"#);
        let whole = record(r#"{"events":2,"agent":null}"#);
        assert!(session.is_in_row("session/s", whole.as_bytes(), false));
        assert!(session.is_in(whole.as_bytes()));
        for told in [r#"{"events":0,"agent":"a"}"#, r#"{"events":0,"principal":"mira"}"#] {
            assert!(session.is_in_row("session/s", record(told).as_bytes(), false), "{told}");
        }
        let emptied = record(r#"{"events":0,"agent":null}"#);
        assert!(!session.is_in_row("session/s", emptied.as_bytes(), true));
        assert!(!session.is_in(emptied.as_bytes()));
        assert!(!session.is_in_row("session/s2", b"{}", true) && !session.is_in(b"{}"));
        let words: Vec<String> = wordings("the  code is 8812 (mira)", Some("mira")).collect();
        assert_eq!(words, ["the code is 8812", "the code is 8812 (mira)"]);
        let entry = Sought::Entry("e", &words);
        assert!(entry.is_in_row("session/s", quote, false) && entry.is_in(quote));
        assert!(entry.is_in_row("entry/e", b"{}", false) && entry.is_in(br#"{"entry":"e"}"#));
        assert!(!entry.is_in_row("entry/e2", b"{}", true) && !entry.is_in(b"{}"));
        assert!(entry.is_in(b"no JSON"), "what cannot be searched counts");
        assert_eq!(wordings("a", None).collect::<Vec<_>>(), ["a", "a"]);
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
