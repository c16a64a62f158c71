//! From frames to the reader of their format, which the first record that one knows tells.

use crate::json::Map;

use super::format::{self, Format, Reader};
use super::frames::Frame;
use super::header::Header;
use super::{record, side};
use dreaming_records::number::count;
use dreaming_records::session::Event;

/// Objects that wait for the first record that tells the format: what stands beside an array of records,
/// and records that could be of several formats. One or two come; chosen by us.
const MAX_HELD: usize = 16;

/// Reads one part with the reader of its format.
#[derive(Debug, Default)]
pub(super) struct Dispatch {
    known: Option<(&'static Format, Box<dyn Reader>)>,
    /// What came before the format was known: its line, whether it stood beside the records, and the object.
    held: Vec<(u64, bool, Map<'static>)>,
    /// A record said something of the session from beside.
    has_side: bool,
}

impl Dispatch {
    /// The name of the format, once a record told it.
    pub(super) fn format(&self) -> Option<&'static str> {
        let side = self.has_side.then_some(side::NAME);
        self.known.as_ref().map(|(format, _)| format.name).or(side)
    }

    /// The events of a frame.
    pub(super) fn frame(&mut self, line: u64, frame: Frame<'_>, header: &mut Header) -> Vec<Event> {
        let is_beside = matches!(frame, Frame::Beside(_));
        let unread = self.known.as_ref().map_or(&[][..], |(format, _)| format.unread);
        let Some(fields) = record::read(frame, unread, &mut header.account) else {
            return Vec::new();
        };
        if side::is_record(&fields) {
            // Such a line may stand among the records of any format.
            self.has_side = true;
            return side::read(&fields, line, header);
        }
        if self.known.is_none() {
            self.known = format::of(&fields).map(|format| (format, (format.reader)()));
        }
        let Some((_, reader)) = &mut self.known else {
            if self.held.len() < MAX_HELD {
                self.held.push((line, is_beside, fields.into_owned()));
            } else {
                header.account.unknown_type += 1;
            }
            return Vec::new();
        };
        let mut events = Vec::new();
        for (line, is_beside, fields) in std::mem::take(&mut self.held) {
            events.extend(give(reader.as_mut(), &fields, line, is_beside, header));
        }
        events.extend(give(reader.as_mut(), &fields, line, is_beside, header));
        events
    }

    /// What the end of the part brings.
    pub(super) fn finish(&mut self, header: &mut Header) -> Vec<Event> {
        header.account.unknown_type += count(self.held.len());
        self.known.as_mut().map(|(_, reader)| reader.finish(header)).unwrap_or_default()
    }
}

/// Gives an object to the reader.
fn give(
    reader: &mut dyn Reader,
    fields: &Map<'_>,
    line: u64,
    is_beside: bool,
    header: &mut Header,
) -> Vec<Event> {
    if is_beside {
        header.account.understood += 1;
        return reader.beside(fields, line, header);
    }
    reader.read(fields, line, header)
}
