//! Cuts JSON documents into records while they stream in.

use super::frame::{BYTE_ORDER_MARK, Each, Frame, KEYS};
use super::json_walk::{Scan, is_space};

/// Splits JSON documents into frames. Memory holds one record, or the fields beside the records.
///
/// The elements of an array are records. So are those of an array under one of [`KEYS`] in an
/// object; the fields before and behind that array come as [`Frame::Beside`] frames. Any other
/// object is itself a record. Text that is no JSON becomes a frame up to the end of its line, so
/// that documents may follow one another and damage between them costs one line.
#[derive(Debug)]
pub(super) struct Document {
    max: usize,
    scan: Scan,
    /// Line ends so far.
    lines: u64,
    after_return: bool,
    place: Place,
    /// The bytes of the frame so far, unless it is too long.
    open: Vec<u8>,
    too_long: bool,
    /// Line on which the frame begins.
    line: u64,
    /// Whether the outer object has a field before the current one.
    has_fields: bool,
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Between documents.
    Outside,
    /// In a line that is no JSON.
    Junk,
    /// In an outer object. `cut`: its array of records was taken out.
    Object { cut: bool },
    /// Between the records of the array at this depth.
    Records(usize),
    /// In a record of the array at this depth. `nested`: the record is an object or an array.
    Record { base: usize, nested: bool },
}

impl Document {
    /// Splits into records of at most `max` bytes.
    pub(super) fn new(max: usize) -> Self {
        Self {
            max,
            scan: Scan::default(),
            lines: 0,
            after_return: false,
            place: Place::Outside,
            open: Vec::new(),
            too_long: false,
            line: 1,
            has_fields: false,
        }
    }

    /// Takes the next bytes; calls `each` with the line on which each frame begins.
    pub(super) fn push(&mut self, mut bytes: &[u8], each: &mut Each<'_>) {
        while let Some((byte, rest)) = bytes.split_first() {
            let run = self.scan.run(bytes);
            if run > 0 {
                let (text, rest) = bytes.split_at(run);
                self.after_return = false;
                self.keep(text);
                bytes = rest;
            } else {
                self.byte(*byte, each);
                bytes = rest;
            }
        }
    }

    /// Ends the input. A frame that is still open was cut off.
    pub(super) fn finish(&mut self, each: &mut Each<'_>) {
        match self.place {
            Place::Outside | Place::Records(_) => {}
            Place::Object { cut: true } => {
                self.keep(b"}");
                self.end_beside(self.open != b"{}", each);
            }
            Place::Junk | Place::Object { cut: false } | Place::Record { .. } => self.end(each),
        }
    }

    fn byte(&mut self, byte: u8, each: &mut Each<'_>) {
        // `\r\n` is one line end.
        self.lines += u64::from(byte == b'\r' || (byte == b'\n' && !self.after_return));
        self.after_return = byte == b'\r';
        match self.place {
            Place::Outside => self.outside(byte),
            Place::Junk if matches!(byte, b'\n' | b'\r') => {
                self.end(each);
                self.place = Place::Outside;
            }
            Place::Junk => self.keep(&[byte]),
            Place::Object { cut } => self.object(byte, cut, each),
            Place::Records(base) => self.between(byte, base),
            Place::Record { base, nested } => self.record(byte, base, nested, each),
        }
    }

    fn outside(&mut self, byte: u8) {
        // Each of several documents in a row may begin with a byte order mark.
        if is_space(byte) || BYTE_ORDER_MARK.contains(&byte) {
            return;
        }
        self.scan = Scan::default();
        self.begin();
        self.place = match byte {
            b'[' => Place::Records(1),
            b'{' => Place::Object { cut: false },
            _ => Place::Junk,
        };
        match self.place {
            Place::Junk => self.keep(&[byte]),
            Place::Object { .. } => self.step_and_keep(byte),
            _ => self.scan.step(byte),
        }
    }

    fn object(&mut self, byte: u8, cut: bool, each: &mut Each<'_>) {
        if !self.scan.in_string && self.scan.depth == 1 {
            let parts = byte == b',';
            // The comma between the records' array and the next field is dropped with the array.
            if is_space(byte) || cut && parts && self.open == b"{" {
                return;
            }
            self.has_fields |= parts;
            if byte == b'[' && KEYS.iter().any(|key| key.as_bytes() == self.scan.key) {
                self.scan.step(byte);
                self.keep(b"[]}");
                self.end_beside(self.has_fields, each);
                self.place = Place::Records(2);
                return;
            }
        }
        self.step_and_keep(byte);
        if self.scan.depth == 0 {
            if cut {
                self.end_beside(self.open != b"{}", each);
            } else {
                self.end(each);
            }
            self.place = Place::Outside;
        }
    }

    fn between(&mut self, byte: u8, base: usize) {
        if is_space(byte) || byte == b',' {
            return;
        }
        self.scan.step(byte);
        if self.scan.depth < base {
            self.leave(base);
            return;
        }
        self.begin();
        self.keep(&[byte]);
        self.place = Place::Record { base, nested: self.scan.depth > base };
    }

    fn record(&mut self, byte: u8, base: usize, nested: bool, each: &mut Each<'_>) {
        let was_text = self.scan.in_string;
        self.scan.step(byte);
        if nested {
            self.keep(&[byte]);
            if self.scan.depth == base {
                self.end(each);
                self.place = Place::Records(base);
            }
        } else if was_text || !matches!(byte, b',' | b']' | b'}') {
            self.keep(&[byte]);
        } else {
            self.end(each);
            self.place = Place::Records(base);
            if self.scan.depth < base {
                self.leave(base);
            }
        }
    }

    /// Leaves the array of records.
    fn leave(&mut self, base: usize) {
        self.place = if base > 1 { Place::Object { cut: true } } else { Place::Outside };
        self.begin();
        if base > 1 {
            self.open.push(b'{');
        }
    }

    fn begin(&mut self) {
        self.open.clear();
        self.too_long = false;
        self.has_fields = false;
        self.line = self.lines + 1;
    }

    fn step_and_keep(&mut self, byte: u8) {
        self.scan.step(byte);
        self.keep(&[byte]);
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.too_long || self.open.len() + bytes.len() > self.max {
            self.too_long = true;
            self.open = Vec::new();
        } else {
            self.open.extend_from_slice(bytes);
        }
    }

    /// Hands out the fields beside the records, if there are any.
    fn end_beside(&mut self, has_fields: bool, each: &mut Each<'_>) {
        if self.too_long {
            each(self.line, Frame::TooLong);
        } else if has_fields {
            each(self.line, Frame::Beside(&self.open));
        }
        self.open = Vec::new();
        self.too_long = false;
    }

    fn end(&mut self, each: &mut Each<'_>) {
        each(self.line, if self.too_long { Frame::TooLong } else { Frame::Record(&self.open) });
        self.open.clear();
        self.too_long = false;
    }
}

#[cfg(test)]
mod tests;
