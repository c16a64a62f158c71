//! Commands as a person types them, in a home folder in which Claude Code has worked.

use std::path::PathBuf;
use std::process::Command;

use super::{Done, Store, TEAM, done, session};

/// A home folder in which Claude Code has worked on `my shop`, and Claude Code's folder for that
/// project.
pub fn home() -> (Store, PathBuf) {
    let store = Store::empty();
    store.put("my shop/.git/HEAD", "ref: refs/heads/main\n");
    let shop = store.path("my shop").canonicalize().unwrap();
    let dash = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let slug: String = shop.to_str().unwrap().chars().map(dash).collect();
    let project = format!("home/.claude/projects/{slug}");
    store.put(&format!("{project}/memory/team.md"), TEAM);
    store.put(&format!("{project}/one.jsonl"), session("one", 2));
    store.put(&format!("{project}/two.jsonl"), session("two", 9));
    let project = store.path(&project);
    (store, project)
}

/// Runs `line` in a shell in `folder`, as if a person typed it there.
pub fn typed(store: &Store, folder: &str, line: &str) -> Done {
    let mut command = Command::new("sh");
    let program = PathBuf::from(env!("CARGO_BIN_EXE_dreaming"));
    let path = std::env::join_paths(
        [program.parent().unwrap().to_path_buf()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    command.args(["-c", line]).current_dir(store.path(folder)).env("PATH", path.unwrap());
    command.env("HOME", store.path("home")).env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
    for name in [
        "CLAUDE_CONFIG_DIR",
        "CODEX_HOME",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "XDG_STATE_HOME",
        "DREAMING_MEMORY",
    ] {
        command.env_remove(name);
    }
    done(&mut command)
}

/// The first command between backticks in `text` that begins with `dreaming <words>`.
pub fn printed(text: &str, words: &str) -> String {
    let start = format!("dreaming {words}");
    let found = text.split('`').skip(1).step_by(2).find(|piece| piece.starts_with(&start));
    found.unwrap_or_else(|| panic!("no `{start}` in {text}")).to_owned()
}
