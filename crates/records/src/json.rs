//! The only reader of JSON: reads a text piece by piece. It accepts what `serde_json` accepts.

mod plain;

use std::borrow::Cow;

pub(crate) use plain::plain;

/// How deep lists and objects may be nested, so that the stack does not overflow. The same limit as
/// in `serde_json`.
const MAX_DEPTH: usize = 127;

/// Bytes reserved for a text after its first escape. Chosen by us.
const ROOM: usize = 128;

/// A piece of the text, or what is wrong with it.
pub type Read<T> = Result<T, &'static str>;

/// A JSON text and the position up to which it is read.
#[derive(Debug)]
pub struct Reader<'a> {
    text: &'a str,
    /// The next byte. Between pieces that is the beginning of a character.
    at: usize,
    /// Lists and objects that are open.
    depth: usize,
    /// Whether nothing was read yet of the innermost open list or object.
    is_first: bool,
}

impl<'a> Reader<'a> {
    /// A reader at the beginning of a text.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0, is_first: false }
    }

    /// How many bytes are read.
    pub fn at(&self) -> usize {
        self.at
    }

    fn here(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The bytes that are not read yet.
    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// The next byte after white space, without taking it.
    #[inline]
    pub fn peek(&mut self) -> Option<u8> {
        match self.here() {
            Some(0..=b' ') => self.after_space(),
            here => here,
        }
    }

    fn after_space(&mut self) -> Option<u8> {
        while matches!(self.here(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        self.here()
    }

    /// Takes `sign` when it comes next.
    fn take_here(&mut self, sign: u8) -> bool {
        let is_here = self.here() == Some(sign);
        self.at += usize::from(is_here);
        is_here
    }

    /// Takes `sign`, after white space.
    fn take(&mut self, sign: u8) -> bool {
        let is_next = self.peek() == Some(sign);
        self.at += usize::from(is_next);
        is_next
    }

    /// Takes `word` when it comes next, after white space.
    pub(crate) fn take_word(&mut self, word: &str) -> bool {
        self.peek();
        let is_next = self.rest().starts_with(word.as_bytes());
        if is_next {
            self.at += word.len();
        }
        is_next
    }

    /// Checks that nothing follows.
    ///
    /// # Errors
    /// When something follows.
    pub fn end(&mut self) -> Read<()> {
        if self.peek().is_none() { Ok(()) } else { Err("trailing characters") }
    }

    /// Goes into the list or the object that `bracket` begins.
    ///
    /// # Errors
    /// When another piece comes next, or too many are open.
    pub fn open(&mut self, bracket: u8) -> Read<()> {
        if !self.take(bracket) {
            return Err(if bracket == b'[' { "expected a list" } else { "expected an object" });
        }
        self.depth += 1;
        self.is_first = true;
        if self.depth > MAX_DEPTH { Err("too many values within each other") } else { Ok(()) }
    }

    /// Whether another item follows in the list or object that `bracket` ends; if so, it is the
    /// next piece.
    ///
    /// # Errors
    /// When neither an item nor the end follows.
    pub fn is_next(&mut self, bracket: u8) -> Read<bool> {
        let next = self.peek();
        if next == Some(bracket) {
            return Ok(false);
        }
        let follows = !std::mem::take(&mut self.is_first);
        if follows && next != Some(b',') {
            return Err("expected a comma or a bracket");
        }
        self.at += usize::from(follows);
        Ok(true)
    }

    /// Leaves the list or the object that `bracket` ends.
    ///
    /// # Errors
    /// When items are left.
    pub fn close(&mut self, bracket: u8) -> Read<()> {
        self.depth -= 1;
        self.is_first = false;
        if self.take(bracket) { Ok(()) } else { Err("expected the end of a list or an object") }
    }

    /// Reads the name of a field and the colon after it.
    ///
    /// # Errors
    /// When the next piece is no name.
    pub fn name(&mut self) -> Read<Cow<'a, str>> {
        let name = self.text()?;
        self.colon()?;
        Ok(name)
    }

    pub(crate) fn colon(&mut self) -> Read<()> {
        if self.take(b':') { Ok(()) } else { Err("expected a colon") }
    }

    /// Reads `null` (`None`), `true` or `false`.
    ///
    /// # Errors
    /// When neither comes next.
    pub fn word(&mut self) -> Read<Option<bool>> {
        let words = [("null", None), ("true", Some(true)), ("false", Some(false))];
        let next = words.into_iter().find(|(word, _)| self.take_word(word));
        next.map(|(_, on)| on).ok_or("expected a value")
    }

    /// Reads a number and returns it as it is written.
    ///
    /// # Errors
    /// When the next piece is no number.
    pub fn number(&mut self) -> Read<&'a str> {
        self.peek();
        let begin = self.at;
        self.take_here(b'-');
        if !self.take_here(b'0') {
            self.digits()?;
        }
        // Nearly all numbers are integers; these are done here.
        if !matches!(self.here(), Some(b'.' | b'e' | b'E')) {
            return Ok(self.text.get(begin..self.at).unwrap_or_default());
        }
        if self.take_here(b'.') {
            self.digits()?;
        }
        if self.take_here(b'e') || self.take_here(b'E') {
            let _ = self.take_here(b'+') || self.take_here(b'-');
            self.digits()?;
        }
        Ok(self.text.get(begin..self.at).unwrap_or_default())
    }

    fn digits(&mut self) -> Read<()> {
        let length = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += length;
        if length > 0 { Ok(()) } else { Err("expected a number") }
    }

    /// Reads a text; it is borrowed when it has no escapes.
    ///
    /// # Errors
    /// When none comes next.
    pub fn text(&mut self) -> Read<Cow<'a, str>> {
        self.begin_text()?;
        let begin = self.at;
        let (piece, _) = self.rest().split_at_checked(plain(self.rest())).unwrap_or_default();
        self.at += piece.len();
        if self.take_here(b'"') {
            return Ok(self.text.get(begin..self.at - 1).unwrap_or_default().into());
        }
        let mut decoded = Vec::with_capacity(piece.len() + ROOM);
        decoded.extend_from_slice(piece);
        self.pieces(Some(&mut decoded))?;
        // INVARIANT: pieces end at ASCII characters and escapes decode to whole characters, so this
        // is UTF-8.
        String::from_utf8(decoded).map(Cow::from).map_err(|_| "not UTF-8")
    }

    /// Takes the quote that begins a text.
    fn begin_text(&mut self) -> Read<()> {
        if self.take(b'"') { Ok(()) } else { Err("expected a text") }
    }

    /// Reads to the end of a text and adds the decoded text to `decoded`.
    fn pieces(&mut self, mut decoded: Option<&mut Vec<u8>>) -> Read<()> {
        loop {
            let rest = self.rest();
            let (piece, rest) = rest.split_at_checked(plain(rest)).unwrap_or_default();
            self.at += piece.len();
            let end = rest.first();
            if !matches!(end, Some(b'"' | b'\\')) {
                return Err("a text ends too early, or a character in it is not escaped");
            }
            self.at += 1;
            if let Some(decoded) = &mut decoded {
                decoded.extend_from_slice(piece);
            }
            if end == Some(&b'"') {
                return Ok(());
            }
            let sign = self.escape().ok_or("unknown escape")?;
            if let Some(decoded) = &mut decoded {
                let sign = sign.ok_or("half of a pair of surrogates")?;
                if let Ok(sign @ 0..0x80) = u8::try_from(sign) {
                    decoded.push(sign);
                } else {
                    decoded.extend_from_slice(sign.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
        }
    }

    /// Decodes an escape after its backslash. `Some(None)` for half of a surrogate pair, which JSON
    /// allows and no Rust text can hold.
    fn escape(&mut self) -> Option<Option<char>> {
        let sign = self.here()?;
        self.at += 1;
        Some(Some(match sign {
            b'"' | b'\\' | b'/' => char::from(sign),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.unit()?;
                let second = match first {
                    0xd800..=0xdbff if self.rest().starts_with(b"\\u") => {
                        self.at += 2;
                        Some(self.unit()?)
                    }
                    _ => None,
                };
                let pair = [first].into_iter().chain(second);
                return char::decode_utf16(pair).next().map(Result::ok);
            }
            _ => return None,
        }))
    }

    /// Four hexadecimal digits: one UTF-16 unit.
    fn unit(&mut self) -> Option<u16> {
        let digits = self.text.get(self.at..self.at + 4)?;
        self.at += 4;
        // `from_str_radix` would also accept a sign.
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex.then(|| u16::from_str_radix(digits, 16).ok())?
    }

    fn skip_text(&mut self) -> Read<()> {
        self.begin_text()?;
        self.pieces(None)
    }

    /// Skips a value of any depth.
    ///
    /// # Errors
    /// When no value comes next.
    pub fn skip(&mut self) -> Read<()> {
        let mut open = Vec::new();
        loop {
            match self.peek() {
                Some(b'"') => self.skip_text()?,
                Some(b'-' | b'0'..=b'9') => _ = self.number()?,
                Some(bracket @ (b'[' | b'{')) => {
                    self.at += 1;
                    self.is_first = true;
                    open.push(if bracket == b'[' { b']' } else { b'}' });
                }
                _ => _ = self.word()?,
            }
            loop {
                let Some(bracket) = open.last() else { return Ok(()) };
                if self.is_next(*bracket)? {
                    if *bracket == b'}' {
                        self.skip_text()?;
                        self.colon()?;
                    }
                    break;
                }
                self.at += 1;
                self.is_first = false;
                open.pop();
            }
        }
    }
}
