//! The export of another store, cut into its objects as it streams.
//!
//! The objects are the elements of an array, those of an array under one of [`KEYS`] in a document, or what
//! stands one after another, such as a line each. No grammar is checked here: damage costs the object that it is
//! in. Memory holds one object, never the document.

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

/// What an export holds.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// The bytes of an object, or of what stands where one should.
    Object(&'a [u8]),
    /// Fields that stand beside an array of objects.
    Beside,
    /// An object over the limit; its bytes were not kept.
    TooLong,
}

/// Cuts an export.
#[derive(Debug)]
pub struct Objects<R> {
    bytes: Bytes<R>,
    /// The next byte, when it was looked at.
    ahead: Option<u8>,
    max: usize,
    place: Place,
    /// An object that holds no array of objects stood at the top: those that follow are objects, too.
    is_series: bool,
    piece: Vec<u8>,
    too_long: bool,
    /// The beginning of the last string.
    text: Vec<u8>,
}

/// Where the next byte stands.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// Outside of everything.
    Top,
    /// Between the objects of an array. `inside`: of a document.
    List { inside: bool },
    /// In a document, behind its array.
    Document,
}

/// Most brackets that may be open. That of `serde_json`, which refuses what is deeper.
const DEPTH: usize = 128;

/// Where a value ends.
enum End {
    /// At its last bracket, or where damage or the end of the input cut it.
    Whole,
    /// Where its array of objects begins; so many fields stand before that.
    List(u64),
}

impl<R: BufRead> Objects<R> {
    /// Of what `input` gives; objects may have `max` bytes.
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
    /// What the input says.
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
                // A comma, what damage left over, and the byte order mark of a file or of one put behind it.
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

    /// Goes on behind a document, or in its array; returns the fields that stood there.
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

    /// Takes a value, or what is left of one in which the brackets `open` are open. `may_hold`: it may be a
    /// document.
    fn value(&mut self, mut open: Vec<u8>, may_hold: bool) -> io::Result<End> {
        let mut before = open.last().map_or(0, |_| b']');
        let mut fields = 0;
        while let Some(byte) = self.peek()? {
            let may_open = matches!((before, open.last()), (b':' | b'[', _) | (b',', Some(b'[')));
            // What is open was damaged, and another object begins.
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
                // Deeper than any reader of JSON goes: damage, and not worth the memory.
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

    /// Takes the rest of a string. It ends with its line: no string of JSON holds a line end, and damage to a
    /// quote stays on its line.
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

    /// Takes what is no object: to the end of its line, of an array to the next element.
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

    /// The next byte that is no white space; it is not taken.
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

    /// What is found: texts, `+` for fields beside, `!` for what is too long.
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
        // An array of something else is a field.
        let vector = r#"{"text":"c","data":[0.5,1]}"#;
        assert_eq!(found(&format!("{vector}\n{B}")), [vector, B]);
        // Lines stay lines, whatever a later one holds.
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
        // A document is not: memory holds its objects only.
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
