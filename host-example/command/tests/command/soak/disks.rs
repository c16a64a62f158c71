//! Memories and state lie on a small disk that fills up at random moments. Nothing is lost, no call
//! is made twice because its answer could not be recorded, and all works again once there is space.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use serde_json::json;

use super::check::Place;
use super::{Counts, play, skipped};
use crate::support::mounted::Disk;
use crate::support::{Done, NOW, Store, session};

/// How many rounds a test run plays.
const ROUNDS: u64 = 4;

/// The smallest and the largest disk in KiB: the first state hardly fits on the smallest, most
/// commands succeed on the largest.
const SIZES: [u64; 2] = [180, 1_200];

/// How many commands a round has.
const COMMANDS: usize = 6;

/// How many model calls run at the same time by default.
const AT_ONCE: usize = 4;

#[test]
fn on_a_disk_that_fills_up_nothing_is_lost_and_nobody_is_asked_twice() {
    if Disk::mount(Store::empty().path("probe"), 1 << 20).is_none() {
        return skipped("disks", ROUNDS, "no file system can be mounted here");
    }
    let counts = play("disks", ROUNDS, |seed, counts| {
        counts.watch(&[
            "memories changed by a command that failed",
            "edits lost",
            "staged files left",
        ]);
        counts.watch(&["revisions damaged", "asked again", "does not go on"]);
        Round::new(seed).play(counts);
    });
    assert!(counts.of("commands") > counts.of("rounds"), "{counts:?}");
}

type Tree = BTreeMap<PathBuf, Vec<u8>>;

struct Round {
    /// Comes first, so that it is unmounted before its folder is removed.
    disk: Disk,
    store: Store,
    /// A folder on another disk, in which the model lists the digests of its prompts.
    desk: tempfile::TempDir,
    random: Rng,
    /// The lines that the person wrote; all differ.
    lines: BTreeSet<String>,
}

impl Round {
    fn new(seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let store = Store::empty();
        let disk = Disk::mount(store.path(""), random.u64(SIZES[0]..=SIZES[1]) << 10).unwrap();
        for n in 0..4 {
            let twice = format!("- Rule {n} is kept twice in here.\n");
            let much = "Much text that stays as it is.\n".repeat(random.usize(1..200));
            store.put(
                &format!("memory/m{n}.md"),
                format!("# M{n}\n\n{twice}{twice}\n```\n{much}```\n"),
            );
        }
        for n in 0..4 {
            store.put(&format!("sessions/s{n}.jsonl"), session(&format!("s{n}"), n + 1));
        }
        let export = json!([{"id": "m1", "memory": "Cheese is kept cold.", "type": "fact"}]);
        store.put("export.json", export.to_string());
        let desk = tempfile::tempdir().unwrap();
        Self { disk, store, desk, random, lines: BTreeSet::new() }
    }

