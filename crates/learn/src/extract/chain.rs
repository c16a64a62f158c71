//! The commands of a shell line: which of them ran and worked, and which may have made it fail.

use super::names::name;
use super::shell;
use super::shell_syntax::{How, List, Node, commands, readable};
use crate::step;
use crate::words::shell::{FLOW, HARMLESS, NO_COMMAND};
use dreaming_shield::redact::MARK;
use dreaming_text::eight_bytes::holds;

/// Most commands of a line that are told apart. Chosen by us: a longer line is a program.
const MAX_PARTS: usize = 32;

/// A line as its commands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Chain {
    pub(super) parts: Vec<Part>,
}

/// A command of a line. The flags follow from how the shell joins commands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    /// Its position among the commands of the line.
    pub(super) at: usize,
    /// Program and subcommand; redacted. `None` when they are unknown, or held a secret.
    pub(super) label: Option<String>,
    /// Its name as a step: like `label`, but an interpreter with what it runs, see
    /// [`shell::script`].
    ran: Option<String>,
    /// Its words with one space between them, without redirections; empty when it held a secret.
    pub(super) called: String,
    /// The program as the line names it, without its folder.
    pub(super) program: String,
    /// What tells it from other commands of its program: the last word of program and subcommand.
    pub(super) own: String,
    /// Whether it hardly ever fails: `cd`, `echo`, or an assignment.
    pub(super) harmless: bool,
    pub(super) tests: bool,
    /// Whether it runs unless an earlier one fails: not behind a pipe or `||`.
    leads: bool,
    /// Whether it certainly worked when the line did.
    pub(super) worked: bool,
    /// Whether its failure can make the line fail.
    pub(super) decides: bool,
    /// Whether `decides` holds, or it writes into a pipe whose last command decides.
    pub(super) near: bool,
}

impl Chain {
    pub(super) fn of(line: &str) -> Self {
        let line = readable(line);
        let mut chain = Self::default();
        let mut is_plain = true;
        let certain =
            Part { leads: true, worked: true, decides: true, near: true, ..Part::default() };
        chain.add(commands(&line), &certain, &mut is_plain);
        if chain.parts.len() > MAX_PARTS {
            chain.parts.truncate(MAX_PARTS);
            is_plain = false;
        }
        // A command that steers others (such as `if` or `set -e`) also changes the exit code:
        // nothing is certain then.
        for part in chain.parts.iter_mut().filter(|_| !is_plain) {
            (part.worked, part.decides, part.near) = (false, true, true);
        }
        chain
    }

    /// Adds the commands of a list. `known` holds the flags that hold for the whole list.
    fn add(&mut self, list: List<'_>, known: &Part, is_plain: &mut bool) {
        let how: Vec<How> = list.iter().map(|(how, _)| *how).collect();
        let last = |wanted: How| how.iter().rposition(|how| *how == wanted);
        // The exit code comes from the commands behind the last `;`. Of these, the ones behind the
        // last `||` run only if the others failed.
        let start = last(How::Then).unwrap_or(0);
        let or = last(How::Or).filter(|or| *or > start);
        for (at, (how_it_follows, node)) in list.into_iter().enumerate() {
            let pipes = how.get(at + 1) == Some(&How::Pipe);
            let near = known.near && at >= or.unwrap_or(start);
            let surely = or.is_none_or(|or| {
                how.iter().enumerate().any(|(n, how)| *how == How::And && or < n && n <= at)
            });
            let here = Part {
                leads: known.leads && !matches!(how_it_follows, How::Pipe | How::Or),
                worked: known.worked && near && !pipes && surely,
                decides: known.decides && near && !pipes,
                near,
                ..Part::default()
            };
            match node {
                Node::Group(list) => self.add(list, &here, is_plain),
                Node::Command(words) => {
                    *is_plain &= !steers(&words);
                    self.parts.push(Part { at: self.parts.len(), ..part(&words, here) });
                }
            }
        }
    }

    /// The first command other than `cd`, by its label.
    pub(super) fn label(&self) -> Option<&str> {
        let moves = |part: &&Part| part.program == "cd";
        let mut leading = self.parts.iter().filter(|part| part.leads);
        let first = leading.clone().find(|part| !moves(part)).or_else(|| leading.next())?;
        first.label.as_deref()
    }

