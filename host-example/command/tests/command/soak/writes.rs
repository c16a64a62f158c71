//! Injects a fault at a write: the command is killed there, the disk is full from there on, or the
//! call fails once. The folder must then be as before or as after the command, no staged file may
//! be left, and the same command must work when it is called again.

use std::collections::BTreeMap;
use std::path::PathBuf;

use fastrand::Rng;
use serde_json::json;

use super::check::Place;
use super::kept::Kept;
use super::trace::{self, Fault};
use super::{Counts, play, skipped};
use crate::support::{Done, NOW, dreamt, session};

/// How many rounds a test run plays, each with one fault.
const ROUNDS: u64 = 8;

/// The words to erase, which only one memory has.
const SECRET: &str = "vault code is 8812";

#[test]
fn a_fault_at_any_write_leaves_everything_as_before_or_as_after() {
    if !trace::is_possible() {
        return skipped("writes", ROUNDS, "strace is not installed, or may not trace");
    }
    let scene = Scene::new();
    let mut sites: BTreeMap<&str, Vec<Site>> = BTreeMap::new();
    let counts = play("writes", ROUNDS, |seed, counts| {
        counts.watch(&["not as before and not as after", "staged files left", "words left"]);
        counts.watch(&["revisions damaged", "commands that do not work afterwards"]);
        // The rounds take the commands in turn, and for each command its sites in turn, so that
        // enough rounds play all of them.
        let commands = COMMANDS.len() as u64;
        let command = COMMANDS[usize::try_from(seed % commands).unwrap()];
        let sites = sites.entry(command).or_insert_with(|| {
            let sites = scene.sites(command);
            counts.add("places for a fault in the commands", sites.len());
            sites
        });
        let site = usize::try_from(seed / commands).unwrap() % sites.len();
        scene.round(command, &sites[site], counts);
    });
    assert!(counts.of("faults") > 0, "{counts:?}");
}

type Tree = BTreeMap<PathBuf, Vec<u8>>;
/// A fault, the name of the system call, and at which of its calls the fault happens (1 is the
/// first).
type Site = (Fault, String, u64);

/// A store on which every command has something to do, with an edit that no revision has.
struct Scene {
    kept: Kept,
    /// The id of the entry about the vault.
    entry: String,
    /// The id under which `gather` showed another store.
    gathered: String,
}

/// The commands that write.
const COMMANDS: [&str; 13] = [
    "run",
    "auto",
    "apply",
    "some",
    "revert",
    "discard",
    "gather",
    "adopt",
    "entry",
    "session",
    "import",
    "take-over",
    "recover",
];

impl Scene {
    fn new() -> Self {
        let store = dreamt();
        for n in 0..3 {
            let twice = format!("- Rule {n} is kept twice in here.\n");
            store.put(&format!("memory/m{n}.md"), format!("# M{n}\n\n{twice}{twice}"));
        }
        store.put("memory/vault.md", format!("- Bread is baked here.\n- The {SECRET}.\n"));
        store.put("sessions/three.jsonl", session("three", 11));
        store.run(&[]).expect(0);
        let found = store.dreaming(&["explain", "vault code", "--json"]).expect(0).json();
        let entry = found["entry"].as_str().unwrap().to_owned();
        store.put("bob/notes.md", "- The build needs make.\n");
        let shown = store.dreaming(&["gather", "bob", "--json"]).expect(3).json();
        let gathered = shown["id"].as_str().unwrap().to_owned();
        let export = json!([{"id": "m1", "memory": "Cheese is kept cold.", "type": "fact"}]);
        store.put("export.json", export.to_string());
        store.dreaming(&["export", "all.jsonl"]).expect(0);
        store.put("fresh/notes.md", store.read("memory/notes.md"));
        // A copy of the memory folder without its history, for `take-over`.
        for (file, bytes) in store.tree("memory") {
            let name = file.strip_prefix(store.path("memory")).unwrap().to_owned();
            store.put(&format!("moved/{}", name.display()), bytes);
        }
        store.put("memory/mine.md", "- Mine, and in no revision.\n");
        Self { kept: Kept::new(store), entry, gathered }
    }

