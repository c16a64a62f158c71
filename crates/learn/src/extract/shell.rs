//! Names shell commands: program and subcommand.

use crate::words::shell::{
    DEEPER, INTERPRETERS, NO_COMMAND, RUNNERS, RUNNING, SHELLS, SUBCOMMANDS, TAKES_VALUE,
    TEXT_OPTIONS, WRAPPERS,
};
use dreaming_text::unicode::is_letter;

/// Words after the program in which the subcommand is looked for. Chosen by us: few options precede
/// a subcommand.
const MAX_WORDS: usize = 6;

/// Whether a tool runs a shell line.
pub(super) fn is_shell(tool: &str) -> bool {
    SHELLS.contains(&tool)
}

/// Whether a step with this program is named after the file or module that it runs.
pub(super) fn interprets(program: &str) -> bool {
    INTERPRETERS.contains(&program)
}

/// A command without the assignments and wrappers in front.
pub(super) fn unwrapped<'w, 'a>(mut words: &'w [&'a str]) -> &'w [&'a str] {
    while let Some((first, rest)) = words.split_first() {
        if WRAPPERS.contains(first) {
            // Skips options and durations of the wrapper.
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

/// A command as it was called, without redirections.
pub(super) fn as_called(words: &[&str]) -> String {
    let directs = |word: &&&str| {
        word.trim_start_matches(|c: char| c == '&' || c.is_ascii_digit()).starts_with(['<', '>'])
    };
    let named: Vec<&str> = words.iter().filter(|word| !directs(word)).copied().collect();
    named.join(" ")
}

/// Program and subcommand. `words`: as [`unwrapped`] leaves them.
pub(super) fn name(words: &[&str]) -> Option<String> {
    let (first, rest) = words.split_first().filter(|(first, _)| !NO_COMMAND.contains(first))?;
    let program = base(first);
    if !is_plain(program) {
        return None;
    }
    let mut name = program.to_owned();
    let Some((_, count)) = SUBCOMMANDS.iter().find(|(known, _)| *known == program) else {
        return Some(name);
    };
    // After these words one more tells what is done, such as the script after `npm run`.
    let goes_on = |word: &str| {
        RUNNERS.contains(&program) && RUNNING.contains(&word) || DEEPER.contains(&(program, word))
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
            missing -= usize::from(!goes_on(word));
        } else if !word.starts_with(['-', '+']) && name.len() > program.len() {
            break;
        }
    }
    Some(name)
}

/// What an interpreter runs: `-m` and a module, or the name of a file. `None` when it runs code
/// given as text, which has no name. `words`: as [`unwrapped`] leaves them.
pub(super) fn script(words: &[&str]) -> Option<String> {
    let mut rest = words.iter().skip(1);
    let first = rest.find(|word| !word.starts_with('-') || **word == "-m" || is_text(word))?;
    let (mark, file) = if *first == "-m" { ("-m ", *rest.next()?) } else { ("", base(first)) };
    (!is_text(first) && is_plain(file)).then(|| format!("{mark}{file}"))
}

fn is_text(word: &str) -> bool {
    TEXT_OPTIONS.contains(&word)
}

pub(super) fn base(path: &str) -> &str {
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
    use super::super::chain::Chain;

    fn step(line: &str) -> Option<String> {
        Chain::of(line).label().map(Into::into)
    }

    fn steps(line: &str) -> Vec<String> {
        Chain::of(line).ran().cloned().collect()
    }

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
