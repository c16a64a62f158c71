//! The mark with which the next item of a list begins, the next step, or the next row of a table.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use dreaming_text::markdown::line_starts::Lines;
use dreaming_text::markdown::parse::{events, from_mark};
use dreaming_text::sort;

use super::line_end;

/// The mark with which the next item of a list begins, and what stands around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListMark {
    indent: String,
    /// `-`, `2.`, or nothing for a row of a table.
    sign: String,
    padding: String,
    /// Whether a blank line stands between items.
    pub loose: bool,
}

impl Default for ListMark {
    fn default() -> Self {
        Self { indent: String::new(), sign: "-".into(), padding: " ".into(), loose: false }
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
            sign: bullet.into(),
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
        (is_all && !bullet_ends_it).then_some(Self { indent, sign: bullet.into(), padding, loose })
    }

    /// The mark of the step that comes after one that begins with `start`; `None` for other items, for tasks and for
    /// steps that begin in the line of another block. See [`renumbered`].
    pub(super) fn of_step(start: &str, loose: bool) -> Option<Self> {
        let item = start.trim_start_matches([' ', '\t']);
        let digits = item.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = item.split_at_checked(digits)?;
        let next = number.parse::<u64>().ok()?.checked_add(1)?;
        let padding = rest.strip_prefix(['.', ')'])?;
        let end = rest.strip_suffix(padding)?;
        let is_blank = !padding.is_empty() && padding.bytes().all(|b| matches!(b, b' ' | b'\t'));
        let (indent, sign) = (start.strip_suffix(item)?.into(), format!("{next}{end}"));
        is_blank.then_some(Self { indent, sign, padding: padding.into(), loose })
    }

    /// What stands before the row that comes after one with `start` before it; `None` within another block.
    pub(super) fn of_row(start: &str) -> Option<Self> {
        let is_blank = start.bytes().all(|b| b == b' ');
        let indent = start.to_owned();
        is_blank.then_some(Self {
            indent,
            sign: String::new(),
            padding: String::new(),
            loose: false,
        })
    }

    /// Whether it begins a row of a table.
    pub(super) const fn is_of_row(&self) -> bool {
        self.sign.is_empty()
    }

    /// Whether it begins a step.
    pub(super) fn is_of_step(&self) -> bool {
        self.sign.starts_with(|c: char| c.is_ascii_digit())
    }

    /// How far in its items stand, in characters.
    pub(super) fn depth(&self) -> usize {
        self.indent.chars().count()
    }

    /// Indentation, mark and the space after it.
    pub(super) fn written(&self) -> String {
        [&*self.indent, &self.sign, &self.padding].concat()
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

/// The text with the steps counted again from the new ones on, of which `new` are the lines' beginnings: each has the
/// number of the step before it and one. Where the steps that were there all have one number, the new ones have it too.
pub(super) fn renumbered(markdown: &str, new: &[usize]) -> Option<String> {
    let lines = Lines::new(markdown);
    let mut open: Vec<Vec<Range<usize>>> = Vec::new();
    let mut numbers: Vec<(Range<usize>, u64)> = Vec::new();
    for (event, range) in events(markdown) {
        match event {
            Event::Start(Tag::List(_)) => open.push(Vec::new()),
            Event::Start(Tag::Item) => open.last_mut()?.push(from_mark(markdown, range)),
            Event::End(TagEnd::List(_)) => {
                let steps = open.pop()?;
                let is_new = |step: &Range<usize>| new.contains(&lines.start(step.start));
                if steps.iter().any(is_new) {
                    let digits = |step: &Range<usize>| {
                        let item = markdown.get(step.clone())?;
                        let length = item.bytes().take_while(u8::is_ascii_digit).count();
                        let digits = item.get(..length)?;
                        let number = digits.parse::<u64>().ok()?;
                        let is_plain = digits == number.to_string();
                        is_plain.then_some((step.start..step.start + length, number, is_new(step)))
                    };
                    let steps = steps.iter().map(digits).collect::<Option<Vec<_>>>()?;
                    numbers.extend(counted(&steps)?);
                }
            }
            _ => {}
        }
    }
    sort::by_key(&mut numbers, |(range, _)| range.start);
    let mut text = markdown.to_owned();
    for (range, number) in numbers.into_iter().rev() {
        text.replace_range(range, &number.to_string());
    }
    Some(text)
}

/// The numbers of the steps of a list, each with its place, the number that it has, and whether it is new.
/// `None` where those that were there count otherwise than by one.
fn counted(steps: &[(Range<usize>, u64, bool)]) -> Option<Vec<(Range<usize>, u64)>> {
    let old = steps.iter().filter(|(.., is_new)| !is_new).map(|(_, number, _)| *number);
    let old: Vec<u64> = old.collect();
    let count_by = |step: u64| old.windows(2).all(|pair| matches!(pair, [a, b] if *b == a + step));
    let all_one = old.len() > 1 && count_by(0);
    if !all_one && !count_by(1) {
        return None;
    }
    let (mut last, mut counts) = (0, false);
    let number = |(place, number, is_new): &(Range<usize>, u64, bool)| {
        counts |= is_new;
        last = match (all_one, counts) {
            (true, _) => old.first().copied().unwrap_or(*number),
            (false, true) => last + 1,
            (false, false) => *number,
        };
        (place.clone(), last)
    };
    Some(steps.iter().map(number).collect())
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
