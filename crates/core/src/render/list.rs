//! The mark with which the next item of a list begins.

use std::ops::Range;

use pulldown_cmark::{Event, Tag};

use dreaming_text::markdown::line_starts::Lines;
use dreaming_text::markdown::parse::{events, from_mark};

/// The mark with which the next item of a list begins, and what stands around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ListMark {
    indent: String,
    /// For a numbered list: the number of the last item, and by how much the number grows with each
    /// item.
    number: Option<(u64, u64)>,
    /// The bullet of a list without numbers, or the sign after the number.
    sign: char,
    padding: String,
    /// Whether a blank line stands between items.
    pub loose: bool,
}

impl Default for ListMark {
    fn default() -> Self {
        Self { indent: String::new(), number: None, sign: '-', padding: " ".into(), loose: false }
    }
}

impl ListMark {
    /// The mark of the next item, when `markdown` ends with a list.
    pub(super) fn at_end(markdown: &str) -> Option<Self> {
        let items = last_list(markdown)?;
        let last = items.last()?;
        let lines = Lines::new(markdown);
        let (number, sign, padding) = mark(markdown.get(last.clone())?)?;
        let before = items.iter().rev().nth(1);
        let earlier = before.and_then(|range| mark(markdown.get(range.clone())?)?.0);
        let indent = markdown.get(lines.start(last.start)..last.start).unwrap_or("");
        Some(Self {
            indent: indent.chars().filter(|c| matches!(c, ' ' | '\t')).collect(),
            // A list in which all items have the same number keeps that number.
            number: number.map(|n| (n, u64::from(earlier != Some(n)))),
            sign,
            padding: if matches!(padding, "\t" | "  " | "   " | "    ") { padding } else { " " }
                .into(),
            loose: before.is_some() && lines.blank_before(last.start),
        })
    }

    /// Indentation, mark and the space after it, for the next item.
    pub(super) fn next(&mut self) -> String {
        let mut number = String::new();
        if let Some((last, step)) = &mut self.number {
            *last += *step;
            number = last.to_string();
        }
        format!("{}{number}{}{}", self.indent, self.sign, self.padding)
    }
}

/// The number, the sign and the white space after it in the mark with which an item begins.
fn mark(item: &str) -> Option<(Option<u64>, char, &str)> {
    let after = item.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = item.strip_suffix(after).and_then(|digits| digits.parse().ok());
    let sign = after.chars().next()?;
    let rest = after.get(sign.len_utf8()..)?;
    let content = rest.trim_start_matches([' ', '\t']);
    Some((number, sign, rest.strip_suffix(content).unwrap_or("")))
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
