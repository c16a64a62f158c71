//! Folders that bring a foreign state along, and damaged states. The command writes no file except
//! memories in the way that a person allowed, and a command that only reads writes nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use fastrand::Rng;
use rusqlite::Connection;

use super::check::Place;
use super::events::{Events, What};
use super::forged::{self, EVIL};
use super::kept::Kept;
use super::{Counts, play, trace};
use crate::support::{NOW, Store, dreamt, session};

/// How many rounds a test run plays.
const ROUNDS: u64 = 8;

/// Commands that only read. A round plays [`SOME`] of them before and after those that write.
const READERS: [&[&str]; 12] = [
    &["status"],
    &["log"],
    &["verify"],
    &["show"],
    &["show", "1"],
    &["doctor"],
    &["explain", "cents"],
    &["export", "-"],
    &["diff"],
    &["pack"],
    &["review"],
    &["apply", "--all", "--dry-run"],
];
const SOME: usize = 3;

/// Commands that write if the state is accepted.
const WRITERS: [&[&str]; 9] = [
    &["recover"],
    &["run"],
    &["run", "--sessions", "sessions", "--now", NOW, "--replace"],
    &["run", "--mode", "auto", "--replace"],
    &["apply", "--auto", "--by", "ada", "--now", NOW],
    &["apply", "--all", "--by", "ada", "--now", NOW],
    &["review", "--accept-auto", "--by", "ada", "--now", NOW],
    &["discard"],
    &["revert", "1"],
];

#[test]
fn a_state_from_elsewhere_and_a_damaged_one_lead_to_no_write_that_nobody_wanted() {
    let scene = Scene::new();
    let counts = play("foreign", ROUNDS, |seed, counts| {
        counts.watch(&["written by a reader", "written elsewhere", "memories changed unasked"]);
        counts.watch(&["forged words written", "sessions read elsewhere", "revisions damaged"]);
        let mut random = Rng::with_seed(seed);
        match seed % 4 {
            0 => scene.cloned(Forgery::Journal, &mut random, counts),
            1 => scene.cloned(Forgery::Plan, &mut random, counts),
            2 => scene.damaged(&mut random, counts),
            _ => scene.interrupted(&mut random, counts),
        }
    });
    assert!(counts.of("commands") > counts.of("rounds"), "{counts:?}");
}

type Tree = BTreeMap<PathBuf, Vec<u8>>;

enum Forgery {
    /// A forged journal of an unfinished write, and session paths outside the repository.
    Journal,
    /// A forged plan.
    Plan,
}

/// Repositories with memories, code and a state.
struct Scene {
    /// A repository whose state was made for its own folder.
    own: Kept,
    /// A repository whose state was made for another folder that had the same path.
    foreign: Kept,
    /// The memories after each command of [`HONEST`] on an unforged, undamaged state.
    honest: [Tree; HONEST.len()],
    /// A folder of sessions outside the repository.
    elsewhere: tempfile::TempDir,
}

/// The commands that write memories; together they write them in every possible way.
const HONEST: [&[&str]; 4] = [WRITERS[3], WRITERS[4], WRITERS[5], WRITERS[8]];

impl Scene {
    fn new() -> Self {
        let own = Kept::new(repository());
        let honest = HONEST.map(|command| {
            own.restore();
            own.store.dreaming(command).expect(0);
            memories(&own.store)
        });
        // Copies the files into a new folder of the same name. The old folder stays, so that the
        // system cannot give its inode number to the new one.
        let store = repository();
        fs::rename(store.path("memory"), store.path("memory-old")).unwrap();
        for (file, bytes) in store.tree("memory-old") {
            let name = file.strip_prefix(store.path("memory-old")).unwrap().to_owned();
            store.put(&format!("memory/{}", name.display()), bytes);
        }
        // Not where all programs have their files: whoever looks through those reads these too.
        let elsewhere = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        fs::write(elsewhere.path().join("secret.jsonl"), session("secret", 12)).unwrap();
        Self { own, foreign: Kept::new(store), honest, elsewhere }
    }

