//! What a step does, by the name of its command or tool, from the tables in `words/steps.toml`.
//! Only this module decides whether a step just looks at something.

use crate::words::shell::INTERPRETERS;
use crate::words::steps::{
    BACKWARDS, EDITS, HANDLING_PROGRAMS, INSTALLING, LAUNCHERS, LOOKING_PROGRAMS,
    LOOKING_SUBCOMMANDS, LOOKING_TOOLS, LOOKING_VERBS, OUTSIDE_WORDS, OWN_TOOLS, SCRIPT_ENDINGS,
    SCRIPT_RUNNERS, SCRIPT_RUNS, SHELL_WORDS, TARGET_RUNNERS, TESTS, TREE_RUNS,
};
use dreaming_text::eight_bytes::holds;

/// What a tool does, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    /// Changes a file.
    ChangesFiles,
    /// Reads, computes, or serves the agent itself: changes nothing.
    Reads,
    /// Changes something other than files.
    Acts,
}

/// Whether a step only looks: a program that shows something, or a subcommand such as `git diff`.
pub(crate) fn looks(step: &str) -> bool {
    let last = step.split_once(' ').and_then(|(_, words)| words.rsplit(' ').next());
    let looking = |word| LOOKING_VERBS.contains(&word) || LOOKING_SUBCOMMANDS.contains(&word);
    shows(program(step)) || last.is_some_and(looking)
}

/// Whether a step may occur anywhere, so that its position says nothing about a workflow: a program
/// that looks around or handles files, or a keyword of the shell.
pub(crate) fn is_aside(step: &str) -> bool {
    shows(program(step)) || HANDLING_PROGRAMS.contains(&program(step))
}

/// Whether a step runs something of the project: a target of a task runner, or a script by its file
/// name. Steps that exist in every project (`git push`, `cargo test`, `npm test`) are not.
pub(crate) fn is_own(step: &str) -> bool {
    let words: Vec<&str> = step.split(' ').collect();
    let is_file = |name: &str| name.contains('.') && !name.starts_with(['.', '-']);
    match words[..] {
        [program] => is_file(program) && is_script(program),
        [program, target] => {
            TARGET_RUNNERS.contains(&program)
                || SCRIPT_RUNNERS.contains(&program) && target.contains(':')
                || INTERPRETERS.contains(&program) && is_file(target)
        }
        [program, runs, ..] => {
            SCRIPT_RUNNERS.contains(&program) && SCRIPT_RUNS.contains(&runs)
                || TREE_RUNS.contains(&(program, runs))
        }
        [] => false,
    }
}

/// Whether a file is a script that is run by its name.
pub(crate) fn is_script(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| SCRIPT_ENDINGS.contains(&ending))
}

fn shows(program: &str) -> bool {
    LOOKING_PROGRAMS.contains(&program) || SHELL_WORDS.contains(&program)
}

/// The program of a step.
pub(crate) fn program(step: &str) -> &str {
    step.split(' ').next().unwrap_or(step)
}

/// What a tool does. `on_file`: its arguments name a file.
pub(crate) fn tool(name: &str, on_file: bool) -> Tool {
    let words = words(name);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if has(&["patch"]) || on_file && has(EDITS) {
        Tool::ChangesFiles
    } else if on_file || has(OWN_TOOLS) || reads(name, &words) {
        Tool::Reads
    } else {
        Tool::Acts
    }
}

/// Whether a command that is called `step` runs tests: a test runner by itself, or a launcher with
/// a word for tests. The shell's own `test` compares values.
pub(crate) fn runs_tests(step: &str, command: &str) -> bool {
    let program = program(step);
    if !LAUNCHERS.contains(&program) {
        return program != "test" && TESTS.contains(&program);
    }
    let is_plain =
        |word: &&str| !word.starts_with('-') && !word.contains(['/', '.', '=', '"', '\'']);
    let mut words = command.split_ascii_whitespace().filter(is_plain);
    let is_test = |word: &str| TESTS.contains(&word);
    !words.clone().any(|word| INSTALLING.contains(&word))
        && words.any(|word| word.split(|c: char| !c.is_ascii_alphanumeric()).any(is_test))
}

/// Whether a command undoes a commit.
pub(crate) fn takes_back(line: &str) -> bool {
    holds(line, "git revert")
        || holds(line, "git reset") && BACKWARDS.iter().any(|mark| holds(line, mark))
}

