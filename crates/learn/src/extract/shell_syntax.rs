//! Splits a shell line into commands, and these into words.

use dreaming_text::cut;
use dreaming_text::eight_bytes::place;

/// Bytes read of a line. Chosen by us: longer lines carry a document.
const MAX_LINE: usize = 16 << 10;

/// Here-documents (`<<END`) of a line that are left out. Chosen by us, to bound the search for
/// their ends.
const MAX_TEXTS: usize = 64;

/// A line without its here-documents, which are input and no commands.
pub(super) fn readable(line: &str) -> String {
    let mut out = String::new();
    let mut rest = cut(line, MAX_LINE);
    for _ in 0..MAX_TEXTS {
        let Some((before, found)) = place(rest, "<<").and_then(|at| rest.split_at_checked(at))
        else {
            break;
        };
        let after = found.get(2..).unwrap_or_default();
        out.push_str(before);
        match here_text(after) {
            Some((head, tail)) => {
                out.push_str(head);
                rest = tail;
            }
            None => {
                out.push_str("<<");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// For the text behind a `<<`: the rest of its line, and what follows the line that ends the
/// here-document.
fn here_text(after: &str) -> Option<(&str, &str)> {
    let word = after.strip_prefix('-').unwrap_or(after).trim_start_matches([' ', '\t']);
    let word = word.strip_prefix(['\'', '"']).unwrap_or(word);
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = word.split(|c: char| !is_name(c)).next().filter(|end| !end.is_empty())?;
    let word = word.get(end.len()..)?;
    let word = word.strip_prefix(['\'', '"']).unwrap_or(word);
    let (head, mut body) = word.split_once('\n')?;
    loop {
        let line = body.trim_start_matches('\t');
        if let Some(tail) = line.strip_prefix(end)
            && !tail.starts_with(is_name)
        {
            return Some((head, tail));
        }
        body = body.split_once('\n')?.1;
    }
}

/// Deepest nesting of parentheses that is followed. Chosen by us: nobody writes more; deeper groups
/// are read as if they were not nested.
const MAX_DEPTH: usize = 8;

/// How a command depends on the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum How {
    /// Always runs (`;`, a new line, `&`), or it is the first.
    #[default]
    Then,
    /// Runs when the one before worked.
    And,
    /// Runs when the one before failed.
    Or,
    /// Reads the output of the one before.
    Pipe,
}

/// An item of a list.
#[derive(Debug)]
pub(super) enum Node<'a> {
    /// A command, as its words: never empty.
    Command(Vec<&'a str>),
    /// A list in parentheses.
    Group(List<'a>),
}

/// Commands and groups in their order, each with how it follows.
pub(super) type List<'a> = Vec<(How, Node<'a>)>;

/// The commands of a line, as the shell would run them.
pub(super) fn commands(line: &str) -> List<'_> {
    let mut found = Split { line, ..Split::default() };
    let mut chars = line.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c);
        if let Some(quote) = found.quote {
            if c == '\\' && quote != '\'' {
                chars.next();
            } else if c == quote {
                found.quote = None;
            }
            continue;
        }
        match c {
            '\\' => {
                // A backslash before a line end continues the line.
                if next == Some('\n') {
                    found.end_word(at)
                } else {
                    found.in_word(at)
                }
                chars.next();
            }
            '\'' | '"' | '`' => {
                found.in_word(at);
                found.quote = Some(c);
            }
            '(' if found.word.is_none() && found.words.is_empty() => found.open(),
            '(' => {
                found.in_word(at);
                found.depth += 1;
            }
            ')' if found.depth > 0 => found.depth -= 1,
            _ if found.depth > 0 => {}
            ')' => {
                found.end_command(at);
                found.close();
            }
            ';' | '\n' => found.end_with(at, How::Then),
            '#' if found.word.is_none() => while chars.next_if(|(_, c)| *c != '\n').is_some() {},
            '&' if next == Some('>') || line.get(..at).is_some_and(|l| l.ends_with('>')) => {
                found.in_word(at);
            }
            '&' => {
                let both = chars.next_if(|(_, c)| *c == '&').is_some();
                found.end_with(at, if both { How::And } else { How::Then });
            }
            '|' => {
                let second = chars.next_if(|(_, c)| matches!(c, '|' | '&')).map(|(_, c)| c);
                found.end_with(at, if second == Some('|') { How::Or } else { How::Pipe });
            }
            c if c.is_ascii_whitespace() => found.end_word(at),
            _ => found.in_word(at),
        }
    }
    found.end_command(line.len());
    while !found.outer.is_empty() {
        found.close();
    }
    found.list
}

