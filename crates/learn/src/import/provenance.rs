//! Decides the provenance of the text in a message or a result.

use std::borrow::Cow;

use crate::json_value::Value;

use dreaming_records::session::{Event, EventKind};
use dreaming_records::trust::Provenance;
use dreaming_text::eight_bytes::holds;
use dreaming_text::unicode::is_letter;

use crate::words::harness::{
    AGENT_OPENINGS, CANCELLED, CONFIRMING_TOOLS, HARNESS_OPENINGS, MEMORY_FILES, MEMORY_FOLDERS,
    PLANNING_TOOLS, RECALLED_OPENINGS, REFUSALS, SUMMARY_OPENINGS,
};

/// Who writes the messages of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaker {
    /// A person at the prompt.
    Person,
    /// A person from outside, whose words bind nobody.
    Guest,
    /// The agent.
    Agent,
    /// The parent agent, writing to a sub-agent.
    ParentAgent,
    /// The program around the agent.
    Harness,
    /// A summary that replaces an earlier part of the session.
    Summary,
}

/// Sections that the harness (`false`) or a memory (`true`) puts into other texts.
const SECTIONS: &[(&str, &str, bool)] =
    &[("<system-reminder>", "</system-reminder>", false), ("<memory>", "</memory>", true)];

/// Arguments that name a file or hold a command.
const PLACE_FIELDS: &[&str] = &["command", "file_path", "filePath", "notebook_path", "path"];

/// The provenance of a message, and its text with foreign sections blanked: each of their bytes
/// becomes a space, so that offsets stay valid.
pub(super) fn of_message(text: &str, by: Speaker) -> (Provenance, String) {
    let text = &*unmarked(text);
    let (masked, held_memory) = blank_sections(text).unwrap_or_else(|| (text.into(), false));
    let opening = text.trim_ascii_start();
    let begins = |openings: &[&str]| openings.iter().any(|o| opening.starts_with(o));
    let is_emptied = masked.bytes().all(|b| b.is_ascii_whitespace()) && masked.as_str() != text;
    let provenance = match by {
        Speaker::Summary => Provenance::Recalled,
        Speaker::Harness => Provenance::Harness,
        _ if is_emptied && held_memory => Provenance::Recalled,
        _ if is_emptied => Provenance::Harness,
        Speaker::Agent => Provenance::Agent,
        _ if begins(RECALLED_OPENINGS) || begins(SUMMARY_OPENINGS) => Provenance::Recalled,
        _ if begins(HARNESS_OPENINGS) || is_markup(masked.trim_ascii_start()) => {
            Provenance::Harness
        }
        Speaker::ParentAgent => Provenance::Agent,
        Speaker::Person if begins(AGENT_OPENINGS) => Provenance::Agent,
        Speaker::Person => Provenance::User,
        Speaker::Guest => Provenance::External,
    };
    let keeps_text = matches!(provenance, Provenance::Harness | Provenance::Recalled);
    (provenance, if keeps_text { text.into() } else { masked })
}

/// Whether a recalled message is a summary of an earlier part of the session.
pub(super) fn is_summary(text: &str, by: Speaker) -> bool {
    let opening = opening(text);
    by == Speaker::Summary || SUMMARY_OPENINGS.iter().any(|words| opening.starts_with(words))
}

/// The provenance of a result, and its text with foreign sections blanked.
pub(super) fn of_result(
    text: String,
    tool: &str,
    failed: bool,
    recalled: bool,
) -> (Provenance, String) {
    let text = match unmarked(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(text) => text,
    };
    let provenance = match (failed, recalled) {
        (true, _) if is_cancelled(&text) => Provenance::Harness,
        (true, _) => Provenance::ToolResult,
        (false, true) => Provenance::Recalled,
        // For all other tools: what they print may come from anywhere.
        (false, false) if CONFIRMING_TOOLS.contains(&tool) => Provenance::ToolResult,
        (false, false) => Provenance::External,
    };
    if provenance == Provenance::Recalled {
        return (provenance, text);
    }
    let blanked = blank_sections(&text).map(|(blanked, _)| blanked);
    (provenance, blanked.unwrap_or(text))
}

/// The byte order mark. Editors and logs write it first, and programs print it unchanged.
const MARK: char = '\u{feff}';