/// Whether a tool reads, by the verb in its name: the first word of `get_user`, the last of
/// `WebFetch`.
fn reads(tool: &str, words: &[String]) -> bool {
    let verb = if tool.contains(['_', '-', '.', '/']) || words.len() == 1 {
        words.first()
    } else {
        words.last()
    };
    let is_reading = |word: &&String| {
        LOOKING_VERBS.contains(&word.as_str()) || LOOKING_TOOLS.contains(&word.as_str())
    };
    verb.filter(is_reading).is_some() || words.first().filter(is_reading).is_some()
}

/// Whether a tool shows what a later session can look at again: files, folders, and searches in
/// them. Web pages, other agents and persons say something only once.
pub(crate) fn shows_again(tool: &str) -> bool {
    let words = words(tool);
    let is_own = words.iter().any(|word| OWN_TOOLS.contains(&word.as_str()));
    !is_own && !is_outside(tool) && reads(tool, &words)
}

/// Whether a tool brings in text that others wrote: web pages, or the results of an MCP server.
pub(crate) fn is_outside(tool: &str) -> bool {
    tool.contains("__") || words(tool).iter().any(|word| OUTSIDE_WORDS.contains(&word.as_str()))
}

/// The words of a tool's name in lower case, without the server's name (`mcp__server__tool`,
/// `server.tool`).
fn words(tool: &str) -> Vec<String> {
    let own = tool.rsplit("__").next().unwrap_or(tool);
    let own = own.rsplit(['.', '/', ':']).next().unwrap_or(own);
    let mut words: Vec<String> = Vec::new();
    let mut before = '_';
    for c in own.chars() {
        if !c.is_ascii_alphanumeric() {
        } else if !before.is_ascii_alphanumeric()
            || c.is_ascii_uppercase() && before.is_ascii_lowercase()
        {
            words.push(c.to_ascii_lowercase().into());
        } else if let Some(word) = words.last_mut() {
            word.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str, file: bool) -> &'static str {
        match tool(name, file) {
            Tool::ChangesFiles => "file",
            Tool::Reads => "nothing",
            Tool::Acts => "acts",
        }
    }

    #[test]
    fn the_verb_of_a_tool_tells_whether_it_changes_something() {
        for tool in [
            "get_user",
            "search_direct_flight",
            "list_all_airports",
            "think",
            "WebFetch",
            "WebSearch",
            "Glob",
            "TodoWrite",
            "Task",
            "ExitPlanMode",
            "mcp__db__query_rows",
            "transfer_to_human_agents",
            "AskUserQuestion",
            "BashOutput",
            "calculate",
        ] {
            assert_eq!(kind(tool, false), "nothing", "{tool}");
        }
        for tool in [
            "book_reservation",
            "cancelOrder",
            "mcp__tracker__create_issue",
            "send_mail",
            "transfer_money",
            "update_search_index",
            "SendMessage",
        ] {
            assert_eq!(kind(tool, false), "acts", "{tool}");
        }
        for tool in
            ["Edit", "MultiEdit", "Write", "NotebookEdit", "write_file", "str_replace_editor"]
        {
            assert_eq!(kind(tool, true), "file", "{tool}");
        }
        assert_eq!((kind("Read", true), kind("apply_patch", false)), ("nothing", "file"));
    }

    #[test]
    fn what_a_tool_shows_of_files_can_be_read_again() {
        for tool in ["Read", "read_file", "Glob", "Grep", "view", "list_directory"] {
            assert!(shows_again(tool), "{tool}");
        }
        for tool in
            ["Bash", "BashOutput", "AskUserQuestion", "Task", "WebFetch", "Edit", "mcp__db__read"]
        {
            assert!(!shows_again(tool), "{tool}");
        }
    }

    #[test]
    fn a_step_looks_or_handles_or_does_something() {
        for looking in ["git diff", "kubectl get", "gh pr view", "grep", "sleep", "cd"] {
            assert!(looks(looking) && (is_aside(looking) != looking.contains(' ')), "{looking}");
        }
        assert!(is_aside("mkdir") && !looks("mkdir"));
        for own in [
            "mise run lint",
            "make db-up",
            "npm run build",
            "pnpm api:generate",
            "cargo xtask eval",
            "bash release.sh",
            "python3 seed.py",
            "setup.sh",
        ] {
            assert!(is_own(own), "{own}");
        }
        for common in [
            "git push",
            "go build",
            "npm test",
            "pnpm build",
            "make",
            "npx tsc",
            "poetry run pytest",
        ] {
            assert!(!is_own(common), "{common}");
        }
        for deed in ["cargo check", "git commit", "make test", "npm run validate"] {
            assert!(!looks(deed) && !is_aside(deed), "{deed}");
        }
    }
}
