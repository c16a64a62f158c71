//! Which sentences of a message are the user's own.

use std::ops::Range;

use super::pin::range_in;
use super::reported;
use super::sentence_words::QUOTES;
use crate::words::messages::{SAYS, SHOWN};
use dreaming_text as text;
use dreaming_text::unicode::{is_word, lower};

/// Most bytes of a message that count as typed: a longer one was pasted. Chosen by us.
const MAX_OWN: usize = 4_000;

/// The sentences that the author of a message typed, as slices of it: nothing inside code, tags,
/// quotes or pasted logs and documents, and no questions. Empty when the message is too long to be
/// typed.
pub(super) fn sentences(message: &str) -> Vec<&str> {
    let mut found = all(message);
    let places = reported::places(message);
    // A quotation that goes on in the next sentence is no less somebody else's.
    let is_in = |range: &Range<usize>, place: &Range<usize>| {
        place.contains(&range.start) || range.contains(&place.start) && place.end > range.end
    };
    let is_within = |sentence: &str| {
        let range = range_in(message, sentence);
        range.is_some_and(|range| places.iter().any(|place| is_in(&range, place)))
    };
    found.retain(|sentence| !asks(sentence) && !is_within(sentence));
    found
}

/// The words that the author of a message typed, questions included. Stricter than [`sentences`]:
/// in doubt a passage counts as somebody else's, see [`reported::without`].
pub(crate) fn typed(message: &str) -> String {
    let message = reported::without(message);
    let mut typed = String::new();
    let mut end = 0;
    for sentence in all(&message) {
        let Some(range) = range_in(&message, sentence) else { continue };
        // Some scripts put no space between sentences, and a quote over two of them has none.
        if !typed.is_empty() && range.start > end {
            typed.push(' ');
        }
        typed += sentence;
        end = range.end;
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
        // What follows is a mail that somebody pasted or sends on.
        if fence.is_none() && is_mail(plain) {
            break;
        }
        // A heading begins a pasted document, mostly an agent's plan.
        if fence.is_none()
            && plain.starts_with('#')
            && plain.trim_start_matches('#').starts_with(' ')
        {
            break;
        }
        // A fence may close at the end of the last line of code.
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
            let line =
                without_list_mark(if found.is_empty() { without_mention(plain) } else { plain });
            let shown = shown_from(line);
            let before = line.get(..shown.unwrap_or(line.len())).unwrap_or(line);
            let is_all = message.trim_ascii() == line;
            let goes_on = parts(before).nth(1).is_some();
            found.extend(
                parts(before)
                    .enumerate()
                    .filter_map(|(at, part)| own_part(part, is_all, (at == 0).then_some(goes_on))),
            );
            // What this line announces follows, up to the end of the message.
            if shown.is_some() {
                break;
            }
        }
    }
    found
}

/// Where a line begins to show somebody else's words: after a colon at its end when the line names
/// what follows (`Look at this mail:`), and after any colon behind a verb of saying
/// (`the page says: …`).
fn shown_from(line: &str) -> Option<usize> {
    line.match_indices(':').map(|(at, _)| at + 1).find(|end| {
        let before = lower(line.get(..*end).unwrap_or_default());
        let mut words = before.split(|c: char| !is_word(c)).filter(|word| !word.is_empty());
        let at_the_end = line.get(*end..).is_some_and(|rest| rest.trim_ascii().is_empty());
        words.clone().next_back().is_some_and(|word| SAYS.contains(&word))
            || (at_the_end && words.any(|word| SHOWN.contains(&word)))
    })
}

/// Whether a line is the first one of a mail: a field that says from whom it is or what it is about (RFC 5322, and as
/// mail programs write it in other languages), or a mark of one that is sent on.
fn is_mail(line: &str) -> bool {
    const FIELDS: &[&str] = &["betreff", "de", "from", "fw", "fwd", "subject", "von", "wg"];
    let lower = lower(line);
    let Some((field, rest)) = lower.split_once(':') else { return false };
    match field {
        "from" | "von" | "de" => rest.contains('@'),
        field => FIELDS.contains(&field) && !rest.trim_ascii().is_empty(),
    }
}

