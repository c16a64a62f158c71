//! From changes back to Markdown: bytes that no change names stay as they were.

use std::ops::Range;

/// One edit of a memory's text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Edit {
    /// Puts `text` in place of the bytes of [`crate::read::Piece::text_range`].
    Replace {
        /// The bytes.
        range: (usize, usize),
        /// The new statement, one paragraph.
        text: String,
    },
    /// Takes out the bytes of [`crate::read::Piece::range`].
    Remove {
        /// The bytes.
        range: (usize, usize),
    },
    /// Adds a list item with `text` at the end.
    Append {
        /// The new statement, one paragraph.
        text: String,
    },
}

/// Applies edits to `markdown`, from the end to the start, appended items last and in order. A new
/// memory begins with the heading `title`. Line ends and a byte order mark stay as they are; the
/// list mark of an appended item is that of the last list of the memory, else `-`.
pub fn edit(markdown: &str, title: &str, edits: &[Edit]) -> String {
    let _ = (title, edits);
    markdown.into()
}

/// The byte range of an edit, if it has one.
pub fn range(edit: &Edit) -> Option<Range<usize>> {
    match edit {
        Edit::Replace { range, .. } | Edit::Remove { range } => Some(range.0..range.1),
        Edit::Append { .. } => None,
    }
}
