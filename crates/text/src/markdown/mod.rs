//! Splits a memory's Markdown into statements, by byte range.

pub mod front;
pub mod line_starts;
pub mod parse;

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Tag};

use crate::as_normal;
use crate::cut;
use crate::sort;
use crate::unicode;
use line_starts::Lines;
use parse::Block;

/// Longest heading that a piece keeps, in bytes. Chosen by us: a heading is a few words, and each
/// piece below it holds a copy.
pub const MAX_HEADING: usize = 200;

/// The byte order mark that some editors put before UTF-8 text. It belongs to no piece.
pub const BOM: char = '\u{feff}';

/// The form of an entry in Markdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An item of a list.
    Item,
    /// A paragraph.
    Paragraph,
    /// A row of a table, under the row of titles.
    Row,
    /// A line of a fenced block of code.
    Code,
}

impl Form {
    /// Whether it says nothing without what stands around it: a row of a table, a line of code. A dream may write it
    /// anew, and does nothing else with it.
    pub const fn is_part(self) -> bool {
        matches!(self, Self::Row | Self::Code)
    }
}

/// One statement of a memory. Everything else (front matter, indented code, long blocks of code, lines of code with a code mark, the titles of a table,
/// tables inside other blocks, HTML, headings, rules, definitions, block quotes, images alone, further paragraphs of an
/// item) belongs to no piece and is never changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The bytes that are removed with the entry: whole lines with list mark, indentation and line
    /// end. For a paragraph also the blank lines after it; for an item only if a blank line (or
    /// nothing) precedes it too, so that no gap grows.
    pub range: Range<usize>,
    /// The bytes of the statement alone, without list mark, task mark and line end; of a row all cells with the marks
    /// between them; of a line of code without its indentation.
    pub text_range: Range<usize>,
    /// The statement: the bytes of `text_range`, continuation lines joined by one space; of a line of code these between
    /// code marks.
    pub text: String,
    /// The line on which it starts, counted from 1.
    pub line: u64,
    /// Its form.
    pub form: Form,
    /// The marks before the statement: `-`, `2.`, `* [x]`; empty for a paragraph.
    pub mark: String,
    /// The headings above it, outermost first, each cut to [`MAX_HEADING`] bytes; of a row also the titles of its
    /// table.
    pub headings: Vec<String>,
    /// Whether `range` contains other pieces or blocks that belong to no piece, so that it cannot
    /// be removed alone. What [`Form::is_part`] counts as well.
    pub holds_others: bool,
}

impl Piece {
    /// What its mark says: the number of a step and the box of a task (`2.`, `[x]`, `2. [x]`); empty for other items and
    /// for paragraphs.
    pub fn number_and_box(&self) -> &str {
        self.mark.trim_start_matches(['-', '*', '+']).trim_ascii_start()
    }
}

/// The statements of a memory, in order. Ranges do not overlap, except that a piece that holds
/// others contains theirs. All ranges end at character boundaries.
///
/// An item's statement is its first block, if that is a paragraph; a nested item is a piece of its
/// own. A byte order mark at the beginning belongs to no piece.
pub fn pieces(markdown: &str) -> Vec<Piece> {
    let lines = Lines::new(markdown);
    let mut pieces: Vec<Piece> = parse::blocks(markdown)
        .into_iter()
        .filter_map(|block| piece(markdown, &lines, block))
        .collect();
    sort::by_key(&mut pieces, |piece| piece.text_range.start);
    contain(&mut pieces);
    pieces
}

/// Extends the range of a piece over those of the pieces inside it, which may include blank lines
/// at its end.
fn contain(pieces: &mut [Piece]) {
    let mut open: Vec<usize> = Vec::new();
    for at in 0..pieces.len() {
        let Some(Range { start, end }) = pieces.get(at).map(|p| p.range.clone()) else { return };
        open.retain(|outer| pieces.get(*outer).is_some_and(|outer| outer.range.end > start));
        for outer in &open {
            if let Some(outer) = pieces.get_mut(*outer) {
                outer.range.end = outer.range.end.max(end);
            }
        }
        open.push(at);
    }
}

fn piece(markdown: &str, lines: &Lines<'_>, block: Block) -> Option<Piece> {
    let text_range = block.text;
    let words = joined(markdown.get(text_range.clone())?);
    let text = if block.form == Form::Code { format!("`{words}`") } else { words };
    if as_normal(&text).is_empty() {
        return None;
    }
    let start = match lines.start(block.range.start) {
        0 => markdown.len() - markdown.strip_prefix(BOM).unwrap_or(markdown).len(),
        start => start,
    };
    let shares_line = !is_blank(markdown.get(start..block.range.start)?);
    let tail = markdown.get(text_range.end..block.range.end.max(text_range.end))?;
    let (lead, last) = match block.form {
        Form::Item => (after_mark(markdown.get(block.range.start..text_range.start)?), tail),
        Form::Paragraph | Form::Row | Form::Code => (markdown.get(start..text_range.start)?, ""),
    };
    let last = text_range.end + last.trim_ascii_end().len();
    let mut end = lines.end(last.saturating_sub(1));
    let is_part = block.form.is_part();
    if block.form == Form::Paragraph || !is_part && lines.blank_before(start) {
        end = lines.skip_blank(end);
    }
    let mark_end = match block.form {
        Form::Item => text_range.start,
        Form::Paragraph | Form::Row | Form::Code => block.range.start,
    };
    Some(Piece {
        range: start..end,
        line: u64::try_from(lines.number(text_range.start)).unwrap_or(u64::MAX).saturating_add(1),
        text_range,
        text,
        form: block.form,
        mark: markdown.get(block.range.start..mark_end).unwrap_or("").trim_ascii().into(),
        headings: block.headings,
        holds_others: is_part || shares_line || !is_blank(lead) || !is_blank(tail),
    })
}

