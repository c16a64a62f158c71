//! Work that one agent gives to another.

use std::collections::BTreeMap;

use super::calls::{CALL_QUOTE, name};
use super::keep;
use super::pin::Seen;
use dreaming_records::notes::HandOff;

/// The hand-offs so far.
#[derive(Debug, Default)]
pub(super) struct HandOffs {
    pub(super) found: Vec<HandOff>,
    pub(super) left_out: u64,
    /// Places in the list, by call.
    places: BTreeMap<String, usize>,
}

impl HandOffs {
    /// Work is given away.
    pub(super) fn given(&mut self, call: &str, to: &str, seen: &Seen<'_>) {
        let (pin, _) = seen.pin(&(0..seen.event.text.len()), CALL_QUOTE);
        let place = self.found.len();
        let hand_off = HandOff { to: name(to), failed: None, pin };
        keep(&mut self.found, &mut self.left_out, hand_off);
        if place < self.found.len() {
            self.places.insert(call.into(), place);
        }
    }

    /// A call or a thread ended; when it carried out a hand-off, that ended with it.
    pub(super) fn ended(&mut self, call: &str, failed: bool) {
        let place = self.places.get(call).copied();
        if let Some(hand_off) = place.and_then(|at| self.found.get_mut(at)) {
            hand_off.failed = Some(failed);
        }
    }
}
