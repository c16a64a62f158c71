//! From a memory's Markdown to its entries, by byte range.

pub mod identity;

use std::ops::Range;

/// The form of an entry in Markdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An item of a list.
    Item,
    /// A paragraph.
    Paragraph,
}

/// One statement of a memory. What is no statement that we understand (front matter, code,
/// tables, HTML, headings, rules, definitions) belongs to no piece and is never written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The bytes that go when the entry goes: whole lines with list mark, indentation and line
    /// end. For a paragraph also the blank lines after it.
    pub range: Range<usize>,
    /// The bytes of the statement itself, without list mark and line end.
    pub text_range: Range<usize>,
    /// The statement: the bytes of `text_range`, continuation lines joined by one space.
    pub text: String,
    /// The line on which it starts, counted from 1.
    pub line: u64,
    /// Its form.
    pub form: Form,
    /// The headings above it, outermost first.
    pub headings: Vec<String>,
    /// Whether other pieces or opaque blocks lie inside `range`, so that it cannot go alone.
    pub holds_others: bool,
}

/// The statements of a memory, in order of position. Ranges do not overlap, except that a piece
/// that holds others contains theirs.
pub fn pieces(markdown: &str) -> Vec<Piece> {
    let _ = markdown;
    Vec::new()
}
