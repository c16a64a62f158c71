//! The statements of a text, and those that stand in two files.

use std::collections::BTreeMap;

/// Fewest characters of a statement. Chosen by us: what is shorter is a label or a word of a table, and stands twice by
/// chance.
const FEWEST: usize = 12;

/// A statement: an item of a list with the lines that go on with it, or a paragraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its first line.
    pub line: u64,
    /// Its words, on one line and without the mark of the list.
    pub text: String,
}

impl Statement {
    /// What equal statements have in common: the words without capitals.
    pub fn folded(&self) -> String {
        self.text.to_lowercase()
    }
}

/// The statements of a Markdown text. Front matter, headings, tables, code and comments are none.
pub fn of(text: &str) -> Vec<Statement> {
    let mut all: Vec<Statement> = Vec::new();
    let (mut is_open, mut fence, mut is_comment) = (false, None, false);
    for (number, line) in (1..).zip(text.lines()).skip(front_matter(text)) {
        let words = line.trim();
        let mark = ["```", "~~~"].into_iter().find(|mark| words.starts_with(mark));
        if fence.is_some() || mark.is_some() {
            fence = match fence {
                Some(open) if mark == Some(open) => None,
                Some(open) => Some(open),
                None => mark,
            };
            is_open = false;
            continue;
        }
        is_comment |= words.starts_with("<!--");
        if is_comment {
            is_comment = !words.contains("-->");
            is_open = false;
            continue;
        }
        let is_rule = words.chars().all(|c| matches!(c, '-' | '*' | '_' | '=' | ' '));
        if words.is_empty() || is_rule || words.starts_with(['#', '|']) {
            is_open = false;
            continue;
        }
        match (item(words), is_open, all.last_mut()) {
            (None, true, Some(last)) => {
                last.text.push(' ');
                last.text.push_str(&one_line(words));
            }
            (item, ..) => {
                all.push(Statement { line: number, text: one_line(item.unwrap_or(words)) });
                is_open = true;
            }
        }
    }
    all.retain(|statement| statement.text.chars().count() >= FEWEST);
    all
}

/// The words of a list item; `None` for a line that begins none.
fn item(line: &str) -> Option<&str> {
    let digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let words = match line.strip_prefix(['-', '*', '+']) {
        Some(words) => words,
        None if digits.len() < line.len() => digits.strip_prefix(['.', ')'])?,
        None => return None,
    };
    let words = words.strip_prefix([' ', '\t'])?.trim_start();
    let boxed = ["[ ] ", "[x] ", "[X] "].into_iter().find_map(|mark| words.strip_prefix(mark));
    Some(boxed.unwrap_or(words))
}

fn one_line(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Lines of the front matter of a text.
pub fn front_matter(text: &str) -> usize {
    let mut lines = text.lines();
    if lines.next().is_none_or(|line| line.trim_end() != "---") {
        return 0;
    }
    lines.position(|line| line.trim_end() == "---").map_or(0, |end| end + 2)
}

/// A statement that stands in two files or more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twice {
    /// Its words, as the first file has them.
    pub text: String,
    /// Each file, and the line in it.
    pub places: Vec<(String, u64)>,
}

/// The statements that stand in two of these files (name and text) or more, in the order in which they come.
pub fn twice<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<Twice> {
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    let mut all: Vec<Twice> = Vec::new();
    for (name, text) in files {
        for statement in of(text) {
            let at = *found.entry(statement.folded()).or_insert(all.len());
            let place = (name.to_owned(), statement.line);
            match all.get_mut(at) {
                Some(known) if known.places.iter().all(|(known, _)| known != name) => {
                    known.places.push(place);
                }
                Some(_) => {}
                None => all.push(Twice { text: statement.text, places: vec![place] }),
            }
        }
    }
    all.retain(|statement| statement.places.len() > 1);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_items_and_paragraphs_and_nothing_else() {
        let text = "---\nname: some long name\n---\n# A heading of words\n\n- Use  tabs,\n  never blanks.\n\
                    1. [x] Deploy with `make ship`.\n\nA paragraph\nof two lines.\n| a cell | of a table |\n\
                    ```\n- no statement at all\n```\n<!-- nor is this\none -->\n- short\n";
        let lines: Vec<(u64, String)> =
            of(text).into_iter().map(|statement| (statement.line, statement.text)).collect();
        let said = |line, text: &str| (line, text.to_owned());
        assert_eq!(
            lines,
            [
                said(6, "Use tabs, never blanks."),
                said(8, "Deploy with `make ship`."),
                said(10, "A paragraph of two lines.")
            ]
        );
    }

    #[test]
    fn equal_but_for_blanks_capitals_and_list_marks_is_twice() {
        let files = [
            ("a.md", "- Use tabs, never blanks.\n- Use tabs, never blanks.\n- Only in one file.\n"),
            ("b.md", "\n* use TABS,\n  never blanks.\n"),
            ("c.md", "Use tabs; never blanks.\n"),
        ];
        let found = twice(files.into_iter());
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].places, [("a.md".to_owned(), 1), ("b.md".to_owned(), 2)]);
    }
}
