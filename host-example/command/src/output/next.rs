//! Commands that are printed for people to type, with the options that name the present store.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::cli::{self, Cli, Command, Common};

/// The options that name the store, as they were typed, each with a space before it.
static STORE: OnceLock<String> = OnceLock::new();

/// Set once it is known where the sessions of the store are.
static SESSIONS: OnceLock<()> = OnceLock::new();

/// The option that names the sessions of a run, as it was typed.
static TYPED: OnceLock<String> = OnceLock::new();

/// Remembers which store and which sessions the command line names. Paths stay as they were typed, so that what is
/// printed works in the folder in which it was printed.
pub fn remember(cli: &Cli) {
    // A process has one command line, so only the first call counts.
    let _ = STORE.set(options(&cli.common));
    if let Command::Run(run) = &cli.command {
        let _ = TYPED.set(sessions(&run.sessions));
    }
}

/// The option that names the sessions as this run names them, after a blank; else empty.
pub fn typed_sessions() -> &'static str {
    TYPED.get().map_or("", String::as_str)
}

/// Remembers that a dream of this store need not be told where sessions are.
pub fn sessions_are_known() {
    let _ = SESSIONS.set(());
}

/// Whether a dream of this store need not be told where sessions are.
pub fn knows_sessions() -> bool {
    SESSIONS.get().is_some()
}

/// The option that names these sessions, after a blank; empty if a run finds them without it.
pub fn sessions(paths: &[PathBuf]) -> String {
    if paths.is_empty() || SESSIONS.get().is_some() {
        return String::new();
    }
    let paths: Vec<String> = paths.iter().map(|path| quoted(&path.to_string_lossy())).collect();
    format!(" --sessions {}", paths.join(" "))
}

/// The command that dreams, which asks for sessions only if nothing says where they are.
pub fn run() -> String {
    command(if knows_sessions() { "run" } else { "run --sessions PATH…" })
}

/// The command that copies unread sessions into the archive.
pub fn keep() -> String {
    command(if knows_sessions() { "keep" } else { "keep --sessions PATH…" })
}

/// A line for a person whose history came from elsewhere: the paths of its sessions did not come with
/// it. Empty where something else says where they are.
pub fn sessions_to_name() -> String {
    match SESSIONS.get() {
        Some(()) => String::new(),
        None => format!("Where its sessions are did not come with it: {} says it.\n", run()),
    }
}

/// A command that can be typed as it is: `words` and the options of the store, between backticks.
pub fn command(words: &str) -> String {
    format!("`{}`", bare(words))
}

/// The command line of this process with one more option, between backticks. If a word contains
/// `exec:`, a command that may hold a key, only the option is printed.
pub fn again(option: &str) -> String {
    again_without(option, &[])
}

/// As [`again`], without these options, which take no value and do not go with the new one.
pub fn again_without(option: &str, but: &[&str]) -> String {
    // Typed once more, an option that stands there already would be refused.
    let is_left = |word: &OsString| word != option && !but.iter().any(|but| word == but);
    let words = std::env::args_os().skip(1).filter(is_left);
    let words = words.map(|word| word.into_string().ok());
    let words: Option<Vec<String>> = words.collect();
    let subcommand = cli::subcommand();
    let is_shown = |words: &Vec<String>| {
        words.contains(&subcommand) && !words.iter().any(|word| word.contains("exec:"))
    };
    let Some(words) = words.filter(is_shown) else {
        return format!("the same line with `{option}`");
    };
    let (before, behind) =
        words.split_at(words.iter().take_while(|w| **w != subcommand).count() + 1);
    let words = before.iter().map(|word| quoted(word)).chain([option.to_owned()]);
    let words: Vec<String> = words.chain(behind.iter().map(|word| quoted(word))).collect();
    format!("`dreaming {}`", words.join(" "))
}

/// [`command`] without the backticks.
pub fn bare(words: &str) -> String {
    let store = STORE.get().map_or("", String::as_str);
    format!("dreaming {words}{store}")
}

/// The options that name a store.
fn options(common: &Common) -> String {
    let mut out = String::new();
    let mut path = |name: &str, value: Option<&Path>| {
        if let Some(value) = value {
            let _ = write!(out, " --{name} {}", quoted(&value.to_string_lossy()));
        }
    };
    path("memory", common.memory.as_deref());
    path("state", common.state.as_deref());
    // Without a value these options mean the current folder.
    let here = Path::new(".");
    for (name, project) in common.of_projects() {
        path(name, project.filter(|project| *project != here));
    }
    let of_here = common.of_projects().map(|(name, project)| (name, project == Some(here)));
    if !common.sessions_of.is_empty() {
        let _ = write!(out, " --sessions-of {}", quoted(&common.sessions_of.join(",")));
    }
    let flags = [("gemini", common.gemini), ("opencode", common.opencode)];
    for (name, _) in of_here.iter().chain(&flags).filter(|(_, given)| *given) {
        let _ = write!(out, " --{name}");
    }
    out
}

/// Quotes `word` so that a POSIX shell takes it as one word.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::Cli;

    fn named(words: &[&str]) -> String {
        options(&Cli::try_parse_from([&["dreaming", "status"], words].concat()).unwrap().common)
    }

    #[test]
    fn a_command_names_the_store_as_it_was_typed() {
        assert_eq!(named(&[]), "");
        assert_eq!(named(&["--memory", "my notes"]), " --memory 'my notes'");
        assert_eq!(named(&["--state", "s", "--memory", "it's"]), " --memory 'it'\\''s' --state s");
        assert_eq!(named(&["--claude-code"]), " --claude-code");
        assert_eq!(named(&["--claude-code", "~/a b"]), " --claude-code '~/a b'");
        assert_eq!(named(&["--codex"]), " --codex");
        assert_eq!(named(&["--codex", "/"]), " --codex /");
        assert_eq!(named(&["--sessions-of", "pi,qwen"]), " --sessions-of pi,qwen");
    }
}
