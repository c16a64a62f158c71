//! Writes changes back into Markdown. Bytes that no change concerns stay as they were.

mod expected;
mod kept_form;
mod list;
mod opening;
mod page;
mod section;

use std::ops::Range;

use crate::index;
use dreaming_text::markdown::line_starts::Lines;
use dreaming_text::markdown::{BOM, Form, introduces, pieces};
use dreaming_text::normal;
use list::ListMark;
pub use opening::Opening;
pub(crate) use page::{Page, Ready, holds_only};
pub(crate) use section::is_one_text;

/// One edit of a memory's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Puts `text` in place of the bytes of [`dreaming_text::markdown::Piece::text_range`].
    Replace {
        /// The bytes.
        range: Range<usize>,
        /// The new statement, one paragraph.
        text: String,
    },
    /// Takes out the bytes of [`dreaming_text::markdown::Piece::range`].
    Remove {
        /// The bytes.
        range: Range<usize>,
    },
    /// Adds a list item with `text` at the end of the section of a statement: before the next
    /// heading.
    Insert {
        /// The bytes of [`dreaming_text::markdown::Piece::text_range`] of that statement.
        beside: Range<usize>,
        /// The new statement, one paragraph.
        text: String,
    },
    /// Adds `text` as the next item of the list of a statement, with its indentation and mark; as [`Edit::Insert`]
    /// where the statement is no item, or a step or task, and nothing parts it from the end of its section.
    After {
        /// The bytes of [`dreaming_text::markdown::Piece::text_range`] of that statement.
        before: Range<usize>,
        /// The new statement, one paragraph.
        text: String,
    },
    /// Adds `text` as the next step of the numbered list of a statement, and counts the steps behind it again;
    /// nothing where the statement is no step of a list that counts by one.
    Step {
        /// The bytes of [`dreaming_text::markdown::Piece::text_range`] of that statement.
        before: Range<usize>,
        /// The new step, one paragraph.
        text: String,
    },
    /// Adds a list item with `text` at the end of the first section that has a list; a line that takes in a file
    /// (`@path.md`) at the end of the first section.
    Append {
        /// The new statement, one paragraph.
        text: String,
    },
}

impl Edit {
    /// The edit that adds `text` after a statement: as a step, or otherwise.
    pub fn after(before: Range<usize>, text: String, step: bool) -> Self {
        match step {
            true => Self::Step { before, text },
            false => Self::After { before, text },
        }
    }
}

/// Applies edits to `markdown`, from the end to the start; items added to a place come there in
/// order. A new memory begins with `opening`. Line ends and a byte order mark stay as they are. An
/// added item gets the mark of the list with which the memory (or section) ends, else `-`: it is no
/// step of a numbered list, but with [`Edit::Step`].
///
/// The result is read again to check that it holds the untouched statements as they were, and each
/// new one as [`rendered`] gives it. Without edits the text stays byte for byte.
///
/// `None` when an edit names no statement of the memory, removes a statement that holds others,
/// overlaps another edit or has a text that cannot be a statement; also when Markdown would read
/// the result in another way, because the memory ends inside an open block or because an edit
/// affects other blocks.
pub fn edit(markdown: &str, opening: &Opening, edits: &[Edit]) -> Option<String> {
    Page::new(markdown, &pieces(markdown)).edited(opening, edits)
}

/// The form in which a statement is written into a memory, read back from it, and kept in the
/// ledger: one line in normal form without control characters, escaped where it would begin another
/// block. The form of such a form is itself. A text that cannot be made a statement, such as an
/// empty one, is returned unescaped, and [`edit`] refuses it.
pub fn rendered(text: &str) -> String {
    written(text).unwrap_or_else(|| one_line(text))
}

fn one_line(text: &str) -> String {
    let shown = |c: &char| *c != BOM && (!c.is_control() || c.is_ascii_whitespace());
    normal(&text.chars().filter(shown).collect::<String>())
}

