//! Copies of transcripts in which `*` stands for each byte of a secret. Every line, and every record
//! of a line, stays where it was, so that all that holds for the original holds for the copy.

use std::io::{self, BufReader, Read, Write};
use std::mem;
use std::ops::Range;

use serde::de::IgnoredAny;

use super::Trouble;
use super::strings::{self, Quoted};
use super::texts::{Conceal, Texts};
use crate::sessions::Part;
use crate::transcript::Reader;

/// Bytes that are read at a time. Chosen by us: a megabyte, as the other readers of transcripts do.
const PAGE: u64 = 1 << 20;

/// Bytes of whole lines that are covered together. Chosen by us: few calls of the engine.
const BLOCK: usize = 4 << 20;

/// Most bytes between the begin of a key and its end, for which lines stay together. Chosen by us: a
/// private key of 16,384 bits takes 13,000.
const KEY: usize = 64 << 10;

/// Longest value that is looked at once more behind its name. Chosen by us: passwords are shorter.
const NAMED: usize = 4 << 10;

/// Letters between two strings from which on they are looked at. Chosen by us: more than `false` has.
const LETTERS: usize = 6;

/// Writes `part` with its secrets covered.
///
/// # Errors
/// [`Trouble::Read`] also for what `conceal` says.
pub fn cover(part: &Part, conceal: &mut Conceal<'_>, out: &mut impl Write) -> Result<(), Trouble> {
    let is_document = is_document(part).map_err(Trouble::Read)?;
    let (mut bytes, mut block) = (Bytes::of(part), Vec::new());
    // Bytes of the block that hold no line end.
    let mut known = 0;
    while let Some(page) = bytes.page().map_err(Trouble::Read)? {
        block.extend_from_slice(&page);
        let end = match bytes.is_over() {
            true => block.len(),
            false if block.len() < BLOCK => continue,
            false => end_of(&block, known),
        };
        known = if end == 0 { block.len() } else { 0 };
        let rest = block.split_off(end);
        let covered = covered(mem::replace(&mut block, rest), is_document, conceal);
        out.write_all(&covered.map_err(Trouble::Read)?).map_err(Trouble::Write)?;
    }
    Ok(())
}

/// The bytes of a part, page by page.
struct Bytes<'a> {
    part: &'a Part,
    reader: Reader,
    at: u64,
}

impl<'a> Bytes<'a> {
    fn of(part: &'a Part) -> Self {
        Self { part, reader: Reader::default(), at: 0 }
    }

    fn is_over(&self) -> bool {
        self.at >= self.part.bytes
    }

    fn page(&mut self) -> io::Result<Option<Vec<u8>>> {
        if self.is_over() {
            return Ok(None);
        }
        let page = self.reader.read(self.part, self.at, PAGE.min(self.part.bytes - self.at))?;
        if page.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.at += page.len() as u64;
        Ok(Some(page))
    }
}

impl Read for Bytes<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = (buffer.len() as u64).min(self.part.bytes - self.at);
        let page = self.reader.read(self.part, self.at, most)?;
        buffer[..page.len()].copy_from_slice(&page);
        self.at += page.len() as u64;
        Ok(page.len())
    }
}

/// Whether a part is one document of JSON over several lines.
fn is_document(part: &Part) -> io::Result<bool> {
    let mut head = Bytes::of(part).page()?.unwrap_or_default();
    head.truncate(head.iter().position(|byte| *byte == b'\n').unwrap_or(head.len()));
    let begins = matches!(head.trim_ascii_start().first(), Some(b'{' | b'['));
    if !begins || is_json(&head) {
        return Ok(false);
    }
    let whole = BufReader::with_capacity(PAGE as usize, Bytes::of(part));
    match serde_json::from_reader::<_, IgnoredAny>(whole) {
        Ok(_) => Ok(true),
        Err(error) if error.is_io() => Err(error.into()),
        Err(_) => Ok(false),
    }
}

fn is_json(line: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(line).is_ok()
}

