//! JSON documents that hold their records in an array, cut into the records as they stream.

use super::frames::{Each, Frame, KEYS};
use super::scan::{Scan, is_space};

/// Takes JSON documents apart. Memory holds one record, or what stands beside the records.
///
/// Of an array the elements are records. Of an object with an array under one of [`KEYS`] they
/// are too, and what stands beside the array comes as [`Frame::Beside`], before and after it. Any
/// other object is a record. What is no JSON at all goes as one frame to the end of its line, so that
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
    /// Length of the frame at the last key of the outer object.
    key_at: usize,
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
            key_at: 0,
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
            Place::Object { cut: true } => self.end_beside(each),
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
        if is_space(byte) || b"\xef\xbb\xbf".contains(&byte) {
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
        let was_text = self.scan.in_string();
        if !was_text && self.scan.depth() == 1 {
            if byte == b'"' {
                // The key of a value, or a text value after it: the key is the one before `:`.
                if self.open.last().is_none_or(|last| matches!(last, b'{' | b',')) {
                    self.key_at = self.open.len();
                }
            } else if is_space(byte) {
                self.scan.step(byte);
                return;
            } else if byte == b'[' && self.names_records() {
                self.open.truncate(self.key_at);
                self.scan.step(byte);
                self.end_beside(each);
                self.place = Place::Records(2);
                return;
            }
        }
        self.step_and_keep(byte);
        if self.scan.depth() == 0 {
            if cut {
                self.end_beside(each);
            } else {
                self.end(each);
            }
            self.place = Place::Outside;
        }
    }

    /// Whether an array that opens now is the one of the records.
    fn names_records(&self) -> bool {
        KEYS.iter().any(|key| key.as_bytes() == self.scan.key())
    }

    fn between(&mut self, byte: u8, base: usize) {
        if is_space(byte) || byte == b',' {
            return;
        }
        self.scan.step(byte);
        if self.scan.depth() < base {
            self.leave(base);
            return;
        }
        self.begin();
        self.keep(&[byte]);
        self.place = Place::Record { base, nested: self.scan.depth() > base };
    }

    fn record(&mut self, byte: u8, base: usize, nested: bool, each: &mut Each<'_>) {
        let was_text = self.scan.in_string();
        self.scan.step(byte);
        if nested {
            self.keep(&[byte]);
            if self.scan.depth() == base {
                self.end(each);
                self.place = Place::Records(base);
            }
        } else if was_text || !matches!(byte, b',' | b']' | b'}') {
            self.keep(&[byte]);
        } else {
            self.end(each);
            self.place = Place::Records(base);
            if self.scan.depth() < base {
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
            self.key_at = 1;
        }
    }

    fn begin(&mut self) {
        self.open.clear();
        self.too_long = false;
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

    /// Hands out the fields beside the records, when there are any.
    fn end_beside(&mut self, each: &mut Each<'_>) {
        let fields = self.open.strip_prefix(b"{").unwrap_or(&self.open);
        let is_rest = |b: &u8| matches!(b, b',' | b'}') || is_space(*b);
        if self.too_long {
            each(self.line, Frame::TooLong);
        } else if !fields.iter().all(is_rest) {
            // The comma behind or before the array goes with it.
            let fields = fields.strip_prefix(b",").unwrap_or(fields);
            let fields =
                fields.strip_suffix(b"}").filter(|_| self.scan.depth() == 0).unwrap_or(fields);
            let fields = fields.strip_suffix(b",").unwrap_or(fields);
            each(self.line, Frame::Beside(&[b"{", fields, b"}"].concat()));
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