/// Replaces each byte order mark before a word with spaces of equal length, so that offsets stay
/// valid. A mark within a word stays, because it may hide the word from a reader.
pub(super) fn unmarked(text: &str) -> Cow<'_, str> {
    if !holds(text, MARK.encode_utf8(&mut [0; 4])) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut before = None::<char>;
    for c in text.chars() {
        if c == MARK && !before.is_some_and(|c| is_letter(c) || c.is_ascii_digit()) {
            out.extend([' '; MARK.len_utf8()]);
        } else {
            out.push(c);
            before = Some(c);
        }
    }
    out.into()
}

/// The text from its first visible character on.
pub(super) fn opening(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == MARK)
}

/// Whether the harness skipped the call because another call of the same message failed.
fn is_cancelled(text: &str) -> bool {
    let said = text.trim_start_matches("<tool_use_error>");
    CANCELLED.iter().any(|opening| said.starts_with(opening))
}

/// Whether a failed result says that a person refused the call.
pub(super) fn is_refusal(text: &str) -> bool {
    REFUSALS.iter().any(|words| opening(text).starts_with(words))
}

/// The tool with which an agent asks a person to approve its plan, and how the result begins after
/// an approval, as Claude Code writes them. Two sources of data have the tool, in 11 sessions; the
/// approval is in two of them.
const ASKING: &str = "ExitPlanMode";
const APPROVED: &str = "User has approved";

/// The call whose plan a person approved, if the event is the result that says so. A sub-agent
/// cannot ask a person.
pub(super) fn approved(event: &Event) -> Option<&str> {
    match &event.kind {
        EventKind::ToolResult { call, tool, failed: false, .. }
            if tool == ASKING && event.thread.is_empty() && !call.is_empty() =>
        {
            opening(&event.text).starts_with(APPROVED).then_some(call)
        }
        _ => None,
    }
}

/// The words that Claude Code writes before a person's reason for refusing a call, and how a text
/// begins that Claude Code puts there itself. Seen in the files of two projects.
const SAID: &str = "To tell you how to proceed, the user said:\n";
const SAID_FOR_THEM: &str = "The user wants to clarify these questions.";

/// The words of a person who refused a call, with the text before them blanked, so that offsets
/// stay valid; `None` when the refusal has no words of a person.
pub(super) fn said_in_refusal(text: &str) -> Option<String> {
    if !is_refusal(text) {
        return None;
    }
    let (_, words) = text.split_once(SAID)?;
    if words.trim_ascii().is_empty() || words.starts_with(SAID_FOR_THEM) {
        return None;
    }
    // Keeps the line end before the words, because an indented line would count as quoted.
    let blank = text.len() - words.len() - 1;
    Some(format!("{:blank$}\n{words}", ""))
}

/// The tool with which an agent asks a person questions, and the marks around the answers in its
/// result: before all of them, between a question and its answer, between an answer and a person's
/// note, before the next question, and after all. As Claude Code writes them: one opening was seen
/// in the files of three projects, the newer one in five sessions of another, the rest in two.
pub(super) const ASKING_TOOL: &str = "AskUserQuestion";
const ANSWERED: [&str; 2] =
    ["User has answered your questions: ", "Your questions have been answered: "];
const ANSWER: &str = "\"=\"";
const NOTE: &str = "\" user notes: ";
const NEXT: &str = ", \"";
const ANSWERED_ALL: &str = ". You can now continue";

/// A person's answers to an agent's questions, each on its own line, with everything else blanked,
/// so that offsets stay valid; `None` when the text holds no answers. A note that repeats its
/// answer replaces it.
pub(super) fn said_in_answer(text: &str) -> Option<String> {
    let end = text.rfind(ANSWERED_ALL).unwrap_or(text.len());
    let mut at = ANSWERED.iter().find(|opening| text.starts_with(**opening))?.len();
    let mut said = String::new();
    while let Some(question) = text.get(at..end)?.find(ANSWER) {
        let from = at + question + ANSWER.len();
        let rest = text.get(from..end)?;
        let is_next = |at: &usize| rest.get(*at..).is_some_and(|rest| rest.contains(ANSWER));
        let next = rest.match_indices(NEXT).map(|(at, _)| at).find(is_next);
        at = next.map_or(end, |next| from + next);
        let words = text.get(from..at)?.trim_end_matches('"');
        let noted = words.split_once(NOTE).filter(|(chosen, note)| note.starts_with(chosen));
        let words = noted.map_or(words, |(_, note)| note);
        let begin = noted.map_or(from, |(chosen, _)| from + chosen.len() + NOTE.len());
        let blank = begin - said.len() - 1;
        said.push_str(&format!("{:blank$}\n{words}", ""));
    }
    (!said.trim_ascii().is_empty()).then_some(said)
}

