//! The line of an error that explains it, and its template: the line without what varies between
//! runs.

use dreaming_text::cut;

use crate::words::errors::TELLING;

/// Longest template, in bytes. Chosen by us: one line that a person can read.
const MAX_TEMPLATE: usize = 160;

/// Markup around an error; only what stands inside is kept.
const MARKUP: &[&str] = &["<tool_use_error>", "</tool_use_error>"];

/// The line of an error that explains most. For a shell: the first of [`telling_lines`], else the
/// first after `Exit code N`. For other tools: the first line. A slice of `text`.
pub(super) fn telling_line(text: &str, shell: bool) -> &str {
    let mut lines = lines(text);
    let found = if shell { telling_lines(text).next() } else { None };
    found.or_else(|| lines.next()).unwrap_or_default()
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(bare).filter(|line| !line.is_empty())
}

/// The lines of a shell's output that may explain an error, as slices of `text`: those with an
/// error word, then the first one after `Exit code N`.
pub(super) fn telling_lines(text: &str) -> impl Iterator<Item = &str> {
    let said = || lines(text).filter(|line| !is_exit_code(line));
    let tells = |line: &&str| {
        let lower = cut(line, 1024).to_ascii_lowercase();
        !is_shown(line) && TELLING.iter().any(|word| lower.contains(word))
    };
    said().filter(tells).chain(said().next())
}

fn bare(line: &str) -> &str {
    let mut line = line.trim_ascii();
    for mark in MARKUP {
        line = line.strip_prefix(mark).unwrap_or(line);
        line = line.strip_suffix(mark).unwrap_or(line);
    }
    line.trim_ascii()
}

/// Whether a line only echoes a command or shows source code, whose words are not about this error.
fn is_shown(line: &str) -> bool {
    let call = || {
        let name = line.split('(').next().unwrap_or_default();
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_');
        line.ends_with(')') && !name.is_empty() && name.chars().all(is_name)
    };
    // Line numbers, then a vertical bar.
    let code = line.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ' ' | '>'));
    let is_code = code.len() < line.len() && code.starts_with(['|', '\u{2502}']);
    line.starts_with("$ ") || line.ends_with(['{', '}', ';']) || is_code || call()
}

fn is_exit_code(line: &str) -> bool {
    line.strip_prefix("Exit code ").is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
}

/// The line with placeholders for paths, numbers, hexadecimal ids and quoted texts, at most
/// [`MAX_TEMPLATE`] bytes.
pub(super) fn template(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        if out.len() >= MAX_TEMPLATE {
            break;
        }
        if let Some(length) = quoted(rest, first) {
            out.push_str("<text>");
            rest = rest.get(length..).unwrap_or_default();
        } else if is_part(first) {
            let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            push_word(&mut out, word);
            rest = after;
        } else {
            let blank = first.is_ascii_whitespace() || first.is_control();
            if !blank {
                out.push(first);
            } else if !out.ends_with(' ') {
                out.push(' ');
            }
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    cut(out.trim_ascii(), MAX_TEMPLATE).into()
}

/// Characters of which words, numbers and paths consist.
fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '/' | '\\' | '.' | '_' | '-' | '~' | '@' | '+')
}

fn push_word(out: &mut String, word: &str) {
    let body = word.trim_end_matches('.');
    let stops = word.get(body.len()..).unwrap_or_default();
    let has = |f: fn(&u8) -> bool| body.as_bytes().iter().any(f);
    let digits = has(u8::is_ascii_digit);
    let is_hex = body.len() >= 7 && digits && body.bytes().all(|b| b.is_ascii_hexdigit());
    if is_path(body) {
        out.push_str("<path>");
    } else if is_hex && has(u8::is_ascii_alphabetic) {
        out.push_str("<hex>");
    } else {
        push_numbers(out, body);
    }
    out.push_str(stops);
}

/// A word with a folder, or a file name with an extension.
fn is_path(word: &str) -> bool {
    let folders = word.contains(['/', '\\']) && word.len() > 1;
    let file = word.rsplit_once('.').is_some_and(|(stem, extension)| {
        (1..=5).contains(&extension.len())
            && extension.bytes().all(|b| b.is_ascii_lowercase())
            && stem.bytes().all(|b| !b.is_ascii_uppercase())
            && !stem.is_empty()
    });
    folders || file
}

/// Runs of digits, with their decimal part, become `<n>`.
fn push_numbers(out: &mut String, word: &str) {
    let mut rest = word;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, number) = rest.split_at(at);
        out.push_str(before);
        out.push_str("<n>");
        let end = number.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(number.len());
        rest = number.get(end..).unwrap_or_default();
    }
    out.push_str(rest);
}

/// The length of a quoted text. An apostrophe inside a word opens no quote, because words are read
/// first.
fn quoted(text: &str, first: char) -> Option<usize> {
    // A longer text is a passage and no name, and its closing mark is often the opening mark of
    // another quote.
    const LONGEST: usize = 120;
    if !matches!(first, '"' | '\'' | '`') {
        return None;
    }
    let window = cut(text, LONGEST);
    let end = window.get(1..)?.find(first)? + 2;
    (end > 2).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_time_to_time_is_replaced() {
        for (line, want) in [
            ("Found 12 matches in /a/b-c.rs at 3.5s", "Found <n> matches in <path> at <n>s"),
            ("commit 8f14e45fceea167 not found", "commit <hex> not found"),
            ("cannot open \"my file\": denied.", "cannot open <text>: denied."),
            ("error:  in main.go:10:2", "error: in <path>:<n>:<n>"),
            (
                "File has not been read yet. Read it first.",
                "File has not been read yet. Read it first.",
            ),
        ] {
            assert_eq!(template(line), want);
        }
        assert!(template(&"é 1 \"".repeat(10_000)).len() <= MAX_TEMPLATE);
    }

    #[test]
    fn the_telling_line_of_a_shell_names_the_error() {
        let text = "Exit code 1\nstart\nmain.go:1: undefined: x\nmore";
        assert_eq!(telling_line(text, true), "main.go:1: undefined: x");
        assert_eq!(telling_line("Exit code 2\nplain\nwords", true), "plain");
        assert_eq!(telling_line("Exit code 2", true), "Exit code 2");
        for shown in ["$ run errors", "if (error) {", "t.Fatal(\"x\")"] {
            let text = format!("Exit code 1\n{shown}\n2 errors");
            assert_eq!(telling_line(&text, true), "2 errors");
        }
        assert_eq!(telling_line("<tool_use_error>No.</tool_use_error>", false), "No.");
        assert_eq!(telling_line("", false), "");
    }
}