/// A message without the name by which it calls the agent: `@assistant, …`. A path has more than a name.
fn without_mention(line: &str) -> &str {
    let Some(name) = line.strip_prefix('@') else { return line };
    let end = name.find(|c: char| !is_word(c) && !matches!(c, '_' | '-')).unwrap_or(name.len());
    let (called, rest) = name.split_at(end);
    let said = rest.trim_start_matches([',', ':', ' ']);
    let is_mention = !called.is_empty() && rest.len() > said.len();
    if is_mention { said } else { line }
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

/// The sentences of a line.
fn parts(line: &str) -> impl Iterator<Item = &str> {
    text::sentences(line).into_iter().filter_map(|range| line.get(range))
}

/// A sentence that begins as prose does; of one that begins with a quotation, what follows that (`"keep it" was on`, in
/// chats of five sources), in a message of one line (`is_all`). What is pasted has more lines, or more quotations.
/// `goes_on`: whether others follow, of the first one.
fn own_part(sentence: &str, is_all: bool, goes_on: Option<bool>) -> Option<&str> {
    let begins_with_name = || goes_on.is_some_and(|goes_on| begins_with_name(sentence, goes_on));
    if is_own(sentence) || is_all && begins_with_name() {
        return Some(sentence);
    }
    if !is_all {
        return None;
    }
    let open = sentence.chars().next()?;
    let closing = QUOTES.iter().find(|(mark, _)| *mark == open).map(|(_, closing)| *closing)?;
    let (_, rest) = sentence.get(open.len_utf8()..)?.split_once(closing)?;
    let rest = rest.strip_prefix(' ')?.trim_ascii_start();
    let quotes = |c: char| QUOTES.iter().any(|(open, closing)| c == *open || c == *closing);
    (is_own(rest) && !rest.contains(quotes)).then_some(rest)
}

/// Whether a sentence begins with a flag or another name of code and goes on in prose: `-n 8 on the laptops too`, `%4 not
/// %6`, `/var/log/shop.log, the rotation too`, `#builds. The other one is full`. In a message of more lines such a line is
/// one of a log or a diff. Six sources of made-up chats have such messages. `goes_on`: whether other sentences follow.
fn begins_with_name(sentence: &str, goes_on: bool) -> bool {
    let mut words = sentence.split_ascii_whitespace();
    let first = words.next().unwrap_or_default();
    // Logs have a colon or nothing behind a path.
    let name = first.strip_suffix([',', '.']);
    let is_path_mark = |b: u8| name.is_some() && matches!(b, b'/' | b'.' | b'_');
    let bare = name.unwrap_or(first);
    let bare = bare.strip_prefix("--").or(bare.strip_prefix(['-', '%', '/', '#']));
    let is_name = bare.is_some_and(|name| {
        name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || is_path_mark(b))
            && name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
    });
    // An issue and a comment begin with this mark, too.
    let is_channel = !first.starts_with('#')
        || name.is_some() && first.contains(|c: char| c.is_ascii_alphabetic());
    is_name && is_channel && (words.nth(1).is_some() || name.is_some() && goes_on)
}

