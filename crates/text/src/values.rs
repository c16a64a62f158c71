//! The values in a text, which must not silently change.

use std::borrow::Cow;

use super::chunks::chunks;
use super::normal::cut;
use super::sentences::sentences;
use super::unicode::{is_letter, is_lower, is_upper, is_word, lower};
use crate::sort;
use crate::words::function::{LOUD, is_stop};
use crate::words::units::{CALENDAR, CALENDAR_BEFORE_NUMBER, ORDINAL_ENDINGS, SHORT, UNITS};

/// The kind of a value, in the order in which guards report differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ValueKind {
    /// The content of a code span, or a word that only code contains: `snake_case`, `camelCase`.
    Code,
    /// A path, a file name or a URL.
    Path,
    /// A command-line flag.
    Flag,
    /// A date, a time of day, a month or a day of the week.
    Date,
    /// A version.
    Version,
    /// A word of letters and digits, or a hexadecimal id.
    Id,
    /// A number, without its unit.
    Number,
    /// The unit of a number.
    Unit,
    /// A quoted string.
    Quoted,
    /// A capitalised word that begins no sentence.
    Name,
}

impl ValueKind {
    /// The stable word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Path => "path",
            Self::Flag => "flag",
            Self::Date => "date",
            Self::Version => "version",
            Self::Id => "id",
            Self::Number => "number",
            Self::Unit => "unit",
            Self::Quoted => "quoted",
            Self::Name => "name",
        }
    }
}

/// A value that a text holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Value<'a> {
    /// Its kind.
    pub kind: ValueKind,
    /// The value as written, without quotes, back-ticks and surrounding punctuation.
    pub text: Cow<'a, str>,
}

impl AsRef<str> for Value<'_> {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

/// The values of a text, sorted, distinct.
pub fn values(text: &str) -> Vec<Value<'_>> {
    let mut found = Vec::new();
    match take_spans(text, &mut found) {
        None => each_value(text, &mut |kind, text| found.push(Value { kind, text })),
        Some(rest) => each_value(&rest, &mut |kind, text| {
            found.push(Value { kind, text: Cow::Owned(text.into_owned()) });
        }),
    }
    found.retain(|v| !v.text.is_empty());
    sort::all(&mut found);
    found.dedup();
    found
}

/// The values of one kind; `values` must be sorted.
pub(super) fn of_kind<'v, 'a>(values: &'v [Value<'a>], kind: ValueKind) -> &'v [Value<'a>] {
    sort::run(values, |value| value.kind.cmp(&kind))
}

/// Receives each value that is found.
type Found<'f, 'a> = &'f mut dyn FnMut(ValueKind, Cow<'a, str>);

/// Finds the values of a text without code spans and quotes.
fn each_value<'a>(text: &'a str, found: Found<'_, 'a>) {
    for sentence in sentences(text) {
        let mut words = chunks(text.get(sentence).unwrap_or("")).peekable();
        let mut first = true;
        while let Some(word) = words.next() {
            classify(word, words.peek().copied().unwrap_or(""), first, found);
            first = false;
        }
    }
}

/// Longest code span or quoted string that is recognised, in bytes. Chosen by us: values are short,
/// and without a limit every opening quote would be searched to the end of the text.
const MAX_SPAN: usize = 200;