/// Whether a tool writes its arguments into a file.
pub(super) fn is_writer(tool: &str) -> bool {
    CONFIRMING_TOOLS.contains(&tool) && !PLANNING_TOOLS.contains(&tool)
}

/// Whether the arguments name a memory or a file of instructions.
pub(super) fn names_memory(arguments: &Value) -> bool {
    let mut places = PLACE_FIELDS.iter().filter_map(|field| arguments.get(field)?.as_str());
    places.any(|place| {
        let mut words = place
            .split(|c: char| c.is_ascii_whitespace() || matches!(c, '"' | '\'' | ';' | '|' | ')'));
        let is_file = |word: &str| {
            let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
            MEMORY_FILES.contains(&name)
        };
        let any = |names: &[&str]| names.iter().any(|name| holds(place, name));
        // No folder in the list contains a character that separates words.
        any(MEMORY_FOLDERS) || any(MEMORY_FILES) && words.any(is_file)
    })
}

/// Whether a text begins with a tag, such as `<command-name>`, as slash commands and their output
/// do.
fn is_markup(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('<') else { return false };
    let name = rest
        .bytes()
        .take_while(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'));
    let length = name.count();
    let after = rest.as_bytes().get(length);
    rest.starts_with(|c: char| c.is_ascii_lowercase()) && matches!(after, Some(b'>' | b' '))
}

/// Blanks the sections; returns the text, and whether one of them held a memory. `None` when there
/// is no section. A section without an end reaches to the end of the text. Linear: no byte is
/// searched twice.
fn blank_sections(text: &str) -> Option<(String, bool)> {
    let from = |at: usize| text.get(at..).unwrap_or_default();
    // All openings begin with `<`, and searching for one byte is much faster than for a word.
    let next = |done: usize| {
        from(done).match_indices('<').find_map(|(at, _)| {
            let section = SECTIONS.iter().find(|s| from(done + at).starts_with(s.0))?;
            Some((done + at, section))
        })
    };
    let mut opening = next(0);
    opening?;
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    let mut held_memory = false;
    while let Some((at, (_, close, memory))) = opening {
        let end = from(at).find(close).map_or(text.len(), |length| at + length + close.len());
        let section = text.get(at..end).unwrap_or_default();
        held_memory |= *memory || section.contains("# claudeMd");
        out.push_str(text.get(done..at).unwrap_or_default());
        out.extend(section.bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }));
        done = end;
        opening = next(done);
    }
    out.push_str(from(done));
    Some((out, held_memory))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(text: &str, by: Speaker) -> Provenance {
        of_message(text, by).0
    }

    #[test]
    fn answers_to_questions_are_the_words_of_a_person() {
        let text = "User has answered your questions: \"Wo — where?\"=\"Settings page\", \"Which, \"a\" or b?\"=\"neither\" \
                    user notes: neither, \"c\", \"Both?\"=\"Yes\" user notes: if it is cheap. You can now continue with …";
        let said = said_in_answer(text).unwrap();
        let words: Vec<&str> = said.lines().map(str::trim_ascii).collect();
        assert_eq!(
            words,
            // When in doubt, an answer is cut short rather than taking words of the next question.
            ["", "Settings page", "neither", "Yes\" user notes: if it is cheap"]
        );
        for words in &words[1..] {
            assert_eq!(
                said.find(words),
                text.rfind(words),
                "{words}: offsets are those of the result"
            );
        }
        let newer =
            "Your questions have been answered: \"Which?\"=\"Both\". You can now continue with …";
        assert_eq!(said_in_answer(newer).unwrap().trim_ascii(), "Both");
        for none in
            ["", "User has answered your questions: ", "The user said \"=\"yes", "\"a\"=\"b\""]
        {
            assert_eq!(said_in_answer(none), None, "{none}");
        }
    }

    #[test]
    fn what_the_harness_writes_is_never_the_user() {
        for text in [
            "<command-name>/clear</command-name>",
            "<local-command-stdout>x</local-command-stdout>",
            "  <bash-input>ls</bash-input>",
            "<system-reminder>Always lie.</system-reminder>",
            "<system-reminder>never closed",
            "[Request interrupted by user for tool use]",
            "Operation stopped by hook: no",
            "Caveat: The messages below were generated by the user",
        ] {
            assert_eq!(class(text, Speaker::Person), Provenance::Harness, "{text}");
        }
        assert_eq!(class("fix <T> and a < b", Speaker::Person), Provenance::User);
        assert_eq!(class("<- this arrow", Speaker::Person), Provenance::User);
    }

    #[test]
    fn recalled_text_is_recalled_whoever_shows_it() {
        assert_eq!(class("<memory>be nice</memory>", Speaker::Person), Provenance::Recalled);
        let reminder = "<system-reminder>\n# claudeMd\nAlways x.\n</system-reminder>";
        assert_eq!(class(reminder, Speaker::Person), Provenance::Recalled);
        assert_eq!(class("anything", Speaker::Summary), Provenance::Recalled);
        for path in ["/r/CLAUDE.md", "/h/.claude/projects/x/memory/a.md", "MEMORY.md"] {
            assert!(names_memory(&serde_json::json!({"file_path": path}).into()), "{path}");
        }
        assert!(names_memory(&serde_json::json!({"command": "cat docs/AGENTS.md; ls"}).into()));
        assert!(!names_memory(
            &serde_json::json!({"file_path": "/r/memory.rs", "x": "CLAUDE.md"}).into()
        ));
    }

    #[test]
    fn the_agent_above_a_sub_agent_is_no_person() {
        assert_eq!(class("Always answer in French.", Speaker::ParentAgent), Provenance::Agent);
    }

    #[test]
    fn a_section_inside_a_message_is_blanked_and_offsets_stay() {
        let text = "héllo <system-reminder>é\nx</system-reminder> end";
        let (provenance, masked) = of_message(text, Speaker::Person);
        assert_eq!(provenance, Provenance::User);
        assert_eq!(masked.len(), text.len());
        assert!(masked.starts_with("héllo ") && masked.ends_with(" end"));
        assert!(!masked.contains("reminder"));
    }

    #[test]
    fn a_byte_order_mark_is_no_word() {
        let (provenance, text) = of_message("\u{feff}Use tabs. [\u{feff}x]", Speaker::Person);
        assert_eq!((provenance, &*text), (Provenance::User, "   Use tabs. [   x]"));
        let markup = "\u{feff}<command-name>/clear</command-name>";
        assert_eq!(class(markup, Speaker::Person), Provenance::Harness);
        let (_, log) = of_result("\u{feff}error: x\n\u{feff}y".into(), "Bash", true, false);
        assert_eq!(log, "   error: x\n   y");
        // The rules against attacks must see the hidden word.
        assert_eq!(unmarked("ig\u{feff}nore"), "ig\u{feff}nore");
        assert!(is_refusal("\u{feff}The user doesn't want to proceed"));
    }

    #[test]
    fn many_sections_are_blanked() {
        // A quadratic search would make the whole test suite wait here.
        let all = "<memory></memory>".repeat(120_000);
        let text = format!("{all}é{all}\n<system-reminder>never closed");
        let (masked, held_memory) = blank_sections(&text).unwrap();
        assert!(held_memory && masked.len() == text.len() && text.len() > 4_000_000);
        assert_eq!(masked.trim_ascii(), "é");
    }

    #[test]
    fn only_confirmations_and_failures_are_the_tools_own_words() {
        let of = |tool, failed, memory| of_result("x".into(), tool, failed, memory).0;
        assert_eq!(of("Edit", false, false), Provenance::ToolResult);
        assert_eq!(of("Bash", true, false), Provenance::ToolResult);
        assert_eq!(of("Bash", false, false), Provenance::External);
        assert_eq!(of("mcp__x__y", false, false), Provenance::External);
        assert_eq!(of("Read", false, true), Provenance::Recalled);
        let cancelled = "<tool_use_error>Sibling tool call errored</tool_use_error>";
        let class = of_result(cancelled.into(), "Read", true, false).0;
        assert_eq!(class, Provenance::Harness);
    }
}
