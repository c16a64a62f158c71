//! Dates of memories: a correction that a person said is not turned down only because copying gave
//! the memory file a new date.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::Store;

/// The sample store of the README.
pub const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../xtask/demo");
/// The time at which the README's example dreams.
pub const DAY_AFTER: &str = "2026-03-16T08:00:00Z";
const STAGING: &str = "The staging URL is https://staging.teashop.example.";

/// A copy of the sample store; as after any copying, its memory files have the current time.
pub fn sample() -> Store {
    let store = Store::empty();
    for file in fs::read_dir(Path::new(SAMPLE).join("memory")).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        store.put(&format!("memory/{name}"), fs::read(file.path()).unwrap());
    }
    store
}

fn git(store: &Store, date: &str, folder: &str, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=a", "-c", "user.email=a@example.org"]).args(arguments);
    git.envs([("GIT_AUTHOR_DATE", date), ("GIT_COMMITTER_DATE", date)]);
    let done = git.current_dir(store.path(folder)).output().unwrap();
    assert!(done.status.success(), "{arguments:?} {done:?}");
}

/// Makes `folder` a git repository and commits all its files.
fn commit(store: &Store, date: &str, folder: &str) {
    for arguments in [
        &["init", "--quiet"][..],
        &["add", "--all"],
        &["commit", "--quiet", "--message", "Notes of January"],
    ] {
        git(store, date, folder, arguments);
    }
}

fn dream(store: &Store, memory: &str, more: &[&str]) -> Value {
    let sessions = format!("{SAMPLE}/sessions");
    let arguments = [&["run", "--json", "--sessions", &sessions][..], more].concat();
    let done = crate::support::done(&mut store.command_on(memory, &arguments));
    done.expect(0).json()
}

/// The number of changes that a dream proposes, and, of the change to the staging URL, why a person
/// must decide and the reason for the change.
fn proposed(store: &Store, memory: &str, more: &[&str]) -> (u64, String, String) {
    let run = dream(store, memory, more);
    assert_eq!(run["undated"], Value::Null, "{run}");
    let counts = run["changes"].as_object().unwrap().values().filter_map(Value::as_u64);
    let shown = crate::support::done(&mut store.command_on(memory, &["show", "--json"]));
    let plan = shown.expect(0).json();
    let changes = plan["plan"]["changes"].as_array().unwrap();
    let staging = changes.iter().find(|change| change["text"] == STAGING);
    let said = |name: &str| staging.map_or("", |change| change[name].as_str().unwrap()).to_owned();
    (counts.sum(), said("gate_reason"), said("because"))
}

#[test]
fn the_example_of_the_readme_proposes_the_same_whenever_it_is_played() {
    let expected = |store: &Store, memory: &str, more: &[&str], why: &str| {
        let (count, reason, because) = proposed(store, memory, more);
        assert_eq!((count, &*reason), (10, why), "{because}");
        assert!(because.starts_with("`mira` corrected it on 2026-03-04: "), "{because}");
        because
    };
    let newer = "a newer value replaces the statement";
    let undated = "a person corrected it; nothing says when the entry was written";
    // With `--now` the dream lies before the times of the files.
    expected(&sample(), "memory", &["--now", DAY_AFTER], undated);
    // Without `--now` the dream is today. The copied files are newer than the sessions.
    let store = sample();
    let held = "the memory was written after a person said it, perhaps elsewhere in it";
    let because = expected(&store, "memory", &[], held);
    let (_, times) = because.split_once(" Said at 2026-03-04T09:20:15Z; ").unwrap();
    assert!(times.starts_with("the memory was last written at 20"), "{because}");
    let shows = |arguments: &[&str]| {
        let shown = store.dreaming(arguments).expect(0).stdout;
        let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(shown.contains(times), "{arguments:?}: {shown}");
    };
    shows(&["review"]);
    shows(&["review", "-v"]);
    shows(&["show"]);
    store.dreaming(&["review", "--html", "page.html"]).expect(0);
    assert!(store.read("page.html").contains(times));
    store.dreaming(&["apply", "--all"]).expect(0);
    shows(&["explain", "environments.md:9"]);
    let old = sample();
    for file in fs::read_dir(old.path("memory")).unwrap() {
        let file = fs::File::options().append(true).open(file.unwrap().path()).unwrap();
        let january = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_767_225_600);
        file.set_modified(january).unwrap();
    }
    expected(&old, "memory", &[], newer);
    // The files of a fresh clone are new, but the dates of the commits count.
    let store = sample();
    commit(&store, "2026-01-05T09:00:00Z", "memory");
    git(&store, DAY_AFTER, "", &["clone", "--quiet", "memory", "clone"]);
    expected(&store, "clone", &[], newer);
    expected(&store, "memory", &["--now", DAY_AFTER], newer);
    // The date of a commit in the future does not count.
    let store = sample();
    commit(&store, "2090-01-05T09:00:00Z", "memory");
    expected(&store, "memory", &[], undated);
}

#[test]
fn what_an_entry_is_known_to_be_as_old_as_stays_whatever_happens_to_its_file() {
    let store = sample();
    commit(&store, "2026-01-05T09:00:00Z", "memory");
    dream(&store, "memory", &["--now", DAY_AFTER]);
    // The change that the person's words led to is not applied, so it stays open.
    store.dreaming(&["apply", "--auto", "--now", DAY_AFTER]).expect(0);
    // The folder is copied without its repository: the files are new, the words are not.
    fs::remove_dir_all(store.path("memory/.git")).unwrap();
    for (path, bytes) in store.tree("memory") {
        store.put(&format!("memory/{}", path.display()), bytes);
    }
    let (_, why, _) = proposed(&store, "memory", &[]);
    assert_eq!(why, "a newer value replaces the statement");
}

#[test]
fn where_git_cannot_tell_run_and_doctor_say_so() {
    let store = sample();
    commit(&store, "2026-01-05T09:00:00Z", "memory");
    store.put("bin/git", "#!/bin/sh\necho 'fatal: detected dubious ownership' >&2\nexit 128\n");
    fs::set_permissions(store.path("bin/git"), fs::Permissions::from_mode(0o755)).unwrap();
    let with = |arguments: &[&str]| {
        let mut command = store.command(arguments);
        let path = std::env::var("PATH").unwrap();
        command.env("PATH", format!("{}:{path}", store.path("bin").display()));
        crate::support::done(&mut command).expect(0)
    };
    let sessions = format!("{SAMPLE}/sessions");
    let run = with(&["run", "--sessions", &sessions]);
    assert!(run.stdout.contains("Proposed 10 changes"), "{run:?}");
    let why = "`git` says: fatal: detected dubious ownership";
    assert!(run.stderr.contains("memories have the dates of their files"), "{run:?}");
    assert!(run.stderr.contains(why), "{run:?}");
    let doctor = with(&["doctor"]).stdout;
    assert!(
        doctor.contains(&format!("warn  dates of memories: git tells 0 of 6: {why}")),
        "{doctor}"
    );
    let doctor = store.dreaming(&["doctor"]).expect(0).stdout;
    assert!(doctor.contains("ok    dates of memories: 6 of 6 those of commits"), "{doctor}");
    let plain = sample().dreaming(&["doctor"]).expect(0).stdout;
    assert!(plain.contains("no git repository holds the folder"), "{plain}");
}
