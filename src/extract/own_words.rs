//! Which sentences of a message are the user's own.

use super::phrases::lower;

/// The sentences of a message that its author wrote, as slices of it: nothing inside code, quotes
/// or pasted logs and documents, and no questions.
pub(super) fn sentences(message: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut fence: Option<&str> = None;
    for line in message.lines() {
        let text = line.trim_ascii();
        let mark = ["```", "~~~", "\"\"\""].into_iter().find(|mark| text.starts_with(mark));
        if let Some(mark) = mark {
            let closes_itself = text.len() > mark.len() && text.ends_with(mark);
            fence = match fence {
                Some(open) if open == mark => None,
                Some(open) => Some(open),
                None if closes_itself => None,
                None => Some(mark),
            };
            continue;
        }
        // A heading begins a document that was pasted, mostly a plan that an agent wrote.
        if fence.is_none() && text.starts_with('#') && text.trim_start_matches('#').starts_with(' ')
        {
            break;
        }
        let is_code = line.starts_with("    ") || line.starts_with('\t');
        if fence.is_none() && !is_code {
            split(without_list_mark(text), &mut found);
        }
    }
    found
}

fn without_list_mark(line: &str) -> &str {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let numbered = line.get(digits..).unwrap_or_default();
    let numbered = numbered.strip_prefix(". ").or_else(|| numbered.strip_prefix(") "));
    let marked = line.strip_prefix("- ").or_else(|| line.strip_prefix("* "));
    match (digits, numbered) {
        (1..=3, Some(rest)) => rest.trim_ascii_start(),
        _ => marked.unwrap_or(line).trim_ascii_start(),
    }
}

/// Splits a line at `.`, `!` and `?` before white space or the end.
fn split<'a>(line: &'a str, found: &mut Vec<&'a str>) {
    let bytes = line.as_bytes();
    let mut start = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let is_end = matches!(byte, b'.' | b'!' | b'?')
            && bytes.get(at + 1).is_none_or(u8::is_ascii_whitespace);
        if is_end || at + 1 == bytes.len() {
            let sentence = line.get(start..=at).unwrap_or_default().trim_ascii();
            if is_own(sentence) {
                found.push(sentence);
            }
            start = at + 1;
        }
    }
}

/// Whether a sentence begins as prose does and asks nothing. Logs, diffs, prompts and quotes
/// begin with a sign.
fn is_own(sentence: &str) -> bool {
    const QUESTIONS: &[&str] = &[
        "are", "can", "could", "did", "does", "how", "is", "should", "was", "were", "what",
        "where", "which", "who", "why", "would",
    ];
    let Some(first) = sentence.chars().next() else { return false };
    // Letters beyond ASCII begin after the signs of Latin-1; signs and arrows have their own block.
    let is_letter = first.is_ascii_alphanumeric()
        || (first >= '\u{c0}' && !('\u{2000}'..='\u{2bff}').contains(&first))
        || matches!(first, '`' | '¡');
    let asks = sentence.ends_with('?')
        || sentence
            .split_ascii_whitespace()
            .next()
            .is_some_and(|word| QUESTIONS.contains(&lower(word).as_str()));
    is_letter && !asks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_authors_own_sentences_are_left() {
        let message = "Use tabs. Is it ok? Always.\n> quoted always\n```\nnever\n```\n    code always\n\
                       - item one\n2. item two\n+ diff\n[12:00] log\n\"\"\"\nnever mind\n\"\"\"\nÄndere a.b!\n\
                       # Plan\nAlways plan.";
        assert_eq!(
            sentences(message),
            ["Use tabs.", "Always.", "item one", "item two", "Ändere a.b!"]
        );
        assert!(sentences("").is_empty());
        assert!(sentences("```\nnever closed\nalways").is_empty());
    }
}
