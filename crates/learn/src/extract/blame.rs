//! Decides which command of a shell line failed: the one that the output names, else the only one
//! that can have failed by the way the line joins its commands, else none. Charging a command with
//! the failure of another would put something false into the store.

use super::chain::{Chain, Part};
use crate::words::errors::{EXITS, NO_PROGRAM, TELLING};
use dreaming_text::cut;
use dreaming_text::eight_bytes::holds;

/// Bytes read of an output line. Chosen by us: names stand at its beginning.
const MAX_LINE: usize = 1024;

/// What the output says of a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Mention {
    #[default]
    Nothing,
    /// The output named it, so it ran.
    Ran,
    /// A line about a failure named it.
    Failed,
}

impl Chain {
    /// The command that a failure of the line is charged to, if the line's logic or its output
    /// tells.
    pub(super) fn failed(&self, printed: &str) -> Option<&Part> {
        of(&self.parts, printed)
    }
}

/// The command that a failure is charged to. `printed`: the output of the whole line.
fn of<'p>(parts: &'p [Part], printed: &str) -> Option<&'p Part> {
    let near = || parts.iter().filter(|part| part.near);
    let mut said = vec![Mention::default(); parts.len()];
    for line in printed.lines().map(|line| cut(line.trim_ascii(), MAX_LINE)) {
        let fails = is_failure(line);
        for part in near() {
            if let Some(known) = said.get_mut(part.at) {
                let now = if *known == Mention::Failed || !names(line, part, parts, fails) {
                    Mention::Nothing
                } else if fails {
                    Mention::Failed
                } else {
                    Mention::Ran
                };
                *known = now.max(*known);
            }
        }
    }
    let is_mentioned = |part: &Part, wanted| said.get(part.at) == Some(&wanted);
    // When the output names several commands, the last: it ran only because those before it worked.
    let named = near().rfind(|part| part.decides && is_mentioned(part, Mention::Failed));
    if named.is_some() {
        return named;
    }
    let mut writers = near().filter(|part| is_mentioned(part, Mention::Failed));
    if let (Some(writer), None) = (writers.next(), writers.next()) {
        return Some(writer);
    }
    let ran = near().rfind(|part| is_mentioned(part, Mention::Ran)).map_or(0, |part| part.at);
    let left = || near().filter(|part| part.decides && part.at >= ran);
    let guilty = || left().filter(|part| !part.harmless);
    only(guilty()).or_else(|| only(left()).filter(|_| guilty().next().is_none()))
}

/// The only command, or one command that is called several times.
fn only<'p>(mut parts: impl Iterator<Item = &'p Part>) -> Option<&'p Part> {
    let first = parts.next()?;
    parts.all(|part| part.label.is_some() && part.label == first.label).then_some(first)
}

fn is_failure(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    TELLING.iter().chain(EXITS).any(|word| holds(&lower, word))
}

/// Whether an output line names a command: by the word of its own, or by its program when no other
/// command runs that program.
fn names(line: &str, part: &Part, parts: &[Part], fails: bool) -> bool {
    let same = |other: &&Part| other.near && other.program == part.program;
    let by_program = part.program != part.own && parts.iter().filter(same).count() == 1;
    let own = (!part.own.is_empty()).then_some(&*part.own);
    let program = Some(&*part.program).filter(|program| by_program && !program.is_empty());
    own.into_iter().chain(program).any(|word| is_named(line, word, fails))
}

