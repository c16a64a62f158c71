//! The strings in lines of JSON, also in lines that were cut.

use std::ops::Range;

/// A string of JSON.
#[derive(Debug)]
pub struct Quoted {
    /// Where it stands, with its quotes.
    pub range: Range<usize>,
    /// What it says.
    pub text: String,
    /// The name in front of it.
    pub name: Option<String>,
    /// Whether it follows another string in a list.
    pub follows: bool,
    /// Whether it is a string of JSON as it should be.
    is_whole: bool,
    /// Whether it ends with a quote.
    is_closed: bool,
}

/// The strings of a line that begins at `start`.
pub fn of(line: &[u8], start: usize) -> Vec<Quoted> {
    let mut all: Vec<Quoted> = Vec::new();
    let mut at = 0;
    while let Some(begin) = line[at..].iter().position(|byte| *byte == b'"').map(|found| at + found)
    {
        let (end, is_closed) = end_of(line, begin);
        let before = line[at..begin].trim_ascii();
        let last = all.last().filter(|last| last.is_whole);
        let name = last.filter(|_| before == b":").map(|last| last.text.clone());
        let follows = last.is_some_and(|last| last.name.is_none()) && before == b",";
        let read = std::str::from_utf8(&line[begin..end]).ok().filter(|_| is_closed);
        let read: Option<String> = read.and_then(|text| serde_json::from_str(text).ok());
        let is_whole = read.is_some();
        let lossy = || String::from_utf8_lossy(&line[begin..end]).into_owned();
        let text = read.unwrap_or_else(lossy);
        all.push(Quoted {
            range: start + begin..start + end,
            text,
            name,
            follows,
            is_whole,
            is_closed,
        });
        at = end;
    }
    all
}

/// Where a string ends, and whether by its quote; else by the end of its line.
fn end_of(line: &[u8], begin: usize) -> (usize, bool) {
    let mut at = begin + 1;
    while let Some(byte) = line.get(at) {
        match byte {
            b'"' => return (at + 1, true),
            b'\n' => return (at, false),
            // The end of the line ends also a string that ends in a backslash.
            b'\\' if line.get(at + 1).is_some_and(|next| *next != b'\n') => at += 2,
            _ => at += 1,
        }
    }
    (line.len(), false)
}

impl Quoted {
    /// Writes it with another text of that length into its place.
    pub fn write(&self, text: &[u8], place: &mut [u8]) {
        let text = std::str::from_utf8(text).ok().filter(|_| self.is_whole);
        let quoted = text.map(|text| serde_json::Value::from(text).to_string());
        match quoted.filter(|quoted| quoted.len() <= place.len()) {
            Some(quoted) => {
                let (begin, rest) = place.split_at_mut(quoted.len());
                begin.copy_from_slice(quoted.as_bytes());
                rest.fill(b' ');
            }
            // Without a form that is as short, nothing of it stays.
            None => {
                let end = place.len() - usize::from(self.is_closed);
                place[1..end].fill(b'*');
            }
        }
    }
}
