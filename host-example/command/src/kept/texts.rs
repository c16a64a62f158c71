//! Texts in which secrets are looked for, in few calls of the engine.

use std::io;
use std::ops::Range;

/// Covers the secrets in texts: gives them back in their order, each as long as it was.
pub type Conceal<'a> = dyn FnMut(&[String]) -> io::Result<Vec<String>> + 'a;

/// Bytes that the engine takes in one call.
const CALL: usize = dreaming_wasmtime::MAX_PAGE;

/// Bytes that two pieces of a longer text have in common, so that a secret at their border is whole
/// in one of them. Chosen by us: a private key of 16,384 bits takes 13,000 bytes.
const COMMON: usize = 64 << 10;

/// Texts that are looked at together, each with its place in a longer one.
#[derive(Default)]
pub struct Texts {
    texts: Vec<Piece>,
}

struct Piece {
    text: String,
    /// Bytes in front that belong to no place.
    before: usize,
    /// The place of what follows them.
    at: usize,
}

impl Texts {
    /// Adds what is text of these bytes.
    pub fn add_bytes(&mut self, bytes: &[u8], mut at: usize) {
        for chunk in bytes.utf8_chunks() {
            self.add(chunk.valid(), at);
            at += chunk.valid().len() + chunk.invalid().len();
        }
    }

    /// Adds a text.
    pub fn add(&mut self, text: &str, at: usize) {
        let mut begin = 0;
        while begin < text.len() {
            let end = text.floor_char_boundary(begin + CALL);
            self.texts.push(Piece { text: text[begin..end].into(), before: 0, at: at + begin });
            if end == text.len() {
                break;
            }
            begin = text.floor_char_boundary(end - COMMON);
        }
    }

    /// Adds a text with what stands before it, and a quote behind it.
    pub fn add_behind(&mut self, before: &str, text: &str, at: usize) {
        let whole = format!("{before}{text}\"");
        if whole.len() <= CALL {
            self.texts.push(Piece { text: whole, before: before.len(), at });
        }
    }

    /// The places of all secrets, but for line ends in them, which stay.
    ///
    /// # Errors
    /// What `conceal` says.
    pub fn secrets(self, conceal: &mut Conceal<'_>) -> io::Result<Vec<Range<usize>>> {
        let mut found = Vec::new();
        let mut rest = self.texts.as_slice();
        while !rest.is_empty() {
            let mut bytes = 0;
            let mut fits = |piece: &Piece| {
                bytes += piece.text.len();
                bytes <= CALL
            };
            let many = rest.iter().take_while(|piece| fits(piece)).count().max(1);
            let (now, later) = rest.split_at(many);
            rest = later;
            let asked: Vec<String> = now.iter().map(|piece| piece.text.clone()).collect();
            let answers = conceal(&asked)?;
            let is_good = answers.len() == asked.len()
                && answers.iter().zip(&asked).all(|(answer, text)| answer.len() == text.len());
            if !is_good {
                return Err(io::Error::other("the engine gave texts of another length"));
            }
            for (piece, answer) in now.iter().zip(&answers) {
                found.extend(piece.differences(answer));
            }
        }
        Ok(found)
    }
}

impl Piece {
    /// The places at which `answer` says something else.
    fn differences(&self, answer: &str) -> Vec<Range<usize>> {
        let pairs = self.text.bytes().zip(answer.bytes()).enumerate().skip(self.before);
        let changed = pairs.filter(|(_, (old, new))| old != new && !matches!(old, b'\n' | b'\r'));
        let mut found: Vec<Range<usize>> = Vec::new();
        for at in changed.map(|(at, _)| at - self.before + self.at) {
            match found.last_mut() {
                Some(last) if last.end == at => last.end = at + 1,
                _ => found.push(at..at + 1),
            }
        }
        // The quote behind a text belongs to no place.
        let end = self.at + self.text.len() - self.before;
        found.retain(|range| range.end <= end);
        found
    }
}
