//! A file: how large it is, and which part of it an agent loads.

use std::fs::{self, File};
use std::io::Read as _;
use std::ops::{AddAssign, Range};
use std::path::Path;

use serde_json::{Value, json};

use crate::homes::loads::Place;

/// Bytes of a file that are looked into. Chosen by us: four times what any agent of the table loads of one file; the rest
/// is counted.
const MOST: usize = 16 << 20;

/// How large a text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Lines, the last one also without a line end.
    pub lines: u64,
    /// Bytes.
    pub bytes: u64,
    /// Characters.
    pub chars: u64,
}

impl Size {
    /// The size of a text.
    pub fn of(text: &str) -> Self {
        let mut size = Self::default();
        size.count(text.as_bytes());
        size.end(text.as_bytes().last());
        size
    }

    /// Tokens, estimated as a quarter of the characters: the estimate of all commands.
    pub fn tokens(self) -> u64 {
        self.chars / 4
    }

    /// The fields for programs.
    pub fn json(self) -> Value {
        json!({"lines": self.lines, "bytes": self.bytes, "tokens": self.tokens()})
    }

    fn count(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.lines += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        // Each character has one byte that does not go on with another one.
        self.chars += bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count() as u64;
    }

    fn end(&mut self, last: Option<&u8>) {
        self.lines += u64::from(last.is_some_and(|last| *last != b'\n'));
    }
}

impl AddAssign for Size {
    fn add_assign(&mut self, other: Self) {
        self.lines += other.lines;
        self.bytes += other.bytes;
        self.chars += other.chars;
    }
}

/// A file that was read.
#[derive(Clone, Debug)]
pub struct Text {
    /// Its text, up to [`MOST`] bytes.
    pub text: String,
    /// The size of all of it.
    pub size: Size,
    /// Whether all of it is UTF-8; else `text` has marks in the place of what is not.
    pub is_utf8: bool,
    /// Whether `text` is all of it.
    pub is_whole: bool,
}

/// Reads a file.
///
/// # Errors
/// Why it cannot be read, for people.
pub fn read(file: &Path) -> Result<Text, String> {
    // Check the type before opening, because opening a pipe would wait for ever.
    let kind = fs::metadata(file).map_err(|error| format!("cannot be read: {error}"))?;
    if !kind.is_file() {
        return Err(if kind.is_dir() { "is a folder" } else { "is no file" }.into());
    }
    let cannot = |error| format!("cannot be read: {error}");
    let mut open = File::open(file).map_err(cannot)?;
    let (mut kept, mut size, mut last) = (Vec::new(), Size::default(), None);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = open.read(&mut buffer).map_err(cannot)?;
        if read == 0 {
            break;
        }
        let bytes = &buffer[..read];
        size.count(bytes);
        last = bytes.last().copied();
        kept.extend_from_slice(&bytes[..read.min(MOST.saturating_sub(kept.len()))]);
    }
    size.end(last.as_ref());
    let is_whole = kept.len() as u64 == size.bytes;
    let (text, is_utf8) = match String::from_utf8(kept) {
        Ok(text) => (text, true),
        Err(error) => {
            // A character may be cut where looking into the file ends.
            let is_cut = !is_whole && error.utf8_error().error_len().is_none();
            (String::from_utf8_lossy(error.as_bytes()).into_owned(), is_cut)
        }
    };
    Ok(Text { text, size, is_utf8, is_whole })
}

/// How much of a file is loaded.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limit {
    /// Lines.
    pub lines: Option<u64>,
    /// Bytes.
    pub bytes: Option<u64>,
    /// Characters.
    pub chars: Option<u64>,
    /// Whether the middle is cut out, not the end.
    pub ends: bool,
    /// Whether it is cut between lines.
    pub whole_lines: bool,
}

impl Limit {
    /// The limit of each file of a place.
    pub fn of(place: &Place) -> Self {
        let Place { lines, bytes, chars, ends, whole_lines, .. } = *place;
        Self { lines, bytes, chars, ends, whole_lines }
    }

