//! Computes the digests that revision records name, from the stored rows; see `Snapshot` and
//! `Ledger` of the crate `dreaming`. The component cannot do this when texts were erased: it takes
//! only texts, and of an erased text the ledger has just the digest.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::folder;

/// The digest of several parts, each preceded by its length.
pub fn of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The salted digest of a memory's text.
pub fn of_memory(salt: &str, text: &str) -> String {
    of_parts([salt.as_bytes(), text.as_bytes()])
}

/// The digest over paths and digests of memories.
pub fn of_memories(digests: &BTreeMap<String, String>) -> String {
    of_parts(digests.iter().flat_map(|(path, digest)| [path.as_bytes(), digest.as_bytes()]))
}

/// The digest of a ledger, over each key and the digest of its row. An erased row counts as empty.
pub fn of_ledger(rows: &BTreeMap<String, Option<Vec<u8>>>) -> String {
    let digest = |row: &Option<Vec<u8>>| folder::digest(row.as_deref().unwrap_or_default());
    let rows: Vec<(&String, String)> = rows.iter().map(|(key, row)| (key, digest(row))).collect();
    of_parts(rows.iter().flat_map(|(key, digest)| [key.as_bytes(), digest.as_bytes()]))
}