    fn place(&self) -> Place<'_> {
        Place { store: &self.store, memory: "memory" }
    }

    fn play(mut self, counts: &mut Counts) {
        let mut asked = Asked::default();
        for _ in 0..COMMANDS {
            self.write_by_hand();
            let command = self.draw();
            // The disk is full before the command, fills up during it, or has space.
            let (before, during) = (self.random.u8(..3) == 0, self.random.u8(..2) == 0);
            let pause = Duration::from_millis(self.random.u64(..150));
            let free = self.random.u64(..24) << 10;
            counts.doing(format!("{command:?}, full before: {before}, after {pause:?}: {during}"));
            let tree = self.store.tree("memory");
            if before {
                self.disk.fill(free);
            }
            let done = self.run(&command, during.then_some(pause));
            counts.add("commands", 1_u8);
            counts.add("commands on a full disk", u8::from(before || during));
            counts.add("commands that ended well", u8::from(done.code == 0));
            asked.look(&self.calls(), during);
            self.look(&done, &tree, counts);
            self.disk.clear();
        }
        counts.add("calls of the model", asked.calls);
        counts.add("calls that were asked again", asked.again);
        if asked.again > asked.lost {
            let (again, lost) = (asked.again, asked.lost);
            counts.fault("asked again", format!("{again}, at most {lost} answers were lost"));
        }
        self.finish(counts);
    }

    /// A person writes a line, if there is room.
    fn write_by_hand(&mut self) {
        let line = format!("- Line {} of mine.", self.random.u32(..));
        let path = self.store.path(&format!("memory/m{}.md", self.random.u8(..4)));
        let text = format!("{}{line}\n", fs::read_to_string(&path).unwrap());
        // Saves as careful editors do: the old text is replaced only when the new one is on disk.
        let new = path.with_file_name(".by-hand");
        if fs::write(&new, text).is_ok() && fs::rename(&new, &path).is_ok() {
            self.lines.insert(line);
        } else {
            let _ = fs::remove_file(new);
        }
    }

    fn draw(&mut self) -> Vec<String> {
        let run = ["run", "--sessions", "sessions", "--now", NOW, "--replace", "--json"];
        let calls = self.desk.path().join("calls");
        // A model that lists the digests of its prompts and answers with no proposals.
        let model = format!(
            "exec:sha256sum >> {}; echo '{{\"proposals\": [], \"answers\": []}}'",
            calls.display()
        );
        let words: Vec<&str> = match self.random.u8(..10) {
            0..5 => [&run[..], &["--model", &model]].concat(),
            5 => [&run[..], &["--mode", "auto"]].concat(),
            6 | 7 => vec!["apply", "--all", "--json"],
            8 => match self.random.u8(..4) {
                0 => vec!["erase", "--session", "s0", "--yes", "--json"],
                1 => vec!["export", "whole.jsonl", "--json"],
                2 => vec!["discard", "--json"],
                _ => vec!["revert", "--with-edits", "--json"],
            },
            _ => vec!["adopt", "export.json", "--replace", "--json"],
        };
        words.into_iter().map(str::to_owned).collect()
    }

    /// Runs a command; after `pause`, if given, fills the disk.
    fn run(&self, command: &[String], pause: Option<Duration>) -> Done {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let ended = AtomicBool::new(false);
        thread::scope(|scope| {
            let filler = scope.spawn(|| {
                if let Some(pause) = pause {
                    thread::park_timeout(pause);
                    if !ended.load(Ordering::Acquire) {
                        self.disk.fill(0);
                    }
                }
            });
            let done = self.place().dreaming(&words);
            ended.store(true, Ordering::Release);
            filler.thread().unpark();
            filler.join().unwrap();
            done
        })
    }

    /// The digests of all prompts that the model got.
    fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.desk.path().join("calls")).unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }

    /// Checks that a command which failed on a full disk changed no memory, and that all the
    /// person's lines still exist.
    fn look(&self, done: &Done, before: &Tree, counts: &mut Counts) {
        let after = self.store.tree("memory");
        if done.code == 1 && after != *before {
            counts.fault("memories changed by a command that failed", format!("{done:?}"));
        }
        let mut texts: Vec<u8> = after.values().flatten().copied().collect();
        for text in self.place().history() {
            texts.extend(text.into_bytes());
        }
        let texts = String::from_utf8(texts).unwrap();
        for line in self.lines.iter().filter(|line| !texts.contains(*line)) {
            counts.fault("edits lost", line);
        }
    }

    /// Makes space again and checks that all commands work.
    fn finish(self, counts: &mut Counts) {
        self.disk.remount("size=8m");
        counts.doing("once there is room");
        let place = self.place();
        place.recover(counts);
        let left = self.store.tree("memory");
        if let Some(staged) = left.keys().find(|file| file.to_string_lossy().ends_with("-tmp")) {
            counts.fault("staged files left", staged.display());
        }
        place.verify(counts);
        for command in [
            &["run", "--sessions", "sessions", "--now", NOW, "--replace"][..],
            &["apply", "--auto"],
            &["verify"],
        ] {
            let done = place.dreaming(command);
            // A dream without new sessions leaves no plan to decide about.
            if done.code != 0 && !done.stderr.contains("no plan is waiting") {
                counts.fault("does not go on", format!("{command:?}: {done:?}"));
            }
        }
    }
}

/// The calls that the model got in one round.
#[derive(Default)]
struct Asked {
    seen: BTreeSet<String>,
    calls: usize,
    again: usize,
    /// The most answers that may have come when there was no space for them any more.
    lost: usize,
}

impl Asked {
    /// Adds the new ones of all `calls`. The command makes no call whose answer has no space; if
    /// the disk was filled during the calls, the answers of the running ones may be lost.
    fn look(&mut self, calls: &[String], filled: bool) {
        let new = &calls[self.calls..];
        self.again += new.iter().filter(|call| !self.seen.insert((*call).clone())).count();
        self.lost += usize::from(filled && !new.is_empty()) * AT_ONCE;
        self.calls = calls.len();
    }
}
