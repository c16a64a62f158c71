//! Splits bytes into records: one per line, or the elements of an array in a document, as the
//! content shows.

use super::frame::{BYTE_ORDER_MARK, Each, KEYS};
use super::json_document::Document;
use super::json_walk::{Scan, is_space};
use super::lines::Lines;

/// Splits the bytes of a part into frames.
#[derive(Debug)]
pub(super) struct Frames {
    max: usize,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The form is not known yet; the bytes so far are held.
    Open {
        held: Vec<u8>,
        probe: Probe,
    },
    Lines(Lines),
    Document(Document),
}

impl Frames {
    /// Splits into frames of at most `max` bytes.
    pub(super) fn new(max: usize) -> Self {
        Self { max, state: State::Open { held: Vec::new(), probe: Probe::default() } }
    }

    /// Takes the next bytes; calls `each` with the line, counted from 1, on which each frame
    /// begins.
    pub(super) fn push(&mut self, bytes: &[u8], each: &mut Each<'_>) {
        let State::Open { held, probe } = &mut self.state else {
            return self.pass(bytes, each);
        };
        held.extend_from_slice(bytes);
        // A line over the limit would be dropped anyway, so reading the bytes as lines loses
        // nothing.
        let too_much = (held.len() > self.max).then_some(Form::Lines);
        if let Some(form) = bytes.iter().find_map(|b| probe.step(*b)).or(too_much) {
            let held = std::mem::take(held);
            self.decide(form, &held, each);
        }
    }

    /// Ends the input.
    pub(super) fn finish(&mut self, each: &mut Each<'_>) {
        if let State::Open { held, .. } = &mut self.state {
            let held = std::mem::take(held);
            self.decide(Form::Lines, &held, each);
        }
        match &mut self.state {
            State::Open { .. } => {}
            State::Lines(lines) => lines.finish(each),
            State::Document(document) => document.finish(each),
        }
    }

    fn decide(&mut self, form: Form, held: &[u8], each: &mut Each<'_>) {
        self.state = match form {
            Form::Lines => State::Lines(Lines::new(self.max)),
            Form::Document => State::Document(Document::new(self.max)),
        };
        self.pass(held, each);
    }

    fn pass(&mut self, bytes: &[u8], each: &mut Each<'_>) {
        match &mut self.state {
            State::Open { .. } => {}
            State::Lines(lines) => lines.push(bytes, each),
            State::Document(document) => document.push(bytes, each),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Lines,
    Document,
}

/// Decides from the first value which form the bytes have.
///
/// They are a document when they are an array that begins with an object, when an array of records
/// opens at the first level, or when a line begins with a key or with the end of an object, as no
/// line of a JSON-lines file does. Everything else is read as lines, because there damage costs
/// only one line.
#[derive(Debug, Default)]
struct Probe {
    scan: Scan,
    /// The last byte outside of strings other than white space.
    before: u8,
    line_ended: bool,
    /// Whether the array of records has just opened.
    opened: bool,
}

impl Probe {
    fn step(&mut self, byte: u8) -> Option<Form> {
        if self.before == 0 && BYTE_ORDER_MARK.contains(&byte) {
            return None;
        }
        if self.scan.in_string {
            self.scan.step(byte);
            return matches!(byte, b'\n' | b'\r').then_some(Form::Lines);
        }
        if is_space(byte) {
            self.line_ended |= self.before != 0 && matches!(byte, b'\n' | b'\r');
            return None;
        }
        let form = self.form(byte);
        self.opened = byte == b'[' && self.scan.depth == 1 && self.before == b':' && {
            KEYS.iter().any(|key| key.as_bytes() == self.scan.key)
        };
        self.scan.step(byte);
        self.before = byte;
        let is_over = self.scan.depth == 0;
        form.or(is_over.then_some(Form::Lines))
    }

    /// The form that the next byte outside of strings shows, if it does.
    fn form(&self, byte: u8) -> Option<Form> {
        let is_first = self.before == b'[' && self.scan.depth == 1;
        match byte {
            b'{' if self.opened || is_first => Some(Form::Document),
            _ if is_first => Some(Form::Lines),
            b'"' if self.line_ended && matches!(self.before, b'{' | b',') => Some(Form::Document),
            b'}' if self.line_ended => Some(Form::Document),
            _ if self.line_ended => Some(Form::Lines),
            _ => None,
        }
    }
}
