//! What a format of transcripts is, and what reads its records.

use crate::json::{Map, Unread};

use super::log::{Became, Log};

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

/// Tells what the records of one part say.
pub(super) trait Reader {
    /// Tells the events of the record on line `line`, in its order, and what it says about the session. Returns
    /// what became of it.
    fn read(&mut self, record: &Map<'_>, line: u64, log: &mut Log) -> Became;

    /// Tells what stands beside the records of a document, such as the id of the session or a reward. `line` is
    /// where it begins.
    fn beside(&mut self, _fields: &Map<'_>, _line: u64, _log: &mut Log) {}

    /// Tells what only the whole part tells, at its end.
    fn finish(&mut self, _log: &mut Log) {}
}

/// Its type is named, and nothing in it: what it holds would be code for every reader.
impl std::fmt::Debug for dyn Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reader")
    }
}
