//! JSON documents that hold their records in an array, cut into the records as they stream.

use super::frame::{BYTE_ORDER_MARK, Each, Frame, KEYS};
use super::scan::{Scan, is_space};

/// Takes JSON documents apart. Memory holds one record, or what stands beside the records.
///
/// Of an array the elements are records. Of an object with an array under one of [`KEYS`] they
/// are too, and what stands beside the array comes as [`Frame::Beside`], before it, with an empty array, and after
/// it. Any other object is a record. What is no JSON at all goes as one frame to the end of its line, so that
/// documents may follow one another and damage between them costs one line.
#[derive(Debug)]
pub(super) struct Document {
    max: usize,
    scan: Scan,
    /// Lines that ended so far.
    lines: u64,
    after_return: bool,
    place: Place,
    /// The frame so far, unless it is too long.
    open: Vec<u8>,
    too_long: bool,
    /// Line on which the frame begins.
    line: u64,
    /// The outer object has a field before the one that it is in.
    has_fields: bool,
}

/// Where in a document the next byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Between documents.
    Outside,
    /// In a line that is no JSON.
    Junk,
    /// In an outer object. `cut`: its records were taken out of it.
    Object { cut: bool },
    /// In the array of the records, between them. It lies at this depth.
    Records(usize),
    /// In a record of the array at this depth. `nested`: it is an object or an array.
    Record { base: usize, nested: bool },
}

impl Document {
    /// For records of at most `max` bytes.
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

    /// Ends the input. What is still open was cut.
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
        // A byte order mark stands before a document, also before one that was put behind another.
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
            // Behind the records, the comma that parts them from what follows goes with them.
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

    /// Leaves the array of the records.
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

    /// Hands out the object beside the records, of which these are left out, when it has other fields.
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
