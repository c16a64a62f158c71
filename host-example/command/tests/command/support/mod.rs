//! A store in a temporary folder for each test, and the command to run on it.

#[cfg(unix)]
pub mod mounted;
#[cfg(unix)]
pub mod typed;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub use dreaming_fake_models as fake;
use serde_json::{Value, json};

pub const NOW: &str = "2026-02-20T00:00:00Z";

/// A temporary folder for a memory folder, its state, and sessions.
pub struct Store {
    dir: PathBuf,
    _above: tempfile::TempDir,
}

/// The exit code and output of a command.
#[derive(Debug)]
pub struct Done {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Done {
    /// Stdout as one JSON document.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e} in {self:?}"))
    }

    /// Asserts the exit code, and that the command did not panic.
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        assert!(!self.stderr.contains("panicked"), "{self:?}");
        self
    }
}

impl Store {
    /// A store whose memories have duplicates, so that a dream makes a plan even without sessions,
    /// and with two sessions in which the same thing goes wrong.
    pub fn new() -> Self {
        let store = Self::empty();
        store.put("memory/notes.md", NOTES);
        store.put("memory/team.md", TEAM);
        store.put("sessions/one.jsonl", session("one", 2));
        store.put("sessions/two.jsonl", session("two", 9));
        store
    }

    /// An empty folder. It lies in a temporary folder of its own, because the command looks for
    /// lost histories in the folders beside it: tests that ran at the same time would read each
    /// other's states, and SQLite leaves its log in a state that somebody reads.
    pub fn empty() -> Self {
        let above = tempfile::tempdir().unwrap();
        let dir = above.path().join("store");
        fs::create_dir(&dir).unwrap();
        Self { dir, _above: above }
    }