/// How many cells a text has as a row of a table: the parts between its bars. `None` when it is none: a row begins and
/// ends with a bar.
pub fn cells(text: &str) -> Option<usize> {
    let inner = text.trim_ascii().strip_prefix('|')?.strip_suffix('|')?;
    let bars =
        inner.match_indices('|').filter(|(at, _)| !inner.get(..*at).unwrap_or("").ends_with('\\'));
    Some(bars.count() + 1)
}

/// Where the fenced blocks of code of a memory stand, with their fences, in order.
pub fn blocks_of_code(markdown: &str) -> Vec<Range<usize>> {
    let is_fenced =
        |event: &Event<'_>| matches!(event, Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))));
    parse::events(markdown).filter(|(event, _)| is_fenced(event)).map(|(_, range)| range).collect()
}

/// The code of a text that is a line of code right between code marks, and nothing else.
pub fn line_of_code(text: &str) -> Option<&str> {
    let code = text.strip_prefix('`')?.strip_suffix('`')?;
    let is_bare = !code.starts_with(unicode::is_space) && !code.ends_with(unicode::is_space);
    (is_bare && code.contains(unicode::is_word) && !code.contains('`')).then_some(code)
}

/// What of a drawing a line of code begins with, without white space: `│├──` of a line of a tree. It says what the line
/// stands below.
pub fn drawn_before(code: &str) -> String {
    let draws = |c: &char| matches!(c, '\u{2500}'..='\u{257f}');
    let before = code.chars().take_while(|c| draws(c) || unicode::is_space(*c));
    before.filter(draws).collect()
}

/// `text` without the marks that would begin a list item, a heading or a quote.
pub fn unmarked(text: &str) -> &str {
    let mut rest = text.trim_ascii_start();
    while let Some((mark, after)) = rest.split_once(' ') {
        let number = mark.trim_end_matches(['.', ')']);
        let ordered = number.len() < mark.len() && number.bytes().all(|b| b.is_ascii_digit());
        let heading = mark.bytes().all(|b| b == b'#');
        if !matches!(mark, "-" | "*" | "+" | ">") && !heading && !ordered {
            break;
        }
        rest = after.trim_ascii_start();
    }
    rest
}

/// Longest lead-in in bytes. Chosen by us: a dozen words. In six stores nine of ten pieces that end
/// with a colon are at most this long. A longer one says something by itself.
const LEAD_IN: usize = 80;

/// Whether a piece only introduces what stands below it: it is short and ends with a colon, apart
/// from mark-up (`**Solution:**`). Such a label says nothing by itself.
pub fn is_lead_in(statement: &str) -> bool {
    ends_with_colon(statement) && bare(statement).len() <= LEAD_IN
}

/// Whether a paragraph may say whose, where or when what stands below it holds: it ends with a colon, apart from
/// mark-up, or is short and begins with bold words, as a title does (`**Manual strategy** (the default)`).
pub fn introduces(paragraph: &str) -> bool {
    let is_bold = ["**", "__"].iter().any(|mark| paragraph.starts_with(mark));
    ends_with_colon(paragraph) || is_bold && paragraph.len() <= LEAD_IN
}

/// Whether a paragraph that introduces what stands below it says nothing else: it ends with a colon, or is all in bold.
pub fn is_label(paragraph: &str) -> bool {
    let is_bold = ["**", "__"].iter().any(|mark| paragraph.ends_with(mark));
    ends_with_colon(paragraph) || is_bold
}

/// Whether a statement ends with a colon, apart from mark-up.
pub fn ends_with_colon(statement: &str) -> bool {
    bare(statement).ends_with([':', '\u{ff1a}'])
}

/// A statement without the mark-up at its end.
fn bare(statement: &str) -> &str {
    statement.trim_end_matches(['*', '_', ' '])
}

/// The words of one line of Markdown without mark-up, as those of a heading are kept.
pub fn plain(line: &str) -> String {
    let mut words = String::new();
    for (event, _) in parse::events(line) {
        match event {
            Event::Text(text) | Event::Code(text) => words.push_str(&text),
            Event::SoftBreak | Event::HardBreak => words.push(' '),
            _ => {}
        }
    }
    cut(&words, MAX_HEADING).into()
}

/// The text between the mark of a list item and its statement. It is white space, unless the item
/// begins with a definition.
fn after_mark(lead: &str) -> &str {
    let lead = lead.trim_start_matches(|c: char| c.is_ascii_digit());
    let lead = lead.strip_prefix(['-', '*', '+', '.', ')']).unwrap_or(lead).trim_ascii_start();
    match lead.as_bytes() {
        [b'[', b' ' | b'\t' | b'x' | b'X', b']', ..] => lead.get(3..).unwrap_or(lead),
        _ => lead,
    }
}

fn is_blank(text: &str) -> bool {
    text.trim_ascii().is_empty()
}

/// The lines of a statement joined into one, without the indentation of continuation lines.
fn joined(text: &str) -> String {
    if !text.contains(['\n', '\r']) {
        return text.trim_ascii().to_owned();
    }
    let lines: Vec<&str> =
        text.split(['\n', '\r']).map(str::trim_ascii).filter(|line| !line.is_empty()).collect();
    lines.join(" ")
}

#[cfg(test)]
mod tests;
