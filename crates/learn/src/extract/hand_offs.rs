//! Work that one agent gives to another.

use super::calls::CALL_QUOTE;
use super::keep;
use super::names::name;
use super::pin::Seen;
use dreaming_records::notes::{HandOff, SessionNotes};

/// The calls that handed work to another agent, each with its position in the notes.
#[derive(Debug, Default)]
pub(super) struct HandOffs(Vec<(String, usize)>);

impl HandOffs {
    /// Notes a hand-off.
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

    /// A call or thread ended: notes whether the hand-off that it carried out, if any, has failed.
    pub(super) fn ended(&self, call: &str, failed: bool, notes: &mut SessionNotes) {
        let place = self.0.iter().rfind(|(known, _)| known == call);
        if let Some(hand_off) = place.and_then(|(_, at)| notes.hand_offs.get_mut(*at)) {
            hand_off.failed = Some(failed);
        }
    }
}
