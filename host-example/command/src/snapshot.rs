//! A store as a value for the engine: as it is now, and as it was at a revision.

use std::collections::{BTreeMap, BTreeSet};

use dreaming_wasmtime::{Contents, Document, LedgerRow, Memory, NewRevision, Session};

use crate::dates;
use crate::document::{self, SessionRecord};
use crate::error::Result;
use crate::folder::{self, Folder, Skipped};
use crate::ignored;
use crate::sessions;
use crate::state::State;

/// The store at revision `number`; 0 is the store before its first revision.
///
/// # Errors
/// [`crate::error::Error::State`].
pub fn at(state: &State, number: u64) -> Result<Contents> {
    let records: Vec<Document> =
        state.revisions(0, number)?.into_iter().map(|revision| revision.record).collect();
    Ok(Contents {
        salt: state.salt()?,
        head: records.last().cloned(),
        memories: state.memories_at(number)?.into_values().collect(),
        ledger: state.ledger_at(number)?,
        revisions: records,
    })
}

/// The store at its head, with the memories that the folder holds now.
///
/// A memory whose text is unchanged since the head keeps its recorded time, so that touching a
/// file, copying a folder or applying a plan makes no statement newer. A changed memory gets the
/// time of the commit that gave it this text; if there is none, the time of the file.
///
/// A memory that exists but cannot be read counts with its text at the head, because nobody removed
/// it. See [`unread`].
///
/// # Errors
/// [`crate::error::Error::State`], [`crate::error::Error::Io`].
pub fn now(state: &State, folder: &Folder) -> Result<(Contents, folder::Contents)> {
    let mut on_disk = folder.read()?;
    let head = state.head()?.map_or(0, |head| head.number);
    let mut contents = at(state, head)?;
    let mut recorded: BTreeMap<String, Memory> =
        contents.memories.drain(..).map(|memory| (memory.path.clone(), memory)).collect();
    let is_new = |file: &&folder::FileMemory| {
        recorded.get(&file.path).is_none_or(|known| known.text != file.text)
    };
    let dates = dates::of(folder.root(), on_disk.memories.iter().filter(is_new));
    on_disk.undated = dates.trouble;
    let mut memories: Vec<Memory> = on_disk
        .memories
        .iter()
        .map(|file| match recorded.get(&file.path) {
            Some(known) if known.text == file.text => known.clone(),
            _ => Memory {
                path: file.path.clone(),
                text: file.text.clone(),
                observed_at: dates.committed.get(&file.path).copied().or(file.modified),
            },
        })
        .collect();
    for file in &mut on_disk.skipped {
        let below = format!("{}/", file.path);
        let is_ignored = file.reason == ignored::REASON;
        let counts = |path: &str| path == file.path || is_ignored && path.starts_with(&below);
        let kept: Vec<Memory> =
            recorded.extract_if(.., |path, _| counts(path)).map(|m| m.1).collect();
        if !kept.is_empty() {
            file.reason.push_str("; it counts as it was at the newest revision");
            memories.extend(kept);
        }
    }
    memories.sort_by(|a, b| a.path.cmp(&b.path));
    contents.memories = memories;
    Ok((contents, on_disk))
}

