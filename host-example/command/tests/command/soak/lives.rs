//! A person edits, an agent leaves sessions, and the command is killed again and again: nothing is
//! lost or half written.
//!
//! Each round has a folder of its own and one random sequence of edits, sessions, dreams, decisions
//! and kills.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use dreaming_wasmtime::{Engine, Limits};
use fastrand::Rng;
use serde_json::Value;

use super::check::Place;
use super::{Counts, play};
use crate::support::{NOW, Store, session};

/// How many rounds a test run plays.
const ROUNDS: u64 = 6;

/// How many steps a round has. Each is an edit, a session and some commands.
const STEPS: usize = 5;

/// How many memories there are at first. Each has two equal statements to merge.
const FILES: usize = 12;

#[test]
fn nothing_is_lost_or_half_written_whenever_the_command_is_killed() {
    let mut kills = Kills::default();
    let counts = play("lives", ROUNDS, |seed, counts| Round::new(seed).play(&mut kills, counts));
    assert!(counts.of("kills") > 0 && counts.of("revisions") > counts.of("rounds"), "{counts:?}");
}

/// How long each command takes when it is not killed.
#[derive(Default)]
struct Kills(BTreeMap<String, Duration>);

type Tree = BTreeMap<PathBuf, Vec<u8>>;

struct Round {
    store: Store,
    random: Rng,
    /// The lines that the person wrote; all differ.
    lines: BTreeSet<String>,
    sessions: u32,
}

impl Round {
    fn new(seed: u64) -> Self {
        let store = Store::new();
        for n in 0..FILES {
            let twice = format!("- Rule {n} is kept twice in here.\n");
            store.put(&format!("memory/m{n}.md"), format!("# M{n}\n\n{twice}{twice}"));
        }
        let policy = "{\"prune.loss-entries\": 1000000, \"prune.loss-bytes\": 1000000}";
        store.put("policy.json", policy);
        Self { store, random: Rng::with_seed(seed), lines: BTreeSet::new(), sessions: 0 }
    }

    fn play(mut self, kills: &mut Kills, counts: &mut Counts) {
        for step in 0..STEPS {
            self.write_by_hand(step);
            self.add_session();
            for command in self.commands() {
                self.command(&command, kills, counts);
            }
        }
        counts.add("revisions", self.head());
        counts.add("lines that a person wrote", self.lines.len());
    }

    /// A person adds a line to a random memory.
    fn write_by_hand(&mut self, step: usize) {
        let line = format!("- Line {step} of mine, number {}.", self.random.u32(..));
        let file = match self.random.usize(..FILES + 2) {
            n if n < FILES => format!("memory/m{n}.md"),
            n if n == FILES => "memory/learned/mistakes.md".into(),
            _ => format!("memory/mine/{step}.md"),
        };
        let before = fs::read_to_string(self.store.path(&file)).unwrap_or_default();
        let end = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
        // Sometimes the line goes into the middle, which moves all lines after it.
        let text = match before.split_once("\n\n") {
            Some((head, rest)) if self.random.bool() => format!("{head}\n\n{line}\n{rest}"),
            _ => format!("{before}{end}{line}\n"),
        };
        self.store.put(&file, text);
        self.lines.insert(line);
    }

    fn add_session(&mut self) {
        if self.random.bool() {
            self.sessions += 1;
            let id = format!("more-{}", self.sessions);
            let day = self.random.u32(1..15);
            self.store.put(&format!("sessions/{id}.jsonl"), session(&id, day));
        }
    }

    fn commands(&mut self) -> Vec<Vec<String>> {
        let run = words(&[
            "run",
            "--sessions",
            "sessions",
            "--now",
            NOW,
            "--policy",
            "policy.json",
            "--replace",
        ]);
        let auto = if self.random.u8(..4) == 0 { words(&["--mode", "auto"]) } else { Vec::new() };
        let mut commands = vec![[run, auto].concat()];
        let then = match self.random.u8(..10) {
            0..4 => words(&["apply", "--all"]),
            4..6 => words(&["apply", "--auto"]),
            // The ids are chosen when the command runs.
            6..8 => words(&["apply", "some"]),
            8 => words(&["discard"]),
            _ => words(&["status"]),
        };
        commands.push(then);
        if self.random.u8(..3) == 0 {
            commands.push(words(&["revert"]));
        }
        commands
    }

    /// An `apply` that accepts some changes of the waiting plan and rejects others.
    fn some(&mut self) -> Vec<String> {
        let plan = self.store.dreaming(&["show", "--json"]);
        let mut words = words(&["apply"]);
        let mut reject = Vec::new();
        if plan.code == 0 {
            let changes = plan.json()["plan"]["changes"].as_array().cloned().unwrap_or_default();
            for id in changes.iter().filter_map(|change| change["id"].as_str()) {
                match self.random.u8(..3) {
                    0 => words.push(id.into()),
                    1 => reject.push(id.to_owned()),
                    _ => {}
                }
            }
        }
        if !reject.is_empty() {
            words.push("--reject".into());
            words.append(&mut reject);
        }
        words
    }

