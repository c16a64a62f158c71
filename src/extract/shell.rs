//! The program and subcommand of a shell line.

/// Tools that run a shell line.
const SHELLS: &[&str] =
    &["Bash", "PowerShell", "bash", "exec_command", "local_shell", "shell", "shell_command"];

/// Programs whose first argument says what they do, with how many such words they take.
const RUNNERS: &[(&str, usize)] = &[
    ("brew", 1),
    ("bun", 1),
    ("cargo", 1),
    ("deno", 1),
    ("docker", 1),
    ("dotnet", 1),
    ("entire", 1),
    ("gh", 2),
    ("git", 1),
    ("go", 1),
    ("helm", 1),
    ("just", 1),
    ("kubectl", 1),
    ("make", 1),
    ("mise", 2),
    ("npm", 1),
    ("pip", 1),
    ("pnpm", 1),
    ("poetry", 1),
    ("terraform", 1),
    ("uv", 1),
    ("yarn", 1),
];

/// Whether a tool runs a shell line.
pub(super) fn is_shell(tool: &str) -> bool {
    SHELLS.contains(&tool)
}

/// Program and subcommand of the first real command of a line: `cd x && A=1 timeout 5 git -v
/// commit` gives `git commit`. `None` when there is none.
pub(super) fn step(line: &str) -> Option<String> {
    let mut rest = line.trim_ascii();
    while let Some(after) = without_opening(rest) {
        rest = after.trim_ascii_start();
    }
    let first = rest.split(['|', ';', '\n']).next()?.split("&&").next()?;
    let mut words = first.split_ascii_whitespace();
    let program = words.next()?.rsplit('/').next().filter(|name| !name.is_empty())?;
    // `x=$(...)` and the like: what runs is inside.
    if program.contains(['=', '$', '(', '"', '\'']) {
        return None;
    }
    let mut name = program.to_owned();
    if let Some((_, count)) = RUNNERS.iter().find(|(runner, _)| *runner == program) {
        for word in words.take(3).filter(|word| is_subcommand(word)).take(*count) {
            name.push(' ');
            name.push_str(word);
        }
    }
    Some(name)
}

/// Whether a word can say what a program does: no flag, path, quoted text or variable.
fn is_subcommand(word: &str) -> bool {
    !word.starts_with('-') && !word.contains(['/', '"', '\'', '$', '=', '~', '>', '<'])
}

/// The line without a change of folder, an assignment or a wrapper at its beginning.
fn without_opening(line: &str) -> Option<&str> {
    let (word, rest) = line.split_once(|c: char| c.is_ascii_whitespace())?;
    match word {
        "cd" => {
            let rest = rest.trim_ascii_start();
            let end = rest.find(|c: char| c.is_ascii_whitespace() || c == ';' || c == '&')?;
            let after = rest.get(end..)?.trim_ascii_start();
            after.strip_prefix("&&").or_else(|| after.strip_prefix(';'))
        }
        "sudo" | "time" => Some(rest),
        "timeout" => rest.trim_ascii_start().split_once(' ').map(|(_, after)| after),
        _ => {
            let (name, _) = word.split_once('=')?;
            let is_name = !name.is_empty()
                && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
            is_name.then_some(rest)
        }
    }
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
            ("sudo  ls -la | wc", "ls"),
            ("cd x; go test ./...", "go test"),
            ("gh pr view 12", "gh pr view"),
            ("make", "make"),
            ("git -C /a/b log", "git log"),
            ("gh api repos/a/b", "gh api"),
        ] {
            assert_eq!(step(line).as_deref(), Some(want), "{line}");
        }
        for line in ["", "  ", "&& x", "| x", "/", "x=$(ls)"] {
            assert_eq!(step(line), None, "{line}");
        }
        assert_eq!(step("cd").as_deref(), Some("cd"));
    }
}
