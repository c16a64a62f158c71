//! The mark with which the next item of a list begins, or the next row of a table.

use std::ops::Range;

use pulldown_cmark::{Event, Tag};

use dreaming_text::markdown::line_starts::Lines;
use dreaming_text::markdown::parse::{events, from_mark};

use super::line_end;

/// The mark with which the next item of a list begins, and what stands around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListMark {
    indent: String,
    /// `None` for a row of a table.
    bullet: Option<char>,
    padding: String,
    /// Whether a blank line stands between items.
    pub loose: bool,
}

impl Default for ListMark {
    fn default() -> Self {
        Self { indent: String::new(), bullet: Some('-'), padding: " ".into(), loose: false }
    }
}

impl ListMark {
    /// The mark of the next item, when `markdown` ends with a list that has no numbers: an item that
    /// is added is no step of a procedure.
    pub(super) fn at_end(markdown: &str) -> Option<Self> {
        let items = last_list(markdown)?;
        let last = items.last()?;
        let lines = Lines::new(markdown);
        let (bullet, padding) = mark(markdown.get(last.clone())?)?;
        let indent = markdown.get(lines.start(last.start)..last.start).unwrap_or("");
        Some(Self {
            indent: indent.chars().filter(|c| matches!(c, ' ' | '\t')).collect(),
            bullet: Some(bullet),
            padding: if matches!(padding, "\t" | "  " | "   " | "    ") { padding } else { " " }
                .into(),
            loose: items.len() > 1 && lines.blank_before(last.start),
        })
    }

    /// The mark of the item that comes after one that begins with `start`, its indentation with it; `None` for steps,
    /// tasks and items that begin in the line of another block.
    pub(super) fn after(start: &str, loose: bool) -> Option<Self> {
        let item = start.trim_start_matches([' ', '\t']);
        let (bullet, padding) = mark(item)?;
        let is_all = item.len() == bullet.len_utf8() + padding.len();
        let (indent, padding) = (start.strip_suffix(item)?.into(), padding.into());
        let bullet_ends_it = item.ends_with(bullet);
        let bullet = Some(bullet);
        (is_all && !bullet_ends_it).then_some(Self { indent, bullet, padding, loose })
    }

    /// What stands before the row that comes after one with `start` before it; `None` within another block.
    pub(super) fn of_row(start: &str) -> Option<Self> {
        let is_blank = start.bytes().all(|b| b == b' ');
        let indent = start.to_owned();
        is_blank.then_some(Self { indent, bullet: None, padding: String::new(), loose: false })
    }

    /// Whether it begins a row of a table.
    pub(super) const fn is_of_row(&self) -> bool {
        self.bullet.is_none()
    }

    /// How far in its items stand, in characters.
    pub(super) fn depth(&self) -> usize {
        self.indent.chars().count()
    }

    /// Indentation, mark and the space after it.
    pub(super) fn written(&self) -> String {
        let bullet = self.bullet.map(String::from).unwrap_or_default();
        format!("{}{bullet}{}", self.indent, self.padding)
    }
}

/// Adds the next item of a list after the lines of a text.
pub(super) fn push(text: &mut String, mark: &ListMark, item: &str) {
    let line_end = line_end(text);
    if !text.ends_with(['\n', '\r']) {
        text.push_str(line_end);
    }
    if mark.loose {
        text.push_str(line_end);
    }
    *text += &[&mark.written(), item, line_end].concat();
}

/// The bullet with which an item begins, and the white space after it; `None` for a number.
fn mark(item: &str) -> Option<(char, &str)> {
    let bullet = item.chars().next().filter(|bullet| matches!(bullet, '-' | '*' | '+'))?;
    let rest = item.get(bullet.len_utf8()..)?;
    let content = rest.trim_start_matches([' ', '\t']);
    Some((bullet, rest.strip_suffix(content).unwrap_or("")))
}

/// The items of the outermost list with which the text ends.
fn last_list(markdown: &str) -> Option<Vec<Range<usize>>> {
    let (mut depth, mut items, mut end) = (0_usize, Vec::new(), 0);
    for (event, range) in events(markdown) {
        match event {
            Event::Start(tag) => {
                match tag {
                    Tag::List(_) if depth == 0 => {
                        items.clear();
                        end = markdown.get(..range.end)?.trim_ascii_end().len();
                    }
                    Tag::Item if depth == 1 => items.push(from_mark(markdown, range)),
                    _ => {}
                }
                depth += 1;
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    (end == markdown.trim_ascii_end().len()).then_some(items).filter(|items| !items.is_empty())
}