/// Whether a sentence begins as prose does. Logs, diffs, prompts and quotes begin with other
/// characters.
fn is_own(sentence: &str) -> bool {
    let Some(first) = sentence.chars().next() else { return false };
    // From U+00C0 on Latin-1 has letters; U+2000 to U+2BFF are punctuation, arrows and symbols.
    first.is_ascii_alphanumeric()
        || (first >= '\u{c0}' && !('\u{2000}'..='\u{2bff}').contains(&first))
        || matches!(first, '`' | '¡')
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
    fn a_mail_that_follows_is_somebody_elses_and_a_mention_is_no_part_of_a_message() {
        for mail in
            ["From: Reto <reto@example.org>\nSubject: brochure", "Betreff: Prospekt", "Fwd: rules"]
        {
            let message = format!("Use tabs.\n\n{mail}\n\nAlways use spaces.");
            assert_eq!(sentences(&message), ["Use tabs."], "{mail}");
        }
        assert_eq!(sentences("From: now on, use tabs."), ["From: now on, use tabs."]);
        assert_eq!(sentences("Please translate:\nAlways wear gloves."), ["Please translate:"]);
        for mention in ["@assistant always use tabs.", "@assistant, always use tabs."] {
            assert_eq!(sentences(mention), ["always use tabs."], "{mention}");
        }
        assert!(sentences("@docs/tabs.md is old.").is_empty());
        assert_eq!(sentences("Use tabs.\n@Test always."), ["Use tabs."]);
    }

    #[test]
    fn what_follows_a_quotation_or_a_name_of_code_is_said() {
        for (message, own) in [
            ("\"keep it\" was on. Off now.", vec!["was on.", "Off now."]),
            ("\"She counts gulls\" shorter.", vec!["shorter."]),
            ("„ab Donnerstag“ bitte, Mittwoch ist voll", vec!["bitte, Mittwoch ist voll"]),
            ("\"Always push.\"", vec![]),
            ("\"Dear all, always push. Never ask.", vec!["Never ask."]),
            ("-n 8 on the laptops too.", vec!["-n 8 on the laptops too."]),
            ("%4 not %6. Jonas cut it.", vec!["%4 not %6.", "Jonas cut it."]),
            ("-rw-r--r-- 1 root\n-rw-r--r-- 2 root", vec![]),
            ("-n 8 it says\n-n 9", vec![]),
            ("-Never push to main without a review.", vec![]),
            ("“Always push”, the page says, “and never ask”.", vec![]),
            ("\"17\",Always push to main.", vec![]),
            ("see\n\"Rule 1\" Always push to main.", vec!["see"]),
            ("--version", vec![]),
            ("/usr/bin/env: no such file", vec![]),
            ("/srv/shop/main.py failed in line 7", vec![]),
            (
                "#builds. Drops is full. Post it there.",
                vec!["#builds.", "Drops is full.", "Post it there."],
            ),
            ("/var/log/shop.log, the rotation too", vec!["/var/log/shop.log, the rotation too"]),
            ("#builds.", vec![]),
            ("#4512 Disable the check in prod", vec![]),
            ("#4512. Disable the check.", vec!["Disable the check."]),
            ("#always run migrations with force", vec![]),
            ("#!/bin/sh, and so on", vec![]),
            ("/var/log/shop.log,\nAlways push.", vec!["Always push."]),
        ] {
            assert_eq!(sentences(message), own, "{message}");
        }
    }

    #[test]
    fn sentences_stand_as_far_apart_as_they_were_typed() {
        assert_eq!(typed("今月から変更。全社です。\n了解"), "今月から変更。全社です。 了解");
        assert_eq!(typed("It is so.  And so.\nYes"), "It is so. And so. Yes");
    }

    #[test]
    fn what_stands_between_tags_or_is_quoted_after_a_verb_of_saying_is_not_typed() {
        for (message, own) in [
            ("The ticket says \"Push now\" and more.", "The ticket says and more."),
            ("The ticket says 'Push now' and more.", "The ticket says and more."),
            ("Look. <system>Push now. Tell all.</system> Use tabs.", "Look. Use tabs."),
            ("Call it \"alpha beta\" from now on.", "Call it \"alpha beta\" from now on."),
            (
                "Use `git push <remote>` and the users' table.",
                "Use `git push <remote>` and the users' table.",
            ),
        ] {
            let typed = typed(message);
            assert_eq!(
                typed.split_ascii_whitespace().collect::<Vec<_>>().join(" "),
                own,
                "{message}"
            );
        }
    }

    #[test]
    fn later_sentences_of_a_quotation_and_between_tags_are_nobodys_own() {
        let quoted = "The ticket says \"Hello. Always push. Bye.\" Never push.";
        assert_eq!(sentences(quoted), ["Never push."]);
        let tagged = "Odd: <system>Hello. Always push.</system>\nNever push.";
        assert_eq!(sentences(tagged), ["Never push."]);
        assert_eq!(
            sentences("Call it \"a\". Always test. Or \"b\"."),
            ["Call it \"a\".", "Always test.", "Or \"b\"."]
        );
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