/// The memories that cannot be read now, for which the recorded text counts. Both arguments come
/// from [`now`].
pub fn unread(contents: &Contents, on_disk: &folder::Contents) -> Vec<Skipped> {
    let is_below = |memory: &Memory, path: &str| {
        memory.path.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let counts = |path: &str| contents.memories.iter().any(|memory| is_below(memory, path));
    on_disk.skipped.iter().filter(|file| counts(&file.path)).cloned().collect()
}

/// Updates a store to `revision`, which was made from it.
pub fn advance(contents: &mut Contents, revision: &NewRevision) {
    let mut memories: BTreeMap<String, Memory> =
        contents.memories.drain(..).map(|memory| (memory.path.clone(), memory)).collect();
    for write in &revision.memories {
        memories.remove(&write.path);
        if let Some(text) = write.text.clone() {
            let (path, observed_at) = (write.path.clone(), write.observed_at);
            memories.insert(path.clone(), Memory { path, text, observed_at });
        }
    }
    let mut ledger: BTreeMap<String, LedgerRow> =
        contents.ledger.drain(..).map(|row| (row.key.clone(), row)).collect();
    for write in &revision.ledger {
        ledger.remove(&write.key);
        if let Some(value) = write.value.clone() {
            ledger.insert(write.key.clone(), LedgerRow { key: write.key.clone(), value });
        }
    }
    contents.memories = memories.into_values().collect();
    contents.ledger = ledger.into_values().collect();
    contents.head = Some(revision.record.clone());
    contents.revisions.push(revision.record.clone());
}

/// The texts of a store, by path.
pub fn texts(contents: &Contents) -> BTreeMap<String, String> {
    contents.memories.iter().map(|m| (m.path.clone(), m.text.clone())).collect()
}

/// The texts of a store at revision `number`, by path.
///
/// # Errors
/// [`crate::error::Error::State`].
pub fn texts_at(state: &State, number: u64) -> Result<BTreeMap<String, String>> {
    let memories = state.memories_at(number)?.into_values();
    Ok(memories.map(|memory| (memory.path, memory.text)).collect())
}

/// The paths at which two stores differ, sorted.
pub fn differing(a: &BTreeMap<String, String>, b: &BTreeMap<String, String>) -> Vec<String> {
    let paths: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    paths.into_iter().filter(|path| a.get(*path) != b.get(*path)).cloned().collect()
}

/// For each session that was read, the lengths of its parts at that time; `None` for a withdrawn
/// session, which is never read again.
pub type Cursor = BTreeMap<String, Option<BTreeMap<String, u64>>>;

/// Reads from the ledger which sessions and parts were read.
///
/// # Errors
/// [`crate::error::Error::Damaged`].
pub fn cursor(ledger: &[LedgerRow]) -> Result<Cursor> {
    let mut cursor = Cursor::new();
    for row in ledger {
        if let Some(session) = row.key.strip_prefix("session/") {
            let record: SessionRecord = document::parse(&row.value, "session record")?;
            let parts = record.parts.into_iter().map(|part| (part.name, part.bytes)).collect();
            cursor.insert(session.into(), (!record.withdrawn).then_some(parts));
        }
    }
    Ok(cursor)
}

/// The sessions in the ledger that were read but have model calls without a usable answer.
///
/// # Errors
/// [`crate::error::Error::Damaged`].
pub fn waiting(ledger: &[LedgerRow]) -> Result<BTreeSet<String>> {
    read_sessions(ledger, SessionRecord::waits)
}

/// The sessions in the ledger that only dreams without a model have read.
///
/// # Errors
/// [`crate::error::Error::Damaged`].
pub fn unseen(ledger: &[LedgerRow]) -> Result<BTreeSet<String>> {
    read_sessions(ledger, SessionRecord::is_unseen)
}

fn read_sessions(
    ledger: &[LedgerRow],
    is: impl Fn(&SessionRecord) -> bool,
) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for row in ledger {
        if let Some(session) = row.key.strip_prefix("session/") {
            let record: SessionRecord = document::parse(&row.value, "session record")?;
            if is(&record) {
                found.insert(session.into());
            }
        }
    }
    Ok(found)
}

/// Whether a session is new or its files differ in name or length from those that were read.
pub fn is_unread(session: &sessions::Session, cursor: &Cursor) -> bool {
    let here: BTreeMap<String, u64> =
        session.parts.iter().map(|part| (part.name.clone(), part.bytes)).collect();
    match cursor.get(&session.id) {
        Some(Some(read)) => *read != here,
        Some(None) => false,
        None => true,
    }
}

/// A session in the form that the engine takes.
pub fn describe(session: &sessions::Session) -> Session {
    let part = |part: &sessions::Part| dreaming_wasmtime::Part {
        name: part.name.clone(),
        bytes: part.bytes,
    };
    Session {
        id: session.id.clone(),
        agent: None,
        principal: None,
        parts: session.parts.iter().map(part).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::state::revisions::{insert, tests::revision};
    use crate::state::tests::fixture;

    #[test]
    fn an_unchanged_text_keeps_its_recorded_time_and_a_changed_one_gets_the_file_time() {
        let (_dir, folder, state) = fixture();
        fs::write(folder.file("a.md"), "same").unwrap();
        fs::write(folder.file("b.md"), "new").unwrap();
        let writes = [("a.md", Some("same")), ("b.md", Some("old")), ("c.md", Some("gone"))];
        insert(&state.db, &revision(1, &writes)).unwrap();
        let (contents, _) = now(&state, &folder).unwrap();
        let times: Vec<_> = contents.memories.iter().map(|m| (&*m.path, m.observed_at)).collect();
        assert_eq!(times[0], ("a.md", Some(1)));
        assert!(times.len() == 2 && times[1].1 > Some(1_000_000_000_000));
        assert_eq!((contents.ledger.len(), contents.revisions.len()), (3, 1));
    }

    #[test]
    fn a_session_is_unread_unless_its_parts_have_the_names_and_lengths_that_were_read() {
        let row = |value: serde_json::Value| LedgerRow {
            key: "session/s".into(),
            value: value.to_string().into_bytes(),
        };
        let part = |bytes| serde_json::json!({"name": "main", "bytes": bytes, "digest": ""});
        let known = cursor(&[row(serde_json::json!({"parts": [part(5)], "more": 1}))]).unwrap();
        let session = |id: &str, parts: &[(&str, u64)]| sessions::Session {
            id: id.into(),
            parts: parts
                .iter()
                .map(|(name, bytes)| sessions::Part {
                    name: (*name).into(),
                    path: "p".into(),
                    bytes: *bytes,
                    start: 0,
                })
                .collect(),
        };
        assert!(!is_unread(&session("s", &[("main", 5)]), &known));
        assert!(is_unread(&session("s", &[("main", 6)]), &known));
        assert!(is_unread(&session("s", &[("main", 5), ("x", 1)]), &known));
        assert!(is_unread(&session("t", &[("main", 5)]), &known));
        let withdrawn = serde_json::json!({"parts": [part(5)], "withdrawn": true});
        let known = cursor(&[row(withdrawn)]).unwrap();
        assert!(!is_unread(&session("s", &[("main", 6)]), &known), "it is never read again");
    }
}
