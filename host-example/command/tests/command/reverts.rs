//! After any sequence of edits and commands, a revert to any revision restores the bytes of every
//! file, and so does the revert of that revert.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::support::{self, NOW, Store, session};

/// How many steps a test case has.
const STEPS: usize = 50;

/// A step of a test case.
#[derive(Clone, Debug)]
enum Step {
    /// A person writes a file, in one of the ways of [`written`].
    Write { file: usize, way: usize, word: u16 },
    /// A person removes a file.
    Remove { file: usize },
    /// An agent leaves a new session.
    Session { day: u32 },
    /// A dream runs; with `auto` it applies changes itself.
    Dream { auto: bool },
    /// A person applies, rejects or leaves open every change, by the bits of `choice`.
    Apply { choice: u64 },
    /// A person applies all changes.
    ApplyAll,
    /// A person discards the plan.
    Discard,
    /// A person reverts to the revision before the newest dream; with `edits` even if that takes
    /// back what people wrote.
    Revert { edits: bool },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..8_usize, 0..7_usize, any::<u16>())
            .prop_map(|(file, way, word)| Step::Write { file, way, word }),
        1 => (0..8_usize).prop_map(|file| Step::Remove { file }),
        2 => (1..15_u32).prop_map(|day| Step::Session { day }),
        4 => any::<bool>().prop_map(|auto| Step::Dream { auto }),
        3 => any::<u64>().prop_map(|choice| Step::Apply { choice }),
        2 => Just(Step::ApplyAll),
        1 => Just(Step::Discard),
        1 => any::<bool>().prop_map(|edits| Step::Revert { edits }),
    ]
}

const FILES: [&str; 8] = [
    "a.md",
    "b.md",
    "MEMORY.md",
    "deep/er/c.md",
    "learned/mistakes.md",
    "learned/preferences.md",
    "Ünï cödé.md",
    "empty.md",
];

/// The text of a file after a person edited it in the way `way`.
fn written(before: &str, way: usize, word: u16) -> String {
    let line = format!("- The value of setting {} is kept in `file-{word}`.", word % 7);
    match way {
        0 => format!("{before}{line}\n"),
        1 => format!("# Title\n\n{line}\n{line}\n\nA paragraph, {word}."),
        2 => format!("\u{feff}# Bytes\r\n\r\n{line}\r\n{line}\r\n"),
        3 => before.replacen("- ", "* ", 1),
        4 => before.lines().skip(1).map(|line| format!("{line}\n")).collect(),
        5 => format!("{before}\n\n\n{line}\t \n{line}\n"),
        _ => String::new(),
    }
}

type Tree = BTreeMap<PathBuf, Vec<u8>>;

/// A store, and the memories that each of its revisions must have.
struct Life {
    store: Store,
    trees: BTreeMap<u64, Tree>,
    sessions: usize,
}

impl Life {
    fn new() -> Self {
        let store = Store::empty();
        store.put("memory/a.md", support::TEAM);
        store.put("memory/b.md", support::NOTES);
        // Files that are no memories must stay unchanged.
        store.put("memory/picture.png", b"\x89PNG");
        store.put("memory/.hidden.md", "- Hidden.\n");
        store.put("policy.json", "{\"prune.loss-entries\": 1000, \"prune.loss-bytes\": 1000000}");
        store.put("sessions/first.jsonl", session("first", 1));
        Self { store, trees: BTreeMap::new(), sessions: 0 }
    }

    fn head(&self) -> u64 {
        self.store.status()["revision"].as_u64().unwrap()
    }

    fn tree(&self) -> Tree {
        self.store.tree("memory")
    }

