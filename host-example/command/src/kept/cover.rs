//! Copies of transcripts in which `*` stands for each byte of a secret. Every line, and every record
//! of a line, stays where it was, so that all that holds for the original holds for the copy.

use std::io::{self, Write};
use std::ops::Range;

use super::Trouble;
use crate::sessions::Part;
use crate::transcript::Reader;

/// Bytes that are read at a time. Chosen by us: a megabyte, as the other readers of transcripts do.
const PAGE: u64 = 1 << 20;

/// Bytes of whole lines that are covered together. Chosen by us: few calls of the engine.
const BLOCK: usize = 4 << 20;

/// Bytes that the engine takes in one call.
const CALL: usize = dreaming_wasmtime::MAX_PAGE;

/// Bytes that two pieces of a longer text have in common, so that a secret at their border is whole
/// in one of them. Chosen by us: a private key of 16,384 bits takes 13,000 bytes.
const COMMON: usize = 64 << 10;

/// Longest value that is looked at once more behind its name. Chosen by us: passwords are shorter.
const NAMED: usize = 4 << 10;

/// Letters between two strings from which on they are looked at. Chosen by us: more than `false` has.
const LETTERS: usize = 6;

/// Covers the secrets in texts: gives them back in their order, each as long as it was.
pub type Conceal<'a> = dyn FnMut(&[String]) -> io::Result<Vec<String>> + 'a;

/// Writes `part` with its secrets covered.
///
/// # Errors
/// [`Trouble::Read`] also for what `conceal` says.
pub fn cover(part: &Part, conceal: &mut Conceal<'_>, out: &mut impl Write) -> Result<(), Trouble> {
    let (mut reader, mut block) = (Reader::default(), Vec::new());
    // `known` bytes of the block hold no line end.
    let (mut at, mut is_json, mut known) = (0, None, 0);
    while at < part.bytes {
        let page = reader.read(part, at, PAGE.min(part.bytes - at)).map_err(Trouble::Read)?;
        if page.is_empty() {
            return Err(Trouble::Read(io::ErrorKind::UnexpectedEof.into()));
        }
        at += page.len() as u64;
        block.extend_from_slice(&page);
        let first = || block.iter().find(|byte| !byte.is_ascii_whitespace());
        let is_json = *is_json.get_or_insert_with(|| matches!(first(), Some(b'{' | b'[')));
        let end = match at < part.bytes {
            true if block.len() < BLOCK => 0,
            true => end_of(&block, known),
            false => block.len(),
        };
        if end == 0 {
            known = if block.len() < BLOCK { 0 } else { block.len() };
            continue;
        }
        known = 0;
        let rest = block.split_off(end);
        let covered = match is_json {
            true => json(block, conceal),
            false => plain(block, conceal),
        };
        out.write_all(&covered.map_err(Trouble::Read)?).map_err(Trouble::Write)?;
        block = rest;
    }
    Ok(())
}

/// Where a block ends: behind its last line, and before a key that goes on behind it; 0 when it has no line end behind
/// the first `known` bytes.
fn end_of(block: &[u8], known: usize) -> usize {
    let Some(line) = block[known..].iter().rposition(|byte| *byte == b'\n') else { return 0 };
    let line = known + line + 1;
    let find = |mark: &[u8]| block.windows(mark.len()).rposition(|window| window == mark);
    match (find(b"-----BEGIN"), find(b"-----END")) {
        // Not before a key that is no key.
        (Some(begin), end) if end.is_none_or(|end| end < begin) && block.len() - begin < COMMON => {
            if begin == 0 {
                line
            } else {
                line.min(begin)
            }
        }
        _ => line,
    }
}

/// Covers the secrets of bytes that are mostly text.
fn plain(mut bytes: Vec<u8>, conceal: &mut Conceal<'_>) -> io::Result<Vec<u8>> {
    let mut texts = Texts::default();
    texts.add_bytes(&bytes, 0);
    for range in texts.secrets(conceal)? {
        bytes[range].fill(b'*');
    }
    Ok(bytes)
}