    /// Plays commands on a repository from elsewhere: they change nothing, and after a person takes
    /// it over, they write only texts of its revisions.
    fn cloned(&self, forgery: Forgery, random: &mut Rng, counts: &mut Counts) {
        self.foreign.restore();
        let store = &self.foreign.store;
        // Who brings the state along made it elsewhere.
        let _ = fs::remove_dir_all(store.path("user-state/dreaming/states"));
        let db = state(store);
        let mut said = match forgery {
            Forgery::Journal => {
                let path = *random.choice(&forged::PATHS).unwrap();
                let before = fs::read(store.path("memory").join(path)).ok();
                forged::journal(&db, path, before.as_deref());
                format!("journal for {path}")
            }
            Forgery::Plan => {
                let (plan, what) = forged::plan(forged::waiting(&db), random);
                let sealed = random.bool();
                forged::put(&db, &plan, sealed);
                format!("plan: {what}, sealed: {sealed}")
            }
        };
        let elsewhere = self.elsewhere.path();
        let sessions = format!("[{:?}]", elsewhere.to_string_lossy());
        db.execute("UPDATE meta SET value = ?1 WHERE key = 'sessions'", [sessions]).unwrap();
        if random.bool() {
            db.execute("UPDATE meta SET value = '/gone/memory' WHERE key = 'folder'", []).unwrap();
            said.push_str(", of a folder that is gone");
        }
        drop(db);
        let read = Events::of(elsewhere);
        for command in drawn(random, SOME) {
            counts.doing(format!("{said}: {command:?}"));
            command_on(store, command, &[], counts);
        }
        if let Some(read) = read {
            read.end();
            if read.wait(What::Any, u64::MAX) > 0 {
                counts.fault("sessions read elsewhere", elsewhere.display());
            }
        }
        counts.doing(format!("{said}: take-over"));
        let taken = Place { store, memory: "memory" }.dreaming(&["take-over"]);
        counts.add("taken over", u8::from(taken.code == 0));
        for command in [&WRITERS[0], &WRITERS[2], random.choice(&WRITERS[4..7]).unwrap()] {
            counts.doing(format!("{said}: take-over, {command:?}"));
            command_on(store, command, &self.honest, counts);
        }
    }

    /// Plays commands on a state whose database file is damaged.
    fn damaged(&self, random: &mut Rng, counts: &mut Counts) {
        self.own.restore();
        let store = &self.own.store;
        // Brings the log into the database file.
        state(store).execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        let file = store.path(".dreaming/memory/state.db");
        let (bytes, said) = forged::damaged(&fs::read(&file).unwrap(), random);
        fs::write(&file, bytes).unwrap();
        for command in drawn(random, 1) {
            counts.doing(format!("damage, {said}: {command:?}"));
            command_on(store, command, &self.honest, counts);
        }
    }

    /// Plays readers on a state with an interrupted write, where a write can be interrupted:
    /// readers must not finish it.
    fn interrupted(&self, random: &mut Rng, counts: &mut Counts) {
        self.own.restore();
        let store = &self.own.store;
        let mut apply = store.command(WRITERS[5]);
        let said = trace::killed(&mut apply, "renameat2", random.u64(1..4));
        counts.add("writes that were interrupted", u8::from(said));
        for command in drawn(random, 0) {
            counts.doing(format!("a write was interrupted: {said}: {command:?}"));
            command_on(store, command, &self.honest, counts);
        }
        let place = Place { store, memory: "memory" };
        place.recover(counts);
        place.verify(counts);
    }
}

