//! The text of an event as whoever looked at it saw it. Everything is derived from this text, so what a
//! place counts and quotes is this text too.

use dreaming_records::session::{Event, EventKind};
use dreaming_text::terminal;

/// The text of `event` without what steers a terminal; `None` when it is that already. The arguments of
/// a call are JSON, which spells control characters out.
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
