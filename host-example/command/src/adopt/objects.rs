//! The export of another store, cut into its objects as it streams.
//!
//! The objects are the elements of an array, or of an array under one of [`KEYS`] in a document, or
//! they follow one another, for example one per line. The grammar is not checked here: damage costs
//! only the object in which it stands. One object is held in memory at a time, never the whole
//! document.

use std::io::{self, BufRead, Bytes};

/// The keys under which exports keep their entries, as vector and graph stores name them.
const KEYS: [&[u8]; 9] = [
    b"data",
    b"entries",
    b"facts",
    b"items",
    b"memories",
    b"nodes",
    b"points",
    b"records",
    b"results",
];

/// One piece of an export.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// The bytes of an object, or of another value in its place.
    Object(&'a [u8]),
    /// Fields of a document that stand beside its array of objects.
    Beside,
    /// An object over the limit; its bytes were not kept.
    TooLong,
}

/// Cuts an export into objects.
#[derive(Debug)]
pub struct Objects<R> {
    bytes: Bytes<R>,
    /// The next byte, when it was peeked at and not taken.
    ahead: Option<u8>,
    max: usize,
    place: Place,
    /// Whether the top level has shown an object without an array of objects. Then the export is a
    /// series, and each later object is an entry, whatever it holds.
    is_series: bool,
    piece: Vec<u8>,
    too_long: bool,
    /// The beginning of the string that was read last, to compare with [`KEYS`].
    text: Vec<u8>,
}

/// Where the next byte stands.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// Outside of everything.
    Top,
    /// Between the objects of an array. `inside`: the array stands in a document.
    List { inside: bool },
    /// In a document, after its array.
    Document,
}

/// Most brackets that may be open: the limit of `serde_json`, which refuses deeper JSON.
const DEPTH: usize = 128;

/// Where a value ends.
enum End {
    /// At its closing bracket, or where damage or the end of the input cuts it off.
    Whole,
    /// At the beginning of its array of objects; the number counts the fields before that array.
    List(u64),
}

impl<R: BufRead> Objects<R> {
    /// Reads `input`; an object may have `max` bytes.
    pub fn new(input: R, max: usize) -> Self {
        Self {
            bytes: input.bytes(),
            ahead: None,
            max,
            place: Place::Top,
            is_series: false,
            piece: Vec::new(),
            too_long: false,
            text: Vec::new(),
        }
    }

