//! Sessions that were copied before their agent deleted them.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::support::{NOW, Store, done, gzip, session};

pub const KEEP: &[&str] = &["keep", "--sessions", "sessions"];

pub fn keep(store: &Store, more: &[&str]) -> Value {
    store.dreaming(&[KEEP, more, &["--json"]].concat()).expect(0).json()
}

pub fn kept(store: &Store) -> Vec<PathBuf> {
    let folder = store.path(".dreaming/memory/kept");
    let items = fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = items.map(|item| item.unwrap().path()).collect();
    // It only says that secrets are covered.
    files.retain(|file| !file.ends_with(".covered"));
    files.sort();
    files
}

pub fn unpacked(file: &Path) -> String {
    let mut text = String::new();
    let file = File::open(file).unwrap();
    flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
    text
}

/// The files of the archive that hold `words`.
pub fn holding(store: &Store, words: &str) -> usize {
    kept(store).iter().filter(|file| unpacked(file).contains(words)).count()
}

/// A store with sessions in files of several kinds.
pub fn store() -> Store {
    let store = Store::new();
    store.put("sessions/one/subagents/agent-a.jsonl", session("one-agent", 3));
    store.put("sessions/one/tool-results/out.txt", "spilled");
    store.put(
        "sessions/one.outcome.json",
        json!({"format": "dreaming.session/1", "task": "fixtures", "outcomes": [{"name": "resolved", "value": 1, "goal": 1}]})
            .to_string(),
    );
    store.put("sessions/three.jsonl.gz", gzip(session("three", 11).as_bytes()));
    store
}

pub fn plan(store: &Store, more: &[&str]) -> Value {
    store.run(&[&["--dry-run", "--json"], more].concat()).expect(0).json()
}

#[test]
fn a_run_over_the_archive_proposes_what_one_over_the_originals_does() {
    let store = store();
    // The first run draws the salt of the store, which ids of revisions depend on.
    store.run(&[]).expect(0);
    store.dreaming(&["discard"]).expect(0);
    let told = keep(&store, &[]);
    assert_eq!((&told["outcome"], &told["kept"]), (&json!("kept"), &json!(3)), "{told}");
    let originals = plan(&store, &[]);
    assert_eq!(originals["archived"], 0);
    assert_eq!(originals["sessions"]["read"], 3);
    let newest = plan(&store, &["--limit", "1"]);
    for gone in ["sessions/one.jsonl", "sessions/three.jsonl.gz", "sessions"] {
        let path = store.path(gone);
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
        let archive = plan(&store, &[]);
        // A plan holds the digest of its bytes.
        assert!(
            archive["plan"]["digest"].is_string() && archive["plan"] == originals["plan"],
            "{gone}"
        );
        assert_eq!(archive["sessions"], originals["sessions"]);
    }
    assert_eq!(plan(&store, &["--limit", "1"])["plan"], newest["plan"], "the same is the newest");
    let said = store.run(&[]).expect(0).stdout;
    assert!(said.contains("3 sessions came from the archive"), "{said}");
    // The next run finds them without being told where they were.
    store.dreaming(&["discard"]).expect(0);
    let again = store.dreaming(&["run", "--now", NOW, "--json"]).expect(0).json();
    assert_eq!((&again["archived"], &again["sessions"]["read"]), (&json!(3), &json!(3)));
}

#[test]
fn what_a_dream_has_read_stays_for_replay_until_it_is_pruned() {
    let store = store();
    keep(&store, &[]);
    fs::remove_dir_all(store.path("sessions")).unwrap();
    let status = store.status();
    assert!(status["kept"]["bytes"].as_u64().unwrap() > 0, "{status}");
    store.run(&[]).expect(0);
    let status = store.dreaming(&["status", "--json"]).expect(0).json();
    assert_eq!(status["kept"]["only_here"], 3, "{status}");
    store.dreaming(&["apply", "--all", "--now", NOW]).expect(0);
    let said = store.dreaming(&["status"]).expect(0).stdout;
    assert!(said.contains("The archive keeps 3 sessions ("), "{said}");
    assert!(said.contains("3 sessions read, 0 pending"), "{said}");
    store.dreaming(&["replay"]).expect(0);
    let why = store.dreaming(&["explain", "run the formatter"]).expect(0).stdout;
    assert!(why.contains("the transcript still says it") && why.contains("/kept/"), "{why}");

    let told = keep(&store, &[]);
    assert_eq!((&told["kept"], &told["gone"]), (&json!(0), &json!([])), "{told}");
    assert_eq!(kept(&store).len(), 3);
    let told = keep(&store, &["--prune"]);
    assert_eq!(told["gone"].as_array().unwrap().len(), 3, "{told}");
    assert_eq!(told["archive"]["files"], 0);
    assert!(kept(&store).is_empty());
    store.dreaming(&["replay"]).expect(5);
    store.dreaming(&["verify"]).expect(0);
}