/// Whether a line names a word as programs and task runners do: `word: …`, `[word] …`,
/// `> package word`, `word failed`. A line about a failure may also name it in any marks, behind a
/// file position, or as not found.
fn is_named(line: &str, word: &str, fails: bool) -> bool {
    let heads = || {
        let mut words = line.strip_prefix('>')?.split_ascii_whitespace().take(3);
        words.any(|head| head == word).then_some(())
    };
    let is_marked = |(at, _): (usize, &str)| {
        let before = line.get(..at).unwrap_or_default();
        let after = line.get(at + word.len()..).unwrap_or_default();
        let (left, right) = (before.chars().next_back(), after.chars().next());
        match (left, right) {
            (None, Some(':')) => true,
            (Some('['), Some(']')) => fails || before.len() == 1,
            (Some('\'' | '"' | '`'), Some(_)) => fails && left == right,
            (Some(' ' | ':'), Some(']')) => fails,
            (Some(':'), Some(':')) => fails,
            (Some(':'), None | Some(' ')) => fails && before.ends_with(" :"),
            (Some(' '), Some(':')) => fails && before.ends_with(": "),
            (Some(' '), None) => {
                let lower = before.to_ascii_lowercase();
                NO_PROGRAM.iter().any(|said| lower.trim_ascii_end().ends_with(&format!("{said}:")))
            }
            (None | Some(' '), Some(' ')) => {
                after.get(1..5).is_some_and(|next| next.eq_ignore_ascii_case("fail"))
            }
            _ => false,
        }
    };
    line.contains(word) && (line.match_indices(word).any(is_marked) || heads().is_some())
}

#[cfg(test)]
mod tests {
    use super::super::chain::Chain;

    fn blamed(line: &str, printed: &str) -> Option<String> {
        Chain::of(line).failed(printed).and_then(|part| part.label.clone())
    }

    #[test]
    fn the_part_that_the_tools_name_is_charged() {
        for (line, printed, want) in [
            // Task runners, which print the name of a task in different ways.
            (
                "mise run fmt && mise run lint",
                "[fmt] $ gofmt -w .\n[lint] ERROR task failed",
                "mise run lint",
            ),
            ("mise run test && mise run lint", "[test] ERROR task failed", "mise run test"),
            ("make fmt && make lint", "make: *** [Makefile:3: fmt] Error 1", "make fmt"),
            ("just fmt && just lint", "error: Recipe `lint` failed on line 3", "just lint"),
            ("bun run a && bun run b", "error: script \"a\" exited with code 1", "bun run a"),
            ("gradle fmt && gradle lint", "> Task :fmt FAILED", "gradle fmt"),
            (
                "cargo build && cargo test",
                "error: test failed, to rerun pass `--lib`",
                "cargo test",
            ),
            // A command that started shows that those before it worked.
            ("npm run a && npm run b", "> x@1 a\n> a\n> x@1 b\n> b\nsome error", "npm run b"),
            ("mise run fmt && mise run lint", "[fmt] $ a\n[lint] $ b\n3 issues:", "mise run lint"),
            // Programs, which begin a message with their own name.
            ("cp a b && jq . x", "jq: error: syntax error", "jq"),
            ("make lint && foo x", "zsh: command not found: foo", "foo"),
            ("make lint && foo x", "bash: line 1: foo: command not found", "foo"),
            ("make lint && foo x", "sh: 1: foo: not found", "foo"),
            ("cd /x && make lint", "(eval):cd:1: no such file or directory: /x", "cd"),
            ("make lint | tail -3", "make: *** [lint] Error 1", "make lint"),
        ] {
            assert_eq!(blamed(line, printed).as_deref(), Some(want), "{line}: {printed}");
        }
    }

    #[test]
    fn the_logic_of_the_line_charges_where_it_leaves_one() {
        for (line, want) in [
            ("cd /x && A=1 make lint", "make lint"),
            ("cd /x", "cd"),
            ("make fmt; echo ok; make lint", "make lint"),
            ("make fmt || make lint", "make lint"),
            ("git log | grep x", "grep"),
            ("(cd a && make) && echo ok", "make"),
            ("for d in a b; do make $d; done", "make"),
            ("make lint && make lint", "make lint"),
        ] {
            assert_eq!(
                blamed(line, "Exit code 1\nsomething is wrong").as_deref(),
                Some(want),
                "{line}"
            );
        }
    }

    #[test]
    fn else_nobody_is_charged() {
        for (line, printed) in [
            ("make fmt && make lint", "a.c:3: error: x"),
            ("make fmt && make lint", "Exit code 1"),
            ("make fmt && make lint", "the lint of fmt is an error"),
            ("git add x && git commit", "fatal: pathspec 'x' did not match"),
            ("if make fmt; then make lint; fi", "a.c:3: error: x"),
            ("A=$(make fmt) && make lint", "a.c:3: error: x"),
            ("", "error"),
        ] {
            assert_eq!(blamed(line, printed), None, "{line}: {printed}");
        }
    }
}
