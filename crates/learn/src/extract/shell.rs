//! What the commands of a shell line are called: program and subcommand.

use super::commands::{commands, readable};
use dreaming_text::unicode::is_letter;

/// Tools that run a shell line, by the names that agents give them.
const SHELLS: &[&str] = &[
    "Bash",
    "PowerShell",
    "bash",
    "exec_command",
    "local_shell",
    "run_shell_command",
    "run_terminal_cmd",
    "shell",
    "shell_command",
];

/// Subcommands that run a script or a program of the project, whose name follows: without it they
/// say nothing.
const RUN: &[&str] = &["dlx", "exec", "run", "run-script", "x"];

/// Programs that do many things and say which in their next words: how many such words they
/// take, and after which of those one more. The common tools for versions, builds, packages and
/// infrastructure.
const TAKES_WORDS: &[(&str, usize, &[&str])] = &[
    ("ant", 1, &[]),
    ("apt", 1, &[]),
    ("apt-get", 1, &[]),
    ("aws", 2, &[]),
    ("az", 2, &[]),
    ("bazel", 1, &[]),
    ("brew", 1, &[]),
    ("bun", 1, RUN),
    ("bundle", 1, RUN),
    ("bunx", 1, &[]),
    ("cargo", 1, &["make", "xtask"]),
    ("composer", 1, RUN),
    ("conda", 1, RUN),
    ("deno", 1, &["task"]),
    ("docker", 1, &["compose"]),
    ("docker-compose", 1, &[]),
    ("dotnet", 1, &["tool"]),
    ("flutter", 1, &[]),
    ("gcloud", 2, &[]),
    ("gh", 2, &[]),
    ("git", 1, &[]),
    ("glab", 2, &[]),
    ("go", 1, &["tool"]),
    ("gradle", 1, &[]),
    ("gradlew", 1, &[]),
    ("hatch", 1, RUN),
    ("helm", 1, &[]),
    ("hg", 1, &[]),
    ("invoke", 1, &[]),
    ("jj", 1, &[]),
    ("just", 1, &[]),
    ("kubectl", 1, &[]),
    ("make", 1, &[]),
    ("mise", 1, RUN),
    ("mix", 1, &[]),
    ("mvn", 1, &[]),
    ("mvnw", 1, &[]),
    ("nix", 1, &[]),
    ("npm", 1, RUN),
    ("npx", 1, &[]),
    ("nx", 1, RUN),
    ("pdm", 1, RUN),
    ("pip", 1, &[]),
    ("pip3", 1, &[]),
    ("pipenv", 1, RUN),
    ("pipx", 1, RUN),
    ("pnpm", 1, RUN),
    ("podman", 1, &["compose"]),
    ("poetry", 1, RUN),
    ("pre-commit", 1, &[]),
    ("rails", 1, &[]),
    ("rake", 1, &[]),
    ("rustup", 1, &[]),
    ("rye", 1, RUN),
    ("sbt", 1, &[]),
    ("swift", 1, &[]),
    ("task", 1, &[]),
    ("terraform", 1, &[]),
    ("tofu", 1, &[]),
    ("turbo", 1, RUN),
    ("uv", 1, &["pip", "run", "tool"]),
    ("uvx", 1, &[]),
    ("yarn", 1, RUN),
];

/// Options of those programs whose value is the next word: a folder, a setting or a file, which
/// would pass for the subcommand.
const TAKES_VALUE: &[&str] =
    &["--cwd", "--directory", "--filter", "--manifest-path", "--prefix", "-C", "-c", "-f"];

/// Words between program and subcommand that are looked at. Chosen by us: options before a
/// subcommand are few.
const MAX_WORDS: usize = 6;

/// Programs that run the text or the file they are given.
const INTERPRETERS: &[&str] =
    &["bash", "node", "perl", "php", "python", "python3", "ruby", "sh", "zsh"];

/// Options behind which an interpreter takes its program as text.
const TEXT_OPTIONS: &[&str] = &["-", "-c", "-e", "-ic", "-lc", "-p", "-r"];

/// Programs that run the rest of their line, and words of the shell before a command.
const WRAPPERS: &[&str] = &[
    "!", "builtin", "command", "do", "elif", "else", "env", "exec", "if", "nice", "nohup",
    "stdbuf", "sudo", "then", "time", "timeout", "until", "while", "{",
];

/// Words of the shell after which no command follows.
const NO_COMMAND: &[&str] = &["case", "done", "esac", "fi", "for", "function", "select", "}"];

/// Whether a tool runs a shell line.
pub(super) fn is_shell(tool: &str) -> bool {
    SHELLS.contains(&tool)
}

/// Program and subcommand of the first real command of a line: `cd x && A=1 timeout 5 git -v
/// commit` gives `git commit`. `None` when there is none.
pub(super) fn step(line: &str) -> Option<String> {
    let line = readable(line);
    let all = commands(&line);
    let moves = |words: &&Vec<&str>| words.first() == Some(&"cd");
    all.iter().find(|words| !moves(words)).or(all.first()).and_then(|words| name(unwrapped(words)))
}

