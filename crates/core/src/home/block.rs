//! The block itself: how it is written, found and taken out.

use std::collections::BTreeMap;
use std::ops::Range;

use dreaming_records::canonical::digest_parts;
use dreaming_records::number::count;
use dreaming_text::markdown::{BOM, Piece, pieces};
use dreaming_text::normal;

use super::{Room, lines};

/// How every mark begins. It is a comment, which Markdown does not show.
pub(super) const MARK: &str = "<!-- dreaming:";

/// The first line of the block of a store.
pub(super) const BEGIN: &str = "<!-- dreaming: from this project's memory. Lines may be edited here; \
                     `dreaming render` takes them along. -->";

/// How the last line of a block begins: a digest of all lines follows, a code of each, and after
/// [`HEADINGS`] a code of each heading.
const END: &str = "<!-- dreaming: end";

/// What stands before the codes of the headings.
pub(super) const HEADINGS: &str = "#";

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
    #[error(
        "git has not merged two versions of it: leave one of them whole, with the last line that belongs to it"
    )]
    Conflict,
}

/// An entry in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The headings above it.
    pub(super) headings: Vec<String>,
    /// The number of a step and the box of a task, see [`Piece::number_and_box`].
    pub(super) mark: String,
    /// Its text.
    pub(super) text: String,
    /// Lines of the same headings inside which it stands.
    pub(super) depth: usize,
}

impl Line {
    /// By what it is known again: its words, and the box of a task. A step may get another number.
    pub(super) fn known_by(&self) -> String {
        known_by(&self.mark, &self.text)
    }

    /// What stands before its text: the mark of its list and the box of a task.
    pub(super) fn sign(&self) -> String {
        let is_step = self.mark.starts_with(|c: char| c.is_ascii_digit());
        let list = if is_step { "" } else { "-" };
        [list, &*self.mark].join(" ").trim_ascii().to_owned()
    }

    /// The box of a task; empty for what is none.
    pub(super) fn task(&self) -> &str {
        task_of(&self.mark)
    }

    /// Its text with its box.
    pub(super) fn said(&self) -> String {
        [self.task(), &*self.text].join(" ").trim_ascii().to_owned()
    }

    /// The mark of its list alone.
    fn list_mark(&self) -> String {
        self.sign().split_ascii_whitespace().next().unwrap_or_default().to_owned()
    }
}

/// By what a line with this mark and text is known again.
pub(super) fn known_by(mark: &str, text: &str) -> String {
    [task_of(mark), text].concat()
}

/// The box in the mark of a task; empty for what is none.
pub(super) fn task_of(mark: &str) -> &str {
    mark.find('[').and_then(|at| mark.get(at..)).unwrap_or_default()
}

/// The code of a text, by its words alone.
pub(super) fn code(text: &str) -> String {
    hex(&[normal(text).as_bytes()], CODE)
}

pub(super) fn hex(parts: &[&[u8]], digits: usize) -> String {
    digest_parts(parts.iter().copied()).to_string().chars().take(digits).collect()
}

/// A line of a block, and how far it is indented.
#[derive(Clone, Debug)]
struct Placed {
    indent: usize,
    line: Line,
}

/// The lines of a block in the order in which they are written, and what they take.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    /// Lines by the headings above them; groups and lines in the order in which they came.
    groups: Vec<(Vec<String>, Vec<Placed>)>,
    bytes: u64,
    lines: u64,
}

impl Block {
    /// Bytes and lines of the marks, with the blank lines around them, the digest and the sign
    /// before the codes of headings, when line ends have two bytes.
    const MARKS: (u64, u64) = (242, 4);

    fn cost(&self, line: &Line) -> (u64, u64) {
        let is_new = self.group(&line.headings).is_none();
        // A blank after the mark, two line ends of two bytes, a blank and the code.
        let own = count(self.indent(line) + line.sign().len() + line.text.len()) + 6 + count(CODE);
        let heading = heading(&line.headings);
        match is_new {
            false => (own, 1),
            // A blank line before the group, and one below its heading, which has a code too.
            true if heading.is_empty() => (own + 2, 2),
            true => (own + count(heading.len()) + 6 + 1 + count(CODE), 4),
        }
    }

    fn group(&self, headings: &[String]) -> Option<&[Placed]> {
        let group = self.groups.iter().find(|(above, _)| above == headings);
        group.map(|(_, placed)| &**placed)
    }

    /// How far a line that comes next is indented: to where the text of the item around it begins.
    fn indent(&self, line: &Line) -> usize {
        let above = self.group(&line.headings).unwrap_or_default();
        let outer = above.iter().rev().find(|outer| outer.line.depth < line.depth);
        outer
            .filter(|_| line.depth > 0)
            .map_or(0, |outer| outer.indent + outer.line.list_mark().len() + 1)
    }

