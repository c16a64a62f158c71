//! Checks that every store must pass, whatever happened to it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use super::Counts;
use crate::support::{Done, NOW, Store, done};

/// One of the memory folders of a store.
pub struct Place<'a> {
    /// The store.
    pub store: &'a Store,
    /// The name of the folder.
    pub memory: &'a str,
}

impl Place<'_> {
    /// Runs the command on this folder, see [`Place::ends`].
    pub fn dreaming(&self, arguments: &[&str]) -> Done {
        self.ends(self.store.command_on(self.memory, arguments))
    }

    /// Runs a command that was not started yet. Asserts that it ends without a panic and with an
    /// exit code that `--help` names.
    pub fn ends(&self, mut command: Command) -> Done {
        let done = done(&mut command);
        let arguments: Vec<_> = command.get_args().collect();
        let known = [0, 1, 2, 3, 4, 5, 6].contains(&done.code);
        assert!(known && !done.stderr.contains("panicked"), "{arguments:?}: {done:?}");
        done
    }

    /// A copy of the state, so that reading it changes nothing. `None` before the first command.
    pub fn state(&self) -> Option<(tempfile::TempDir, rusqlite::Connection)> {
        let state = self.store.path(&format!(".dreaming/{}", self.memory));
        let copy = tempfile::tempdir().unwrap();
        for name in ["state.db", "state.db-wal"] {
            let _ = fs::copy(state.join(name), copy.path().join(name));
        }
        let db = rusqlite::Connection::open(copy.path().join("state.db")).unwrap();
        let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        (version > 0).then_some((copy, db))
    }

    /// The texts of all memories in all revisions.
    pub fn history(&self) -> BTreeSet<String> {
        let Some((_copy, db)) = self.state() else { return BTreeSet::new() };
        let query = "SELECT text FROM memory_versions WHERE text IS NOT NULL";
        let mut query = db.prepare(query).unwrap();
        let texts = query.query_map([], |row| row.get(0)).unwrap();
        texts.map(Result::unwrap).collect()
    }

    /// The memories of the newest revision, by path.
    pub fn recorded(&self) -> BTreeMap<String, Vec<u8>> {
        let Some((_copy, db)) = self.state() else { return BTreeMap::new() };
        let query = "SELECT path, text, max(number) FROM memory_versions GROUP BY path";
        let mut query = db.prepare(query).unwrap();
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let rows = rows.map(Result::unwrap);
        rows.filter_map(|(path, text): (String, Option<String>)| Some((path, text?.into())))
            .collect()
    }

    /// Finishes an interrupted write and keeps what a person saved since. If the command had to
    /// mend the history, that counts as damage.
    pub fn recover(&self, counts: &mut Counts) {
        let mut recovered = self.dreaming(&["recover", "--json"]);
        if recovered.code == 4 {
            recovered = self.dreaming(&["recover", "--keep-edits", "--json"]);
        }
        let mended = &recovered.expect(0).json()["mended"];
        let any = |what: &str| mended[what].as_array().is_some_and(|list| !list.is_empty());
        if any("found") || any("lost") {
            counts.fault("revisions damaged", format!("mended: {mended}"));
        }
    }

    /// Whether `verify` finds the history undamaged; counts a fault if not.
    pub fn verify(&self, counts: &mut Counts) -> bool {
        let verified = self.dreaming(&["verify"]);
        if verified.code != 0 {
            let what = verified.stdout.replace('\n', " ");
            counts.fault("revisions damaged", format!("{what}{}", verified.stderr));
        }
        verified.code == 0
    }

    /// Verifies the history, replays every dream, exports the state and imports it elsewhere, and
    /// dreams again.
    pub fn check(&self, counts: &mut Counts) {
        if !self.verify(counts) {
            return;
        }
        for revision in self.dreams() {
            let replayed = self.dreaming(&["replay", &revision.to_string(), "--json"]);
            let json = replayed.json();
            let erased = json["error"]["kind"] == "erased";
            counts.add(if erased { "replays of what was erased" } else { "replays" }, 1_u8);
            if replayed.code != 0 && !erased {
                counts.fault("replays that differ", format!("revision {revision}: {json}"));
            }
        }
        self.dreaming(&["export", "whole.jsonl"]).expect(0);
        let other = Store::empty();
        fs::copy(self.store.path("whole.jsonl"), other.path("whole.jsonl")).unwrap();
        let imported = other.dreaming(&["import", "whole.jsonl"]);
        if imported.code != 0 {
            counts.fault("exports that cannot be imported", format!("{imported:?}"));
        }
        let run = self.dreaming(&["run", "--sessions", "sessions", "--now", NOW, "--replace"]);
        if run.code != 0 {
            counts.fault("runs that failed afterwards", format!("{run:?}"));
        }
    }

    /// The revisions that dreams made.
    fn dreams(&self) -> Vec<i64> {
        let Some((_copy, db)) = self.state() else { return Vec::new() };
        let query = "SELECT revision FROM plans WHERE revision IS NOT NULL ORDER BY revision";
        let mut query = db.prepare(query).unwrap();
        let dreams = query.query_map([], |row| row.get(0)).unwrap();
        dreams.map(Result::unwrap).collect()
    }
}
