//! The description of a transcript format, and the trait for readers of its records.

use crate::json_value::{Map, Unread};

use super::log::{Became, Log};

/// A format of transcripts.
#[derive(Debug)]
pub(super) struct Format {
    /// Its name, such as `claude-code`.
    pub(super) name: &'static str,
    /// Whether a record has this format, by its fields. No record fits two formats.
    pub(super) is_record: fn(&Map<'_>) -> bool,
    /// Long fields of its records that the reader does not use.
    pub(super) unread: Unread,
    /// Makes a reader for one part.
    pub(super) reader: fn() -> Box<dyn Reader>,
}

/// Reads the records of one part.
pub(super) trait Reader {
    /// Pushes the events of the record on line `line`, in order, and notes what it says about the
    /// session. Returns how the record was used.
    fn read(&mut self, record: &Map<'_>, line: u64, log: &mut Log) -> Became;

    /// Reads an object beside the records of a document, such as the id of the session or a reward.
    /// `line` is where the object begins.
    fn beside(&mut self, _fields: &Map<'_>, _line: u64, _log: &mut Log) {}

    /// Pushes what is known only at the end of the part.
    fn finish(&mut self, _log: &mut Log) {}
}

/// Prints only the type's name; deriving would add code to every reader.
impl std::fmt::Debug for dyn Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reader")
    }
}
