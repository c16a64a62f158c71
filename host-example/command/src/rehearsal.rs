//! Dry runs: a command works on a copy of the state in memory, and a list collects what it would
//! write to the memory folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::output::{Reply, text};
use crate::state::journal::FileWrite;

/// The writes of a dry run. Clones share one list.
#[derive(Clone, Debug, Default)]
pub struct Rehearsal(Arc<Mutex<Writes>>);

/// New texts by path; `None` for a file that would be removed.
type Writes = BTreeMap<String, Option<String>>;

impl Rehearsal {
    /// Adds a write to the list.
    pub fn note(&self, write: &FileWrite) {
        self.writes().insert(write.path.clone(), write.after.clone());
    }

    fn writes(&self) -> MutexGuard<'_, Writes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds to the reply of a command the files below `root` that it would have written.
    pub fn reply(&self, reply: Reply, root: &Path) -> Reply {
        let mut out = format!("Dry run, nothing is written. It would be:\n{}", reply.text);
        let mut files = Vec::new();
        for (path, after) in self.writes().iter() {
            let before = fs::read_to_string(root.join(path)).ok();
            text::diff(&mut out, path, before.as_deref(), after.as_deref());
            files.push(json!({"path": path, "before": before, "after": after}));
        }
        let mut json = reply.json;
        if let Value::Object(fields) = &mut json {
            fields.insert("dry_run".into(), true.into());
            fields.insert("would_write".into(), files.into());
        }
        Reply { text: out, json, code: reply.code }
    }
}