/// The names of all commands of a line that do not depend on another, in order. An interpreter is
/// called with the file or module that it runs, and left out when it runs a text: what that does,
/// nothing tells.
pub(super) fn steps(line: &str) -> Vec<String> {
    let line = readable(line);
    let named = |words: &Vec<&str>| {
        let words = unwrapped(words);
        let name = name(words)?;
        if INTERPRETERS.contains(&name.as_str()) {
            return Some(format!("{name} {}", script(words)?));
        }
        Some(name)
    };
    commands(&line).iter().filter_map(named).collect()
}

/// The words of a command without assignments and wrappers in front of it.
fn unwrapped<'w, 'a>(mut words: &'w [&'a str]) -> &'w [&'a str] {
    while let Some((first, rest)) = words.split_first() {
        if WRAPPERS.contains(first) {
            // Options and durations of the wrapper.
            let own = |word: &&&str| word.starts_with(|c: char| c == '-' || c.is_ascii_digit());
            words = rest.get(rest.iter().take_while(own).count()..).unwrap_or_default();
        } else if is_assignment(first) {
            words = rest;
        } else {
            break;
        }
    }
    words
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    })
}

/// Program and subcommand.
fn name(words: &[&str]) -> Option<String> {
    let (first, rest) = words.split_first().filter(|(first, _)| !NO_COMMAND.contains(first))?;
    let program = base(first);
    if !is_plain(program) {
        return None;
    }
    let mut name = program.to_owned();
    let Some((_, count, deeper)) = TAKES_WORDS.iter().find(|(known, ..)| *known == program) else {
        return Some(name);
    };
    let mut missing = *count;
    let mut rest = rest.iter().take(MAX_WORDS);
    while missing > 0
        && let Some(word) = rest.next()
    {
        if TAKES_VALUE.contains(word) {
            rest.next();
        } else if is_subcommand(word) {
            name.push(' ');
            name.push_str(word);
            missing -= usize::from(!deeper.contains(word));
        } else if !word.starts_with(['-', '+']) && name.len() > program.len() {
            break;
        }
    }
    Some(name)
}

/// What an interpreter runs: `-m` and a module, or the name of a file.
fn script(words: &[&str]) -> Option<String> {
    let mut rest = words.iter().skip(1);
    let first = rest.find(|word| !word.starts_with('-') || **word == "-m" || is_text(word))?;
    let (mark, file) = if *first == "-m" { ("-m ", *rest.next()?) } else { ("", base(first)) };
    (!is_text(first) && is_plain(file)).then(|| format!("{mark}{file}"))
}

fn is_text(word: &str) -> bool {
    TEXT_OPTIONS.contains(&word)
}

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether a word is the name of a program or file: no quoted text, variable or redirection.
fn is_plain(word: &str) -> bool {
    word.starts_with(|c: char| is_letter(c) || c.is_ascii_digit() || matches!(c, '.' | '_'))
        && word.chars().any(is_letter)
        && word
            .chars()
            .all(|c| is_letter(c) || c.is_ascii_digit() || matches!(c, '.' | '_' | '+' | '-'))
}

/// Whether a word can say what a program does: no option, path, quoted text or variable.
fn is_subcommand(word: &str) -> bool {
    word.starts_with(is_letter)
        && word.chars().all(|c| is_letter(c) || c.is_ascii_digit() || matches!(c, '-' | '_' | ':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_is_program_and_subcommand_of_the_first_real_command() {
        for (line, want) in [
            ("cd /a/b && mise run lint 2>&1", "mise run lint"),
            ("FOO=bar B2=x timeout 60s /usr/bin/git commit -m 'x; y'", "git commit"),
            ("cargo --quiet test --lib", "cargo test"),
            ("cargo +nightly xtask eval", "cargo xtask eval"),
            ("sudo  ls -la | wc", "ls"),
            ("cd x; go test ./...", "go test"),
            ("gh pr view 12", "gh pr view"),
            ("make", "make"),
            ("make тест", "make тест"),
            ("git -C /a/b log", "git log"),
            ("git -C sub log", "git log"),
            ("gh api repos/a/b", "gh api"),
            ("npm run build:css -- --watch", "npm run build:css"),
            ("docker compose -f x.yml up -d", "docker compose up"),
            ("docker run image", "docker run"),
            ("poetry run pytest -x", "poetry run pytest"),
            ("python3 -c 'import os'", "python3"),
            ("while ! make test; do sleep 1; done", "make test"),
        ] {
            assert_eq!(step(line).as_deref(), Some(want), "{line}");
        }
        for line in ["", "  ", "&& |", "| x", "/", "x=$(ls)", "for a in b c", "\"$x\" y"] {
            assert_eq!(step(line), None, "{line}");
        }
        assert_eq!(step("cd").as_deref(), Some("cd"));
    }

    #[test]
    fn all_commands_of_a_line_are_steps_but_for_texts_that_are_run() {
        let line = "cd x && npm run lint && npm test | tail; python3 -m pytest a.py; \
                    python3 -c 'x; y' && node - <<E\nmake x\nE\nbash scripts/go.sh -e; sh -e go.sh";
        let want = ["cd", "npm run lint", "npm test", "python3 -m pytest", "bash go.sh"];
        assert_eq!(steps(line), want);
    }
}
