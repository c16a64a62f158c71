//! Passes frames to the reader of their format. The first record that a format recognises decides
//! which.

use crate::json_value::Map;

use super::format::{Format, Reader};
use super::formats;
use super::frame::Frame;
use super::log::{Became, Log};
use super::{foreign, record, side};

/// Objects that wait until the format is known: those beside an array of records, and records that
/// several formats could have. Chosen by us: in practice one or two wait.
const MAX_HELD: usize = 16;

/// Reads one part with the reader of its format.
#[derive(Debug, Default)]
pub(super) struct Dispatch {
    known: Option<(&'static Format, Box<dyn Reader>)>,
    /// The objects before the format was known: line, whether it stood beside the records, fields.
    held: Vec<(u64, bool, Map<'static>)>,
    /// Whether a side record was read.
    has_side: bool,
}

impl Dispatch {
    /// The name of the format, once it is known.
    pub(super) fn format(&self) -> Option<&'static str> {
        let side = self.has_side.then_some(side::NAME);
        self.known.as_ref().map(|(format, _)| format.name).or(side)
    }

    /// The name of the format, else a guess from the waiting records; empty when there is none.
    pub(super) fn looks_like(&self) -> &'static str {
        let known = self.known.as_ref().map(|(format, _)| format.name);
        known
            .or_else(|| self.held.iter().find_map(|(.., record)| foreign::name(record)))
            .unwrap_or_default()
    }

    /// Reads a frame.
    pub(super) fn frame(&mut self, line: u64, frame: Frame<'_>, log: &mut Log) {
        let is_beside = matches!(frame, Frame::Beside(_));
        let unread = self.known.as_ref().map_or(&[][..], |(format, _)| format.unread);
        let Some(fields) = record::read(frame, unread, &mut log.header.account) else { return };
        if side::is_record(&fields) {
            // A side record may stand among the records of any format.
            self.has_side = true;
            return side::read(&fields, line, log);
        }
        if self.known.is_none() {
            self.known = formats::of(&fields).map(|format| (format, (format.reader)()));
        }
        let Some((_, reader)) = &mut self.known else {
            if self.held.len() < MAX_HELD {
                self.held.push((line, is_beside, fields.into_owned()));
            } else {
                log.count(Became::Unknown);
            }
            return;
        };
        for (line, is_beside, fields) in std::mem::take(&mut self.held) {
            give(reader.as_mut(), &fields, line, is_beside, log);
        }
        give(reader.as_mut(), &fields, line, is_beside, log);
    }

    /// Ends the part.
    pub(super) fn finish(&mut self, log: &mut Log) {
        self.held.iter().for_each(|_| log.count(Became::Unknown));
        if let Some((_, reader)) = &mut self.known {
            reader.finish(log);
        }
    }
}

/// Passes an object to the reader.
fn give(reader: &mut dyn Reader, fields: &Map<'_>, line: u64, is_beside: bool, log: &mut Log) {
    let became = if is_beside {
        reader.beside(fields, line, log);
        Became::Understood
    } else {
        reader.read(fields, line, log)
    };
    log.count(became);
}
