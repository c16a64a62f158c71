//! Wording of statements about patterns.

use dreaming_text as text;
use dreaming_text::markdown::unmarked;

use crate::words::messages::OWNERS;

/// Longest text in a code span, in bytes. Chosen by us: a longer error message is a log.
pub(super) const MAX_CODE: usize = 160;

/// `text` on one line, without characters that a reader would not see.
fn visible(text: &str) -> String {
    let seen = text.chars().filter(|c| !text::unicode::hidden(*c));
    let line: String = seen.map(|c| if c.is_control() { ' ' } else { c }).collect();
    text::normal(&line)
}

/// `text` as the content of a code span of at most `max` bytes: one line, without back-ticks,
/// control characters and hidden characters. `None` when nothing is left.
pub(super) fn code(text: &str, max: usize) -> Option<String> {
    const MORE: &str = "…";
    let plain = visible(text).replace('`', "'");
    let shown = if plain.len() <= max {
        plain
    } else {
        let head = text::cut(&plain, max.checked_sub(MORE.len())?);
        format!("{}{MORE}", head.trim_ascii_end())
    };
    (!shown.is_empty()).then_some(shown)
}

/// Whether `text` can stand in a code span exactly as it is.
pub(super) fn is_code(text: &str) -> bool {
    code(text, MAX_CODE).as_deref() == Some(text)
}

/// The name of a tool or step in a sentence. The shell tool's name in front of a program is
/// dropped, because it says nothing to a reader; only names of shell steps have a space.
pub(super) fn tool(name: &str) -> Option<String> {
    code(name.split_once(' ').map_or(name, |(_, command)| command), MAX_CODE)
}

/// A subject in the form that is compared: lower case, without an article in front, so that "the
/// staging URL" and "our staging URL" are equal. `None` when nothing is left.
pub(crate) fn subject(words: &str) -> Option<String> {
    let lower = text::unicode::lower(&visible(words));
    let mut rest = &*lower;
    while let Some((article, after)) = rest.split_once(' ') {
        if !OWNERS.contains(&article) {
            break;
        }
        rest = after;
    }
    (!rest.is_empty()).then(|| rest.into())
}

/// A person's words as a statement: no list mark, a capital at the beginning, a full stop at the
/// end. Empty when the words have no letter.
pub(super) fn sentence(words: &str) -> String {
    let words = visible(words);
    if !words.chars().any(text::unicode::is_letter) {
        return String::new();
    }
    let mut chars = unmarked(&words).trim_ascii_end().trim_end_matches([',', ';', ':']).chars();
    let Some(first) = chars.next() else { return String::new() };
    let mut out = String::from(first.to_ascii_uppercase());
    out.push_str(chars.as_str());
    match out.chars().next_back() {
        Some('.' | '!' | '?' | '…' | '。' | '！' | '？') | None => {}
        Some(last) if text::unicode::is_cjk(last) => out.push('。'),
        Some(_) => out.push('.'),
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_hidden_characters_do_not_leave_a_code_span() {
        assert_eq!(code("a `b`\n# c\u{202e}\u{7}d", 99).unwrap(), "a 'b' # c d");
        assert_eq!(code(" \n\u{200b}", 99), None);
        assert_eq!(code("äöü", 5).unwrap(), "ä…");
        assert_eq!(code("abc", 2), None);
        assert!(is_code("src/lib.rs") && !is_code("a`b") && !is_code(" a") && !is_code(""));
    }

    #[test]
    fn a_sentence_begins_upper_case_and_ends_with_a_stop() {
        assert_eq!(sentence("always  use pnpm"), "Always use pnpm.");
        assert_eq!(sentence("Never do that!"), "Never do that!");
        assert_eq!(sentence("prefer `rg`:"), "Prefer `rg`.");
        assert_eq!(sentence("总是用中文回答"), "总是用中文回答。");
        assert_eq!(sentence("- never again"), "Never again.");
        assert_eq!(sentence("al\u{200b}ways"), "Always.");
        assert_eq!((sentence(" \n"), sentence("\u{200b}!")), (String::new(), String::new()));
    }

    #[test]
    fn an_article_does_not_make_another_subject() {
        assert_eq!(subject("The  Staging URL"), subject("our staging url"));
        assert_eq!(subject("the the port").unwrap(), "port");
        assert_eq!(subject("a").unwrap(), "a");
        assert_eq!(subject(" "), None);
    }

    #[test]
    fn a_shell_step_is_called_by_its_command() {
        assert_eq!(tool("Bash mise run lint").unwrap(), "mise run lint");
        assert_eq!(tool("Read").unwrap(), "Read");
    }
}