    /// Lets dreams ask a model about each session by itself, however short it is: names a policy in
    /// the user's own file.
    pub fn asking_about_each(self) -> Self {
        self.put("each.json", r#"{"propose.together-bytes": 0}"#);
        let policy = format!("policy = {:?}\n", self.path("each.json"));
        self.put("config/dreaming/dreaming.toml", policy);
        self
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.dir.join(path)
    }

    pub fn put(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let file = self.path(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    /// The command on this store's memory folder, not started yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_on("memory", arguments)
    }

    /// The command on the memory folder `memory` of this store, not started yet.
    pub fn command_on(&self, memory: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dreaming"));
        command.args(arguments).args(["--memory", memory]).current_dir(&self.dir);
        // A common cache, so that the component is compiled once for all tests.
        command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
        // The tests must not use the configuration of the person who runs them.
        command.env("XDG_CONFIG_HOME", self.path("config")).env_remove("DREAMING_MEMORY");
        command.env("XDG_STATE_HOME", self.path("user-state"));
        command
    }

    pub fn dreaming(&self, arguments: &[&str]) -> Done {
        done(&mut self.command(arguments))
    }

    /// `run` over the sessions of this store.
    pub fn run(&self, more: &[&str]) -> Done {
        let all = [&["run", "--sessions", "sessions", "--now", NOW], more].concat();
        self.dreaming(&all)
    }

    pub fn status(&self) -> Value {
        self.dreaming(&["status", "--json"]).expect(0).json()
    }

    /// All files below `path` with their bytes.
    pub fn tree(&self, path: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        tree(&self.path(path))
    }
}

/// A store after one dream, whose plan the reviewer `ada` applied as a whole.
pub fn dreamt() -> Store {
    let store = Store::new();
    store.run(&[]).expect(0);
    store.dreaming(&["apply", "--all", "--by", "ada", "--now", NOW]).expect(0);
    store
}

/// Rejects every open change of the waiting plan. Returns how many there were.
pub fn reject_all(store: &Store) -> usize {
    let shown = store.dreaming(&["show", "--json"]).expect(0).json();
    let changes = shown["plan"]["changes"].as_array().into_iter().flatten();
    let open = changes.filter(|change| change["gate"] != "blocked");
    let ids: Vec<&str> = open.map(|change| change["id"].as_str().unwrap()).collect();
    if ids.is_empty() {
        return 0;
    }
    store.dreaming(&[&["apply", "--now", NOW, "--reject"][..], &ids].concat()).expect(0);
    ids.len()
}

/// Computes the seals of all plans again after a test changed them, as a forger would.
pub fn reseal(db: &rusqlite::Connection) {
    use sha2::{Digest as _, Sha256};
    let mut query = db.prepare("SELECT id, plan, report, request, answers FROM plans").unwrap();
    let rows = query.query_map([], |row| {
        let (plan, report): (Vec<u8>, Vec<u8>) = (row.get(1)?, row.get(2)?);
        let (request, answers): (String, String) = (row.get(3)?, row.get(4)?);
        Ok((row.get::<_, i64>(0)?, [plan, report, request.into_bytes(), answers.into_bytes()]))
    });
    for row in rows.unwrap() {
        let (id, parts) = row.unwrap();
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let seal: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        db.execute("UPDATE plans SET seal = ?2 WHERE id = ?1", rusqlite::params![id, seal])
            .unwrap();
    }
}

/// The files of the state as [`files_below`] lists them.
pub fn state_files(store: &Store) -> BTreeMap<PathBuf, Vec<u8>> {
    files_below(store, ".dreaming")
}

/// The files below `path` with their bytes, except SQLite's index of its log, which changes even when
/// a state is only read, and the lock file, which names its last holder.
pub fn files_below(store: &Store, path: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = store.tree(path);
    files.retain(|path, _| !path.ends_with("lock") && !path.to_string_lossy().ends_with("-shm"));
    files
}

pub fn done(command: &mut Command) -> Done {
    let Output { status, stdout, stderr } = command.output().unwrap();
    Done {
        code: status.code().unwrap_or(-1),
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
    }
}

pub fn tree(path: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for item in fs::read_dir(path).unwrap() {
        let item = item.unwrap().path();
        if item.is_dir() {
            files.extend(tree(&item));
        } else {
            let bytes = fs::read(&item).unwrap();
            files.insert(item, bytes);
        }
    }
    files
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub const NOTES: &str = "\
# Notes

- Prices are kept in cents as integers.
- The build runs on port 4000.

| a | b |
|---|---|
| 1 | 2 |
";

pub const TEAM: &str = "\
# Team

- Dates are kept in UTC.\r
- Dates are kept in UTC.\r
- Prices are kept in cents as integers.
";

/// A transcript in which one program is missing, another works, and a person asks for something.
pub fn session(id: &str, day: u32) -> String {
    let mut lines = Vec::new();
    let mut line = |kind: &str, content: Value| {
        let number = lines.len();
        lines.push(
            json!({
                "type": kind, "uuid": format!("{id}-{number}"), "sessionId": id,
                "cwd": "/home/ada/shop", "version": "2.0.0",
                "timestamp": format!("2026-02-{day:02}T10:00:{number:02}.000Z"),
                "message": {"role": kind, "content": content},
            })
            .to_string(),
        );
    };
    let call = |call: &str, command: &str| {
        json!([{"type": "tool_use", "id": format!("{id}-{call}"), "name": "Bash",
                "input": {"command": command}}])
    };
    let result = |call: &str, failed: bool, text: &str| {
        json!([{"type": "tool_result", "tool_use_id": format!("{id}-{call}"),
                "is_error": failed, "content": text}])
    };
    line("user", json!("Always run the formatter before you commit."));
    line("assistant", call("a", "python tools/fixtures.py"));
    line("user", result("a", true, "zsh: command not found: python"));
    line("assistant", call("b", "python3 tools/fixtures.py"));
    line("user", result("b", false, "made"));
    line("assistant", call("c", "make check"));
    line("user", result("c", false, "all good"));
    lines.join("\n") + "\n"
}
