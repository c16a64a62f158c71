//! The form `dreaming.export/1`: lines of JSON that hold a store with its whole history, in a fixed order.
//!
//! It is JSON lines, not an archive, because a state holds JSON and text already, equal states give equal bytes, and anybody can
//! look into the file. The first line names the form. The last one holds the digest of all lines before it, so that a damaged or
//! shortened file is refused. The command and the server write and read it; what a line means for what they keep is theirs.

pub mod digests;
mod read;
mod write;

use serde::{Deserialize, Serialize};

pub use read::read;
pub use write::Writer;

/// Name and version of the form.
pub const FORMAT: &str = "dreaming.export/1";

/// Key of the meta line with the salt of the store.
pub const SALT: &str = "salt";

/// Key of the meta line with the digest of all marks, that is of the rows that erasures emptied.
pub const MARKS: &str = "marks";

/// Key of a meta line that says up to which revision no plan is in the file, because whoever wrote it keeps none.
pub const NO_PLANS: &str = "no-plans";

/// A line of the file. The kinds of lines come in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "row", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Line {
    /// The first line.
    Export {
        /// [`FORMAT`].
        format: String,
    },
    /// A value of the meta table: the salt, the session paths of the last run.
    Meta {
        /// Its name.
        key: String,
        /// The value.
        value: String,
    },
    /// A revision record.
    Revision {
        /// 1 for the first one.
        number: i64,
        /// The digest of the record's bytes.
        id: String,
        /// The record, as the engine wrote it.
        record: String,
    },
    /// The text of a memory from revision `number` on. Without a text, and not erased, the memory
    /// was removed.
    Memory {
        /// Its path.
        path: String,
        /// The revision that wrote it.
        number: i64,
        /// Its text.
        text: Option<String>,
        /// When the text was written, as its source says, in milliseconds since 1970.
        observed_at: Option<i64>,
        /// Whether the text was erased.
        erased: bool,
    },
    /// A ledger row from revision `number` on. Without a value, and not erased, the row was
    /// removed.
    Ledger {
        /// Its key.
        key: String,
        /// The revision that wrote it.
        number: i64,
        /// Its value.
        value: Option<String>,
        /// Whether the value was erased.
        erased: bool,
    },
    /// A plan with everything that its replay needs.
    Plan {
        /// Its number.
        id: i64,
        /// Whether it waits, was applied, discarded or replaced.
        status: String,
        /// The revision that was made from it.
        revision: Option<i64>,
        /// The plan, as the engine wrote it.
        plan: String,
        /// Its report.
        report: String,
        /// What was asked for.
        request: String,
        /// What models answered.
        answers: String,
        /// Whether all of that was erased.
        erased: bool,
        /// The digest of these documents.
        seal: String,
    },
    /// Where a part of a session was.
    Source {
        /// The session.
        session: String,
        /// The part.
        part: String,
        /// Its path, relative to the folder around the memory folder.
        path: String,
    },
    /// A note about an erasure.
    Erasure {
        /// The first revision without it.
        number: i64,
        /// `session`, `entry`, or `lost` for a text that was lost.
        kind: String,
        /// Its id, or the path of the memory.
        id: String,
        /// The digest of the note: [`digests::of_note`].
        seal: String,
    },
    /// The digest of a ledger that lost rows to an erasure.
    Seal {
        /// The revision.
        number: i64,
        /// The digest over the rows that are left.
        ledger: String,
    },
    /// The last line.
    End {
        /// The number of lines before it.
        lines: u64,
        /// Their SHA-256 digest.
        digest: String,
    },
}