#[test]
fn what_is_read_needs_no_keeping_and_what_grew_since_does() {
    let store = store();
    store.run(&[]).expect(0);
    // A plan that waits may be put away, and then its sessions are unread.
    assert_eq!(keep(&store, &[])["kept"], 3);
    store.dreaming(&["apply", "--all", "--now", NOW]).expect(0);
    let told = keep(&store, &["--prune"]);
    assert_eq!((&told["read"], &told["kept"]), (&json!(3), &json!(0)), "{told}");
    assert!(kept(&store).is_empty());
    let more = session("two", 9) + &session("two", 12);
    store.put("sessions/two.jsonl", &more);
    assert_eq!(keep(&store, &[])["kept"], 1);
    store.put("sessions/two.jsonl", more + "{\"type\":\"summary\"}\n");
    let told = keep(&store, &[]);
    assert_eq!((&told["kept"], &told["grown"], &told["both"]), (&json!(1), &json!(1), &json!([])));
    assert_eq!((kept(&store).len(), keep(&store, &[])["there"].clone()), (1, json!(1)));
    // Other words under the same name: both stay.
    store.put("sessions/two.jsonl", session("two", 14).repeat(4));
    let said = store.dreaming(KEEP).expect(0).stdout;
    assert!(said.contains("the earlier copy, which stays beside the new one"), "{said}");
    assert_eq!((kept(&store).len(), holding(&store, "2026-02-12T")), (2, 1));
}

#[test]
fn erasing_a_session_erases_its_copies() {
    let store = store();
    let id = "5b1a3c52-0d3f-4b1e-9d3e-7c1f2a3b4c5d";
    let words = "the vault code is 8812";
    store.put(&format!("sessions/{id}.jsonl"), session(id, 5).replace("all good", words));
    store.put("sessions/fork.jsonl", session(id, 5).replace("all good", words) + &session("f", 6));
    keep(&store, &[]);
    assert_eq!(holding(&store, words), 2);
    let erase = ["erase", "--session", "5b1a3c52", "--json"];
    let dry = store.dreaming(&[&erase[..], &["--dry-run"]].concat()).expect(0).json();
    assert_eq!((&dry["copies"], holding(&store, words)), (&json!(2), 2), "{dry}");
    // No dream has read it: only the archive knows it.
    store.put(".dreaming/memory/kept/.keeping-x1", words);
    let told = store.dreaming(&[&erase[..], &["--yes"]].concat()).expect(0).json();
    assert_eq!((&told["erased"], &told["copies"]), (&json!(id), &json!(2)), "{told}");
    assert_eq!((holding(&store, words), kept(&store).len()), (0, 3));
    store.dreaming(&["verify"]).expect(0);
    // It is neither kept nor read again, also from a copy that somebody puts back.
    assert_eq!(keep(&store, &[])["kept"], 0);
    assert_eq!(holding(&store, words), 0);
    let run = store.run(&["--json"]).expect(0).json();
    assert_eq!(run["sessions"]["read"], 3, "{run}");

    // One that a dream has read.
    store.dreaming(&["apply", "--all", "--now", NOW]).expect(0);
    let told = store.dreaming(&["erase", "--session", "one", "--yes"]).expect(0).stdout;
    assert!(told.contains("went from the archive"), "{told}");
    assert_eq!((holding(&store, "\"sessionId\":\"one\""), kept(&store).len()), (0, 2));
    store.dreaming(&["verify"]).expect(0);
}

#[test]
fn erasing_an_entry_takes_copies_that_were_read_and_names_the_others() {
    let store = store();
    keep(&store, &[]);
    store.run(&[]).expect(0);
    store.dreaming(&["apply", "--all", "--now", NOW]).expect(0);
    store.put("sessions/later.jsonl", session("later", 15));
    keep(&store, &[]);
    let entry = store.dreaming(&["explain", "run the formatter", "--json"]).expect(0).json();
    let entry = entry["entry"].as_str().unwrap().to_owned();
    let told = store.dreaming(&["erase", "--entry", &entry, "--yes", "--json"]).expect(0).json();
    assert_eq!((&told["copies"], kept(&store).len()), (&json!(3), 1), "{told}");
    let rest = told["rest"].to_string();
    assert!(rest.contains("session later says so too in the archive"), "{rest}");
}

