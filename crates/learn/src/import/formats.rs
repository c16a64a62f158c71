//! The table of known transcript formats.

use crate::json_value::Map;

use super::format::Format;
use super::{
    claude_code, cline, codex, copilot, copilot_chat, droid, gemini, generic, goose, kiro, managed,
    openai, opencode, openhands, pi, qwen,
};

/// All formats. The first record that one of them recognises decides for the part.
const FORMATS: &[Format] = &[
    claude_code::FORMAT,
    qwen::FORMAT,
    cline::FORMAT,
    codex::FORMAT,
    copilot::FORMAT,
    copilot_chat::FORMAT,
    droid::FORMAT,
    managed::FORMAT,
    gemini::FORMAT,
    kiro::FORMAT,
    opencode::FORMAT,
    goose::FORMAT,
    openhands::FORMAT,
    openai::FORMAT,
    pi::FORMAT,
    generic::FORMAT,
];

/// The format that recognises a record.
pub(super) fn of(record: &Map<'_>) -> Option<&'static Format> {
    FORMATS.iter().find(|format| (format.is_record)(record))
}
