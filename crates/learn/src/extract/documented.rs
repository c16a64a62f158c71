//! The steps that project documents name, where the agent was shown these documents or reads them
//! by itself. Such steps need no memory.

use super::calls::Call;
use super::chain::Chain;
use super::names::name;
use super::note;
use super::pin::Seen;
use crate::step;
use dreaming_records::session::Event;
use dreaming_text::cut;

/// Most steps of one part. Chosen by us: a project has a few dozen tasks.
const MAX_STEPS: usize = 64;

/// Bytes read of a document: the size of the largest memory.
const MAX_TEXT: usize = 102_400;

/// Longest line that may be a command, in bytes.
const MAX_LINE: usize = 400;

/// How names of documents end.
const ENDINGS: [&str; 4] = [".md", ".mdc", ".txt", ".rst"];

/// Arguments of writing tools that hold the new or the old text.
const TEXT_FIELDS: [&str; 4] = ["content", "new_string", "newString", "old_string"];

/// The steps that a text names.
pub(crate) fn steps_of(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    shown(text, &mut found);
    found
}

/// For a call that showed a file: if the file is a document, adds the steps that it names to
/// `found`.
pub(super) fn read(call: &Call, result: &Event, found: &mut Vec<String>) {
    let is_document =
        |path: &String| ENDINGS.iter().any(|end| path.to_ascii_lowercase().ends_with(end));
    if call.path.as_ref().is_some_and(is_document) {
        shown(&result.text, found);
    }
}

/// For a call that wrote a memory: adds the steps that the new and the old text name to `found`.
pub(super) fn written(seen: &Seen<'_>, found: &mut Vec<String>) {
    for (text, _) in TEXT_FIELDS.iter().filter_map(|name| seen.field(name)) {
        shown(&text, found);
    }
}

/// Adds the steps that a document names to `found`: in its code spans, and in the lines of its code
/// blocks.
pub(super) fn shown(text: &str, found: &mut Vec<String>) {
    let mut is_code = false;
    for line in cut(text, MAX_TEXT).lines().filter(|line| line.len() <= MAX_LINE) {
        let plain = line.trim_start_matches(|c: char| {
            c.is_ascii_whitespace() || c.is_ascii_digit() || c == '→'
        });
        if plain.starts_with("```") {
            is_code = !is_code;
        } else if is_code {
            add(plain.trim_start_matches("$ "), found);
        } else {
            line.split('`').skip(1).step_by(2).for_each(|span| add(span, found));
        }
    }
}

fn add(line: &str, found: &mut Vec<String>) {
    let line = Chain::of(line);
    let own = line.ran().filter(|ran| step::is_own(ran));
    own.for_each(|ran| note(name(ran), found, MAX_STEPS));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_in_code_are_documented_and_words_and_common_tools_are_not() {
        let mut found = Vec::new();
        shown(
            "# Work\n\nRun `mise run fmt` and make lint, then `git add`.\n\n     7→```bash\n     8→make db-up && npm run seed # x\n     9→```\n",
            &mut found,
        );
        assert_eq!(found, ["mise run fmt", "make db-up", "npm run seed"]);
    }
}