#[test]
fn where_there_is_no_room_read_sessions_go_first_and_the_rest_is_named() {
    let store = store();
    let at = |day: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(1_770_000_000 + day * 86_400);
    let written = |path: &str, day: u64| {
        let file = File::options().append(true).open(store.path(path)).unwrap();
        file.set_modified(at(day)).unwrap();
    };
    keep(&store, &[]);
    store.run(&[]).expect(0);
    store.dreaming(&["apply", "--all", "--now", NOW]).expect(0);
    let full: u64 = kept(&store).iter().map(|file| file.metadata().unwrap().len()).sum();
    for (name, day) in [("new", 1), ("newer", 2), ("newest", 3)] {
        store.put(&format!("sessions/{name}.jsonl"), session(name, 16));
        written(&format!("sessions/{name}.jsonl"), day);
    }
    let most = (full + 200).to_string();
    let dry = store.dreaming(&[KEEP, &["--max-size", &most, "--dry-run"]].concat()).expect(0);
    assert!(dry.stdout.contains("Kept 3 sessions"), "{dry:?}");
    assert_eq!(kept(&store).len(), 3);
    let told = keep(&store, &["--max-size", &most]);
    assert_eq!(told["kept"], 3, "{told}");
    assert!(!told["gone"].as_array().unwrap().is_empty(), "{told}");
    assert!(told["archive"]["bytes"].as_u64().unwrap() <= full + 200, "{told}");
    // Unread ones never go for others.
    keep(&store, &["--prune"]);
    assert_eq!(kept(&store).len(), 3);
    let used: u64 = kept(&store).iter().map(|file| file.metadata().unwrap().len()).sum();
    for (name, day) in [("x", 5), ("y", 4)] {
        store.put(&format!("sessions/{name}.jsonl"), session(name, 17));
        written(&format!("sessions/{name}.jsonl"), day);
    }
    let most = (used + used / 3 + 100).to_string();
    let told = store.dreaming(&[KEEP, &["--max-size", &most, "--json"]].concat()).expect(1).json();
    assert_eq!((&told["outcome"], &told["kept"]), (&json!("incomplete"), &json!(1)), "{told}");
    assert_eq!(told["not_kept"][0]["session"], "x", "the first to be deleted is kept: {told}");
    let said = store.dreaming(&[KEEP, &["--max-size", &most]].concat()).expect(1).stdout;
    assert!(said.contains("1 session not kept for want of room:\n  "), "{said}");
    assert!(said.contains("x.jsonl (") && said.contains("--max-size"), "{said}");
    store.dreaming(&["keep", "--sessions", "sessions", "--max-size", "ten"]).expect(2);
}