    /// The bytes of `text` that are not loaded.
    pub fn cut(self, text: &str) -> Range<usize> {
        let small = |most: u64| usize::try_from(most).unwrap_or(usize::MAX);
        let bytes = self.bytes.map_or(usize::MAX, small);
        if self.ends && text.len() > bytes {
            let begin = boundary(text, bytes / 2);
            return begin..boundary(text, text.len() - (bytes - bytes / 2));
        }
        let mut end = boundary(text, bytes);
        if let Some(lines) = self.lines {
            let last = small(lines).checked_sub(1);
            let last = last.and_then(|last| text.match_indices('\n').nth(last));
            end = end.min(last.map_or(text.len(), |(at, _)| at + 1));
        }
        if let Some(chars) = self.chars {
            let last = text.char_indices().nth(small(chars)).map(|(at, _)| at);
            end = end.min(last.unwrap_or(text.len()));
        }
        if self.whole_lines && end < text.len() {
            // A first line that is too long is cut within.
            end = text[..end].rfind('\n').map_or(end, |at| at + 1);
        }
        end..text.len()
    }
}

/// The last place up to `at` that splits no character.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// What of a file is not loaded.
#[derive(Clone, Debug)]
pub struct Cut {
    /// The line in which it begins.
    pub from: u64,
    /// The line in which it ends.
    pub to: u64,
    /// How large it is.
    pub size: Size,
    /// The part itself, as far as it was looked into.
    pub text: String,
}

/// Splits a file into the part that is loaded, its size, and what is cut off.
pub fn split(file: &Text, limit: Limit) -> (String, Size, Option<Cut>) {
    let text = &file.text;
    let cut = limit.cut(text);
    if cut.is_empty() {
        return (text.clone(), file.size, None);
    }
    let kept = [&text[..cut.start], &text[cut.end..]].concat();
    let mut size = Size::of(&text[..cut.start]);
    size += Size::of(&text[cut.end..]);
    // The line that holds the byte `at`.
    let newlines = |at: usize| text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count();
    let line = |at: usize| 1 + newlines(at) as u64;
    let to = if cut.end == text.len() { file.size.lines } else { line(cut.end - 1) };
    let left = Size {
        lines: to + 1 - line(cut.start),
        bytes: file.size.bytes.saturating_sub(size.bytes),
        chars: file.size.chars.saturating_sub(size.chars),
    };
    let cut = Cut { from: line(cut.start), to, size: left, text: text[cut].to_owned() };
    (kept, size, Some(cut))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str, limit: Limit) -> (String, Option<(u64, u64)>) {
        let file = Text { text: text.into(), size: Size::of(text), is_utf8: true, is_whole: true };
        let (kept, size, cut) = split(&file, limit);
        assert_eq!(size.bytes, kept.len() as u64);
        assert_eq!(size.bytes + cut.as_ref().map_or(0, |cut| cut.size.bytes), text.len() as u64);
        (kept, cut.map(|cut| (cut.from, cut.to)))
    }

    #[test]
    fn a_size_counts_lines_bytes_and_characters() {
        assert_eq!(Size::of(""), Size::default());
        assert_eq!(Size::of("é\nb"), Size { lines: 2, bytes: 4, chars: 3 });
        assert_eq!(Size::of("12345678\n").tokens(), 2);
    }

    #[test]
    fn each_limit_cuts_where_it_says() {
        let text = "one\ntwo\nthrée\nfour";
        let none = Limit::default();
        assert_eq!(kept(text, none), (text.into(), None));
        for (limit, left, lines) in [
            (Limit { lines: Some(2), ..none }, "one\ntwo\n", Some((3, 4))),
            (Limit { lines: Some(4), ..none }, text, None),
            (Limit { lines: Some(0), ..none }, text, None),
            (Limit { bytes: Some(6), ..none }, "one\ntw", Some((2, 4))),
            // No character is split.
            (Limit { bytes: Some(12), ..none }, "one\ntwo\nthr", Some((3, 4))),
            (Limit { chars: Some(12), ..none }, "one\ntwo\nthré", Some((3, 4))),
            (Limit { bytes: Some(6), whole_lines: true, ..none }, "one\n", Some((2, 4))),
            (Limit { bytes: Some(2), whole_lines: true, ..none }, "on", Some((1, 4))),
            (Limit { lines: Some(3), bytes: Some(5), ..none }, "one\nt", Some((2, 4))),
            (Limit { bytes: Some(8), ends: true, ..none }, "one\nfour", Some((2, 3))),
        ] {
            assert_eq!(kept(text, limit), (left.into(), lines), "{limit:?}");
        }
    }

    #[test]
    fn a_file_that_is_too_long_to_look_into_is_counted() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("huge.md");
        let line = "é".repeat(500) + "\n";
        fs::write(&file, line.repeat(20_000)).unwrap();
        let read = read(&file).unwrap();
        assert_eq!(read.size, Size { lines: 20_000, bytes: 20_020_000, chars: 10_020_000 });
        assert!(!read.is_whole && read.is_utf8 && read.text.len() <= MOST);
    }
}
