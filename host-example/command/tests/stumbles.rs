//! What a person stumbles over in the first five minutes, each played as it would happen.
#![cfg(unix)]

mod support;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use support::{Done, Store, done, session};

/// A home folder in which Claude Code has worked on `my shop`, and the folder of the project there.
fn home() -> (Store, PathBuf) {
    let store = Store::empty();
    store.put("my shop/.git/HEAD", "ref: refs/heads/main\n");
    let shop = store.path("my shop").canonicalize().unwrap();
    let dash = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let slug: String = shop.to_str().unwrap().chars().map(dash).collect();
    let project = format!("home/.claude/projects/{slug}");
    store.put(&format!("{project}/memory/team.md"), support::TEAM);
    store.put(&format!("{project}/one.jsonl"), session("one", 2));
    store.put(&format!("{project}/two.jsonl"), session("two", 9));
    let project = store.path(&project);
    (store, project)
}

/// `line` as a person types it into a shell in `folder`.
fn typed(store: &Store, folder: &str, line: &str) -> Done {
    let mut command = Command::new("sh");
    let program = PathBuf::from(env!("CARGO_BIN_EXE_dreaming"));
    let path = std::env::join_paths(
        [program.parent().unwrap().to_path_buf()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    command.args(["-c", line]).current_dir(store.path(folder)).env("PATH", path.unwrap());
    command.env("HOME", store.path("home")).env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
    for name in ["CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_CONFIG_HOME", "DREAMING_MEMORY"] {
        command.env_remove(name);
    }
    done(&mut command)
}

/// The first command between backticks in `text` that begins with `dreaming <words>`.
fn printed(text: &str, words: &str) -> String {
    let start = format!("dreaming {words}");
    let found = text.split('`').skip(1).step_by(2).find(|piece| piece.starts_with(&start));
    found.unwrap_or_else(|| panic!("no `{start}` in {text}")).to_owned()
}

#[test]
fn the_next_command_that_is_printed_works_as_it_is_printed() {
    for (folder, options) in [
        ("my shop", "--claude-code"),
        (".", "--claude-code 'my shop'"),
        (".", "--memory 'my notes' --sessions sessions"),
        (".", "--memory 'my notes' --state 'a state' --sessions sessions"),
    ] {
        let (store, _) = home();
        store.put("my notes/team.md", support::TEAM);
        store.put("sessions/one.jsonl", session("one", 2));
        store.put("sessions/two.jsonl", session("two", 9));
        let run = typed(&store, folder, &format!("dreaming run {options}")).expect(0).stdout;
        let review = typed(&store, folder, &printed(&run, "review")).expect(0).stdout;
        assert!(review.contains("formatter"), "{review}");
        // What is in the way says how to get on, and that works too.
        let refused = typed(&store, folder, &format!("dreaming run {options}")).expect(3).stderr;
        let apply = printed(&refused, "apply --all");
        typed(&store, folder, &printed(&refused, "run --replace")).expect(0);
        typed(&store, folder, &apply).expect(0);
        let nothing = typed(&store, folder, &apply).expect(1).stderr;
        typed(&store, folder, &printed(&nothing, "run")).expect(0);
    }
}

#[test]
fn a_revision_behind_claude_code_is_no_project() {
    let (store, _) = home();
    typed(&store, "my shop", "dreaming run --claude-code").expect(0);
    typed(&store, "my shop", "dreaming apply --all --claude-code").expect(0);
    let diff = typed(&store, "my shop", "dreaming diff --claude-code 1").expect(0).stdout;
    assert!(diff.contains("+++ "), "{diff}");
    assert_eq!(typed(&store, "my shop", "dreaming diff 1 --claude-code").expect(0).stdout, diff);
    assert_eq!(
        typed(&store, ".", "dreaming diff --claude-code 'my shop' 1").expect(0).stdout,
        diff
    );
    assert!(fs::metadata(store.path("my shop")).is_ok());
}