#[test]
fn a_dry_run_writes_nothing_and_a_run_only_files_for_its_owner() {
    let store = store();
    let said = store.dreaming(&[KEEP, &["--dry-run"]].concat()).expect(0).stdout;
    assert!(said.starts_with("Dry run") && said.contains("Kept 3 sessions"), "{said}");
    assert!(!store.path(".dreaming").exists());
    store.dreaming(KEEP).expect(0);
    assert_eq!(kept(&store).len(), 3);
    #[cfg(unix)]
    for file in kept(&store) {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(!store.path("memory/kept").exists());
    // What a process left that was killed goes.
    store.put(".dreaming/memory/kept/.keeping-abc", "half");
    store.dreaming(KEEP).expect(0);
    assert_eq!(kept(&store).len(), 3);
    // Nobody named memories: nothing is begun.
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_dreaming"));
    command.args(KEEP).current_dir(store.path("sessions/one")).env_remove("DREAMING_MEMORY");
    command.env("XDG_CONFIG_HOME", store.path("config")).env("HOME", store.path("home"));
    let refused = done(&mut command).expect(2);
    assert!(refused.stderr.contains("--memory"), "{refused:?}");
    store.dreaming(&["keep"]).expect(2);
}

#[test]
fn copies_of_other_places_are_not_read_and_a_damaged_one_is_named() {
    let store = store();
    keep(&store, &[]);
    store.put("other/four.jsonl", session("four", 4));
    let run = ["run", "--sessions", "other", "--now", NOW, "--dry-run"];
    let other = store.dreaming(&run).expect(0);
    assert!(other.stderr.contains("3 sessions that `dreaming keep` copied came from"), "{other:?}");
    assert!(other.stdout.contains("Read 1 session"), "{other:?}");

    let file = &kept(&store)[0];
    let mut bytes = fs::read(file).unwrap();
    let last = bytes.len() - 6;
    bytes[last] ^= 1;
    fs::write(file, bytes).unwrap();
    let broken = store.run(&["--dry-run"]).expect(0);
    assert!(broken.stderr.contains("is left alone: it is damaged"), "{broken:?}");
    assert!(broken.stdout.contains("Read 3 sessions"), "the originals are there: {broken:?}");
    let mended = keep(&store, &[]);
    assert_eq!((&mended["kept"], &mended["there"]), (&json!(1), &json!(2)), "{mended}");
    assert!(!store.run(&["--dry-run"]).expect(0).stderr.contains("damaged"));
}

#[test]
fn a_state_from_elsewhere_brings_no_sessions_along() {
    let store = store();
    keep(&store, &[]);
    store.run(&[]).expect(0);
    // As after a copy of both: the folder is another one.
    fs::rename(store.path("memory"), store.path("before")).unwrap();
    store.put("memory/notes.md", store.read("before/notes.md"));
    fs::remove_dir_all(store.path("before")).unwrap();
    fs::remove_dir_all(store.path("user-state/dreaming/states")).unwrap();
    fs::remove_dir_all(store.path("sessions")).unwrap();
    fs::create_dir(store.path("sessions")).unwrap();
    let refused = store.dreaming(&["status"]).expect(1).stderr;
    assert!(refused.contains("the folder there is another one now"), "{refused}");
    let told = store.dreaming(&["take-over", "--json"]).expect(0).json();
    assert_eq!(told["kept_left"], 3, "{told}");
    let run = store.run(&["--json"]).expect(0).json();
    assert_eq!((&run["archived"], &run["sessions"]["read"]), (&json!(0), &json!(0)), "{run}");
    assert!(run["skipped"]["sessions"].to_string().contains("for another memory folder"), "{run}");
    let file = store.path("out.jsonl");
    let export = store.dreaming(&["export", file.to_str().unwrap()]).expect(0);
    assert!(!export.stdout.contains("copied"), "{export:?}");
}

#[test]
fn an_export_says_that_the_archive_stays() {
    let store = store();
    keep(&store, &[]);
    let file = store.path("out.jsonl");
    let said = store.dreaming(&["export", file.to_str().unwrap()]).expect(0).stdout;
    assert!(said.contains("3 sessions that `dreaming keep` copied are not in it"), "{said}");
    assert!(!fs::read_to_string(file).unwrap().contains("fixtures.py"));
}

#[test]
fn who_is_told_that_sessions_go_is_told_how_to_keep_them() {
    let store = Store::empty();
    let project = store.path("shop");
    fs::create_dir_all(project.join(".git")).unwrap();
    let real = project.canonicalize().unwrap();
    let slug: String = real
        .to_string_lossy()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let folder = format!("claude/projects/{slug}");
    store.put(&format!("{folder}/memory/notes.md"), "- Prices are in cents.\n");
    store.put(&format!("{folder}/one.jsonl"), session("one", 2));
    let old = SystemTime::now() - Duration::from_secs(28 * 86_400);
    let file = File::options().append(true).open(store.path(&format!("{folder}/one.jsonl")));
    file.unwrap().set_modified(old).unwrap();
    let dreaming = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_dreaming"));
        command.args(arguments).args(["--claude-code", "shop"]).current_dir(store.path("."));
        command.env("CLAUDE_CONFIG_DIR", store.path("claude")).env_remove("DREAMING_MEMORY");
        command.env("XDG_CONFIG_HOME", store.path("config"));
        command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
        done(&mut command).expect(0).stdout
    };
    let keep = "`dreaming keep --claude-code shop`";
    for command in ["status", "doctor"] {
        let said = dreaming(&[command]);
        assert!(said.contains("Claude Code deletes 1 session") && said.contains(keep), "{said}");
    }
    assert!(dreaming(&["keep"]).contains("Kept 1 session"));
    for command in ["status", "doctor"] {
        let said = dreaming(&[command]);
        assert!(!said.contains("Claude Code deletes"), "{said}");
    }
    fs::remove_file(store.path(&format!("{folder}/one.jsonl"))).unwrap();
    let said = dreaming(&["run"]);
    assert!(said.contains("1 session came from the archive"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_no_half_a_copy() {
    use crate::support::mounted::Disk;
    let store = store();
    let Some(disk) = Disk::mount(store.path("disk"), 2 << 20) else { return };
    let at = ["--state", "disk/state"];
    store.dreaming(&[&["status"], &at[..]].concat()).expect(0);
    store.dreaming(&[KEEP, &at, &["--max-size", "0"]].concat()).expect(1);
    // Bytes that no compression makes smaller.
    let mut random = fastrand::Rng::with_seed(7);
    let noise: String = (0..400_000).map(|_| random.alphanumeric()).collect();
    store.put("sessions/large.jsonl", format!("{{\"type\":\"user\",\"noise\":\"{noise}\"}}\n"));
    disk.fill(100 << 10);
    let full = store.dreaming(&[KEEP, &at, &["--json"]].concat()).expect(1).json();
    assert_eq!(full["error"]["kind"], "full", "{full}");
    let names: Vec<String> = fs::read_dir(store.path("disk/state/kept"))
        .unwrap()
        .map(|item| item.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(names.iter().all(|name| !name.starts_with('.')), "{names:?}");
    disk.clear();
    let told = store.dreaming(&[KEEP, &at, &["--json"]].concat()).expect(0).json();
    assert_eq!(told["archive"]["files"], 4, "{told}");
}