/// The first of three forms that reads back unchanged: the line itself, the line with its first
/// sign or list number escaped, the line with all its punctuation escaped.
fn written(text: &str) -> Option<String> {
    let line = one_line(text);
    if line.is_empty() {
        return None;
    }
    if reads_back(&line) {
        return Some(line);
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let mut first = line.clone();
    first.insert(digits, '\\');
    if reads_back(&first) {
        return Some(first);
    }
    let mut all = String::with_capacity(line.len() * 2);
    for c in line.chars() {
        if c.is_ascii_punctuation() {
            all.push('\\');
        }
        all.push(c);
    }
    reads_back(&all).then_some(all)
}

/// Whether the line is one statement, both as an item and as a paragraph.
fn reads_back(line: &str) -> bool {
    let alone = |markdown: String, form| match pieces(&markdown).as_slice() {
        [only] => only.form == form && only.text == line && !only.holds_others,
        _ => false,
    };
    // A second item shows whether the line would merge with what follows.
    let item = format!("- {line}\n- a\n");
    let followed = match pieces(&item).as_slice() {
        [first, second] => first.text == line && second.text == "a" && !first.holds_others,
        _ => false,
    };
    followed && alone(format!("{line}\n"), Form::Paragraph)
}

/// Adds items after the last line that is not blank, with one blank line before a new list; further
/// blank lines at the end stay there.
fn append<'a>(text: &mut String, opening: &Opening, added: impl Iterator<Item = &'a str>) {
    let line_end = line_end(text);
    let body = text.strip_prefix(BOM).unwrap_or(text);
    if body.trim_ascii().is_empty() {
        // Front matter is recognised only at the very beginning of a file.
        let at_start = body.is_empty();
        text.push_str(&opening.written(at_start, line_end));
        for item in added {
            text.push_str(&format!("- {item}{line_end}"));
        }
        return;
    }
    let last = text.trim_ascii_end().len().saturating_sub(1);
    let mut at = Lines::new(text).end(last);
    let mut lines = String::new();
    if !text.get(..at).is_some_and(|head| head.ends_with(['\n', '\r'])) {
        lines.push_str(line_end);
    }
    let added: Vec<&str> = added.collect();
    // A list that a line introduces is about something ("Never open these files:"), and no place for a line that takes
    // in a file.
    let is_led = added.iter().all(|item| index::takes_in(item)) && leads_at_end(text);
    let mark = ListMark::at_end(text).filter(|_| !is_led);
    if mark.is_none() {
        match text.get(at..).is_some_and(|rest| rest.starts_with(line_end)) {
            true => at += line_end.len(),
            false => lines.push_str(line_end),
        }
    }
    let mark = mark.unwrap_or_default();
    for (at, item) in added.into_iter().enumerate() {
        if mark.loose || is_led && at > 0 {
            lines.push_str(line_end);
        }
        if !is_led {
            lines.push_str(&mark.written());
        }
        lines.push_str(item);
        lines.push_str(line_end);
    }
    text.insert_str(at, &lines);
}

/// Whether a text ends with a list that a line introduces.
fn leads_at_end(text: &str) -> bool {
    let pieces = pieces(text);
    let lead = pieces.iter().rfind(|piece| piece.form == Form::Paragraph);
    let ends = pieces.last().is_some_and(|last| last.form == Form::Item);
    ends && lead.is_some_and(|lead| introduces(&lead.text))
}

/// What stands before the first heading of a text, without the blank lines at its end, and the text
/// from that heading on.
pub(crate) fn at_first_heading(markdown: &str) -> (String, &str) {
    let at = section::heading_from(markdown, 0).unwrap_or(markdown.len());
    let (head, rest) = markdown.split_at_checked(at).unwrap_or((markdown, ""));
    let kept = head.trim_ascii_end();
    (if kept.is_empty() { String::new() } else { [kept, "\n"].concat() }, rest)
}

/// How the lines of a text end.
fn line_end(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

#[cfg(test)]
mod tests;