/// The state while a line is split.
#[derive(Default)]
struct Split<'a> {
    line: &'a str,
    /// The lists around this one, and how each continues with it.
    outer: Vec<(List<'a>, How)>,
    list: List<'a>,
    /// How the next command follows.
    how: How,
    words: Vec<&'a str>,
    /// Where the current word began.
    word: Option<usize>,
    quote: Option<char>,
    /// Open parentheses of `$(…)` and the like.
    depth: u32,
    /// How many open groups lie deeper than [`MAX_DEPTH`].
    too_deep: u32,
}

impl<'a> Split<'a> {
    fn in_word(&mut self, at: usize) {
        self.word.get_or_insert(at);
    }

    fn end_word(&mut self, at: usize) {
        if let Some(word) = self.word.take().and_then(|start| self.line.get(start..at)) {
            self.words.push(word);
        }
    }

    fn end_command(&mut self, at: usize) {
        self.end_word(at);
        let words = std::mem::take(&mut self.words);
        if !words.is_empty() {
            self.add(Node::Command(words));
        }
    }

    /// Ends a command; `how` says how the next one depends on it. An empty line keeps the earlier
    /// `how`, since a line may end in `&&`.
    fn end_with(&mut self, at: usize, how: How) {
        self.end_command(at);
        if how != How::Then || self.how == How::Then {
            self.how = how;
        }
    }

    fn add(&mut self, node: Node<'a>) {
        let how = std::mem::take(&mut self.how);
        self.list.push((how, node));
    }

    fn open(&mut self) {
        if self.outer.len() < MAX_DEPTH {
            let how = std::mem::take(&mut self.how);
            self.outer.push((std::mem::take(&mut self.list), how));
        } else {
            self.too_deep += 1;
        }
    }

    fn close(&mut self) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
        } else if let Some((outer, how)) = self.outer.pop() {
            let group = std::mem::replace(&mut self.list, outer);
            self.how = how;
            if !group.is_empty() {
                self.add(Node::Group(group));
            }
        } else {
            self.how = How::Then;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(list: &List<'_>) -> String {
        let mut out = String::new();
        for (how, node) in list {
            out.push_str(match how {
                How::Then if out.is_empty() => "",
                How::Then => "; ",
                How::And => " && ",
                How::Or => " || ",
                How::Pipe => " | ",
            });
            match node {
                Node::Command(words) => out.push_str(&words.join(" ")),
                Node::Group(list) => out.push_str(&format!("({})", written(list))),
            }
        }
        out
    }

    fn words<'a>(list: List<'a>, found: &mut Vec<&'a str>) {
        for (_, node) in list {
            match node {
                Node::Command(own) => found.extend(own),
                Node::Group(list) => words(list, found),
            }
        }
    }

    #[test]
    fn commands_end_where_the_shell_ends_them() {
        for (line, want) in [
            ("cd /a && make  all; make test", "cd /a && make all; make test"),
            ("make 2>&1 | tail -5 && git push", "make 2>&1 | tail -5 && git push"),
            ("make |& tee x || make clean\nmake all &", "make | tee x || make clean; make all"),
            ("git commit -m 'a; b && c' # now; push", "git commit -m 'a; b && c'"),
            ("echo \"a \\\" | b\" && x", "echo \"a \\\" | b\" && x"),
            (
                "(cd a && make) && x=$(git log | head; ls) y",
                "(cd a && make) && x=$(git log | head; ls) y",
            ),
            ("a || (b; (c | d)) && e", "a || (b; (c | d)) && e"),
            ("make &&\n\n  test ||\nx", "make && test || x"),
            ("((((((((((a) && b", "((((((((a && b))))))))"),
            ("() a) b; )", "a; b"),
            ("make \\\n  all &> log", "make all &> log"),
            ("'unclosed && x", "'unclosed && x"),
            ("", ""),
        ] {
            assert_eq!(written(&commands(line)), want, "{line}");
        }
    }

    #[test]
    fn texts_of_a_line_are_no_commands() {
        let line = "git commit -m \"$(cat <<'EOF'\nIt's done; \"now\"\nEOF\n)\" && git push";
        assert_eq!(commands(&readable(line)).len(), 2);
        assert_eq!(readable("cat <<-A && b\nx\n\tA\nc"), "cat  && b\nc");
        for kept in ["echo $((1 << 2))", "cat <<END\nno end", "a <<< b", "x <<"] {
            assert_eq!(readable(kept), kept);
        }
    }

    proptest! {
        #[test]
        fn any_line_is_split_into_its_own_words(line in "[a-c<>&|;()'\"`\\\\# \nE]{0,40}") {
            let mut found = Vec::new();
            words(commands(&line), &mut found);
            for word in found {
                prop_assert!(!word.is_empty() && line.contains(word));
            }
            prop_assert!(readable(&line).len() <= line.len());
        }
    }
}
