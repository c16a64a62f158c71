//! The owner of files that root writes for another user. Only root can change owners, so these
//! tests check something only when root runs them.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use crate::support::{NOW, Store, done, tree};

/// The ids of two users; they need no account on the machine.
const ADA: u32 = 41_001;
const BO: u32 = 41_002;

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Sets owner and group of a folder and of everything below it.
fn give(path: &Path, owner: u32, group: u32) {
    chown(path, Some(owner), Some(group)).unwrap();
    for item in fs::read_dir(path).unwrap() {
        let item = item.unwrap().path();
        if item.is_dir() {
            give(&item, owner, group);
        } else {
            chown(&item, Some(owner), Some(group)).unwrap();
        }
    }
}

/// Copies the compiled component of all tests into the folder `cache` of the store, for a user who may not read the one of the
/// tests. Another test may write there meanwhile; what cannot be copied is compiled again.
fn copy_cache(store: &Store) {
    Store::new().run(&["--dry-run"]).expect(0);
    let of_all_tests = concat!(env!("CARGO_TARGET_TMPDIR"), "/dreaming");
    fs::create_dir(store.path("cache")).unwrap();
    Command::new("cp").arg("-r").arg(of_all_tests).arg(store.path("cache")).status().unwrap();
}

/// Owner, group and mode of everything in the memory folder.
fn owners(store: &Store) -> Vec<(String, u32, u32, u32)> {
    let mut paths: Vec<_> = tree(&store.path("memory")).into_keys().collect();
    paths.push(store.path("memory/learned"));
    let of = |path: &std::path::PathBuf| {
        let meta = fs::metadata(path).ok()?;
        let name = path.strip_prefix(store.path("")).unwrap().display().to_string();
        Some((name, meta.uid(), meta.gid(), meta.mode() & 0o7777))
    };
    paths.iter().filter_map(of).collect()
}

#[test]
fn what_root_writes_belongs_to_whom_it_belonged() {
    if !is_root() {
        return;
    }
    let store = Store::new();
    for (file, mode) in [("memory/notes.md", 0o640), ("memory/team.md", 0o4751)] {
        fs::set_permissions(store.path(file), fs::Permissions::from_mode(mode)).unwrap();
    }
    give(&store.path("memory"), ADA, BO);
    fs::set_permissions(store.path("memory/team.md"), fs::Permissions::from_mode(0o4751)).unwrap();
    let all_adas = |store: &Store| {
        let owners = owners(store);
        assert!(owners.iter().all(|(_, uid, gid, _)| (*uid, *gid) == (ADA, BO)), "{owners:?}");
        owners
    };
    store.run(&[]).expect(0);
    store.dreaming(&["apply", "--all"]).expect(0);
    let after = all_adas(&store);
    let mode = |name: &str| after.iter().find(|(path, ..)| path == name).map(|(.., mode)| *mode);
    // Both memories were rewritten and keep their modes, and a new folder with a new file was made.
    assert_eq!((mode("memory/notes.md"), mode("memory/team.md")), (Some(0o640), Some(0o4751)));
    assert!(mode("memory/learned").is_some() && mode("memory/learned/mistakes.md").is_some());
    store.dreaming(&["revert"]).expect(0);
    all_adas(&store);
}

#[test]
fn what_cannot_be_given_back_is_open_to_nobody_who_could_not_read_it() {
    if !is_root() {
        return;
    }
    let store = Store::new();
    copy_cache(&store);
    give(&store.path(""), ADA, ADA);
    for file in ["memory/notes.md", "memory/team.md"] {
        chown(store.path(file), Some(ADA), Some(BO)).unwrap();
        fs::set_permissions(store.path(file), fs::Permissions::from_mode(0o664)).unwrap();
    }
    let as_ada = |arguments: &[&str]| {
        let mut command = store.command(arguments);
        command.env("XDG_CACHE_HOME", store.path("cache")).uid(ADA).gid(ADA);
        done(&mut command).expect(0)
    };
    as_ada(&["run", "--sessions", "sessions", "--now", NOW]);
    as_ada(&["apply", "--all"]);
    let written = owners(&store).into_iter().filter(|(_, _, gid, _)| *gid == ADA);
    let rewritten: Vec<_> = written.filter(|(path, ..)| !path.contains("learned")).collect();
    assert!(!rewritten.is_empty());
    for (path, uid, _, mode) in rewritten {
        assert_eq!((uid, mode), (ADA, 0o644), "{path}: the other group could write");
    }
}

#[test]
fn what_root_renders_belongs_to_whom_the_file_or_its_folder_belongs() {
    if !is_root() {
        return;
    }
    let store = Store::new();
    fs::create_dir_all(store.path(".git")).unwrap();
    store.put("AGENTS.md", "Ours.\n");
    fs::set_permissions(store.path("AGENTS.md"), fs::Permissions::from_mode(0o640)).unwrap();
    chown(store.path("AGENTS.md"), Some(ADA), Some(ADA)).unwrap();
    chown(store.path(""), Some(BO), Some(BO)).unwrap();
    store.dreaming(&["render", "--for", "agents,copilot"]).expect(0);
    for (path, owner, mode) in [
        ("AGENTS.md", ADA, 0o640),
        (".github", BO, 0o755),
        (".github/copilot-instructions.md", BO, 0o644),
    ] {
        let meta = fs::metadata(store.path(path)).unwrap();
        let found = (meta.uid(), meta.gid(), meta.mode() & 0o777);
        assert_eq!(found, (owner, owner, mode), "{path}");
    }
}
