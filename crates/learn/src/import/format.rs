//! The formats of transcripts that are known, as one table.

use crate::json::{Map, Unread};

use super::header::Header;
use super::{claude_code, codex, gemini, generic, managed, openai, opencode};
use dreaming_records::session::Event;

/// A format of transcripts.
#[derive(Debug)]
pub(super) struct Format {
    /// Its name, such as `claude-code`.
    pub(super) name: &'static str,
    /// Whether a record is one of this format, by its own fields. No record is one of two formats.
    pub(super) is_record: fn(&Map<'_>) -> bool,
    /// Fields of its records that are long and that nothing is read from.
    pub(super) unread: Unread,
    /// A reader for one part.
    pub(super) reader: fn() -> Box<dyn Reader>,
}

/// Turns the records of one part into events.
pub(super) trait Reader {
    /// The events of the record on line `line`, in its order. Says in `header` what the record tells
    /// about the session, and counts the record there as understood, repeated or unknown.
    fn read(&mut self, record: &Map<'_>, line: u64, header: &mut Header) -> Vec<Event>;

    /// The events of what stands beside the records of a document, such as the id of the session or a
    /// reward. `line` is where it begins. Says in `header` what it tells about the session.
    fn beside(&mut self, _fields: &Map<'_>, _line: u64, _header: &mut Header) -> Vec<Event> {
        Vec::new()
    }

    /// What the end of the part brings: events that only the whole part tells.
    fn finish(&mut self, _header: &mut Header) -> Vec<Event> {
        Vec::new()
    }
}

/// Its type is named, and nothing in it: what it holds would be code for every reader.
impl std::fmt::Debug for dyn Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reader")
    }
}

/// All formats. The first record that one of them knows decides for its part.
const FORMATS: &[Format] = &[
    claude_code::FORMAT,
    codex::FORMAT,
    managed::FORMAT,
    gemini::FORMAT,
    opencode::FORMAT,
    openai::FORMAT,
    generic::FORMAT,
];

/// The format that knows a record.
pub(super) fn of(record: &Map<'_>) -> Option<&'static Format> {
    FORMATS.iter().find(|format| (format.is_record)(record))
}
