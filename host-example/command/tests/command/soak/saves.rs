//! A person saves memories during every command: no saved text is lost, and no revision is damaged.

use std::cell::RefCell;
use std::collections::BTreeMap;

use fastrand::Rng;
use serde_json::json;

use super::check::Place;
use super::events::What;
use super::kept::Kept;
use super::person::{Moment, Person};
use super::{Counts, play, trace};
use crate::support::{NOW, dreamt, session};

/// How many rounds a test run plays.
const ROUNDS: u64 = 4;

/// Before a command was played once: how many events it is assumed to cause in the folder, and how
/// often to list it.
const UNKNOWN: [u64; 2] = [60, 6];

/// The memories that the person saves.
const FILES: [&str; 5] = ["notes.md", "team.md", "m0.md", "mine/new.md", "vault.md"];

#[test]
fn whatever_a_person_saves_during_a_command_is_in_the_folder_or_in_the_history() {
    let scene = Scene::new();
    let counts = play("saves", ROUNDS, |seed, counts| {
        counts.watch(&["edits lost", "revisions damaged", "replays that differ"]);
        scene.round(seed, counts);
    });
    assert!(counts.of("saves") > counts.of("rounds"), "{counts:?}");
}

/// Commands that list the folder several times, with an edit that no revision has yet, and a save
/// after each listing.
#[test]
fn a_save_between_two_looks_at_the_folder_is_no_reason_to_lose_or_damage_anything() {
    let scene = Scene::new();
    let mut read = Vec::new();
    let mut counts = Counts::default();
    counts.watch(&["edits lost", "revisions damaged"]);
    for command in ["auto", "session"] {
        for reading in 1.. {
            scene.kept.restore();
            let mut person = Person::new(scene.kept.store.path("memory"), &FILES[1..2], reading);
            person.save();
            let moment = Moment::At(What::Read, reading);
            counts.doing(format!("{command}, {moment:?}"));
            scene.command(command, "memory", &mut person, moment, &mut counts);
            if person.saves < 2 {
                read.push(reading - 1);
                break;
            }
        }
    }
    counts.add("times the folder was read by two commands", read.iter().sum::<u64>());
    counts.print("looks");
    assert_eq!(counts.found(), 0, "{counts:?}");
    assert!(!cfg!(target_os = "linux") || read.iter().all(|times| *times > 2), "{read:?}");
}

/// A store on which every command has something to do: it has revisions, a waiting plan, an unread
/// session, an entry to erase, and other stores to gather.
struct Scene {
    kept: Kept,
    /// The id of the entry about the vault.
    entry: String,
    /// The id under which `gather` showed another store.
    gathered: String,
    /// By command, how many events it caused in the folder, and how often it listed it.
    known: RefCell<BTreeMap<&'static str, [u64; 2]>>,
}

impl Scene {
    fn new() -> Self {
        let store = dreamt();
        for n in 0..3 {
            let twice = format!("- Rule {n} is kept twice in here.\n");
            store.put(&format!("memory/m{n}.md"), format!("# M{n}\n\n{twice}{twice}"));
        }
        store.put("memory/vault.md", "- Bread is baked here.\n- The vault code is 8812.\n");
        store.run(&[]).expect(0);
        let found = store.dreaming(&["explain", "vault code", "--json"]).expect(0).json();
        let entry = found["entry"].as_str().unwrap().to_owned();
        store.put("sessions/three.jsonl", session("three", 11));
        store.put("bob/notes.md", "- The build needs make.\n");
        let shown = store.dreaming(&["gather", "bob", "--json"]).expect(3).json();
        let gathered = shown["id"].as_str().unwrap().to_owned();
        let export = json!([{"id": "m1", "memory": "Cheese is kept cold.", "type": "fact"}]);
        store.put("export.json", export.to_string());
        store.dreaming(&["export", "all.jsonl"]).expect(0);
        // The folder for an import, which already has one of the memories.
        store.put("fresh/notes.md", store.read("memory/notes.md"));
        Self { kept: Kept::new(store), entry, gathered, known: RefCell::default() }
    }

    fn round(&self, seed: u64, counts: &mut Counts) {
        self.kept.restore();
        let mut random = Rng::with_seed(seed);
        if random.u8(..10) == 0 {
            return self.play(&["import"], "fresh", &mut random, counts);
        }
        let all = ["run", "auto", "apply", "revert", "entry", "session", "gather", "adopt"];
        // Commands that list the folder often are drawn more often.
        let more = ["auto", "auto", "entry", "entry", "some", "recover", "discard"];
        let commands: Vec<&'static str> = (0..random.u8(1..=3))
            .map(|_| *random.choice(all.iter().chain(&more).collect::<Vec<_>>()).unwrap())
            .collect();
        self.play(&commands, "memory", &mut random, counts);
    }

    /// Runs commands on a folder while a person saves, and checks the store after each.
    fn play(&self, commands: &[&'static str], memory: &str, random: &mut Rng, counts: &mut Counts) {
        let folder = self.kept.store.path(memory);
        let mut person = Person::new(folder, &FILES, random.u64(..));
        let mut said = Vec::new();
        for command in commands {
            // An edit that no revision has.
            let edited = random.u8(..3) > 0 && *command != "import";
            if edited {
                person.save();
            }
            let known = self.known.borrow().get(command).copied().unwrap_or(UNKNOWN);
            let moment = person.moment(known[0], known[1]);
            let all = format!("after {said:?}: {command}, {moment:?}, edited: {edited}");
            said.push(*command);
            counts.doing(all);
            if !self.command(command, memory, &mut person, moment, counts) {
                return;
            }
        }
        Place { store: &self.kept.store, memory }.check(counts);
    }

    /// Runs a command while a person saves at `moment`. Returns whether the history is undamaged
    /// afterwards.
    fn command(
        &self,
        command: &'static str,
        memory: &str,
        person: &mut Person<'_>,
        moment: Moment,
        counts: &mut Counts,
    ) -> bool {
        let place = Place { store: &self.kept.store, memory };
        if command == "recover" && !interrupt(&place) {
            counts.add("recoveries without an interruption", 1_u8);
        }
        person.erased |= ["entry", "session"].contains(&command);
        let mut known = self.known.borrow().get(command).copied().unwrap_or(UNKNOWN);
        let before = person.saves;
        let mut dreaming = place.store.command_on(memory, &self.arguments(command));
        if matches!(moment, Moment::At(What::Read, _)) {
            dreaming = trace::unhurried(dreaming, &place.store.path(memory));
        }
        let (done, seen) = person.while_saving(moment, || place.ends(dreaming));
        if let (Moment::At(what, _), true) = (moment, person.saves == before && seen > 0) {
            known[usize::from(what == What::Read)] = seen;
            self.known.borrow_mut().insert(command, known);
        }
        counts.add("commands", 1_u8);
        counts.add("commands that ended well", u8::from(done.code == 0));
        counts.add("saves", person.saves - before);
        place.recover(counts);
        person.look(&place.history(), counts);
        place.verify(counts)
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
            other => vec![match other {
                "revert" => "revert",
                "recover" => "recover",
                _ => "discard",
            }],
        }
    }
}

/// Leaves an interrupted write: its revision is stored, and no file is in place. Returns false
/// where `strace` cannot stop a command there.
fn interrupt(place: &Place<'_>) -> bool {
    let mut command = place.store.command_on(place.memory, &["apply", "--all"]);
    trace::killed(&mut command, "renameat2", 1)
}