    /// Whether a file may have room for one more line of this text, wherever it stands; its headings take more.
    pub(super) fn may_fit(&self, text: &str, outside: &str, room: Room) -> bool {
        let least = Self {
            bytes: self.bytes + count(text.len()),
            lines: self.lines + 1,
            groups: Vec::new(),
        };
        least.fits(outside, room)
    }

    /// Whether the file with the text `outside` has room for the block.
    pub(super) fn fits(&self, outside: &str, room: Room) -> bool {
        let all = count(outside.len()) + Self::MARKS.0 + self.bytes;
        let all_lines = lines(outside) + Self::MARKS.1 + self.lines;
        room.bytes.is_none_or(|most| all <= most) && room.lines.is_none_or(|most| all_lines <= most)
    }

    pub(super) fn push(&mut self, line: Line) {
        let (bytes, lines) = self.cost(&line);
        self.bytes += bytes;
        self.lines += lines;
        let headings = line.headings.clone();
        let placed = Placed { indent: self.indent(&line), line };
        match self.groups.iter_mut().find(|(above, _)| *above == headings) {
            Some((_, group)) => group.push(placed),
            // What has no heading comes first, for it would stand below that of another.
            None if headings.is_empty() => self.groups.insert(0, (headings, vec![placed])),
            None => self.groups.push((headings, vec![placed])),
        }
    }

    fn written(&self, begin: &str, line_end: &str) -> String {
        let mut out = vec![begin.to_owned()];
        let mut headings = Vec::new();
        for (above, group) in &self.groups {
            let heading = heading(above);
            out.push(String::new());
            if !heading.is_empty() {
                out.extend([heading.clone(), String::new()]);
                headings.push(heading);
            }
            let written = |Placed { indent, line }: &Placed| {
                format!("{}{} {}", " ".repeat(*indent), line.sign(), line.text)
            };
            out.extend(group.iter().map(written));
        }
        let all = self.groups.iter().flat_map(|(_, group)| group);
        let known_by: Vec<String> = all.map(|placed| placed.line.known_by()).collect();
        out.extend([String::new(), end(&known_by, &headings)]);
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

/// The last line of a block of lines that are known by these texts, below these headings.
fn end(texts: &[String], headings: &[String]) -> String {
    let mut parts = vec![END.to_owned(), digest_of(texts)];
    parts.extend(texts.iter().map(|text| code(text)));
    parts.push(HEADINGS.to_owned());
    parts.extend(headings.iter().map(|heading| code(heading)));
    format!("{} -->", parts.join(" "))
}

/// The digest of all lines.
pub(super) fn digest_of(texts: &[String]) -> String {
    let normals: Vec<String> = texts.iter().map(|text| normal(text)).collect();
    let parts: Vec<&[u8]> = normals.iter().map(String::as_bytes).collect();
    hex(&parts, DIGEST)
}

/// What a mark says of what was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Written {
    /// The digest of all lines.
    pub(super) digest: String,
    /// The code of each line.
    pub(super) codes: Vec<String>,
    /// The code of each heading; `None` in a mark that was written before headings had codes.
    pub(super) headings: Option<Vec<String>>,
}

/// A block as it was found in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Its statements as they are now, each with the headings above it.
    pub(super) lines: Vec<Line>,
    /// The codes of those that were written.
    pub(super) codes: Vec<String>,
    /// Lines that are no statement and were not written, such as code, tables and headings.
    pub(super) others: Vec<String>,
    /// Whether the statements are those that were written, in any order.
    pub(super) is_untouched: bool,
}

/// Where a block stands in a text.
struct Place {
    /// With its marks, and the line end after them.
    whole: Range<usize>,
    /// What is between the marks.
    inner: Range<usize>,
}

/// Whether a line is such a mark: as Markdown reads a comment, after at most three spaces, and after
/// a byte order mark.
pub(super) fn has_mark(line: &str, mark: &str) -> bool {
    const SPACES: usize = 3;
    let line = line.strip_prefix(BOM).unwrap_or(line);
    let rest = line.trim_start_matches(' ');
    line.len() - rest.len() <= SPACES && rest.starts_with(mark)
}

/// Whether a text has marks of git around two versions.
fn is_unmerged(text: &str) -> bool {
    let is_mark = |line: &str| ["<<<<<<< ", ">>>>>>> "].iter().any(|mark| line.starts_with(mark));
    text.lines().any(is_mark)
}