    /// The memory folder on which a command works.
    fn memory(command: &str) -> &'static str {
        match command {
            "import" => "fresh",
            "take-over" => "moved",
            _ => "memory",
        }
    }

    fn arguments(&self, command: &str) -> Vec<&str> {
        let run = ["run", "--sessions", "sessions", "--now", NOW, "--replace"];
        match command {
            "run" => run.to_vec(),
            "auto" => [&run[..], &["--mode", "auto"]].concat(),
            "apply" => vec!["apply", "--all"],
            "some" => vec!["apply", "--auto"],
            "entry" => vec!["erase", "--entry", &self.entry, "--yes"],
            "session" => vec!["erase", "--session", "one", "--yes"],
            "gather" => vec!["gather", "bob", "--accept", &self.gathered],
            "adopt" => vec!["adopt", "export.json", "--replace"],
            "import" => vec!["import", "all.jsonl"],
            "revert" => vec!["revert", "1"],
            "take-over" => vec!["take-over", "--from", ".dreaming/memory"],
            "recover" => vec!["recover"],
            _ => vec!["discard"],
        }
    }

    /// Restores the store to how it must be before `command`.
    fn prepare(&self, command: &str) {
        self.kept.restore();
        if command == "recover" {
            // Leaves an interrupted write for `recover` to finish.
            let mut apply = self.kept.store.command(&["apply", "--all"]);
            assert!(trace::killed(&mut apply, "renameat2", 1));
        }
    }

    /// All sites of a command: each fault at each of its system calls, in no meaningful order.
    fn sites(&self, command: &str) -> Vec<Site> {
        self.prepare(command);
        let memory = Self::memory(command);
        let called = self.kept.store.command_on(memory, &self.arguments(command));
        let mut sites = Vec::new();
        for (call, count) in trace::calls(&called) {
            for number in 1..=count {
                for fault in [Fault::Kill, Fault::Full, Fault::Broken] {
                    sites.push((fault, call.clone(), number));
                }
            }
        }
        Rng::with_seed(0).shuffle(&mut sites);
        sites
    }

    fn round(&self, command: &'static str, site: &Site, counts: &mut Counts) {
        let (fault, call, number) = (site.0, &site.1, site.2);
        counts.doing(format!("{command}, {fault:?} at {call} number {number}"));
        self.prepare(command);
        let memory = Self::memory(command);
        let place = Place { store: &self.kept.store, memory };
        let before = place.store.tree(memory);
        let called = place.store.command_on(memory, &self.arguments(command));
        let mut faulty = trace::faulty(&called, fault, call, number);
        let done = crate::support::done(&mut faulty);
        self.count(fault, &done, counts);
        if before != place.store.tree(memory) {
            counts.add("faults after the first file", 1_u8);
        }
        if memory == "memory" || place.state().is_some() {
            place.recover(counts);
        }
        self.look(&place, &before, counts);
        // Called again, the command works, or reports that it has nothing left to do.
        let again = place.dreaming(&self.arguments(command));
        let settled = match command {
            "apply" | "some" | "discard" | "entry" | "import" | "take-over" => &[0, 1, 2][..],
            "adopt" => &[0, 3],
            _ => &[0],
        };
        if !settled.contains(&again.code) {
            counts.fault("commands that do not work afterwards", format!("{again:?}"));
        }
        if command == "entry" && holds(&place.store.tree(".dreaming"), SECRET) {
            counts.fault("words left", format!("{SECRET}: {again:?}"));
        }
        place.verify(counts);
    }

    fn count(&self, fault: Fault, done: &Done, counts: &mut Counts) {
        counts.add("commands", 1_u8);
        match fault {
            Fault::Kill if done.code == -1 || done.code == 137 => counts.add("kills", 1_u8),
            Fault::Kill => counts.add("ended before the fault", 1_u8),
            _ if done.code == 0 => counts.add("faults that nobody minds", 1_u8),
            _ => counts.add("faults that were said", 1_u8),
        }
        counts.add("faults", u8::from(fault != Fault::Kill || done.code != 0));
        assert!(!done.stderr.contains("panicked") && done.code != 101, "{done:?}");
    }

    /// Checks that the folder is as before, or as the newest revision has it.
    fn look(&self, place: &Place<'_>, before: &Tree, counts: &mut Counts) {
        let folder = place.store.path(place.memory);
        let after = place.store.tree(place.memory);
        if let Some(staged) = after.keys().find(|file| file.to_string_lossy().ends_with("-tmp")) {
            counts.fault("staged files left", staged.display());
        }
        let recorded: Tree =
            place.recorded().into_iter().map(|(file, text)| (folder.join(file), text)).collect();
        // The person's edit `mine.md` is not compared, because no revision has it.
        let mine = folder.join("mine.md");
        let others = |tree: &Tree| -> Tree {
            let mut tree = tree.clone();
            tree.remove(&mine);
            tree
        };
        if after != *before && others(&after) != others(&recorded) {
            let files: Vec<_> = after.keys().collect();
            counts.fault("not as before and not as after", format!("{files:?}"));
        }
        let text = before.get(&mine);
        let known = |text: &Vec<u8>| place.history().iter().any(|old| old.as_bytes() == text);
        if text.is_some_and(|text| after.get(&mine) != Some(text) && !known(text)) {
            counts.fault("not as before and not as after", "a person's own memory");
        }
    }
}

/// Whether any file holds `words`.
fn holds(files: &Tree, words: &str) -> bool {
    let holds = |bytes: &Vec<u8>| bytes.windows(words.len()).any(|part| part == words.as_bytes());
    files.values().any(holds)
}