/// Covers the secrets in the strings of JSON. What is left over of a string becomes blanks behind
/// it, which mean nothing in JSON.
fn json(mut bytes: Vec<u8>, conceal: &mut Conceal<'_>) -> io::Result<Vec<u8>> {
    let strings = strings(&bytes);
    let (mut texts, mut whole, mut at) = (Texts::default(), Vec::new(), 0);
    for string in &strings {
        if let Some(name) = string.name.as_ref().filter(|_| string.text.len() <= NAMED) {
            let before = format!("\"{name}\": \"");
            texts.add_behind(&before, &string.text, at);
        }
        texts.add(&string.text, at);
        whole.extend_from_slice(string.text.as_bytes());
        at = whole.len();
    }
    // A line that was cut begins or ends within a string, which then stands between strings.
    let mut between = Texts::default();
    let ends = strings.iter().map(|string| string.range.end);
    let begins = strings.iter().map(|string| string.range.start).chain([bytes.len()]);
    for (begin, end) in [0].into_iter().chain(ends).zip(begins) {
        let text = &bytes[begin..end];
        if text.iter().filter(|byte| byte.is_ascii_alphabetic()).count() >= LETTERS {
            between.add_bytes(text, begin);
        }
    }
    for range in between.secrets(conceal)? {
        bytes[range].fill(b'*');
    }
    let mut is_covered = vec![false; whole.len()];
    for range in texts.secrets(conceal)? {
        whole[range.clone()].fill(b'*');
        is_covered[range].fill(true);
    }
    let mut at = 0;
    for string in &strings {
        let range = at..at + string.text.len();
        at = range.end;
        if !is_covered[range.clone()].contains(&true) {
            continue;
        }
        let place = &mut bytes[string.range.clone()];
        let covered = std::str::from_utf8(&whole[range]).ok().filter(|_| string.is_whole);
        let covered = covered.map(|text| serde_json::Value::from(text).to_string());
        match covered.filter(|covered| covered.len() <= place.len()) {
            Some(covered) => {
                let (text, rest) = place.split_at_mut(covered.len());
                text.copy_from_slice(covered.as_bytes());
                rest.fill(b' ');
            }
            // Without a form that is as short, nothing of it stays.
            None => {
                let end = place.len() - usize::from(string.is_closed);
                place[1..end].fill(b'*');
            }
        }
    }
    Ok(bytes)
}

/// A string of JSON.
struct Quoted {
    /// Where it stands, with its quotes.
    range: Range<usize>,
    /// What it says.
    text: String,
    /// Whether it is a string of JSON as it should be.
    is_whole: bool,
    /// Whether it ends with a quote.
    is_closed: bool,
    /// The name in front of it.
    name: Option<String>,
}

/// The strings in lines of JSON. No string goes over the end of a line.
fn strings(bytes: &[u8]) -> Vec<Quoted> {
    let mut all: Vec<Quoted> = Vec::new();
    let mut at = 0;
    while let Some(begin) =
        bytes[at..].iter().position(|byte| *byte == b'"').map(|found| at + found)
    {
        // What stands between two strings says whether the first names the second.
        let is_named = all
            .last()
            .is_some_and(|last| bytes[last.range.end..begin].trim_ascii() == b":" && last.is_whole);
        let (end, is_closed) = end_of_string(bytes, begin);
        let read = std::str::from_utf8(&bytes[begin..end]).ok().filter(|_| is_closed);
        let read: Option<String> = read.and_then(|text| serde_json::from_str(text).ok());
        let name = all.last().filter(|_| is_named).map(|last| last.text.clone());
        let is_whole = read.is_some();
        let lossy = || String::from_utf8_lossy(&bytes[begin..end]).into_owned();
        all.push(Quoted {
            range: begin..end,
            text: read.unwrap_or_else(lossy),
            is_whole,
            is_closed,
            name,
        });
        at = end;
    }
    all
}

/// Where a string ends, and whether by its quote; else by the end of its line.
fn end_of_string(bytes: &[u8], begin: usize) -> (usize, bool) {
    let mut at = begin + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return (at + 1, true),
            b'\n' => return (at, false),
            // The end of the line ends also a string that ends in a backslash.
            b'\\' if bytes.get(at + 1).is_some_and(|next| *next != b'\n') => at += 2,
            _ => at += 1,
        }
    }
    (bytes.len(), false)
}

/// Texts that are looked at together, each with its place in a longer one.
#[derive(Default)]
struct Texts {
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
    fn add_bytes(&mut self, bytes: &[u8], mut at: usize) {
        for chunk in bytes.utf8_chunks() {
            self.add(chunk.valid(), at);
            at += chunk.valid().len() + chunk.invalid().len();
        }
    }

    fn add(&mut self, text: &str, at: usize) {
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

    fn add_behind(&mut self, before: &str, text: &str, at: usize) {
        let whole = format!("{before}{text}\"");
        self.texts.push(Piece { text: whole, before: before.len(), at });
    }

    /// The places of all secrets.
    fn secrets(self, conceal: &mut Conceal<'_>) -> io::Result<Vec<Range<usize>>> {
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
        let changed = pairs.filter(|(_, (old, new))| old != new).map(|(at, _)| at);
        let mut found: Vec<Range<usize>> = Vec::new();
        for at in changed.map(|at| at - self.before + self.at) {
            match found.last_mut() {
                Some(last) if last.end == at => last.end = at + 1,
                _ => found.push(at..at + 1),
            }
        }
        found
    }
}

#[cfg(test)]
mod tests;
