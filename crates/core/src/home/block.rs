//! The block itself: how it is written, found and taken out.

use std::ops::Range;

use dreaming_records::canonical::digest_parts;
use dreaming_records::number::count;
use dreaming_text::markdown::pieces;
use dreaming_text::normal;

use super::{Room, lines};

/// How every mark begins. It is a comment, which Markdown does not show.
pub(super) const MARK: &str = "<!-- dreaming:";

/// The first line of the block of a store.
pub(super) const BEGIN: &str = "<!-- dreaming: from this project's memory. Lines may be edited here; \
                     `dreaming render` takes them along. -->";

/// How the last line of a block begins: a digest of all lines follows, and a code of each.
const END: &str = "<!-- dreaming: end";

/// Hexadecimal digits of the code of a line, and of the digest of all. Chosen by us: a code costs
/// an agent two tokens or so, and two of 65,536 are seldom equal; when they are, the digest tells
/// that lines were edited.
pub(super) const CODE: usize = 4;
pub(super) const DIGEST: usize = 8;

/// Why the block of a file cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// A block begins and does not end, or ends and did not begin.
    #[error("one of its two marks is missing: take out the other and what belongs to it")]
    Half,
    /// There are several blocks, or marks of one stand within another.
    #[error("there are several: leave one")]
    Several,
    /// The last line is not as it was written.
    #[error("its last mark was changed: take out both marks and what is between them")]
    End,
    /// The mark of a small file is not as it was written.
    #[error("it was changed: take it out, and the file is yours, or delete the file")]
    Mark,
    /// Two versions of the block were not merged yet.
    #[error("two versions of it are not merged yet: leave one of them")]
    Conflict,
}

/// An entry in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The headings above it.
    pub(super) headings: Vec<String>,
    /// Its text.
    pub(super) text: String,
}

/// The code of a line, by its words alone.
pub(super) fn code(text: &str) -> String {
    hex(&[normal(text).as_bytes()], CODE)
}

pub(super) fn hex(parts: &[&[u8]], digits: usize) -> String {
    digest_parts(parts.iter().copied()).to_string().chars().take(digits).collect()
}

/// The lines of a block in the order in which they are written, and what they take.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    /// Lines by the headings above them; groups and lines in the order in which they came.
    groups: Vec<(Vec<String>, Vec<String>)>,
    bytes: u64,
    lines: u64,
}

impl Block {
    /// Bytes and lines of the marks, with the blank lines around them and the digest, when line ends
    /// have two bytes.
    const MARKS: (u64, u64) = (240, 4);

    fn cost(&self, line: &Line) -> (u64, u64) {
        let is_new = self.groups.iter().all(|(headings, _)| *headings != line.headings);
        // `- `, two line ends of two bytes, a blank and the code.
        let own = count(line.text.len()) + 6 + 1 + count(CODE);
        let heading = heading(&line.headings);
        match is_new {
            false => (own, 1),
            // A blank line before the group, and one below its heading.
            true if heading.is_empty() => (own + 2, 2),
            true => (own + count(heading.len()) + 6, 4),
        }
    }

    /// Whether the file with the text `outside` has room for one more line.
    pub(super) fn fits(&self, line: &Line, outside: &str, room: Room) -> bool {
        let (bytes, more) = self.cost(line);
        let all = count(outside.len()) + Self::MARKS.0 + self.bytes + bytes;
        let all_lines = lines(outside) + Self::MARKS.1 + self.lines + more;
        room.bytes.is_none_or(|most| all <= most) && room.lines.is_none_or(|most| all_lines <= most)
    }

    pub(super) fn push(&mut self, line: Line) {
        let (bytes, lines) = self.cost(&line);
        self.bytes += bytes;
        self.lines += lines;
        match self.groups.iter_mut().find(|(headings, _)| *headings == line.headings) {
            Some((_, texts)) => texts.push(line.text),
            // What has no heading comes first, for it would stand below that of another.
            None if line.headings.is_empty() => {
                self.groups.insert(0, (Vec::new(), vec![line.text]))
            }
            None => self.groups.push((line.headings, vec![line.text])),
        }
    }

    fn written(&self, begin: &str, line_end: &str) -> String {
        let mut out = vec![begin.to_owned()];
        for (headings, texts) in &self.groups {
            let heading = heading(headings);
            out.push(String::new());
            if !heading.is_empty() {
                out.extend([heading, String::new()]);
            }
            out.extend(texts.iter().map(|text| format!("- {text}")));
        }
        let texts: Vec<&str> =
            self.groups.iter().flat_map(|(_, texts)| texts).map(String::as_str).collect();
        out.extend([String::new(), end(&texts)]);
        out.iter().map(|line| format!("{line}{line_end}")).collect()
    }
}

/// Whether a text is so many hexadecimal digits.
pub(super) fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The headings above a line, as one.
pub(super) fn heading(headings: &[String]) -> String {
    if headings.is_empty() { String::new() } else { format!("### {}", headings.join(" › ")) }
}

/// The last line of a block of these texts.
fn end(texts: &[&str]) -> String {
    let codes: Vec<String> = texts.iter().map(|text| code(text)).collect();
    format!("{END} {} {} -->", digest_of(texts), codes.join(" "))
}

