//! Small disks that fill up at drawn moments, with memories and state on them: nothing is lost, nobody is asked twice
//! for what could not be written down, and all goes on when there is room.

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

/// Rounds of a test run.
const ROUNDS: u64 = 4;

/// The smallest and the largest disk in kilobytes: from one on which a first state hardly fits to one on which most
/// commands do.
const SIZES: [u64; 2] = [180, 1_200];

/// Commands of a round.
const COMMANDS: usize = 6;

/// Questions that are under way at the same time, unless somebody says otherwise.
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
    /// Gone before the folder that it is mounted on.
    disk: Disk,
    store: Store,
    /// Where the model notes what it is asked, on another disk.
    desk: tempfile::TempDir,
    random: Rng,
    /// What the person wrote: each line once.
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
            // Full before it begins, full while it runs, or not at all.
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
        // As editors do that care: the old text goes when the new one is there.
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
        // It notes what it is asked, has nothing to propose, and answers no question.
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

    /// Runs a command; after `pause` the disk is full.
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

    /// What the model was asked, each call by its digest.
    fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.desk.path().join("calls")).unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }

    /// That a command which failed for want of room changed nothing, and that what a person wrote is there.
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

    /// There is room again: all goes on.
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
            // A dream over nothing new proposes nothing.
            if done.code != 0 && !done.stderr.contains("no plan is waiting") {
                counts.fault("does not go on", format!("{command:?}: {done:?}"));
            }
        }
    }
}

/// What the model was asked in the commands of a round.
#[derive(Default)]
struct Asked {
    seen: BTreeSet<String>,
    calls: usize,
    again: usize,
    /// Answers that came when there was no room for them any more, at most.
    lost: usize,
}

impl Asked {
    /// Takes in all `calls` there were. Nothing is asked whose answer cannot be written down; only where the disk was
    /// filled between question and answer, one answer is lost.
    fn look(&mut self, calls: &[String], filled: bool) {
        let new = &calls[self.calls..];
        self.again += new.iter().filter(|call| !self.seen.insert((*call).clone())).count();
        self.lost += usize::from(filled && !new.is_empty()) * AT_ONCE;
        self.calls = calls.len();
    }
}
