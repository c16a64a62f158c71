//! What a statement names before it says something: `port: 80`, `` `name` - what it does``,
//! `name  # comment`, the first cell of a row, the left side of an assignment.

use crate::text::{self, unicode};

/// Most words of a label. Chosen by us: what names one thing is short; before a later separator
/// stands a clause.
const MAX_WORDS: usize = 6;

/// Most characters that are looked at for a separator. Chosen by us: [`MAX_WORDS`] words of twenty
/// letters and what stands around them.
const MAX_CHARS: usize = 200;

/// How a label stands to the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A colon after words.
    Colon,
    /// A dash, an arrow, the mark of a comment, an equals sign.
    Mark,
    /// The first cell of a row of a table.
    Cell,
}

/// A statement in two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label<'a> {
    /// How it is written.
    pub form: Form,
    /// What is named, as written.
    pub key: &'a str,
    /// What is said of it.
    pub rest: &'a str,
}

impl Label<'_> {
    /// Whether the key is the name of one thing (code, a quoted key, a path, a file), of which every
    /// character counts, and not words of a language.
    pub fn names(&self) -> bool {
        let key = self.key.trim_matches(|c: char| c == '*' || unicode::is_space(c));
        key.starts_with(['`', '"'])
            || !key.contains(unicode::is_space)
                && key.contains(['.', '_', '/', '(', ')', '<', '>', '-'])
    }
}

/// The label of a statement: what stands before the first separator outside quotes, code and
/// brackets, when that is short enough to name something.
pub fn label(text: &str) -> Option<Label<'_>> {
    let text = without_lead(text);
    if let Some(row) = text.strip_prefix('|') {
        let (key, rest) = row.split_once('|')?;
        let cell = Label { form: Form::Cell, key, rest };
        return (1..=MAX_WORDS).contains(&words(key)).then_some(cell);
    }
    let chars: Vec<(usize, char)> = text.char_indices().take(MAX_CHARS).collect();
    let char_at = |at: usize| chars.get(at).map(|(_, c)| *c);
    let mut closes = None;
    for (i, (at, c)) in chars.iter().copied().enumerate() {
        let before = i.checked_sub(1).and_then(char_at);
        let after = char_at(i + 1);
        if let Some(form) = separator(before, c, after, closes) {
            let (key, rest) = (text.get(..at)?, text.get(at + c.len_utf8()..)?);
            match words(key) {
                0 => continue,
                1..=MAX_WORDS => return Some(Label { form, key, rest }),
                _ => return None,
            }
        }
        if closes.is_some() {
            closes = closes.filter(|close| *close != c);
        } else if let Some(close) = closing(c, after)
            && text.get(at + c.len_utf8()..).is_some_and(|rest| rest.contains(close))
        {
            closes = Some(close);
        }
    }
    None
}

/// The tokens of the name that a statement is about, when its label is one: two statements of one
/// memory about one name have to be judged, however few words they share.
pub fn name(text: &str) -> Option<String> {
    let label = label(text).filter(Label::names)?;
    let mut tokens = String::new();
    text::each_token(label.key, &mut String::new(), |token, _| {
        tokens.push_str(token);
        tokens.push(' ');
    });
    Some(tokens)
}

/// The statement without what draws a tree, quotes, prompts or makes a heading before it.
fn without_lead(text: &str) -> &str {
    text.trim_start_matches(|c: char| {
        unicode::is_space(c)
            || matches!(c, '\u{2500}'..='\u{257f}' | '+' | '\\' | '>' | '→' | '#' | '-')
    })
}

/// What kind of separator a character is, if it is one; `closes` ends the quote that it stands in.
fn separator(
    before: Option<char>,
    c: char,
    after: Option<char>,
    closes: Option<char>,
) -> Option<Form> {
    let gap_before = before.is_some_and(unicode::is_space);
    let gap_after = after.is_none_or(unicode::is_space);
    let assigned = before.is_some_and(|b| unicode::is_space(b) || unicode::is_word(b) || b == ')')
        && !matches!(after, Some('=' | '>'));
    match c {
        // An assignment separates inside code too: `name = value`.
        '=' if assigned && matches!(closes, None | Some('`')) => Some(Form::Mark),
        _ if closes.is_some() => None,
        ':' if gap_after || after == Some('*') => Some(Form::Colon),
        '-' | '–' | '—' | '#' | '→' if gap_before && (gap_after || after == Some('>')) => {
            Some(Form::Mark)
        }
        '/' if gap_before && after == Some('/') => Some(Form::Mark),
        _ => None,
    }
}

/// What ends a quote, code or a bracket that a character opens.
fn closing(c: char, after: Option<char>) -> Option<char> {
    match c {
        '`' | '"' => Some(c),
        '“' => Some('”'),
        '(' => Some(')'),
        '[' => Some(']'),
        '<' if after.is_some_and(unicode::is_letter) => Some('>'),
        _ => None,
    }
}

fn words(key: &str) -> usize {
    unicode::words(key).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Option<(&str, &str)> {
        label(text).map(|label| (label.key.trim(), label.rest.trim()))
    }

    #[test]
    fn a_label_ends_at_the_first_separator_outside_code_and_brackets() {
        assert_eq!(split("`a: b` - does it"), Some(("`a: b`", "does it")));
        assert_eq!(split("**Note:** keep it"), Some(("**Note", "** keep it")));
        assert_eq!(split("├── run.log   # what ran"), Some(("run.log", "what ran")));
        assert_eq!(split("| host | eu-1 |"), Some(("host", "eu-1 |")));
        assert_eq!(split("`retries = 3` at most"), Some(("`retries", "3` at most")));
        assert_eq!(
            split("Timeout (in s: see below): 30"),
            Some(("Timeout (in s: see below)", "30"))
        );
    }

    #[test]
    fn a_clause_is_no_label() {
        assert_eq!(split("Use the well-known port at 10:30"), None);
        assert_eq!(split("When the build of the whole tree fails: clean it"), None);
        assert_eq!(split("a == b and c != d"), None);
        assert_eq!(split("- "), None);
    }

    #[test]
    fn code_and_files_are_names_and_words_are_not() {
        let names = |text: &str| label(text).is_some_and(|label| label.names());
        assert!(names("`run` - starts") && names("run.log: what ran") && names("\"key\": 1"));
        assert!(!names("Port: 80") && !names("Port of web: 80"));
    }
}