    /// Runs a command and perhaps kills it, runs another one after it, and checks everything.
    fn command(&mut self, command: &[String], kills: &mut Kills, counts: &mut Counts) {
        let some = command.get(1).is_some_and(|word| word == "some");
        let command = if some { self.some() } else { command.to_vec() };
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        let (before, head) = (self.store.tree("memory"), self.head());
        let begin = Instant::now();
        let child = self.store.command(&command);
        let mut child = { child }.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        counts.add("commands", 1);
        let known = kills.0.get(command[0]).copied();
        let killed = match known {
            Some(whole) if self.random.u8(..3) > 0 => {
                self.wait(&mut child, whole, command[0] == "apply" || command[0] == "revert");
                let _ = child.kill();
                true
            }
            _ => false,
        };
        let status = child.wait().unwrap();
        if !killed {
            let whole = begin.elapsed();
            let known = kills.0.entry(command[0].into()).or_insert(whole);
            *known = (*known + whole) / 2;
            let code = status.code().unwrap();
            assert!([0, 1, 2, 4].contains(&code), "{command:?} ended with {code}");
        }
        let middle = self.store.tree("memory");
        if killed {
            counts.add("kills", 1);
            counts.add("kills after the end", u8::from(status.code().is_some()));
            let staged = middle.keys().any(|file| is_staged(file));
            counts.add("kills with staged files", u8::from(staged));
            counts.add("kills with a journal", u8::from(self.journal() > 0));
        }
        // A reading command works after the kill and does no harm. The next writing command
        // finishes the write or takes it back.
        if self.random.bool() {
            let reads = *self.random.choice(&["status", "log", "show"]).unwrap();
            let code = self.store.dreaming(&[reads]).code;
            assert!([0, 1].contains(&code), "{reads} ended with {code}");
        }
        self.store.dreaming(&["recover"]).expect(0);
        self.check(&command, &before, &middle, head);
    }

    /// Waits until a random moment for a kill: at any time, or just after the command staged its
    /// first file.
    fn wait(&mut self, child: &mut Child, whole: Duration, writes: bool) {
        let end = Instant::now() + whole;
        if writes && self.random.u8(..3) > 0 {
            let memory = self.store.path("memory");
            let ended = |child: &mut Child| child.try_wait().unwrap().is_some();
            while Instant::now() < end && !has_staged(&memory) && !ended(child) {}
            // Half of the delays are short, because nobody knows how fast the disk is.
            let short = Duration::from_micros(1 << self.random.u32(..15));
            let long = whole.mul_f64(self.random.f64());
            thread::sleep(if self.random.bool() { short } else { long });
        } else {
            thread::sleep(whole.mul_f64(self.random.f64()));
        }
    }

    fn check(&self, command: &[&str], before: &Tree, middle: &Tree, head: u64) {
        let after = self.store.tree("memory");
        assert!(!after.keys().any(|file| is_staged(file)), "{command:?} left staged files");
        let recorded = self.recorded();
        let as_before = after == *before;
        assert!(as_before || after == recorded, "{command:?}: neither before nor after");
        assert!(self.head() > head || as_before, "{command:?} wrote without a revision");
        for (file, bytes) in middle.iter().filter(|(file, _)| !is_staged(file)) {
            let whole = [before.get(file), after.get(file)].contains(&Some(bytes));
            assert!(whole, "{command:?} left {} mixed", file.display());
        }
        let texts: Vec<u8> = after.values().flatten().copied().collect();
        let texts = String::from_utf8(texts).unwrap();
        for line in &self.lines {
            assert!(texts.contains(line), "{command:?} lost `{line}`");
        }
        assert_eq!(self.journal(), 0);
        self.verify();
    }

    fn state(&self) -> Option<(tempfile::TempDir, rusqlite::Connection)> {
        Place { store: &self.store, memory: "memory" }.state()
    }

    fn number(&self, query: &str) -> u64 {
        let Some((_copy, db)) = self.state() else { return 0 };
        let number: i64 = db.query_row(query, [], |row| row.get(0)).unwrap();
        number.unsigned_abs()
    }

    fn head(&self) -> u64 {
        self.number("SELECT ifnull(max(number), 0) FROM revisions")
    }

    fn journal(&self) -> u64 {
        self.number("SELECT count(*) FROM journal")
    }

    /// The memories of the newest revision, as files.
    fn recorded(&self) -> Tree {
        let place = Place { store: &self.store, memory: "memory" };
        let memory = self.store.path("memory");
        place.recorded().into_iter().map(|(file, text)| (memory.join(file), text)).collect()
    }

    /// Checks that every revision record names the one before it, and that the database file is
    /// intact.
    fn verify(&self) {
        let Some((_copy, db)) = self.state() else { return };
        let whole: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(whole, "ok");
        let mut query = db.prepare("SELECT id, record FROM revisions ORDER BY number").unwrap();
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let chain: Vec<(String, Vec<u8>)> = rows.map(Result::unwrap).collect();
        let mut job = engine().job().unwrap();
        let mut parent = None;
        for (id, record) in &chain {
            assert_eq!(job.verify(record, parent).unwrap(), *id);
            let read: Value = serde_json::from_slice(record).unwrap();
            assert!(read["number"].is_u64());
            parent = Some(record);
        }
    }
}

fn engine() -> Engine {
    let component = fs::read(env!("DREAMING_COMPONENT_PATH")).unwrap();
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("dreaming");
    Engine::cached(&component, Limits::default(), &cache).unwrap()
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn is_staged(file: &Path) -> bool {
    file.to_string_lossy().ends_with(".dreaming-tmp")
}

fn has_staged(folder: &Path) -> bool {
    let items = fs::read_dir(folder).into_iter().flatten().flatten();
    items.into_iter().any(|item| is_staged(&item.path()))
}
