//! A shell line as commands, each as words.

use dreaming_text::cut;

/// What is read of a line, in bytes. Chosen by us: longer ones carry a text in them.
const MAX_LINE: usize = 16 << 10;

/// Texts of a line (`<<END`) that are left out. Chosen by us: bounds the search for their ends.
const MAX_TEXTS: usize = 64;

/// A line that can be taken apart: without the texts that it hands to its commands, which are
/// no commands.
pub(super) fn readable(line: &str) -> String {
    let mut out = String::new();
    let mut rest = cut(line, MAX_LINE);
    for _ in 0..MAX_TEXTS {
        let Some((before, after)) = rest.split_once("<<") else { break };
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

/// What follows a `<<` as the rest of its line and what stands behind the line that ends the text.
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

/// The commands of a line that run unless an earlier one fails: what stands behind a pipe works
/// on the output of the one before, and what stands behind `||` is for when that fails.
pub(super) fn commands(line: &str) -> Vec<Vec<&str>> {
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
                // A line that goes on in the next one.
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
            '(' if found.word.is_none() && found.words.is_empty() => {}
            '(' => {
                found.in_word(at);
                found.depth += 1;
            }
            ')' if found.depth > 0 => found.depth -= 1,
            _ if found.depth > 0 => {}
            ')' | ';' | '\n' => found.end_command(at, true),
            '#' if found.word.is_none() => while chars.next_if(|(_, c)| *c != '\n').is_some() {},
            '&' if next == Some('>') || line.get(..at).is_some_and(|l| l.ends_with('>')) => {
                found.in_word(at);
            }
            '&' => {
                chars.next_if(|(_, c)| *c == '&');
                found.end_command(at, true);
            }
            '|' => {
                chars.next_if(|(_, c)| matches!(c, '|' | '&'));
                found.end_command(at, false);
            }
            c if c.is_ascii_whitespace() => found.end_word(at),
            _ => found.in_word(at),
        }
    }
    found.end_command(line.len(), true);
    found.commands
}

/// A line while it is split.
#[derive(Default)]
struct Split<'a> {
    line: &'a str,
    commands: Vec<Vec<&'a str>>,
    words: Vec<&'a str>,
    /// Where the word began.
    word: Option<usize>,
    quote: Option<char>,
    /// Open parentheses of `$(…)` and the like.
    depth: u32,
    /// Whether the command works for the one before it.
    follows: bool,
}

impl Split<'_> {
    fn in_word(&mut self, at: usize) {
        self.word.get_or_insert(at);
    }

    fn end_word(&mut self, at: usize) {
        if let Some(word) = self.word.take().and_then(|start| self.line.get(start..at)) {
            self.words.push(word);
        }
    }

    /// `alone`: whether the next command does not follow on this one.
    fn end_command(&mut self, at: usize, alone: bool) {
        self.end_word(at);
        let words = std::mem::take(&mut self.words);
        if !words.is_empty() && !self.follows {
            self.commands.push(words);
        }
        self.follows = !alone;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(line: &str) -> Vec<String> {
        commands(line).into_iter().map(|words| words.join(" ")).collect()
    }

    #[test]
    fn commands_end_where_the_shell_ends_them() {
        for (line, want) in [
            ("cd /a && make  all; make test", &["cd /a", "make all", "make test"][..]),
            ("make 2>&1 | tail -5 && git push", &["make 2>&1", "git push"]),
            ("make || make clean\nmake all &", &["make", "make all"]),
            ("git commit -m 'a; b && c' # now; push", &["git commit -m 'a; b && c'"]),
            ("echo \"a \\\" | b\" && x", &["echo \"a \\\" | b\"", "x"]),
            (
                "(cd a && make) && x=$(git log | head; ls) y",
                &["cd a", "make", "x=$(git log | head; ls) y"],
            ),
            ("make \\\n  all &> log", &["make all &> log"]),
            ("'unclosed && x", &["'unclosed && x"]),
            ("", &[]),
        ] {
            assert_eq!(split(line), want, "{line}");
        }
    }

    #[test]
    fn texts_of_a_line_are_no_commands() {
        let line = "git commit -m \"$(cat <<'EOF'\nIt's done; \"now\"\nEOF\n)\" && git push";
        assert_eq!(split(&readable(line)).len(), 2);
        assert_eq!(readable("cat <<-A && b\nx\n\tA\nc"), "cat  && b\nc");
        for kept in ["echo $((1 << 2))", "cat <<END\nno end", "a <<< b", "x <<"] {
            assert_eq!(readable(kept), kept);
        }
    }

    proptest! {
        #[test]
        fn any_line_is_split_into_its_own_words(line in "[a-c<>&|;()'\"`\\\\# \nE]{0,40}") {
            for word in commands(&line).into_iter().flatten() {
                prop_assert!(!word.is_empty() && line.contains(word));
            }
            prop_assert!(readable(&line).len() <= line.len());
        }
    }
}
