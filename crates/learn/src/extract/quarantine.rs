//! Text of tools and pages that gives orders or hides characters.

use super::pin::{Seen, range_in};
use dreaming_records::evidence::MAX_QUOTE;
use dreaming_records::notes::Quarantined;
use dreaming_shield::attack;
use dreaming_text::cut;
use dreaming_text::unicode::hiding;

/// Pieces kept of a part. Chosen by us: one is enough to warn, a few more show where.
const MAX_PIECES: usize = 8;

/// Looks at a text whose author may not give orders.
pub(super) fn look(seen: &Seen<'_>, found: &mut Vec<Quarantined>) {
    let text = &seen.event.text;
    if found.len() >= MAX_PIECES {
        return;
    }
    if let Some(at) = attack::order(text) {
        add("instruction-like", at, seen, found);
    }
    if let Some(at) = hiding(text) {
        add("hidden-characters", at, seen, found);
    }
}

/// Keeps the line around `at`, from `at` on when the line is long.
fn add(reason: &str, at: usize, seen: &Seen<'_>, found: &mut Vec<Quarantined>) {
    let text = &seen.event.text;
    let (before, after) = text.split_at(at);
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let start = if at - start > MAX_QUOTE / 2 { at } else { start };
    let length = after.find('\n').unwrap_or(after.len());
    let line = cut(text.get(start..at + length).unwrap_or_default(), MAX_QUOTE).trim_ascii();
    let Some(range) = range_in(text, line).filter(|range| !range.is_empty()) else { return };
    let (pin, _) = seen.pin(&range, MAX_QUOTE);
    let again = found.iter().any(|q| q.pin.quote_digest == pin.quote_digest);
    if !again && found.len() < MAX_PIECES {
        found.push(Quarantined { reason: reason.into(), pin });
    }
}
