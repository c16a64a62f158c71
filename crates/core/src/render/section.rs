//! Where a section of a memory ends, and what parts it.

use std::ops::Range;

use pulldown_cmark::{Event, Tag};

use dreaming_text::markdown::line_starts::Lines;
use dreaming_text::markdown::parse::events;

/// Where the first heading from `from` on begins, if there is one.
pub(super) fn heading_from(markdown: &str, from: usize) -> Option<usize> {
    heading_and_rule(markdown, from)[0]
}

/// Where the section ends in which `from` lies, or where the rule is that stands last in it.
pub(super) fn section_end(markdown: &str, from: usize) -> usize {
    let [heading, rule] = heading_and_rule(markdown, from);
    rule.or(heading).unwrap_or(markdown.len())
}

/// Whether nothing parts the blocks of a range: no rule, and no block of HTML (`<details>`).
pub(crate) fn is_one_text(markdown: &str, range: &Range<usize>) -> bool {
    let mut depth = 0_usize;
    events(markdown).all(|(event, at)| {
        let parts = depth == 0 && matches!(event, Event::Rule | Event::Start(Tag::HtmlBlock));
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        !parts || !range.contains(&at.start)
    })
}

/// Where the first heading from `from` on begins, and where the rule that stands last before it does.
fn heading_and_rule(markdown: &str, from: usize) -> [Option<usize>; 2] {
    let (mut depth, mut rule) = (0_usize, None);
    let next = events(markdown).find(|(event, range)| {
        let is_heading = depth == 0 && matches!(event, Event::Start(Tag::Heading { .. }));
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Rule if depth == 0 && range.start >= from => rule = Some(range.clone()),
            _ => {}
        }
        is_heading && range.start >= from
    });
    let lines = Lines::new(markdown);
    let heading = next.map(|(_, range)| lines.start(range.start));
    let is_last = |rule: &Range<usize>| {
        let rest = markdown.get(rule.end..heading.unwrap_or(markdown.len()));
        rest.is_some_and(|rest| rest.trim_ascii().is_empty())
    };
    [heading, rule.filter(is_last).map(|rule| lines.start(rule.start))]
}
