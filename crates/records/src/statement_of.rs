//! Which statement a change proposes, and which one an entry holds: what a row of
//! [`crate::distilled`] is known by.

use crate::candidate::without_name;
use crate::distilled::statement;
use crate::ids::Digest;
use crate::ledger::EntryRecord;
use crate::plan::Change;

/// The digest of the statement that a change proposes, without the name of its person; `None` when
/// it writes nothing of a known kind.
pub fn change(change: &Change) -> Option<Digest> {
    let text = change.text.as_deref()?;
    Some(statement(change.kind?, without_name(text, change.principal.as_deref())))
}

/// The digest of the statement of an entry, without the name of its person; `None` when its kind is
/// not known.
pub fn entry(record: &EntryRecord) -> Option<Digest> {
    Some(statement(record.kind?, without_name(&record.text, record.principal.as_deref())))
}
