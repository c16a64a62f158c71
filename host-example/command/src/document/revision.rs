//! What a revision records: what was decided, by whom, and how much it changed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Form `dreaming.revision/1`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Revision {
    /// 1 for the first one.
    pub number: u64,
    /// `import`, `edit`, `dream`, `revert`, `erase` or `gather`.
    pub kind: String,
    /// When, in milliseconds since 1970.
    pub now: i64,
    /// What was decided.
    pub verdicts: Vec<Verdict>,
    /// For a dream that changed something: how much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figures: Option<Figures>,
    /// The revision whose state was restored.
    pub restores: Option<String>,
    /// Who decided.
    pub reviewer: String,
    /// Why.
    pub note: String,
}

/// What the changes of a dream did, as counts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Figures {
    /// Entries that were added.
    pub added: u64,
    /// Entries that went into others.
    pub merged: u64,
    /// Entries that newer values replaced.
    pub superseded: u64,
    /// Entries that were taken out.
    pub retired: u64,
    /// Bytes of the statements that were written.
    pub bytes_written: u64,
    /// Bytes of the statements that went.
    pub bytes_lost: u64,
    /// Statements that were written, by trust.
    pub trust: BTreeMap<String, u64>,
    /// Changes, by gate.
    pub gates: BTreeMap<String, u64>,
}

impl Figures {
    /// The counts of entries in words; empty when none came or went.
    pub fn words(&self) -> String {
        let counts = [
            (self.added, "added"),
            (self.merged, "merged"),
            (self.superseded, "replaced"),
            (self.retired, "taken out"),
        ];
        let some = counts.iter().filter(|(count, _)| *count > 0);
        some.map(|(count, what)| format!("{count} {what}")).collect::<Vec<_>>().join(", ")
    }
}

/// A decision about one change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Verdict {
    /// The change.
    pub change: String,
    /// Applied, or rejected.
    pub accepted: bool,
    /// The digest of the reviewer's words, when it was applied in these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited: Option<String>,
}