/// The digest of all lines.
pub(super) fn digest_of(texts: &[&str]) -> String {
    let normals: Vec<String> = texts.iter().map(|text| normal(text)).collect();
    let parts: Vec<&[u8]> = normals.iter().map(String::as_bytes).collect();
    hex(&parts, DIGEST)
}

/// A block as it was found in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Its statements as they are now.
    pub(super) texts: Vec<String>,
    /// The codes of those that were written.
    pub(super) codes: Vec<String>,
    /// Lines that are no statement and were not written, such as code and tables.
    pub(super) others: Vec<String>,
    /// Whether the statements are those that were written.
    pub(super) is_untouched: bool,
}

/// Where a block stands in a text.
struct Place {
    /// With its marks, and the line end after them.
    whole: Range<usize>,
    /// What is between the marks.
    inner: Range<usize>,
}

/// Where the block of a text stands, if it has one.
fn find_place(text: &str) -> Result<Option<Place>, Damage> {
    let (mut begins, mut ends, mut at) = (Vec::new(), Vec::new(), 0);
    for line in text.split_inclusive('\n') {
        let here = at..at + line.len();
        at = here.end;
        if line.starts_with(END) {
            ends.push(here);
        } else if line.starts_with(MARK) {
            begins.push(here);
        }
    }
    match (&begins[..], &ends[..]) {
        ([], []) => Ok(None),
        ([begin], [end]) if begin.start < end.start => {
            Ok(Some(Place { whole: begin.start..end.end, inner: begin.end..end.start }))
        }
        ([_], []) | ([], [_]) | ([_], [_]) => Err(Damage::Half),
        _ => Err(Damage::Several),
    }
}

/// The block of a file, if it has one.
pub(super) fn find(text: &str) -> Result<Option<Found>, Damage> {
    let Some(Place { whole, inner }) = find_place(text)? else { return Ok(None) };
    let last = text.get(inner.end..whole.end).unwrap_or_default();
    let codes = last.strip_prefix(END).and_then(|rest| rest.trim_ascii_end().strip_suffix("-->"));
    let mut codes = codes.ok_or(Damage::End)?.split_ascii_whitespace().map(str::to_owned);
    let digest = codes.next().ok_or(Damage::End)?;
    let codes: Vec<String> = codes.collect();
    if !is_hex(&digest, DIGEST) || !codes.iter().all(|code| is_hex(code, CODE)) {
        return Err(Damage::End);
    }
    read(text.get(inner).unwrap_or_default(), &digest, codes).map(Some)
}

/// The first line of the block of a file, if it has one.
pub(super) fn begin(text: &str) -> Result<Option<&str>, Damage> {
    let place = find_place(text)?;
    Ok(place.and_then(|place| text.get(place.whole)?.lines().next()))
}

/// What stands between marks that say `digest` and `codes` of what was written there.
pub(super) fn read(inner: &str, digest: &str, codes: Vec<String>) -> Result<Found, Damage> {
    let is_conflict =
        |line: &str| ["<<<<<<< ", ">>>>>>> "].iter().any(|mark| line.starts_with(mark));
    if inner.lines().any(is_conflict) {
        return Err(Damage::Conflict);
    }
    let pieces = pieces(inner);
    let mut others = Vec::new();
    let mut at = 0;
    for line in inner.split_inclusive('\n') {
        let here = at..at + line.len();
        at = here.end;
        let is_of_piece =
            pieces.iter().any(|piece| piece.range.start < here.end && here.start < piece.range.end);
        let line = line.trim_ascii();
        if !is_of_piece && !line.is_empty() && !line.starts_with('#') {
            others.push(line.to_owned());
        }
    }
    let texts: Vec<String> = pieces.into_iter().map(|piece| piece.text).collect();
    let now: Vec<&str> = texts.iter().map(String::as_str).collect();
    let is_untouched = digest_of(&now) == digest;
    Ok(Found { texts, codes, others, is_untouched })
}

/// The text with this block in place of the one that it has, else at the end; its first line is
/// `begin`. An empty block is left out.
pub(super) fn place(text: &str, block: &Block, begin: &str) -> Result<String, Damage> {
    if block.groups.is_empty() {
        return without(text);
    }
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let written = block.written(begin, line_end);
    if let Some(Place { whole, .. }) = find_place(text)? {
        let (head, tail) = (text.get(..whole.start), text.get(whole.end..));
        return Ok([head.unwrap_or_default(), &written, tail.unwrap_or_default()].concat());
    }
    let mut out = text.to_owned();
    if !out.is_empty() {
        if !out.ends_with('\n') {
            out.push_str(line_end);
        }
        out.push_str(line_end);
    }
    Ok(out + &written)
}

/// The text without its block, and without the blank line before it. Everything else is as it was
/// before the block came, but for a line end that a file without one at its end got.
///
/// # Errors
/// [`Damage`].
pub fn without(text: &str) -> Result<String, Damage> {
    let Some(Place { whole, .. }) = find_place(text)? else { return Ok(text.to_owned()) };
    let head = text.get(..whole.start).unwrap_or_default();
    let blank =
        |end| head.strip_suffix(end).filter(|rest: &&str| rest.is_empty() || rest.ends_with('\n'));
    let head = blank("\r\n").or_else(|| blank("\n")).unwrap_or(head);
    Ok([head, text.get(whole.end..).unwrap_or_default()].concat())
}
