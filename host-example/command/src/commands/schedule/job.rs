//! What a schedule calls: this program, for one store.

use std::collections::BTreeSet;
use std::env;
use std::path::{Component, Path, PathBuf};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::folder::digest;
use crate::homes::agents;
use crate::output::next::quoted;

/// What starts dreams by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A timer of systemd for your user.
    Systemd,
    /// Lines in your crontab.
    Cron,
    /// An agent of launchd, on macOS.
    Launchd,
    /// A hook of Claude Code in `.claude/settings.local.json` of the project: after each session.
    ClaudeCode,
    /// `notify` in the configuration of Codex: after each turn.
    Codex,
}

impl Kind {
    /// As it is typed.
    pub fn word(self) -> &'static str {
        match self {
            Self::Systemd => "systemd",
            Self::Cron => "cron",
            Self::Launchd => "launchd",
            Self::ClaudeCode => "claude-code",
            Self::Codex => "codex",
        }
    }

    /// For people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Systemd => "a timer of systemd",
            Self::Cron => "a line in the crontab",
            Self::Launchd => "an agent of launchd",
            Self::ClaudeCode => "a hook of Claude Code",
            Self::Codex => "`notify` of Codex",
        }
    }

    /// Whether an agent calls it, with the variables of the shell in which the agent was started.
    pub fn is_hook(self) -> bool {
        matches!(self, Self::ClaudeCode | Self::Codex)
    }
}

/// Variables that say where agents and this command keep their files: a timer does not know those of the user's
/// shell, so they are written down for it.
const VARIABLES: [&str; 6] = [
    "CLAUDE_CONFIG_DIR",
    "CODEX_HOME",
    "COPILOT_HOME",
    "GEMINI_CLI_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
];

/// Digits of the digest in a name. Chosen by us: 32 bits tell the stores of one person apart.
const DIGITS: usize = 8;

/// Longest readable part of a name. Chosen by us: with all else it fits a line, and a name of a unit has 255 bytes at
/// most (systemd.unit(5)).
const READABLE: usize = 40;

/// A call of `dreaming run --if-due` for one store.
#[derive(Clone, Debug)]
pub struct Job {
    /// The name of the schedule: a readable piece of the path, and a digest of all of it.
    pub name: String,
    /// The memory folder, a whole path.
    pub memory: PathBuf,
    /// The whole path of this program.
    pub program: PathBuf,
    /// What stands behind `run --if-due`.
    pub options: Vec<String>,
    /// Variables that the call needs.
    pub environment: Vec<(String, String)>,
}

impl Job {
    /// A call for the store in `memory`, a whole path.
    pub fn new(memory: &Path, options: Vec<String>) -> Self {
        Self {
            name: name(memory),
            memory: memory.to_path_buf(),
            program: whole_program(),
            options,
            environment: environment(),
        }
    }

    /// The words of the call.
    pub fn words(&self) -> Vec<String> {
        let program = self.program.to_string_lossy().into_owned();
        let begin = [program, "run".into(), "--if-due".into()];
        begin.into_iter().chain(self.options.iter().cloned()).collect()
    }

    /// The call for a shell.
    pub fn line(&self) -> String {
        let words: Vec<String> = self.words().iter().map(|word| quoted(word)).collect();
        words.join(" ")
    }

    /// The memory folder as text.
    pub fn store(&self) -> String {
        self.memory.to_string_lossy().into_owned()
    }
}

/// The name of what is installed for the store in `memory`.
pub fn name(memory: &Path) -> String {
    let names = memory.components().filter_map(|piece| match piece {
        Component::Normal(name) => Some(name.to_string_lossy().to_lowercase()),
        _ => None,
    });
    let names: Vec<String> = names.collect();
    // The folder and the one around it, such as `shop/notes`.
    let last = names.iter().rev().take(2).rev().flat_map(|name| {
        name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
    });
    let words: Vec<&str> = last.collect();
    let readable = words.join("-");
    let readable = readable.get(readable.len().saturating_sub(READABLE)..).unwrap_or_default();
    let digest = digest(memory.as_os_str().as_encoded_bytes());
    let digest = digest.get(..DIGITS).unwrap_or_default();
    match readable.trim_matches('-') {
        "" => format!("dreaming-{digest}"),
        readable => format!("dreaming-{readable}-{digest}"),
    }
}

/// The first `dreaming` that a shell finds, if it is this program.
fn found() -> Option<PathBuf> {
    let own = env::current_exe().and_then(|path| path.canonicalize()).ok()?;
    let path = env::var_os("PATH").unwrap_or_default();
    let first = env::split_paths(&path).map(|dir| dir.join("dreaming")).find(|file| file.is_file());
    first.filter(|first| first.canonicalize().is_ok_and(|real| real == own))
}

/// How an agent's shell calls this program: by its name if it finds this program by it, else by its path.
pub fn program() -> String {
    match (found(), env::current_exe().and_then(|path| path.canonicalize())) {
        (Some(_), _) | (None, Err(_)) => "dreaming".into(),
        (None, Ok(own)) => own.to_string_lossy().into_owned(),
    }
}

/// The whole path, because cron and systemd do not search the `PATH` of the user's shell. The one by which the shell
/// finds it comes first: where that is a link, the place behind it may change with each version.
fn whole_program() -> PathBuf {
    let found = found().filter(|path| path.is_absolute());
    found.or_else(|| env::current_exe().ok()).unwrap_or_else(|| PathBuf::from("dreaming"))
}

/// Whether the program of a schedule, a path or a name, is there.
pub fn is_there(program: &str) -> bool {
    if program.contains(std::path::is_separator) {
        return Path::new(program).is_file();
    }
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|dir| dir.join(program).is_file())
}

fn environment() -> Vec<(String, String)> {
    let names: BTreeSet<&str> = VARIABLES.into_iter().chain(agents::variables()).collect();
    let set = names.into_iter().filter_map(|name| {
        let value = env::var_os(name).filter(|value| !value.is_empty())?;
        let whole = std::path::absolute(value).ok()?;
        Some((name.to_owned(), whole.to_string_lossy().into_owned()))
    });
    set.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_readable_and_of_one_store_alone() {
        let shop = name(Path::new("/home/ada/My Shop/docs/notes"));
        assert!(shop.starts_with("dreaming-docs-notes-") && shop.len() == 28, "{shop}");
        assert_ne!(shop, name(Path::new("/home/ada/other/docs/notes")));
        assert_eq!(shop, name(Path::new("/home/ada/My Shop/docs/notes")));
        for odd in ["/", "/日本/é", "/a/--/..."] {
            let name = name(Path::new(odd));
            let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(name.chars().all(is_plain) && !name.contains("--"), "{name}");
        }
        let long = format!("/home/{}", "a-".repeat(200));
        assert!(name(Path::new(&long)).len() < 60);
    }
}
