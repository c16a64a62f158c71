//! A frame: the bytes of one record of a part, or of what stands beside the records.

/// The keys under which formats keep their records: `messages` (Gemini CLI, chats of OpenAI's form),
/// `traj` and `trajectory` (runs of benchmarks), `events` and `data` (lists of managed agents, whole
/// and by the page), `items` (conversations of the Responses API).
pub(super) const KEYS: &[&str] = &["data", "events", "items", "messages", "traj", "trajectory"];

/// What some programs write before a text.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What framing finds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame<'a> {
    /// The bytes of a record: a line without its end, or an element.
    Record(&'a [u8]),
    /// An object of what stands beside the records.
    Beside(&'a [u8]),
    /// Either of them was over the limit; its bytes were not kept.
    TooLong,
}

/// Takes each frame with the line on which it begins, counted from 1. One type for all who read frames, so that
/// the framing is there once.
pub(super) type Each<'a> = dyn FnMut(u64, Frame<'_>) + 'a;
