//! Prepares the words of a command line before clap parses them.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::CommandFactory as _;

use crate::cli::Cli;

/// The options that take a project as their value, which may be left out.
const OF_PROJECTS: [&str; 4] = ["--claude-code", "--codex", "--copilot", "--all-agents"];

/// Returns the words of the command line. Where the word after `--claude-code` or another of
/// [`OF_PROJECTS`] is no project, the option gets the value `.` (`--codex=.`), so that clap does
/// not take the next word as its value: in `diff --claude-code 1` the 1 is a revision. For a command that takes positional
/// arguments, a project is a path with a separator, `.`, `..`, or an existing folder whose name is
/// no number.
pub fn arguments(given: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let given: Vec<OsString> = given.into_iter().collect();
    let known = Cli::command();
    let command = given.iter().skip(1).find_map(|word| known.find_subcommand(word));
    let takes_words = command.is_none_or(|command| command.get_positionals().next().is_some());
    let is_project = |word: &OsString| {
        known.find_subcommand(word).is_none() && (!takes_words || is_project(word))
    };
    let mut given = given.into_iter().peekable();
    let mut words = Vec::new();
    while let Some(word) = given.next() {
        if word == "--" {
            words.push(word);
            words.extend(given);
            break;
        }
        let option = OF_PROJECTS.into_iter().find(|option| word == *option);
        let mut alone = || given.peek().is_none_or(|next| is_option(next) || !is_project(next));
        words.push(match option {
            Some(option) if alone() => format!("{option}=.").into(),
            _ => word,
        });
    }
    words
}

fn is_project(word: &OsStr) -> bool {
    let text = word.to_string_lossy();
    let is_number = text.chars().all(|c| c.is_ascii_digit());
    let is_path = text.contains(std::path::is_separator) || text == "." || text == "..";
    is_path || !is_number && Path::new(word).is_dir()
}

fn is_option(word: &OsStr) -> bool {
    word.to_string_lossy().starts_with('-')
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::Command;

    #[test]
    fn a_project_may_be_left_out_before_another_argument() {
        let line = |words: &[&str]| {
            let given = ["dreaming"].iter().chain(words).map(OsString::from);
            Cli::try_parse_from(arguments(given)).unwrap()
        };
        let project = |words: &[&str]| line(words).common.claude_code.unwrap();
        let Command::Diff(diff) = line(&["diff", "--claude-code", "1"]).command else { panic!() };
        assert_eq!((diff.from.as_deref(), diff.to), (Some("1"), None));
        assert_eq!(project(&["diff", "--claude-code", "1"]), Path::new("."));
        assert_eq!(project(&["diff", "--claude-code", "src", "1"]), Path::new("src"));
        assert_eq!(project(&["diff", "--claude-code", "/srv/shop", "1"]), Path::new("/srv/shop"));
        assert_eq!(project(&["--claude-code", "status"]), Path::new("."));
        assert_eq!(project(&["apply", "--claude-code", "c0ffee"]), Path::new("."));
        let of_codex = |words: &[&str]| line(words).common.codex.unwrap();
        assert_eq!(of_codex(&["apply", "--codex", "c0ffee"]), Path::new("."));
        assert_eq!(of_codex(&["--codex", "status"]), Path::new("."));
        assert_eq!(of_codex(&["diff", "--codex", "/", "1"]), Path::new("/"));
    }
}
