//! Decides whether enough of a session was understood to count it as read.

use super::{PartResult, spilled};
use dreaming_records::session::{Account, NotUnderstood};

/// The share of a session's records, in percent, that must have a known type.
///
/// Measured on 277 sessions of six projects with Claude Code, Codex and Gemini CLI: 93 for the
/// lowest, a file of oddities, and 100 for all others, also for every beginning of three lines or
/// more. 79 files from 15 sources that are no transcripts have 0. Four sessions of GitHub Copilot
/// CLI, which the reader of another format took for its own before they had one, had at most 7. Any
/// number in between would do; we chose half.
const LEAST_PERCENT: u64 = 50;

/// Returns the counts when too little of a session's parts was understood: nothing, or less than
/// the share. Damaged lines (cut, too long, no JSON) do not count against a session of which
/// something was understood, since no later version could read them. Results stored in files of
/// their own do not count in its favour. A session without lines counts as understood.
pub fn not_understood(parts: &[PartResult]) -> Option<NotUnderstood> {
    let mut all = Account::default();
    for part in parts.iter().filter(|part| part.notes.format != spilled::FORMAT) {
        all.add(&part.notes.account);
    }
    let understood = all.understood + all.repeated;
    let is_little = understood * 100 < (understood + all.unknown_type) * LEAST_PERCENT;
    let main = parts.iter().find(|part| part.read.name == super::combine::MAIN);
    (all.lines > 0 && (understood == 0 || is_little)).then(|| NotUnderstood {
        lines: all.lines,
        understood,
        looks_like: main.map_or("", |main| main.looks_like).into(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::part;
    use super::super::{detect, looks_like};
    use super::*;

    /// Of a later version, say, whose types of events nobody knows yet.
    const COPILOT: &str = concat!(
        r#"{"type":"run.begun","data":{"producer":"copilot-agent"},"id":"1","timestamp":"2026-02-01T10:00:00Z","parentId":null}"#,
        "\n",
        r#"{"type":"person.said","data":{"content":"Use tabs."},"id":"2","timestamp":"2026-02-01T10:00:01Z","parentId":"1"}"#,
        "\n",
        r#"{"type":"agent.said","data":{"content":"Tabs."},"id":"3","timestamp":"2026-02-01T10:00:02Z","parentId":"2"}"#,
        "\n",
    );
    const KNOWN: &str = "{\"type\":\"user\",\"text\":\"Use tabs.\"}\n";
    const UNKNOWN: &str = "{\"type\":\"status\",\"text\":\"Use tabs.\"}\n";

    fn of(texts: &[(&str, String)]) -> Option<NotUnderstood> {
        let parts: Vec<_> = texts.iter().map(|(name, text)| part(name, text.as_bytes())).collect();
        not_understood(&parts)
    }

    fn counts(text: String) -> Option<(u64, u64, String)> {
        of(&[("main", text)]).map(|why| (why.lines, why.understood, why.looks_like))
    }

    #[test]
    fn a_session_of_an_unknown_program_is_not_understood_and_named() {
        assert_eq!(detect(COPILOT.as_bytes()), None);
        assert_eq!(looks_like(COPILOT.as_bytes()), Some("GitHub Copilot CLI"));
        assert_eq!(counts(COPILOT.into()), Some((3, 0, "GitHub Copilot CLI".into())));
    }

    #[test]
    fn of_a_known_format_half_of_the_records_have_to_be_known() {
        let lines = |known, unknown| KNOWN.repeat(known) + &UNKNOWN.repeat(unknown);
        assert_eq!(counts(lines(5, 5)), None);
        assert_eq!(counts(lines(5, 6)), Some((11, 5, "generic".into())));
        assert_eq!(counts(UNKNOWN.repeat(40) + &lines(40, 0)), None, "wherever they stand");
    }

    #[test]
    fn damage_costs_what_is_damaged_unless_nothing_is_left() {
        assert_eq!(counts(KNOWN.to_owned() + &"no JSON\n".repeat(9)), None);
        assert_eq!(counts(KNOWN.to_owned() + &"[1]\n".repeat(9)), None);
        assert_eq!(counts("\0\u{1}\n".repeat(9)), Some((9, 0, String::new())));
        assert_eq!(counts("{\"type\":".into()), Some((1, 0, String::new())));
    }

    #[test]
    fn a_session_without_a_line_has_nothing_to_understand() {
        assert_eq!(counts(String::new()), None);
        assert_eq!(counts("\n \n".into()), None);
    }

    #[test]
    fn parts_count_together_but_for_what_a_program_printed() {
        let unknown = || ("main", UNKNOWN.repeat(2));
        assert_eq!(of(&[unknown(), ("subagents/a.jsonl", KNOWN.repeat(2))]), None);
        let printed = ("tool-results/b.txt", "a line\n".repeat(9));
        assert_eq!(
            of(&[unknown(), printed.clone()]).map(|why| (why.lines, why.understood)),
            Some((2, 0))
        );
        assert_eq!(of(&[printed]), None);
        let side = "{\"format\":\"dreaming.session/1\",\"agent\":\"a\"}";
        assert_eq!(of(&[("outcome", side.into())]), None);
        assert_eq!(of(&[unknown(), ("outcome", side.into())]).map(|why| why.understood), Some(1));
    }

    #[test]
    fn records_that_were_read_before_were_understood() {
        let line = "{\"type\":\"user\",\"uuid\":\"u\",\"sessionId\":\"s\",\"message\":{\"content\":\"x\"}}\n";
        assert_eq!(counts(line.repeat(3) + &UNKNOWN.repeat(3)), None);
    }
}