/// A repository with memories, code, and a plan that waits.
fn repository() -> Store {
    let store = dreamt();
    for n in 0..3 {
        let twice = format!("- Rule {n} is kept twice in here.\n");
        store.put(&format!("memory/m{n}.md"), format!("# M{n}\n\n{twice}{twice}"));
    }
    for (path, text) in [
        (".git/config", "[core]\n\tbare = false\n"),
        ("a.sh", "echo a\n"),
        (".envrc", "export A=1\n"),
    ] {
        store.put(&format!("memory/{path}"), text);
    }
    store.put("x", "x\n");
    store.put("sessions/three.jsonl", session("three", 11));
    store.run(&[]).expect(0);
    store
}

/// The memories, with paths relative to the store's root.
fn memories(store: &Store) -> Tree {
    let relative = |(file, bytes): (PathBuf, _)| {
        (file.strip_prefix(store.path("")).unwrap().to_owned(), bytes)
    };
    store.tree("memory").into_iter().map(relative).collect()
}

fn state(store: &Store) -> Connection {
    Connection::open(store.path(".dreaming/memory/state.db")).unwrap()
}

/// Runs a command and checks its writes: readers write nothing; others write only the state (and
/// remember that it is this person's), and memories as one of `honest` has them.
fn command_on(store: &Store, command: &[&str], honest: &[Tree], counts: &mut Counts) {
    let before = store.tree("");
    let done = Place { store, memory: "memory" }.dreaming(command);
    counts.add("commands", 1_u8);
    counts.add("commands that were refused", u8::from(done.code != 0));
    let after = store.tree("");
    for file in changed(&before, &after) {
        let name = file.strip_prefix(store.path("")).unwrap();
        if READERS.contains(&command) && !is_sqlites(&file, &before, &after) {
            counts.fault("written by a reader", name.display());
        }
        let bytes = after.get(&file);
        if is_memory(name) {
            if honest.iter().all(|tree| tree.get(name) != bytes) {
                counts.fault("memories changed unasked", name.display());
            }
            if bytes.is_some_and(|text| String::from_utf8_lossy(text).contains(EVIL)) {
                counts.fault("forged words written", name.display());
            }
        } else if !name.starts_with(".dreaming/memory")
            && !name.starts_with("user-state/dreaming/states")
        {
            counts.fault("written elsewhere", name.display());
        }
    }
}

/// Draws some readers, `writers_among` writers, and some other readers.
fn drawn(random: &mut Rng, writers_among: usize) -> Vec<&'static [&'static str]> {
    let mut readers = READERS.to_vec();
    let mut writers = WRITERS.to_vec();
    random.shuffle(&mut readers);
    random.shuffle(&mut writers);
    let last = readers.split_off(SOME);
    let last = last.into_iter().take(SOME);
    readers.into_iter().chain(writers.into_iter().take(writers_among)).chain(last).collect()
}

/// The paths at which two trees differ.
fn changed(before: &Tree, after: &Tree) -> Vec<PathBuf> {
    let mut files: Vec<&PathBuf> = before.keys().chain(after.keys()).collect();
    files.sort();
    files.dedup();
    files.into_iter().filter(|file| before.get(*file) != after.get(*file)).cloned().collect()
}

/// Whether a path relative to the store's root is that of a memory.
fn is_memory(name: &Path) -> bool {
    let hidden = name.iter().any(|part| part.to_string_lossy().starts_with('.'));
    name.starts_with("memory") && !hidden && name.extension().is_some_and(|end| end == "md")
}

/// Whether SQLite itself changes this file when it opens the database: the index of its log, an
/// empty log, or both files when it brings a dead writer's log into the database.
fn is_sqlites(file: &Path, before: &Tree, after: &Tree) -> bool {
    let name = file.to_string_lossy();
    let log = file.with_file_name("state.db-wal");
    let empty = |tree: &Tree| tree.get(&log).is_none_or(Vec::is_empty);
    match (empty(before), empty(after)) {
        (true, true) => name.ends_with("state.db-shm") || name.ends_with("state.db-wal"),
        (false, true) => name.contains("/state.db"),
        _ => name.ends_with("state.db-shm"),
    }
}