/// Where a block ends: behind its last line, and before the line in which a key begins that goes on
/// behind it; 0 when it has no line end behind the first `known` bytes.
fn end_of(block: &[u8], known: usize) -> usize {
    let behind_line = |bytes: &[u8]| bytes.iter().rposition(|byte| *byte == b'\n').map(|at| at + 1);
    let Some(end) = behind_line(&block[known..]).map(|end| known + end) else { return 0 };
    let find = |mark: &[u8]| block.windows(mark.len()).rposition(|window| window == mark);
    let Some(begin) = find(b"-----BEGIN").filter(|begin| block.len() - begin < KEY) else {
        return end;
    };
    let is_open = find(b"-----END").is_none_or(|end| end < begin);
    match behind_line(&block[..begin]) {
        Some(before) if is_open => end.min(before),
        _ => end,
    }
}

/// Covers the secrets of whole lines: in the strings of JSON, and in all of other lines. Neighbours of
/// the latter are looked at together, for a key goes over several.
fn covered(
    mut bytes: Vec<u8>,
    is_document: bool,
    conceal: &mut Conceal<'_>,
) -> io::Result<Vec<u8>> {
    let (mut plain, mut quoted) = (Vec::<Range<usize>>::new(), Vec::new());
    let mut begin = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let range = begin..begin + line.len();
        begin = range.end;
        let is_of_json = is_document || is_json(line);
        let first = quoted.len();
        quoted.extend(strings::of(line, range.start));
        match plain.last_mut() {
            // A line that was cut has strings too.
            _ if is_of_json => plain.extend(between(&bytes, &quoted[first..], &range)),
            Some(last) if last.end == range.start => last.end = range.end,
            _ => plain.push(range),
        }
    }
    cover_strings(&mut bytes, &quoted, conceal)?;
    let mut texts = Texts::default();
    plain.iter().for_each(|range| texts.add_bytes(&bytes[range.clone()], range.start));
    for range in texts.secrets(conceal)? {
        bytes[range].fill(b'*');
    }
    Ok(bytes)
}

/// What stands between strings of JSON and is no number or word of it.
fn between(bytes: &[u8], strings: &[Quoted], line: &Range<usize>) -> Vec<Range<usize>> {
    let begins = [line.start].into_iter().chain(strings.iter().map(|string| string.range.end));
    let ends = strings.iter().map(|string| string.range.start).chain([line.end]);
    let has_words = |range: &Range<usize>| {
        bytes[range.clone()].iter().filter(|byte| byte.is_ascii_alphabetic()).count() >= LETTERS
    };
    begins.zip(ends).map(|(begin, end)| begin..end).filter(has_words).collect()
}

/// Covers the secrets in strings of JSON. What is left over of a string becomes blanks behind it,
/// which mean nothing in JSON.
fn cover_strings(
    bytes: &mut [u8],
    strings: &[Quoted],
    conceal: &mut Conceal<'_>,
) -> io::Result<()> {
    // The texts of all strings. The strings of a list may be the lines of a text, or the words of a command: between them
    // stands a line end or a blank.
    let (mut whole, mut spaced) = (Vec::new(), Vec::new());
    let (mut texts, mut list) = (Texts::default(), 0);
    for (number, string) in strings.iter().enumerate() {
        let at = whole.len();
        whole.extend_from_slice(string.text.as_bytes());
        whole.push(b'\n');
        spaced.extend_from_slice(string.text.as_bytes());
        spaced.push(b' ');
        if let Some(name) = string.name.as_ref().filter(|_| string.text.len() <= NAMED) {
            texts.add_behind(&format!("\"{name}\": \""), &string.text, at);
        }
        texts.add(&string.text, at);
        if !string.follows {
            list = at;
        }
        let goes_on = strings.get(number + 1).is_some_and(|next| next.follows);
        if list < at && !goes_on {
            texts.add_bytes(&whole[list..], list);
            texts.add_bytes(&spaced[list..], list);
        }
    }
    let mut is_covered = vec![false; whole.len()];
    for range in texts.secrets(conceal)? {
        whole[range.clone()].fill(b'*');
        is_covered[range].fill(true);
    }
    let mut at = 0;
    for string in strings {
        let range = at..at + string.text.len();
        at = range.end + 1;
        if is_covered[range.clone()].contains(&true) {
            string.write(&whole[range], &mut bytes[string.range.clone()]);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