    /// The steps that run when the line works, in order.
    pub(super) fn ran(&self) -> impl Iterator<Item = &String> {
        self.parts.iter().filter(|part| part.leads).filter_map(|part| part.ran.as_ref())
    }
}

/// A command by its words.
fn part(words: &[&str], here: Part) -> Part {
    let bare = shell::unwrapped(words);
    let called = shell::name(bare);
    let whole = called.as_ref().map(name);
    let ran = match called.as_deref().filter(|program| shell::interprets(program)) {
        Some(program) => shell::script(bare).map(|script| name(format!("{program} {script}"))),
        None => whole.clone(),
    };
    let label = whole.filter(|label| !holds(label, MARK));
    let program = bare.first().map_or("", |first| shell::base(first));
    let own = label.as_deref().and_then(|label| label.rsplit(' ').next()).unwrap_or(program);
    let called =
        Some(shell::as_called(words)).filter(|called| !holds(called, MARK)).unwrap_or_default();
    let computes = words.iter().any(|word| word.contains(['$', '`']) && word.contains(['(', '`']));
    let tests = label.as_deref().is_some_and(|label| step::runs_tests(label, &words.join(" ")));
    Part {
        ran,
        program: program.into(),
        own: own.into(),
        harmless: HARMLESS.contains(&program)
            || NO_COMMAND.contains(&program)
            || bare.is_empty() && !computes,
        tests,
        label,
        called,
        ..here
    }
}

/// Whether a command controls which others run, or what their failure means: a keyword of the
/// shell, or `set -e`.
fn steers(words: &[&str]) -> bool {
    let sets =
        || words.iter().skip(1).any(|word| word.starts_with('-') && word.contains(['e', 'o']));
    words.first().is_some_and(|first| FLOW.contains(first) || *first == "set" && sets())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn those(line: &str, wanted: fn(&Part) -> bool) -> Vec<String> {
        let chain = Chain::of(line);
        let chosen = chain.parts.iter().filter(|part| wanted(part));
        chosen.map(|part| part.label.clone().unwrap_or_else(|| "?".into())).collect()
    }

    #[test]
    fn what_worked_and_what_can_have_failed_follow_from_how_commands_are_joined() {
        for (line, worked, decides) in [
            ("make", &["make"][..], &["make"][..]),
            ("make a && make b", &["make a", "make b"], &["make a", "make b"]),
            ("make a; make b\nmake c", &["make c"], &["make c"]),
            ("make a | grep x && make b", &["grep", "make b"], &["grep", "make b"]),
            ("make a || make b", &[], &["make b"]),
            ("make a || make b && make c", &["make c"], &["make b", "make c"]),
            ("make a && make b || make c", &[], &["make c"]),
            ("(make a; make b) && make c", &["make b", "make c"], &["make b", "make c"]),
            ("make a || (make b && make c)", &[], &["make b", "make c"]),
            ("make a &", &["make a"], &["make a"]),
            ("if make a; then make b; fi", &[], &["make a", "make b", "?"]),
            ("set -e; make a; make b", &[], &["set", "make a", "make b"]),
            ("! make a", &[], &["make a"]),
            ("", &[], &[]),
        ] {
            assert_eq!(those(line, |part| part.worked), worked, "{line}");
            assert_eq!(those(line, |part| part.decides), decides, "{line}");
        }
    }

    #[test]
    fn a_line_of_too_many_commands_tells_nothing_by_its_logic() {
        let chain = Chain::of(&"make a && ".repeat(MAX_PARTS + 1));
        assert_eq!(chain.parts.len(), MAX_PARTS);
        assert!(chain.parts.iter().all(|part| !part.worked && part.decides));
    }

    proptest! {
        #[test]
        fn any_line_fails_for_a_reason_of_its_own(
            line in "([a-c]|&&|\\|\\||[;|()\n{}!'\"$ ]| if | set -e ){0,30}",
            printed in "([a-c]|: |error|\\[|\\]|\n){0,20}",
        ) {
            let chain = Chain::of(&line);
            for part in &chain.parts {
                prop_assert!(!part.worked || part.decides, "{line:?}");
                prop_assert!(!part.decides || part.near);
            }
            prop_assert!(chain.parts.is_empty() || chain.parts.iter().any(|part| part.decides));
            if let Some(failed) = chain.failed(&printed) {
                prop_assert!(failed.near && chain.parts.contains(failed));
            }
        }
    }
}