    /// The next object; `None` at the end.
    ///
    /// # Errors
    /// Errors of reading the input.
    pub fn next(&mut self) -> io::Result<Option<Found<'_>>> {
        loop {
            self.piece.clear();
            self.too_long = false;
            let byte = self.visible()?;
            let is_beside = match (self.place, byte) {
                (Place::Document, _) => {
                    let end = self.value(vec![b'{'], true)?;
                    self.leave(&end) > 0
                }
                (_, None) => return Ok(None),
                (Place::Top, Some(b'[')) => {
                    self.take()?;
                    self.place = Place::List { inside: false };
                    false
                }
                (Place::List { inside }, Some(b']')) => {
                    self.take()?;
                    self.place = if inside { Place::Document } else { Place::Top };
                    false
                }
                (Place::Top, Some(b'{')) => {
                    let end = self.value(Vec::new(), !self.is_series)?;
                    if let End::Whole = end {
                        self.is_series = true;
                        return Ok(Some(self.found()));
                    }
                    self.leave(&end) > 0
                }
                (Place::List { .. }, Some(b'{' | b'[')) => {
                    self.value(Vec::new(), false)?;
                    return Ok(Some(self.found()));
                }
                // Skips commas, brackets that damage left over, and byte order marks, also those of
                // a second file that was appended.
                (_, Some(b',' | b'}' | b']' | 0xef | 0xbb | 0xbf)) => {
                    self.take()?;
                    false
                }
                (place, Some(_)) => {
                    self.other(matches!(place, Place::Top))?;
                    return Ok(Some(self.found()));
                }
            };
            if is_beside {
                return Ok(Some(Found::Beside));
            }
        }
    }

    /// Sets the place from which reading goes on: in the array of a document, or after the
    /// document. Returns how many fields stand beside the array.
    fn leave(&mut self, end: &End) -> u64 {
        match *end {
            End::List(fields) => {
                self.place = Place::List { inside: true };
                fields
            }
            End::Whole => {
                self.place = Place::Top;
                u64::from(self.piece.contains(&b':'))
            }
        }
    }

    fn found(&self) -> Found<'_> {
        if self.too_long { Found::TooLong } else { Found::Object(&self.piece) }
    }

    /// Reads a value, or the rest of one whose brackets `open` were read before. `may_hold`: the
    /// value may be a document with an array of objects.
    fn value(&mut self, mut open: Vec<u8>, may_hold: bool) -> io::Result<End> {
        let mut before = open.last().map_or(0, |_| b']');
        let mut fields = 0;
        while let Some(byte) = self.peek()? {
            let may_open = matches!((before, open.last()), (b':' | b'[', _) | (b',', Some(b'[')));
            // An object cannot begin here, so the open one is damaged and a new object begins.
            if byte == b'{' && !open.is_empty() && !may_open {
                break;
            }
            self.take()?;
            let is_field = may_hold && open == [b'{'] && before == b':';
            if byte == b'['
                && is_field
                && KEYS.contains(&&*self.text)
                && self.visible()? == Some(b'{')
            {
                return Ok(End::List(fields - 1));
            }
            self.keep(byte);
            match byte {
                b'"' => self.string()?,
                // No reader of JSON goes deeper, so this is damage.
                b'{' | b'[' if open.len() == DEPTH => break,
                b'{' | b'[' => open.push(byte),
                b'}' | b']' => {
                    open.pop();
                    if open.is_empty() {
                        break;
                    }
                }
                b':' if open == [b'{'] => fields += 1,
                _ => {}
            }
            if !byte.is_ascii_whitespace() {
                before = byte;
            }
        }
        Ok(End::Whole)
    }

    /// Reads the rest of a string. It ends at the line end at the latest: a JSON string holds none,
    /// and so a missing quote damages only its own line.
    fn string(&mut self) -> io::Result<()> {
        /// Longer than any of [`KEYS`].
        const LONGEST: usize = 16;
        self.text.clear();
        let mut is_escaped = false;
        while let Some(byte) = self.peek()?.filter(|byte| !matches!(byte, b'\n' | b'\r')) {
            self.take()?;
            self.keep(byte);
            if byte == b'"' && !is_escaped {
                break;
            }
            is_escaped = byte == b'\\' && !is_escaped;
            if self.text.len() < LONGEST {
                self.text.push(byte);
            }
        }
        Ok(())
    }

    /// Reads a value that is no object: to the end of the line, or within an array to the next
    /// element.
    fn other(&mut self, is_line: bool) -> io::Result<()> {
        while let Some(byte) = self.peek()? {
            let is_end = match is_line {
                true => matches!(byte, b'\n' | b'\r'),
                false => matches!(byte, b',' | b'{' | b'}' | b'[' | b']'),
            };
            if is_end {
                break;
            }
            self.take()?;
            self.keep(byte);
            if byte == b'"' && !is_line {
                self.string()?;
            }
        }
        Ok(())
    }

    fn keep(&mut self, byte: u8) {
        if self.piece.len() < self.max {
            self.piece.push(byte);
        } else {
            self.too_long = true;
        }
    }

    /// Skips white space and peeks at the next byte.
    fn visible(&mut self) -> io::Result<Option<u8>> {
        while self.peek()?.is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.take()?;
        }
        self.peek()
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        if self.ahead.is_none() {
            self.ahead = self.bytes.next().transpose()?;
        }
        Ok(self.ahead)
    }

    fn take(&mut self) -> io::Result<()> {
        self.peek()?;
        self.ahead = None;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The objects that are found, with `+` for [`Found::Beside`] and `!` for [`Found::TooLong`].
    fn found(text: &str) -> Vec<String> {
        let mut objects = Objects::new(text.as_bytes(), 64);
        let mut all = Vec::new();
        while let Some(found) = objects.next().unwrap() {
            all.push(match found {
                Found::Object(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
                Found::Beside => "+".into(),
                Found::TooLong => "!".into(),
            });
        }
        all
    }

    const A: &str = r#"{"id":1,"text":"a]}\"{","x":[{"data":[{}]}]}"#;
    const B: &str = r#"{"text":"b"}"#;

    #[test]
    fn arrays_documents_and_lines_hold_the_same_objects() {
        for text in [
            format!("[{A},{B}]"),
            format!("{A}\n{B}\n"),
            format!("\u{feff}{A}\r\n\r\n{B}"),
            format!("{{\"memories\": [{A},\n {B}]}}"),
            format!("{{\"results\":[{A}]}}\n{{\"results\":[{B}]}}"),
            format!("[\n{A}\n,\n{B}\n]\n"),
        ] {
            assert_eq!(found(&text), [A, B], "{text}");
        }
    }

    #[test]
    fn fields_beside_an_array_are_told_before_and_behind_it() {
        assert_eq!(
            found(&format!("{{\"total\":1,\"nodes\":[{A}],\"edges\":[{B}]}}")),
            ["+", A, "+"]
        );
        assert_eq!(found(&format!("{{\"nodes\":[{A}],\"facts\":[{B}]}}")), [A, B]);
        // An array of other values is an ordinary field.
        let vector = r#"{"text":"c","data":[0.5,1]}"#;
        assert_eq!(found(&format!("{vector}\n{B}")), [vector, B]);
        // Once a line was an entry, a later line that holds an array of objects is an entry too.
        let holder = r#"{"text":"d","items":[{"text":"e"}]}"#;
        assert_eq!(found(&format!("{B}\n{holder}")), [B, holder]);
    }

    #[test]
    fn damage_costs_the_object_that_it_is_in() {
        for (damaged, lost) in [
            (r#"{"text":"x"#, 1),
            (r#"{"text":x", "y":"z"}"#, 1),
            (r#"{"a":[1}"#, 1),
            (r#"{"a":{"b":1}"#, 1),
            (r#"{"a":1,"#, 1),
            ("Dear diary", 1),
            (r#"{"a":1}}"#, 1),
        ] {
            for (begin, between) in [("", "\n"), ("[", ",\n"), ("{\"data\":[", ",\n")] {
                let got = found(&[begin, A, between, damaged, between, B].concat());
                assert_eq!(got.len(), 2 + lost, "{begin}{damaged}: {got:?}");
                assert_eq!((got[0].as_str(), got[1 + lost].as_str()), (A, B), "{begin}{damaged}");
            }
        }
    }

    #[test]
    fn what_is_too_long_is_passed_over_and_nothing_ends_it_early() {
        let long = format!("{{\"text\":\"{}\",\"x\":{{}}}}", "y".repeat(64));
        assert_eq!(found(&format!("[{A},{long},{B}]")), [A, "!", B]);
        assert_eq!(found(&format!("{long}\n{B}")), ["!", B]);
        // The limit does not hold for a document, because only its objects are held in memory.
        let list = [A; 50].join(",");
        assert_eq!(found(&format!("{{\"items\":[{list}]}}")).len(), 50);
    }

    #[test]
    fn no_bytes_stop_the_reader() {
        let text = format!("{{\"id\":1,\"nodes\":[{A},{B}],\"total\":2}}\n{A}\n[{B}, 1]\nno\n");
        for at in 0..text.len() {
            found(&text[..at]);
            for byte in [b'{', b'}', b'[', b']', b'"', b'\\', b',', b':', b'\n', b'x'] {
                let mut bytes = text.clone().into_bytes();
                bytes[at] = byte;
                assert!(found(&String::from_utf8(bytes).unwrap()).len() < 40);
            }
        }
    }
}
