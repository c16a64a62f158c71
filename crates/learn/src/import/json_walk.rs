//! A walk over JSON text, byte by byte.

/// Longest key that is compared. Chosen by us: all keys of the formats are shorter.
const MAX_KEY: usize = 32;

/// The state of the walk. It checks no grammar, so that damaged text does not stop it.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// How many arrays and objects are open.
    pub(super) depth: usize,
    /// Whether the next byte is within a string.
    pub(super) in_string: bool,
    escaped: bool,
    /// The beginning of the last string at depth 1. When an array opens next, this is its key.
    pub(super) key: Vec<u8>,
}

impl Scan {
    /// Takes the next byte.
    pub(super) fn step(&mut self, byte: u8) {
        if self.in_string {
            match byte {
                // No string of JSON holds a line end: damage to a quote stays on its line.
                b'\n' | b'\r' => (self.in_string, self.escaped) = (false, false),
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => self.note(&[byte]),
            }
            return;
        }
        match byte {
            b'"' => {
                self.in_string = true;
                if self.depth == 1 {
                    self.key.clear();
                }
            }
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }

    /// Skips the plain text of a string and returns how many bytes that was.
    pub(super) fn run(&mut self, bytes: &[u8]) -> usize {
        if !self.in_string || self.escaped {
            return 0;
        }
        let special = |b: &u8| matches!(b, b'"' | b'\\' | b'\n' | b'\r');
        let length = bytes.iter().position(special).unwrap_or(bytes.len());
        self.note(bytes.get(..length).unwrap_or_default());
        length
    }

    fn note(&mut self, text: &[u8]) {
        if self.depth == 1 {
            let room = MAX_KEY.saturating_sub(self.key.len());
            self.key.extend_from_slice(text.get(..room.min(text.len())).unwrap_or_default());
        }
    }
}

/// White space of JSON.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}