    fn play(&mut self, step: &Step) {
        match step {
            Step::Write { file, way, word } => {
                let file = format!("memory/{}", FILES[*file]);
                let before = fs::read_to_string(self.store.path(&file)).unwrap_or_default();
                self.store.put(&file, written(&before, *way, *word));
            }
            Step::Remove { file } => {
                let _ = fs::remove_file(self.store.path(&format!("memory/{}", FILES[*file])));
            }
            Step::Session { day } => {
                self.sessions += 1;
                let id = format!("s{}", self.sessions);
                self.store.put(&format!("sessions/{id}.jsonl"), session(&id, *day));
            }
            Step::Dream { auto } => {
                let mode = if *auto { "auto" } else { "propose" };
                let run = ["run", "--sessions", "sessions", "--now", NOW, "--replace", "--mode"];
                self.command(&[&run[..], &[mode, "--policy", "policy.json"]].concat());
            }
            Step::Apply { choice } => self.apply(*choice),
            Step::ApplyAll => self.command(&["apply", "--all"]),
            Step::Discard => self.command(&["discard"]),
            Step::Revert { edits: false } => self.command(&["revert"]),
            Step::Revert { edits: true } => self.command(&["revert", "--with-edits"]),
        }
    }

    fn apply(&mut self, choice: u64) {
        let plan = self.store.dreaming(&["show", "--json"]).json();
        let changes = plan["plan"]["changes"].as_array().cloned().unwrap_or_default();
        let ids: Vec<&str> = changes.iter().filter_map(|change| change["id"].as_str()).collect();
        let bits = |at: usize| choice >> (2 * (at % 32)) & 3;
        let chosen = |bit| ids.iter().enumerate().filter(move |(at, _)| bits(*at) == bit);
        let mut words: Vec<&str> = chosen(1).map(|(_, id)| *id).collect();
        let reject: Vec<&str> = chosen(2).map(|(_, id)| *id).collect();
        if !reject.is_empty() {
            words.push("--reject");
        }
        self.command(&[&["apply"], &words[..], &reject].concat());
    }

    /// Runs a command and records the memories of each revision that it made.
    fn command(&mut self, words: &[&str]) {
        let (before, head) = (self.tree(), self.trees.keys().last().copied().unwrap_or(0));
        let done = self.store.dreaming(words);
        assert!([0, 1, 2, 4].contains(&done.code), "{words:?}: {done:?}");
        let now = self.head();
        // A command makes at most two revisions: one for what people had written before, and its
        // own.
        assert!(now <= head + 2, "{words:?}: {done:?}");
        if now == head {
            assert_eq!(self.tree(), before, "{words:?} wrote without a revision");
            return;
        }
        if now == head + 2 {
            self.trees.insert(head + 1, before);
        }
        self.trees.insert(now, self.tree());
    }

    fn revert_everywhere(&mut self) {
        for (revision, tree) in self.trees.clone() {
            let (here, head) = (self.tree(), self.head());
            self.store.dreaming(&["revert", &revision.to_string()]).expect(0);
            assert_eq!(self.tree(), tree, "revert to {revision} of {head}");
            self.store.dreaming(&["revert", &head.to_string()]).expect(0);
            assert_eq!(self.tree(), here, "revert of the revert to {revision}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        // Only two, because each case plays fifty commands and then reverts to every revision.
        cases: 2,
        max_shrink_iters: 30,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(4),
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_revert_restores_every_byte_of_any_revision(steps in vec(step(), STEPS)) {
        let mut life = Life::new();
        steps.iter().for_each(|step| life.play(step));
        // A last dream records what people wrote since the newest revision.
        life.play(&Step::Dream { auto: false });
        let log = life.store.dreaming(&["log", "--json"]).expect(0).stdout;
        for kind in ["dream", "edit"] {
            let many = log.matches(&format!("\"kind\":\"{kind}\"")).count();
            prop_assert!(many >= 2, "{many} revisions of kind {kind}");
        }
        life.revert_everywhere();
    }
}

#[test]
fn a_revert_before_any_dream_says_that_there_is_none() {
    let store = Store::new();
    let refused = store.dreaming(&["revert", "--json"]).expect(1).json();
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("there is no dream to go back before"), "{refused}");
}
