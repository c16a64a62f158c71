//! The events of a part, for whoever counts them.

use super::dispatch::Dispatch;
use super::frames::{Frame, Frames};
use super::header::Header;
use dreaming_records::policy::{MAX_LINE, Policy};
use dreaming_records::session::Event;

/// Calls `each` with every event of a part, as the reader of its format gives it, and whether the event is of a
/// history that the part repeats. What tests and the evaluation hold against other readers; a dream counts in
/// [`super::PartReader`].
#[doc(hidden)]
pub fn events(bytes: &[u8], each: &mut dyn FnMut(&Event, bool)) {
    let (mut dispatch, mut header) = (Dispatch::default(), Header::default());
    let mut frames = Frames::new(Policy::default().size(&MAX_LINE));
    let mut take = |number, frame: Frame<'_>| {
        let before = header.speaker();
        let events = dispatch.frame(number, frame, &mut header);
        let now = header.speaker();
        for event in events {
            // A history ends with a record, and with it the calls end that were made in it.
            each(&event, if event.line < number { before } else { now } > 0);
        }
    };
    frames.push(bytes, &mut take);
    frames.finish(&mut take);
    for event in dispatch.finish(&mut header) {
        each(&event, header.speaker() > 0);
    }
}
