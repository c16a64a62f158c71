//! Work that one agent gives to another.

use super::Kept;
use super::calls::{CALL_QUOTE, name};
use super::pin::Seen;
use dreaming_records::notes::HandOff;

/// The hand-offs so far.
#[derive(Debug, Default)]
pub(super) struct HandOffs {
    pub(super) found: Kept<HandOff>,
    /// Their calls, each with its place in the list.
    places: Vec<(String, usize)>,
}

impl HandOffs {
    /// Work is given away.
    pub(super) fn given(&mut self, call: &str, to: &str, seen: &Seen<'_>) {
        let (pin, _) = seen.pin(&(0..seen.event.text.len()), CALL_QUOTE);
        let place = self.found.add(HandOff { to: name(to), failed: None, pin });
        self.places.extend(place.map(|place| (call.into(), place)));
    }

    /// A call or a thread ended; when it carried out a hand-off, that ended with it.
    pub(super) fn ended(&mut self, call: &str, failed: bool) {
        let place = self.places.iter().rfind(|(known, _)| known == call);
        if let Some(hand_off) = place.and_then(|(_, at)| self.found.items.get_mut(*at)) {
            hand_off.failed = Some(failed);
        }
    }
}
