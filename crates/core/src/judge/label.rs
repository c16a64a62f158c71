//! What a statement names before it says something: `port: 80`, `` `name` - what it does``,
//! `name  # comment`, the first cell of a row, the left side of an assignment.

use std::borrow::Cow;

use super::in_order::words;
use dreaming_text::unicode;

/// Most words of a label. Chosen by us: what names one thing is short; before a later separator
/// stands a clause.
const MAX_WORDS: usize = 6;

/// Most words of a first cell, which nothing but the border of the table ends. Chosen by us.
const MAX_CELL: usize = 12;

/// Most characters that are looked at for a separator. Chosen by us: [`MAX_WORDS`] words of twenty
/// letters, an address and what stands around them.
const MAX_CHARS: usize = 250;

/// How a label stands to the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Separator {
    /// A colon after words.
    Colon,
    /// A dash, an arrow, the mark of a comment.
    Mark,
    /// An equals sign.
    Equals,
    /// The first cell of a row of a table.
    Cell,
}

/// A statement in two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Label<'a> {
    /// How it is written.
    pub form: Separator,
    /// What is named: at least one word. Of words of a language only those outside brackets, because
    /// what stands in brackets explains them.
    pub key: Cow<'a, str>,
    /// Whether the key is the name of one thing (code, a quoted key, a path, a file, what a value is
    /// assigned to), of which every character counts, and not words of a language.
    pub names: bool,
    /// What is said of it.
    pub rest: &'a str,
}

/// Where a statement is cut in two.
#[derive(Clone, Copy)]
struct Cut<'a> {
    form: Separator,
    key: &'a str,
    rest: &'a str,
}

impl<'a> Cut<'a> {
    /// Whether the key is the name of one thing.
    fn names(self) -> bool {
        let bare = self.key.trim_matches(|c: char| c == '*' || unicode::is_space(c));
        self.form == Separator::Equals
            || bare.starts_with(['`', '"'])
            || !bare.contains(unicode::is_space)
                && bare.contains(['.', '_', '/', '(', ')', '<', '>', '-'])
    }

    /// The label, when it is short enough to name something.
    fn label(self) -> Option<Label<'a>> {
        let Self { form, key, rest } = self;
        let names = self.names();
        let most = if form == Separator::Cell { MAX_CELL } else { MAX_WORDS };
        let mut key = Cow::Borrowed(key);
        if !names && key.contains('(') {
            let outside = without_brackets(&key);
            if outside.contains(unicode::is_word) {
                key = Cow::Owned(outside);
            }
        }
        let short = (1..=most).contains(&words(&key).len());
        short.then_some(Label { form, key, names, rest })
    }
}

fn without_brackets(key: &str) -> String {
    let mut depth = 0_usize;
    let mut outside = |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    };
    key.chars().map(|c| if outside(c) { c } else { ' ' }).collect()
}

/// The label of a statement: what stands before the first separator outside quotes, code and
/// brackets, when that is short enough to name something.
pub(super) fn label(text: &str) -> Option<Label<'_>> {
    cut(text)?.label()
}

fn cut(text: &str) -> Option<Cut<'_>> {
    let text = without_lead(text);
    if let Some(row) = text.strip_prefix('|') {
        let (key, rest) = row.split_once('|')?;
        return Some(Cut { form: Separator::Cell, key, rest });
    }
    if !may_separate(text) {
        return None;
    }
    let mut chars = text.char_indices().take(MAX_CHARS).peekable();
    let (mut closes, mut last) = (None, None);
    while let Some((at, c)) = chars.next() {
        let before = last.replace(c);
        if c == ' ' || c.is_ascii_alphanumeric() {
            continue;
        }
        let after = chars.peek().map(|(_, after)| *after);
        if let Some(form) = separator(before, c, after, closes) {
            let (key, rest) = (text.get(..at)?, text.get(at + c.len_utf8()..)?);
            if key.contains(unicode::is_word) {
                return Some(Cut { form, key, rest });
            }
            continue;
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

/// Whether a text may have one of the separators: most have none.
fn may_separate(text: &str) -> bool {
    let mut before = b' ';
    text.bytes().take(4 * MAX_CHARS).any(|byte| {
        let gap = !before.is_ascii() || before.is_ascii_whitespace() || before.is_ascii_control();
        before = byte;
        match byte {
            b'=' | b':' => true,
            b'-' | b'#' | b'/' => gap,
            _ => !byte.is_ascii(),
        }
    })
}

/// The name that a statement is about, when its label is one: two statements of one memory about one
/// name have to be judged, however few words they share.
pub(crate) fn name(text: &str) -> Option<String> {
    let label = cut(text).filter(|cut| cut.names())?.label()?;
    Some(words(&label.key).join(" "))
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
) -> Option<Separator> {
    let gap_before = || before.is_some_and(unicode::is_space);
    let gap_after = || after.is_none_or(unicode::is_space);
    let assigned = || {
        before.is_some_and(|b| unicode::is_space(b) || unicode::is_word(b) || b == ')')
            && !matches!(after, Some('=' | '>'))
    };
    match c {
        // An assignment separates inside code too: `name = value`.
        '=' if matches!(closes, None | Some('`')) && assigned() => Some(Separator::Equals),
        _ if closes.is_some() => None,
        ':' if gap_after() || after == Some('*') => Some(Separator::Colon),
        '-' | '–' | '—' | '#' | '→' if gap_before() && (gap_after() || after == Some('>')) => {
            Some(Separator::Mark)
        }
        '/' if after == Some('/') && gap_before() => Some(Separator::Mark),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Option<(String, &str)> {
        label(text).map(|label| (words(&label.key).join(" "), label.rest.trim_ascii()))
    }

    fn parts(key: &str, rest: &'static str) -> Option<(String, &'static str)> {
        Some((key.into(), rest))
    }

    #[test]
    fn a_label_ends_at_the_first_separator_outside_code_and_brackets() {
        assert_eq!(split("`a: b` - does it"), parts("b", "does it"));
        assert_eq!(split("**Note:** keep it"), parts("note", "** keep it"));
        assert_eq!(split("├── run.log   # what ran"), parts("run log", "what ran"));
        assert_eq!(split("| host | eu-1 |"), parts("host", "eu-1 |"));
        assert_eq!(split("`retries = 3` at most"), parts("retries", "3` at most"));
        assert_eq!(split("Timeout (in s: see below): 30"), parts("timeout", "30"));
    }

    #[test]
    fn a_clause_is_no_label() {
        assert_eq!(split("Use the well-known port at 10:30"), None);
        assert_eq!(split("When the big build of whole trees failed twice today: clean it"), None);
        assert_eq!(split("a == b and c != d"), None);
        assert_eq!(split("- "), None);
    }

    #[test]
    fn code_files_and_variables_are_names_and_words_are_not() {
        for text in ["`run` - starts", "run.log: what ran", "\"key\": 1", "depth = 3"] {
            assert!(name(text).is_some(), "{text}");
        }
        for text in ["Port: 80", "Port of web: 80", "Use it"] {
            assert_eq!(name(text), None);
        }
    }
}
