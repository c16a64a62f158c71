//! The table of known transcript formats.

use crate::json_value::Map;

use super::format::Format;
use super::{
    claude_code, codex, copilot, gemini, generic, goose, managed, openai, opencode, openhands,
};

/// All formats. The first record that one of them recognises decides for the part.
const FORMATS: &[Format] = &[
    claude_code::FORMAT,
    codex::FORMAT,
    copilot::FORMAT,
    managed::FORMAT,
    gemini::FORMAT,
    opencode::FORMAT,
    goose::FORMAT,
    openhands::FORMAT,
    openai::FORMAT,
    generic::FORMAT,
];

/// The format that recognises a record.
pub(super) fn of(record: &Map<'_>) -> Option<&'static Format> {
    FORMATS.iter().find(|format| (format.is_record)(record))
}