/// Takes code spans and quoted strings out of the text. Returns the rest, with a neutral sign in
/// place of each, so that words do not join and no new sentence begins. `None` when there are none.
fn take_spans<'a>(text: &'a str, found: &mut Vec<Value<'a>>) -> Option<String> {
    if !may_open(text.as_bytes()) || !text.contains(OPENING) {
        return None;
    }
    let mut left = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(at) = rest.find(OPENING) {
        let (plain, quoted) = rest.split_at_checked(at).unwrap_or((rest, ""));
        left.push_str(plain);
        before = plain.chars().next_back().unwrap_or(before);
        rest = quoted;
        let Some(c) = rest.chars().next() else { break };
        let ticks = rest.bytes().take_while(|b| *b == b'`').count();
        let open = if c == '`' { ticks } else { c.len_utf8() };
        let closing = match c {
            '`' => rest.get(..ticks).map(str::to_owned),
            // An apostrophe inside a word opens no quote.
            '"' | '\'' if !is_word(before) => Some(c.into()),
            '“' => Some('”'.into()),
            '‘' if !is_word(before) => Some('’'.into()),
            '«' => Some('»'.into()),
            '「' => Some('」'.into()),
            _ => None,
        };
        let inner = closing.and_then(|closing| {
            let body = rest.get(open..)?;
            let line = cut(body, MAX_SPAN).split(['\n', '\r']).next()?;
            let end = close(line, &closing)?;
            Some((body.get(..end)?, body.get(end + closing.len()..)?))
        });
        if let Some((inner, after)) = inner {
            let kind = if c == '`' { ValueKind::Code } else { ValueKind::Quoted };
            let inner = mentioned(inner.trim_ascii());
            found.push(Value { kind, text: inner.into() });
            left.push_str(" \u{fffc} ");
            before = ' ';
            rest = after;
        } else {
            left.push_str(rest.get(..open).unwrap_or(""));
            before = c;
            rest = rest.get(open..).unwrap_or("");
        }
    }
    left.push_str(rest);
    Some(left)
}

/// Characters that open a code span or a quoted string.
const OPENING: [char; 7] = ['`', '"', '\'', '“', '‘', '«', '「'];

/// Whether [`OPENING`] may occur among some bytes: three of these characters are ASCII, the others
/// are not.
fn may_open(bytes: &[u8]) -> bool {
    bytes.iter().any(|byte| matches!(byte, b'`' | b'"' | b'\'') || !byte.is_ascii())
}

/// Where `closing` stands in `line`. A closing apostrophe must end a word.
fn close(line: &str, closing: &str) -> Option<usize> {
    let ends_word = |at: usize| {
        let after = line.get(at + closing.len()..).and_then(|s| s.chars().next());
        !matches!(closing, "'" | "’") || !after.is_some_and(is_word)
    };
    line.match_indices(closing).map(|(at, _)| at).find(|at| *at > 0 && ends_word(*at))
}

fn classify<'a>(word: &'a str, next: &str, first: bool, found: Found<'_, 'a>) {
    // Most words are lower-case letters only, and none of these is a value.
    if word.bytes().all(|b| b.is_ascii_lowercase()) {
        return;
    }
    let digit = word.bytes().any(|b| b.is_ascii_digit());
    let is_name = word.chars().next().is_some_and(is_upper);
    let folded = if digit || is_name { lower(word) } else { String::new() };
    let before_number = next.starts_with(|c: char| c.is_ascii_digit());
    let mut push = |kind, text: &'a str| found(kind, text.into());
    if is_flag(word) {
        push(ValueKind::Flag, word);
    } else if is_path(word) {
        push(ValueKind::Path, mentioned(word));
    } else if digit && is_date(word)
        || is_name && CALENDAR.contains(&folded.as_str())
        || is_name && before_number && CALENDAR_BEFORE_NUMBER.contains(&folded.as_str())
    {
        found(ValueKind::Date, folded.into());
    } else if digit && is_version(word) {
        push(ValueKind::Version, word.strip_prefix('v').unwrap_or(word));
    } else if let Some((number, unit)) = number(word) {
        push(ValueKind::Number, number);
        if unit.is_empty() && UNITS.contains(&lower(next).as_str()) {
            found(ValueKind::Unit, singular(next).into());
        } else if !unit.is_empty() && !ORDINAL_ENDINGS.contains(&unit) {
            found(ValueKind::Unit, singular(unit).into());
        }
    } else if is_identifier(word) {
        push(ValueKind::Code, word);
    } else if digit && word.chars().any(is_letter) {
        push(ValueKind::Id, word);
    } else if is_name && !is_stop(&folded) && is_named(word, &folded, first) {
        push(ValueKind::Name, word.strip_suffix("'s").unwrap_or(word));
    }
}

