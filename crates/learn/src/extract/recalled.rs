//! Which statements of memories were shown to the agent.

use super::note;
use dreaming_records::key::key;
use dreaming_records::session::Event;
use dreaming_shield::redact::redact;
use dreaming_text::markdown::{Form, pieces, unmarked};
use dreaming_text::{cut, unicode};

/// Most statements kept of a part. Chosen by us: with keys of full length they take an eighth of
/// the notes.
const MAX_SHOWN: usize = 64;

/// Bytes read of a text: the size of the largest memory.
const MAX_TEXT: usize = 102_400;

/// Adds the keys of the statements that a text shows from memories.
pub(super) fn shown(event: &Event, found: &mut Vec<String>) {
    if found.len() >= MAX_SHOWN {
        return;
    }
    let lines: Vec<&str> = cut(&event.text, MAX_TEXT).lines().map(without_number).collect();
    let markdown: String = lines.iter().flat_map(|line| [*line, "\n"]).collect();
    // First as entries are read, then line by line, for texts that list statements without the
    // marks that separate entries.
    let said = pieces(&markdown).into_iter().filter(|piece| piece.form != Form::Code);
    let statements = said.map(|piece| piece.text);
    let single = lines.iter().filter(|line| is_statement(line));
    for statement in statements.chain(single.map(|line| unmarked(line).into())) {
        if found.len() < MAX_SHOWN {
            note(key(&redact(&statement).text), found, MAX_SHOWN);
        }
    }
}

/// A line without the number that file-reading tools put in front. A line with a tag becomes empty:
/// Markdown would treat the lines below it as HTML.
fn without_number(line: &str) -> &str {
    let text = line.trim_ascii_start();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let after = text.get(digits..).unwrap_or_default();
    let numbered = after.strip_prefix('→').or_else(|| after.strip_prefix('\t'));
    let line = numbered.filter(|_| digits > 0).unwrap_or(line);
    let trimmed = line.trim_ascii();
    if trimmed.starts_with('<') && trimmed.ends_with('>') { "" } else { line }
}

/// Whether a line can be a statement: words, and no heading.
fn is_statement(line: &str) -> bool {
    let text = line.trim_ascii();
    !text.starts_with('#')
        && text.split_ascii_whitespace().count() > 1
        && text.chars().any(unicode::is_letter)
}
