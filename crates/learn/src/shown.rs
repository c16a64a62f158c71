//! The text of an event as it looked on screen. Everything is derived from this text; byte
//! positions and quotes of places refer to it.

use dreaming_records::session::{Event, EventKind};
use dreaming_text::terminal;

/// The text of `event` without terminal control codes; `None` when it has none. Arguments of calls
/// are left alone: they are JSON, which escapes control characters.
pub(crate) fn of(event: &Event) -> Option<String> {
    match event.kind {
        EventKind::ToolUse { .. } | EventKind::Outcome(_) => None,
        EventKind::ToolResult { .. } => terminal::shown(&event.text, true),
        EventKind::Message
        | EventKind::Plan
        | EventKind::Summary
        | EventKind::HandOff { .. }
        | EventKind::HandOffEnd { .. } => terminal::shown(&event.text, false),
    }
}