/// A path without the `@` that makes an agent read the file: `@docs/a.md`.
fn mentioned(word: &str) -> &str {
    word.strip_prefix('@').filter(|path| is_path(path)).unwrap_or(word)
}

pub(super) fn is_flag(word: &str) -> bool {
    let name = word.strip_prefix("--").or_else(|| word.strip_prefix('-'));
    name.is_some_and(|n| n.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// Whether a word is a URL or a path: it begins like a path, has two slashes or a slash and a full
/// stop, or ends like a file name. `and/or` and `e.g` are none.
fn is_path(word: &str) -> bool {
    let slashes = word.bytes().filter(|byte| *byte == b'/').count();
    if slashes > 0 {
        // `//` begins a comment.
        let rooted =
            ["/", "./", "../", "~/"].iter().any(|p| word.starts_with(p)) && !word.starts_with("//");
        let digits = |c: char| c.is_ascii_digit() || c == '/';
        if word.contains("://") || rooted && word.len() > 1 {
            return true;
        }
        return !word.chars().all(digits)
            && (slashes > 1 || word.ends_with('/') || word.contains(['.', '_']));
    }
    let Some((stem, extension)) = word.rsplit_once('.') else { return false };
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=5).contains(&extension.len())
        && extension.starts_with(|c: char| c.is_ascii_alphabetic())
        && extension.bytes().all(|b| b.is_ascii_alphanumeric())
        && stem.chars().all(named)
        && (stem.is_empty() || stem.len() > 1 || extension.len() > 1)
        && !stem.bytes().all(|b| b.is_ascii_digit() && !stem.is_empty())
}

/// `2026-02-20` (also with a time after it), `20/02/2026`, `14:30`.
fn is_date(word: &str) -> bool {
    let day = word.split(['T', 't']).next().unwrap_or(word);
    let parts = |separator: char| -> Option<Vec<usize>> {
        let whole = |p: &str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit());
        day.split(separator).map(|p| whole(p).then_some(p.len())).collect()
    };
    let dashed = parts('-').is_some_and(|p| matches!(p.as_slice(), [4, 1..=2] | [4, 1..=2, 1..=2]));
    let slashed = parts('/').is_some_and(|p| {
        matches!(p.as_slice(), [1..=2, 1..=2] | [1..=2, 1..=2, 2 | 4] | [4, 1..=2, 1..=2])
    });
    let clock = parts(':').is_some_and(|p| matches!(p.as_slice(), [1..=2, 2] | [1..=2, 2, 2]));
    dashed || slashed || clock
}

/// `1.2.3`, `v2`, `v1.0-rc.1`: digits and full stops after `v`, or at least two full stops.
fn is_version(word: &str) -> bool {
    let marked = word.strip_prefix(['v', 'V']);
    let body = marked.unwrap_or(word);
    let core = body.split(['-', '+']).next().unwrap_or(body);
    let numbers = core.split('.').all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
    numbers && (marked.is_some() || core.matches('.').count() >= 2)
}

/// A number and its unit, written together: `10mg`, `-3`, `$1,200.50`, `95%`. A word with digits
/// behind the letters is an id.
fn number(word: &str) -> Option<(&str, &str)> {
    let body = word.trim_start_matches(['$', '€', '£', '#', '~', '<', '>', '≥', '≤', '+']);
    let unsigned = body.strip_prefix(['-', '−']).unwrap_or(body);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit()) || unsigned.starts_with("0x") {
        return None;
    }
    let in_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '_');
    let length = unsigned.find(|c| !in_number(c)).unwrap_or(unsigned.len());
    let end = body.len() - unsigned.len() + length;
    let (number, unit) = (body.get(..end)?, body.get(end..)?);
    let short = unit.chars().count() <= 8;
    (short && unit.chars().all(|c| is_letter(c) || matches!(c, '%' | '°')))
        .then_some((number, unit))
}

