//! The block structure of a memory, from the events of the Markdown parser.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::front;
use super::{Form, MAX_HEADING};
use crate::cut;

/// Most lines of a block of code that are pieces. Chosen by us: a longer block is a file or what a program printed, and
/// nobody believes it line by line. In nine real memories the longest of 133 blocks has 32 lines.
const MAX_CODE: usize = 64;

/// A block that holds a statement.
pub(super) struct Block {
    /// Item, paragraph, row or line of code.
    pub form: Form,
    /// The bytes of the block as the parser gives them, with list mark, without indentation; blank
    /// lines may be included at the end.
    pub range: Range<usize>,
    /// The bytes of the statement, without white space at the ends.
    pub text: Range<usize>,
    /// The headings above it, outermost first, cut.
    pub headings: Vec<String>,
}

/// The settings of the Markdown parser. No smart punctuation, so that texts stay as written.
fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_TASKLISTS
}

/// The statement of a block while its inline events arrive.
#[derive(Default)]
struct Statement {
    range: Option<Range<usize>>,
    /// Whether it has anything but images and HTML.
    says_something: bool,
}

/// The block around the current event.
enum Open {
    /// A list item, its statement, and whether the statement is complete.
    Item { range: Range<usize>, statement: Statement, closed: bool },
    /// A paragraph that is a piece of its own.
    Paragraph { range: Range<usize>, statement: Statement },
}

struct Walk<'a> {
    markdown: &'a str,
    open: Vec<Open>,
    /// Nesting depth inside blocks that are skipped.
    opaque: usize,
    images: usize,
    heading: Option<String>,
    headings: Vec<(HeadingLevel, String)>,
    /// The titles of the table around the current event.
    titles: Option<String>,
    /// The lines of the fenced block of code around the current event.
    code: Option<Vec<Block>>,
    blocks: Vec<Block>,
}

/// The items, top-level paragraphs, rows of top-level tables and lines of fenced code of a memory; nested items and code
/// come before the item around them.
pub(super) fn blocks(markdown: &str) -> Vec<Block> {
    let mut walk = Walk {
        markdown,
        open: Vec::new(),
        opaque: 0,
        images: 0,
        heading: None,
        headings: Vec::new(),
        titles: None,
        code: None,
        blocks: Vec::new(),
    };
    for (event, range) in events(markdown) {
        walk.event(&event, range);
    }
    walk.blocks
}

