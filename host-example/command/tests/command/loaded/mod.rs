//! What an agent sees at its start: homes laid out as each agent would.

mod findings;
mod limits;
mod links;
mod order;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::{Done, done};

/// The variables by which a person moves the folders of agents: the tests must not look into those of who runs them.
const VARIABLES: [&str; 7] = [
    "CLAUDE_CONFIG_DIR",
    "CODEX_HOME",
    "COPILOT_HOME",
    "GEMINI_CLI_HOME",
    "QWEN_HOME",
    "XDG_CONFIG_HOME",
    "DREAMING_MEMORY",
];

/// The home of a person, with a repository `work/shop` in it.
pub struct Home {
    dir: PathBuf,
    _above: tempfile::TempDir,
}

impl Home {
    /// A home with these files.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let above = tempfile::tempdir().unwrap();
        let dir = above.path().canonicalize().unwrap().join("home");
        let home = Self { dir, _above: above };
        fs::create_dir_all(home.path("work/shop/.git")).unwrap();
        files.iter().for_each(|(path, text)| home.put(path, text));
        home
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.dir.join(path)
    }

    /// Writes a file; `MEMORY/` stands for the memories that Claude Code keeps for `work/shop`.
    pub fn put(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let file = self.path(&path.replace("MEMORY/", &format!("{}/", self.memory())));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }

    /// The memories that Claude Code keeps for `work/shop`, from the home.
    pub fn memory(&self) -> String {
        let project = self.path("work/shop");
        let letter = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let slug: String = project.to_str().unwrap().chars().map(letter).collect();
        format!(".claude/projects/{slug}/memory")
    }

    /// `dreaming loaded`, started in `folder`.
    pub fn command(&self, folder: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dreaming"));
        fs::create_dir_all(self.path(folder)).unwrap();
        command.arg("loaded").args(arguments).current_dir(self.path(folder));
        VARIABLES.iter().for_each(|name| _ = command.env_remove(name));
        command.env("HOME", &self.dir).env_remove("USERPROFILE");
        command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
        command
    }

    pub fn loaded(&self, arguments: &[&str]) -> Done {
        done(&mut self.command("work/shop", arguments))
    }

    /// The answer for one agent that starts in `folder`.
    pub fn of(&self, folder: &str, agent: &str) -> Value {
        let done = done(&mut self.command(folder, &["--agent", agent, "--json"]));
        let answer = done.expect(0).json();
        assert_eq!(answer["agents"].as_array().unwrap().len(), 1, "{answer}");
        answer["agents"][0].clone()
    }

    /// [`Home::of`] in the root of the repository.
    pub fn here(&self, agent: &str) -> Value {
        self.of("work/shop", agent)
    }

    #[cfg(unix)]
    pub fn link(&self, to: impl AsRef<Path>, path: &str) {
        let file = self.path(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(to, file).unwrap();
    }
}

/// The files of an answer: name, and `whole`, `part`, `later` or `not`.
pub fn files(answer: &Value) -> Vec<(String, String)> {
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let all = answer["files"].as_array().unwrap();
    all.iter().map(|file| (word(&file["file"]), word(&file["load"]))).collect()
}

/// The names of the files of an answer that are loaded at the start.
pub fn now(answer: &Value) -> Vec<String> {
    let files = files(answer).into_iter();
    let now = files.filter(|(_, load)| ["whole", "part"].contains(&load.as_str()));
    now.map(|(file, _)| file).collect()
}

/// The file of an answer.
pub fn file<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let all = answer["files"].as_array().unwrap();
    all.iter().find(|file| file["file"] == name).unwrap_or_else(|| panic!("{name} in {answer}"))
}

/// The problems of an answer of one kind: `file what`.
pub fn problems(answer: &Value, kind: &str) -> Vec<String> {
    let all = answer["problems"].as_array().unwrap().iter();
    let said = |value: &Value| value.as_str().unwrap().to_owned();
    all.filter(|problem| problem["kind"] == kind)
        .map(|problem| format!("{} {}", said(&problem["file"]), said(&problem["what"])))
        .collect()
}
