//! Computes the digests that revision records and exports name, from stored rows; see `Snapshot` and
//! `Ledger` of the crate `dreaming`. The component cannot do this when texts were erased: it takes
//! only texts, and of an erased text the ledger has just the digest.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

/// The digest of bytes, in hexadecimal digits.
pub fn of_bytes(bytes: &[u8]) -> String {
    hex(Sha256::new_with_prefix(bytes))
}

/// The digest of several parts, each preceded by its length.
pub fn of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex(hash)
}

/// The salted digest of a memory's text.
pub fn of_memory(salt: &str, text: &str) -> String {
    of_parts([salt.as_bytes(), text.as_bytes()])
}

/// The digest over names and the digests of what they name, in the order of the names: of memories by their paths, or of
/// a ledger by the keys of its rows. A row that was erased has the digest of no bytes.
pub fn of_named<'a>(named: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    of_parts(named.into_iter().flat_map(|(name, digest)| [name.as_bytes(), digest.as_bytes()]))
}

/// The digest over paths and digests of memories.
pub fn of_memories(digests: &BTreeMap<String, String>) -> String {
    of_named(digests.iter().map(|(path, digest)| (&**path, &**digest)))
}

/// The digest of a ledger, over each key and the digest of its row. An erased row counts as empty.
pub fn of_ledger(rows: &BTreeMap<String, Option<Vec<u8>>>) -> String {
    let digest = |row: &Option<Vec<u8>>| of_bytes(row.as_deref().unwrap_or_default());
    let rows: Vec<(&String, String)> = rows.iter().map(|(key, row)| (key, digest(row))).collect();
    of_named(rows.iter().map(|(key, digest)| (&***key, &**digest)))
}

/// The digest of a note about what was erased or lost.
pub fn of_note(number: u64, kind: &str, id: &str) -> String {
    of_parts([number.to_string().as_bytes(), kind.as_bytes(), id.as_bytes()])
}

/// The digest of marks: of each the revision that wrote the row or was made from the plan (0 without one), and what is
/// marked (`ledger row`, `memory` or `plan`, with its key, path or number). They are in this order.
pub fn of_marks<'a>(marks: impl IntoIterator<Item = (u64, &'a str)>) -> String {
    let line = |(number, what): (u64, &str)| format!("{number} {what}").into_bytes();
    let lines: Vec<Vec<u8>> = marks.into_iter().map(line).collect();
    of_parts(lines.iter().map(Vec::as_slice))
}

pub(crate) fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