/// The events of the parser with their byte ranges in `markdown`, without the front matter. Boxed,
/// so that the parser is compiled once and not in every calling crate.
pub fn events(markdown: &str) -> Box<dyn Iterator<Item = (Event<'_>, Range<usize>)> + '_> {
    let offset = front::length(markdown);
    let events = Parser::new_ext(markdown.get(offset..).unwrap_or(""), options())
        .into_offset_iter()
        .map(move |(event, range)| (event, range.start + offset..range.end + offset));
    Box::new(events)
}

/// The range of an item without leading indentation, which the parser includes for the first item
/// of a list.
pub fn from_mark(markdown: &str, range: Range<usize>) -> Range<usize> {
    let item = markdown.get(range.clone()).unwrap_or("");
    range.start + (item.len() - item.trim_ascii_start().len())..range.end
}

impl Walk<'_> {
    fn event(&mut self, event: &Event<'_>, range: Range<usize>) {
        if self.opaque > 0 {
            match event {
                Event::Start(_) => self.opaque += 1,
                Event::End(_) => self.opaque -= 1,
                _ => {}
            }
            return;
        }
        if let Some(mut lines) = self.code.take() {
            match event {
                Event::End(_) if lines.len() <= MAX_CODE => self.blocks.extend(lines),
                Event::End(_) => {}
                _ => {
                    self.code(range, &mut lines);
                    self.code = Some(lines);
                }
            }
            return;
        }
        if self.titles.is_some() {
            match event {
                Event::Start(Tag::TableHead) => self.titles = Some(self.titles_in(range)),
                Event::Start(Tag::TableRow) => self.row(range),
                Event::End(TagEnd::Table) => self.titles = None,
                _ => {}
            }
            return;
        }
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(*tag),
            Event::TaskListMarker(_) => {}
            Event::Rule => self.close_statement(),
            Event::Text(text) | Event::Code(text) => {
                let says_something = self.images == 0 && !text.trim_ascii().is_empty();
                self.inline(range, says_something, text);
            }
            Event::FootnoteReference(_) => self.inline(range, self.images == 0, ""),
            Event::SoftBreak | Event::HardBreak => self.inline(range, false, " "),
            _ => self.inline(range, false, ""),
        }
    }

    fn start(&mut self, tag: &Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::List(_) => self.close_statement(),
            Tag::Item => {
                let statement = Statement::default();
                let range = from_mark(self.markdown, range);
                self.open.push(Open::Item { range, statement, closed: false });
            }
            Tag::Paragraph => match self.open.last_mut() {
                // Only the first paragraph of an item is its statement.
                Some(Open::Item { statement, closed, .. })
                    if *closed || statement.range.is_some() =>
                {
                    *closed = true;
                    self.opaque = 1;
                }
                Some(_) => {}
                None => {
                    let statement = Statement::default();
                    self.open.push(Open::Paragraph { range, statement });
                }
            },
            Tag::Heading { level, .. } if self.open.is_empty() => {
                self.headings.retain(|(above, _)| above < level);
                self.headings.push((*level, String::new()));
                self.heading = Some(String::new());
            }
            Tag::Table(_) if self.open.is_empty() => self.titles = Some(String::new()),
            Tag::CodeBlock(CodeBlockKind::Fenced(_)) => {
                self.close_statement();
                self.code = Some(Vec::new());
            }
            Tag::Image { .. } => {
                self.images += 1;
                self.inline(range, false, "");
            }
            Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough
            | Tag::Superscript
            | Tag::Subscript
            | Tag::Link { .. } => self.inline(range, false, ""),
            _ => {
                self.close_statement();
                self.opaque = 1;
            }
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Image => self.images = self.images.saturating_sub(1),
            TagEnd::Heading(_) => {
                if let (Some(text), Some(last)) = (self.heading.take(), self.headings.last_mut()) {
                    last.1 = cut(&text, MAX_HEADING).into();
                }
            }
            TagEnd::Item => {
                if let Some(Open::Item { range, statement, .. }) = self.open.pop() {
                    self.finish(Form::Item, range, statement);
                }
            }
            TagEnd::Paragraph => match self.open.pop() {
                Some(Open::Paragraph { range, statement }) => {
                    self.finish(Form::Paragraph, range, statement);
                }
                Some(Open::Item { range, statement, .. }) => {
                    self.open.push(Open::Item { range, statement, closed: true });
                }
                None => {}
            },
            _ => {}
        }
    }

    /// The titles of a table as one line.
    fn titles_in(&self, range: Range<usize>) -> String {
        let titles = self.markdown.get(range).unwrap_or("").trim_ascii();
        let line = titles.lines().next().unwrap_or("").trim_ascii();
        cut(line.trim_matches('|').trim_ascii(), MAX_HEADING).into()
    }

    /// A row between bars that says something.
    fn row(&mut self, range: Range<usize>) {
        let Some(row) = self.markdown.get(range.clone()) else { return };
        let lead = row.len() - row.trim_ascii_start().len();
        let text = range.start + lead..range.start + row.trim_ascii_end().len();
        let words = self.markdown.get(text.clone()).unwrap_or("");
        if super::cells(words).is_none() || !words.contains(crate::unicode::is_word) {
            return;
        }
        let headings = self.headings.iter().map(|(_, heading)| heading.clone());
        let headings = headings.chain(self.titles.clone()).collect();
        self.blocks.push(Block { form: Form::Row, range: text.clone(), text, headings });
    }

    /// The lines of a piece of code that say something. One with a code mark cannot stand between code marks.
    fn code(&self, range: Range<usize>, lines: &mut Vec<Block>) {
        let mut start = range.start;
        for line in self.markdown.get(range).unwrap_or("").split_inclusive(['\n', '\r']) {
            let lead = line.len() - line.trim_ascii_start().len();
            let text = start + lead..start + line.trim_ascii_end().len();
            start += line.len();
            if line.contains(crate::unicode::is_word) && !line.contains('`') {
                let headings = self.headings.iter().map(|(_, heading)| heading.clone()).collect();
                lines.push(Block { form: Form::Code, range: text.clone(), text, headings });
            }
        }
    }

    /// Another block begins in the innermost item, so the item's statement is complete.
    fn close_statement(&mut self) {
        if let Some(Open::Item { closed, .. }) = self.open.last_mut() {
            *closed = true;
        }
    }

    fn inline(&mut self, range: Range<usize>, says_something: bool, text: &str) {
        if let Some(heading) = &mut self.heading {
            if heading.len() < MAX_HEADING {
                heading.push_str(text);
            }
            return;
        }
        let (Some(Open::Item { statement, closed: false, .. })
        | Some(Open::Paragraph { statement, .. })) = self.open.last_mut()
        else {
            return;
        };
        statement.says_something |= says_something;
        statement.range = Some(match statement.range.take() {
            Some(sofar) => sofar.start.min(range.start)..sofar.end.max(range.end),
            None => range,
        });
    }

    fn finish(&mut self, form: Form, range: Range<usize>, statement: Statement) {
        let Some(mut text) = statement.range.filter(|_| statement.says_something) else { return };
        // The parser's range begins after a backslash that escapes the first character; this
        // includes it.
        let escape = text.start.checked_sub(1).filter(|at| *at >= range.start);
        if escape.is_some_and(|at| self.markdown.as_bytes().get(at) == Some(&b'\\')) {
            text.start -= 1;
        }
        let Some(words) = self.markdown.get(text.clone()) else { return };
        let lead = words.len() - words.trim_ascii_start().len();
        let text = text.start + lead..text.start + words.trim_ascii_end().len();
        let headings = self.headings.iter().map(|(_, heading)| heading.clone()).collect();
        self.blocks.push(Block { form, range, text, headings });
    }
}
