//! A frame: the bytes of one record of a part, or of an object beside the records.

/// The keys under which formats keep their records: `messages` (Gemini CLI, chats of OpenAI's
/// form), `traj` and `trajectory` (runs of benchmarks), `events` and `data` (lists of managed
/// agents, whole and by the page), `items` (conversations of the Responses API), `requests` (chats
/// of VS Code).
pub(super) const KEYS: &[&str] =
    &["data", "events", "items", "messages", "requests", "traj", "trajectory"];

/// The UTF-8 byte order mark, which some programs write before a text.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A frame, as framing finds it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame<'a> {
    /// The bytes of a record: a line without its end, or an element.
    Record(&'a [u8]),
    /// The bytes of an object that stands beside the records.
    Beside(&'a [u8]),
    /// A record or object over the limit; its bytes were dropped.
    TooLong,
}

/// Takes each frame with the line on which it begins, counted from 1. A `dyn` type, so that the
/// framing code is compiled once.
pub(super) type Each<'a> = dyn FnMut(u64, Frame<'_>) + 'a;