/// The same spelling for a unit, its plural and its long form. Case stays, because `Mb` and `MB`
/// differ.
fn singular(unit: &str) -> String {
    let folded = lower(unit);
    let short = SHORT.iter().find(|(long, _)| *long == folded).map(|(_, short)| *short);
    short.unwrap_or(unit).to_owned()
}

/// Whether a word looks like code: a call, a qualified name, an underscore inside, or an upper-case
/// letter right after a lower-case one.
fn is_identifier(word: &str) -> bool {
    let chars = || word.chars();
    let hump = chars().zip(chars().skip(1)).any(|(a, b)| is_lower(a) && is_upper(b));
    let score = || {
        let threes = chars().zip(chars().skip(1)).zip(chars().skip(2));
        threes
            .map(|((a, s), b)| (a, s, b))
            .any(|(a, s, b)| s == '_' && is_word(a) && (is_word(b) || b == '_'))
    };
    let sign = word.bytes().any(|byte| matches!(byte, b'_' | b':' | b'('));
    hump || sign && (score() || word.contains("::") || word.contains("()"))
}

/// Whether a capitalised word is a name: it stands inside a sentence, or begins with two capitals.
/// Words in capitals for emphasis are no names.
fn is_named(word: &str, folded: &str, first: bool) -> bool {
    let mut chars = word.chars();
    let two_large = chars.next().is_some_and(is_upper) && chars.next().is_some_and(is_upper);
    !LOUD.contains(&folded) && (!first || two_large)
}

#[cfg(test)]
mod tests {
    use super::ValueKind::*;
    use super::*;

    fn of(kind: ValueKind, text: &str) -> Vec<String> {
        values(text).into_iter().filter(|v| v.kind == kind).map(|v| v.text.into_owned()).collect()
    }

    #[test]
    fn every_kind_is_found_where_it_stands() {
        let cases: &[(&str, ValueKind, &[&str])] = &[
            ("run `make test` in `ci`", Code, &["ci", "make test"]),
            (
                "call parseThing() or do_it, not Foo::bar",
                Code,
                &["Foo::bar", "do_it", "parseThing()"],
            ),
            (
                "see src/lib.rs, Cargo.toml and .golangci.yml.",
                Path,
                &[".golangci.yml", "Cargo.toml", "src/lib.rs"],
            ),
            ("at https://a.example/b?c=1 now", Path, &["https://a.example/b?c=1"]),
            ("pass --dry-run or -v", Flag, &["--dry-run", "-v"]),
            ("on 2026-02-20, Friday, at 14:30", Date, &["14:30", "2026-02-20", "friday"]),
            ("due Oct 15th", Number, &["15"]),
            ("pin v1.2 or 3.4.5-rc.1", Version, &["1.2", "3.4.5-rc.1"]),
            ("node mw-3 at 3fa9c21b", Id, &["3fa9c21b", "mw-3"]),
            ("give [10mg] or 20 ms, 95%", Number, &["10", "20", "95"]),
            ("give [10mg] or 20 seconds, 95%", Unit, &["%", "mg", "s"]),
            ("say \"hello there\" or 'bye'", Quoted, &["bye", "hello there"]),
            ("We ask Alice about the API", Name, &["API", "Alice"]),
        ];
        for (text, kind, expected) in cases {
            assert_eq!(of(*kind, text), *expected, "{text}: {:?}", values(text));
        }
    }

    #[test]
    fn plain_prose_holds_no_values() {
        for text in [
            "Always run the linter before you commit and/or push.",
            "It's the user's choice, e.g. tabs; don't ask.",
            "You MUST NOT do it. Never!",
            "",
        ] {
            assert_eq!(values(text), [], "{text}");
        }
    }

    #[test]
    fn open_quotes_and_ticks_hide_nothing() {
        assert_eq!(of(Number, "a ` b 5 \" c 6 ' d 7"), ["5", "6", "7"]);
        assert_eq!(of(Code, "``a ` b``"), ["a ` b"]);
    }
}