/// Where the block of a text stands, if it has one.
fn find_place(text: &str) -> Result<Option<Place>, Damage> {
    let (mut begins, mut ends, mut at) = (Vec::new(), Vec::new(), 0);
    for line in text.split_inclusive('\n') {
        let is_marked = line.starts_with(BOM);
        let here = at + if is_marked { BOM.len_utf8() } else { 0 }..at + line.len();
        at = here.end;
        let begins_with = |mark| has_mark(line, mark);
        if begins_with(END) {
            ends.push(here);
        } else if begins_with(MARK) {
            begins.push(here);
        }
    }
    match (&begins[..], &ends[..]) {
        ([], []) => Ok(None),
        ([begin], [end]) if begin.start < end.start => {
            Ok(Some(Place { whole: begin.start..end.end, inner: begin.end..end.start }))
        }
        _ if is_unmerged(text) => Err(Damage::Conflict),
        ([_], []) | ([], [_]) | ([_], [_]) => Err(Damage::Half),
        _ => Err(Damage::Several),
    }
}

/// The block of a file, if it has one.
pub(super) fn find(text: &str) -> Result<Option<Found>, Damage> {
    let Some(Place { whole, inner }) = find_place(text)? else { return Ok(None) };
    let last = text.get(inner.end..whole.end).unwrap_or_default().trim_ascii();
    let said = last.strip_prefix(END).and_then(|rest| rest.strip_suffix("-->"));
    let said = said.ok_or(Damage::End)?;
    let (said, headings) = match said.split_once(HEADINGS) {
        Some((said, headings)) => (said, Some(headings)),
        None => (said, None),
    };
    let parts = |said: &str| said.split_ascii_whitespace().map(str::to_owned).collect();
    let mut codes: Vec<String> = parts(said);
    let headings: Option<Vec<String>> = headings.map(parts);
    if codes.is_empty() {
        return Err(Damage::End);
    }
    let digest = codes.remove(0);
    let all = codes.iter().chain(headings.iter().flatten());
    if !is_hex(&digest, DIGEST) || !all.clone().all(|code| is_hex(code, CODE)) {
        return Err(Damage::End);
    }
    let written = Written { digest, codes, headings };
    read(text.get(inner).unwrap_or_default(), written).map(Some)
}

/// The first line of the block of a file, if it has one.
pub(super) fn begin(text: &str) -> Result<Option<&str>, Damage> {
    let place = find_place(text)?;
    Ok(place.and_then(|place| text.get(place.whole)?.lines().next()))
}

/// What stands between marks that say what was `written` there.
pub(super) fn read(inner: &str, written: Written) -> Result<Found, Damage> {
    if is_unmerged(inner) {
        return Err(Damage::Conflict);
    }
    // A block has no tables and no code of its own, and these are no new lines.
    let mut pieces = pieces(inner);
    pieces.retain(|piece| !piece.form.is_part());
    let mut headings = written.headings.as_deref().map(Left::of);
    let mut is_written = |line: &str| match &mut headings {
        Some(written) => written.take(&code(line)),
        None => line.starts_with('#'),
    };
    let mut others = Vec::new();
    let mut at = 0;
    for line in inner.split_inclusive('\n') {
        let here = at..at + line.len();
        at = here.end;
        let is_of_piece =
            pieces.iter().any(|piece| piece.range.start < here.end && here.start < piece.range.end);
        let line = line.trim_ascii();
        if !is_of_piece && !line.is_empty() && !is_written(line) {
            others.push(line.to_owned());
        }
    }
    let mut around: Vec<usize> = Vec::new();
    let line = |piece: Piece| {
        around.retain(|end| piece.range.end <= *end);
        let depth = around.len();
        around.push(piece.range.end);
        let mark = piece.number_and_box().to_owned();
        Line { headings: piece.headings, mark, text: piece.text, depth }
    };
    let lines: Vec<Line> = pieces.into_iter().map(line).collect();
    let is_untouched = has_digest(&lines, &written);
    Ok(Found { lines, codes: written.codes, others, is_untouched })
}

/// Whether these lines are those that were written, in any order.
fn has_digest(lines: &[Line], written: &Written) -> bool {
    let mut by_code: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines.iter().rev() {
        let known_by = line.known_by();
        by_code.entry(code(&known_by)).or_default().push(known_by);
    }
    let as_written = written.codes.iter().map(|code| by_code.get_mut(code)?.pop());
    let as_written: Option<Vec<String>> = as_written.collect();
    lines.len() == written.codes.len()
        && as_written.is_some_and(|texts| digest_of(&texts) == written.digest)
}

/// How many of each code are left.
pub(super) struct Left<'a>(BTreeMap<&'a str, usize>);

impl<'a> Left<'a> {
    pub(super) fn of(codes: &'a [String]) -> Self {
        let mut left = BTreeMap::new();
        codes.iter().for_each(|code| *left.entry(code.as_str()).or_default() += 1);
        Self(left)
    }

    /// Takes one of a code away; whether there was one.
    pub(super) fn take(&mut self, code: &str) -> bool {
        let left = self.0.get_mut(code).filter(|left| **left > 0);
        left.map(|left| *left -= 1).is_some()
    }
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
