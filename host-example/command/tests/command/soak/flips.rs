//! Changes one byte of a waiting plan, or of the checkpoint of an unfinished dream, and makes its
//! seal fit: the command must refuse it or do exactly what it would have done without the change.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use rusqlite::{Connection, params};

use super::check::Place;
use super::kept::Kept;
use super::{Counts, forged, play};
use crate::support::{Done, NOW, Store, session};

/// How many rounds a test run plays. Each changes a byte of a plan and one of a checkpoint.
const ROUNDS: u64 = 20;

#[test]
fn a_flipped_byte_of_a_plan_or_a_checkpoint_changes_nothing_unseen() {
    let (plans, checkpoints) = (Plans::new(), Checkpoints::new());
    let counts = play("flips", ROUNDS, |seed, counts| {
        counts.watch(&["plans with another outcome", "checkpoints with another plan"]);
        counts.watch(&["dreams that do not go on"]);
        let mut random = Rng::with_seed(seed);
        plans.round(&mut random, counts);
        checkpoints.round(&mut random, counts);
    });
    assert_eq!(
        counts.of("plans flipped") + counts.of("checkpoints flipped"),
        2 * counts.of("rounds")
    );
}

/// `bytes` with one byte changed at a random place, and a description of the change.
fn flipped(bytes: &[u8], random: &mut Rng) -> (Vec<u8>, String) {
    let (at, mut flipped) = (random.usize(..bytes.len()), bytes.to_vec());
    flipped[at] ^= random.u8(1..);
    let around = &flipped[at.saturating_sub(30)..(at + 20).min(flipped.len())];
    let said = format!("byte {at}, {} → {}: …{}…", bytes[at], flipped[at], around.escape_ascii());
    (flipped, said)
}

/// The memories and the newest ledger after a plan was applied.
type Outcome = (BTreeMap<PathBuf, Vec<u8>>, BTreeMap<String, Option<Vec<u8>>>);

/// A store with a plan that waits.
struct Plans {
    kept: Kept,
    plan: Vec<u8>,
    /// The outcomes of the unchanged plan, for each way of [`APPLY`].
    outcomes: [Outcome; 2],
}

const APPLY: [&str; 2] = ["--all", "--auto"];

impl Plans {
    fn new() -> Self {
        let store = Store::new();
        for n in 0..3 {
            let twice = format!("- Rule {n} is kept twice in here.\n");
            store.put(&format!("memory/m{n}.md"), format!("# M{n}\n\n{twice}{twice}"));
        }
        store.run(&[]).expect(0);
        let kept = Kept::new(store);
        let plan = forged::waiting(&state(&kept.store)).plan;
        let outcomes = APPLY.map(|how| {
            kept.restore();
            apply(&kept.store, how).expect(0);
            outcome(&kept.store)
        });
        Self { kept, plan, outcomes }
    }

    fn round(&self, random: &mut Rng, counts: &mut Counts) {
        self.kept.restore();
        let store = &self.kept.store;
        let which = usize::from(random.bool());
        let (plan, said) = flipped(&self.plan, random);
        counts.doing(format!("apply {}, plan, {said}", APPLY[which]));
        let db = state(store);
        forged::put(&db, &forged::waiting(&db).with(plan), true);
        drop(db);
        let before = store.tree("memory");
        let done = apply(store, APPLY[which]);
        counts.add("plans flipped", 1_u8);
        if done.code == 0 {
            counts.add("plans applied as if nothing was", 1_u8);
            let (memories, ledger) = outcome(store);
            let (others, entries) = &self.outcomes[which];
            if memories != *others || ledger != *entries {
                let what = if memories == *others { "the ledger" } else { "the memories" };
                counts.fault("plans with another outcome", format!("{what}: {}", done.stdout));
            }
        } else {
            counts.add("plans refused", 1_u8);
            if store.tree("memory") != before {
                counts
                    .fault("plans with another outcome", format!("refused, and written: {done:?}"));
            }
        }
    }
}

fn apply(store: &Store, how: &str) -> Done {
    Place { store, memory: "memory" }.dreaming(&["apply", how, "--by", "ada", "--now", NOW])
}

fn outcome(store: &Store) -> Outcome {
    let query = "SELECT key, value, max(number) FROM ledger_versions GROUP BY key";
    let db = state(store);
    let mut query = db.prepare(query).unwrap();
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    (store.tree("memory"), rows.map(Result::unwrap).collect())
}

fn state(store: &Store) -> Connection {
    Connection::open(store.path(".dreaming/memory/state.db")).unwrap()
}

/// A store with an unfinished dream: its process was killed during its calls.
struct Checkpoints {
    kept: Kept,
    checkpoint: Vec<u8>,
    /// The plan that follows from the unchanged checkpoint.
    plan: Vec<u8>,
}

/// A model that answers its first call at once, and later ones when the file `go` exists. It also
/// ends when the test's folder is removed.
const MODEL: &str = "exec:echo x >> calls; n=$(wc -l < calls); \
    while [ $n -gt 1 ] && [ -e calls ] && [ ! -e go ]; do sleep 0.02; done; echo '{\"proposals\": []}'";

const RUN: [&str; 9] =
    ["run", "--sessions", "sessions", "--now", NOW, "--policy", "policy.json", "--model", MODEL];

impl Checkpoints {
    fn new() -> Self {
        let store = Store::new();
        store.put("sessions/three.jsonl", session("three", 11));
        let policy = "{\"propose.max-calls\": 3, \"round.sessions\": 1, \"compare.max-calls\": 0}";
        store.put("policy.json", policy);
        let mut child =
            store.command(&RUN).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let calls = || fs::read_to_string(store.path("calls")).map_or(0, |text| text.len() / 2);
        let end = Instant::now() + Duration::from_secs(60);
        while calls() < 2 && Instant::now() < end {
            thread::sleep(Duration::from_millis(10));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        store.put("go", "");
        let kept = Kept::new(store);
        let query = "SELECT checkpoint FROM progress";
        let checkpoint = state(&kept.store).query_row(query, [], |row| row.get(0)).unwrap();
        let resumed = kept.store.dreaming(&RUN).expect(0);
        assert!(resumed.stderr.contains("goes on"), "{resumed:?}");
        let plan = forged::waiting(&state(&kept.store)).plan;
        Self { kept, checkpoint, plan }
    }

    fn round(&self, random: &mut Rng, counts: &mut Counts) {
        self.kept.restore();
        let store = &self.kept.store;
        let (checkpoint, said) = flipped(&self.checkpoint, random);
        counts.doing(format!("run, checkpoint, {said}"));
        let db = state(store);
        db.execute("UPDATE progress SET checkpoint = ?1", params![checkpoint]).unwrap();
        drop(db);
        let done = Place { store, memory: "memory" }.dreaming(&RUN);
        counts.add("checkpoints flipped", 1_u8);
        if done.code != 0 {
            return counts.fault("dreams that do not go on", format!("{done:?}"));
        }
        if forged::waiting(&state(store)).plan != self.plan {
            counts.fault("checkpoints with another plan", done.stdout);
        }
    }
}
