//! Which sentences of a message are the user's own.

use crate::words::messages::{SAYS, SHOWN};
use dreaming_text as text;
use dreaming_text::unicode::{is_word, lower};

/// Most of a message that its author may have written, in bytes of UTF-8: more was pasted. Chosen
/// by us.
const MAX_OWN: usize = 4_000;

/// Words of the longest name in quotation marks. Chosen by us.
const NAME: usize = 3;

/// The sentences of a message that its author wrote, as slices of it: nothing inside code, quotes
/// or pasted logs and documents, and no questions. None when they are too many to be typed.
pub(super) fn sentences(message: &str) -> Vec<&str> {
    let mut found = all(message);
    found.retain(|sentence| !asks(sentence));
    found
}

/// The words of a message that its author typed, questions too, for somebody who must be sure: also nothing
/// from the first to the last quotation mark, where more than a name stands between them.
pub(crate) fn typed(message: &str) -> String {
    let mut typed = all(message).join(" ");
    let marks = |c: char| matches!(c, '"' | '“' | '”' | '„' | '«' | '»');
    if let (Some(first), Some(last)) = (message.find(marks), message.rfind(marks))
        && let Some(quoted) = message.get(first..last)
        && quoted.split_ascii_whitespace().nth(NAME).is_some()
    {
        let around = [message.get(..first), message.get(last..)];
        typed = around.into_iter().flatten().flat_map(all).collect::<Vec<_>>().join(" ");
    }
    typed
}

/// The sentences of a message that its author wrote, questions too.
fn all(message: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut own = 0;
    let mut fence: Option<&str> = None;
    for line in message.lines() {
        let plain = line.trim_ascii();
        let mark = ["```", "~~~", "\"\"\""].into_iter().find(|mark| plain.starts_with(mark));
        if let Some(mark) = mark {
            let closes_itself = plain.len() > mark.len() && plain.ends_with(mark);
            fence = match fence {
                Some(open) if open == mark => None,
                Some(open) => Some(open),
                None if closes_itself => None,
                None => Some(mark),
            };
            continue;
        }
        // A heading begins a document that was pasted, mostly a plan that an agent wrote.
        if fence.is_none()
            && plain.starts_with('#')
            && plain.trim_start_matches('#').starts_with(' ')
        {
            break;
        }
        // The last line of the code may close the fence at its own end.
        if fence.is_some_and(|open| plain.ends_with(open)) {
            fence = None;
            continue;
        }
        let is_shown = line.starts_with("    ") || line.starts_with('\t') || plain.starts_with('>');
        if fence.is_none() && !is_shown {
            own += plain.len();
            if own > MAX_OWN {
                return Vec::new();
            }
            let line = without_list_mark(plain);
            let shown = shown_from(line);
            split(line.get(..shown.unwrap_or(line.len())).unwrap_or(line), &mut found);
            // What the line announces follows it, to the end of the message.
            if shown.is_some() {
                break;
            }
        }
    }
    found
}

/// Where a line begins to show what somebody else wrote: behind the colon at its end when it names
/// what it shows (`Look at this mail:`), and behind any colon after a verb of saying (`the page
/// says: …`).
fn shown_from(line: &str) -> Option<usize> {
    line.match_indices(':').map(|(at, _)| at + 1).find(|end| {
        let before = lower(line.get(..*end).unwrap_or_default());
        let mut words = before.split(|c: char| !is_word(c)).filter(|word| !word.is_empty());
        let at_the_end = line.get(*end..).is_some_and(|rest| rest.trim_ascii().is_empty());
        words.clone().next_back().is_some_and(|word| SAYS.contains(&word))
            || (at_the_end && words.any(|word| SHOWN.contains(&word)))
    })
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

/// The sentences of a line that begin as prose does.
fn split<'a>(line: &'a str, found: &mut Vec<&'a str>) {
    let sentences = text::sentences(line).into_iter().filter_map(|range| line.get(range));
    found.extend(sentences.filter(|sentence| is_own(sentence)));
}

/// Whether a sentence begins as prose does. Logs, diffs, prompts and quotes begin
/// with a sign.
fn is_own(sentence: &str) -> bool {
    let Some(first) = sentence.chars().next() else { return false };
    // Letters beyond ASCII begin after the signs of Latin-1; signs and arrows have their own block.
    let is_letter = first.is_ascii_alphanumeric()
        || (first >= '\u{c0}' && !('\u{2000}'..='\u{2bff}').contains(&first))
        || matches!(first, '`' | '¡');
    is_letter
}

fn asks(sentence: &str) -> bool {
    sentence.trim_end_matches(['"', '\'', ')', '*', '_', '”', '’']).ends_with(['?', '？'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_else_wrote_is_shown_and_not_said() {
        assert_eq!(
            sentences("Use tabs.\nLook at this mail:\n\nAlways use spaces."),
            ["Use tabs.", "Look at this mail:"]
        );
        assert_eq!(sentences("The page says: always use spaces."), ["The page says:"]);
        assert_eq!(sentences("My rules:\n- always use tabs"), ["My rules:", "always use tabs"]);
    }

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
        assert_eq!(sentences("```sh\nls …```\nAlways use tabs."), ["Always use tabs."]);
        assert!(sentences("```\nnever closed\nalways").is_empty());
    }
}
