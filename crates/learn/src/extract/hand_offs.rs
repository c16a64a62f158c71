//! Work that one agent gives to another.

use super::calls::CALL_QUOTE;
use super::keep;
use super::names::name;
use super::pin::Seen;
use dreaming_records::notes::{HandOff, SessionNotes};

/// The calls of the hand-offs so far, each with its place in the list.
#[derive(Debug, Default)]
pub(super) struct HandOffs(Vec<(String, usize)>);

impl HandOffs {
    /// Work is given away.
    pub(super) fn given(
        &mut self,
        call: &str,
        to: &str,
        seen: &Seen<'_>,
        notes: &mut SessionNotes,
    ) {
        let (pin, _) = seen.pin(&(0..seen.event.text.len()), CALL_QUOTE);
        let found = HandOff { to: name(to), failed: None, pin };
        let place = keep(found, &mut notes.hand_offs, &mut notes.dropped);
        self.0.extend(place.map(|place| (call.into(), place)));
    }

    /// A call or a thread ended; when it carried out a hand-off, that ended with it.
    pub(super) fn ended(&self, call: &str, failed: bool, notes: &mut SessionNotes) {
        let place = self.0.iter().rfind(|(known, _)| known == call);
        if let Some(hand_off) = place.and_then(|(_, at)| notes.hand_offs.get_mut(*at)) {
            hand_off.failed = Some(failed);
        }
    }
}
