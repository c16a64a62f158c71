//! The events of a part, for callers that count them.

use super::dispatch::Dispatch;
use super::frame::Frame;
use super::frames::Frames;
use super::log::Log;
use dreaming_records::policy::{MAX_LINE, Policy};
use dreaming_records::session::Event;

/// Calls `each` with every event that the reader of a part's format gives, and whether the event
/// belongs to a history that the part repeats. Tests and the evaluation compare these events with
/// other readers; a dream uses [`super::PartReader`].
#[doc(hidden)]
pub fn events(bytes: &[u8], each: &mut dyn FnMut(&Event, bool)) {
    let (mut dispatch, mut log) = (Dispatch::default(), Log::default());
    let mut frames = Frames::new(Policy::default().size(&MAX_LINE));
    let mut take = |number, frame: Frame<'_>| {
        dispatch.frame(number, frame, &mut log);
        log.take().iter().for_each(|(speaker, event)| each(event, *speaker > 0));
    };
    frames.push(bytes, &mut take);
    frames.finish(&mut take);
    dispatch.finish(&mut log);
    log.take().iter().for_each(|(speaker, event)| each(event, *speaker > 0));
}
