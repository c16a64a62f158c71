//! Erasing: takes a session or an entry out of the memories and the ledger, in a new revision. Hosts
//! have to erase their copies of earlier revisions and plans themselves. Revision records hold only
//! digests, so that the chain still verifies.

use super::unsaid::{self, Words};
use super::{blank, check_head, not_writable, revision, write};
use dreaming_records::candidate::without_name;
use dreaming_records::engine::Engine;
use dreaming_records::error::EngineError;
use dreaming_records::ids::{EntryId, SessionId};
use dreaming_records::ledger::{EntryRecord, Ledger, RetiredBy};
use dreaming_records::memory::{Memory, MemoryPath};
use dreaming_records::notes::SessionNotes;
use dreaming_records::revision::{NewRevision, RevisionKind, RevisionRecord};
use dreaming_records::session_record::SessionRecord;
use dreaming_records::snapshot::Snapshot;
use dreaming_records::time::Time;
use dreaming_records::{distilled, withdrawn};
use dreaming_text::Set;

use crate::identity::{Located, resolve};
use crate::reconcile::pair_questions;
use crate::render::{self, Edit, Opening};

/// What is erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Erasure {
    /// A session: what its record says, and every quote of it. The ledger still lists the session
    /// as read, so that the next dream does not read it again, and as withdrawn: copies of it count
    /// no more either.
    Session(SessionId),
    /// An entry: its statement in the memory, if it is there, and its record. Words in session
    /// records, quotes and retired entries that say the same go too; other statements in memories
    /// stay.
    Entry(EntryId),
}

/// Makes a revision without what is erased.
///
/// # Errors
/// [`EngineError::Stale`] when somebody changed a memory since the head (`observe` first),
/// [`EngineError::InvalidSnapshot`] when the ledger is not that of the head,
/// [`EngineError::InvalidRequest`] when it has no such session or entry, or the statement cannot be
/// taken out without touching others.
pub fn erase(
    engine: &Engine,
    store: &Snapshot,
    what: &Erasure,
    reviewer: &str,
    note: &str,
    now: Time,
) -> Result<NewRevision, EngineError> {
    check_head(store)?;
    let mut after = store.clone();
    let changed = match what {
        Erasure::Session(session) => erase_session(&mut after.ledger, session)?,
        Erasure::Entry(entry) => erase_entry(&mut after, entry, now, engine.redact)?,
    };
    let writes = changed.and_then(|path| after.memories.get(&path)).map(|memory| {
        let known = after.ledger.memories.get(&memory.path);
        write(memory, known.and_then(|row| row.observed_at))
    });
    let writes: Vec<_> = writes.into_iter().collect();
    let record = RevisionRecord {
        memories: after.memories_root(),
        reviewer: reviewer.into(),
        note: note.into(),
        ..blank(engine, store, RevisionKind::Erase, now)?
    };
    revision(store, record, &after.ledger, writes)
}

fn erase_session(
    ledger: &mut Ledger,
    session: &SessionId,
) -> Result<Option<MemoryPath>, EngineError> {
    let known = ledger.sessions.clone();
    if let Some(record) = known.get(session) {
        distilled::erase(&mut ledger.distilled, record);
    }
    if let Some(record) = ledger.sessions.get_mut(session) {
        // The names and lengths of the session's parts stay in its record: without them the next
        // dream would read the session again. What is withdrawn is never forgotten.
        *record = SessionRecord {
            id: record.id.clone(),
            parts: record.parts.clone(),
            notes: SessionNotes { origin: record.notes.origin.clone(), ..SessionNotes::default() },
            withdrawn: true,
            ..SessionRecord::default()
        };
    } else if !cited(ledger, session) {
        return Err(unknown(session.as_str()));
    }
    let gone = Set::of([session]);
    ledger.entries.update(|entry| {
        let (evidence, support) = withdrawn::left(&entry.evidence, entry.support, &gone, &known);
        let lost = evidence != entry.evidence;
        lost.then(|| EntryRecord { evidence, support, ..entry.clone() })
    });
    Ok(None)
}

fn unknown(what: &str) -> EngineError {
    EngineError::request(what, format!("the store knows no session or entry `{what}`"))
}

/// Whether an entry cites the session. A host may have brought evidence from a session that no
/// dream has read.
fn cited(ledger: &Ledger, session: &SessionId) -> bool {
    let mut evidence = ledger.entries.values().flat_map(|entry| &entry.evidence);
    evidence.any(|piece| piece.session == *session)
}

fn erase_entry(
    store: &mut Snapshot,
    id: &EntryId,
    now: Time,
    redact: fn(&str) -> String,
) -> Result<Option<MemoryPath>, EngineError> {
    let resolution = resolve(store, now, redact);
    let record = store.ledger.entries.get(id).ok_or_else(|| unknown(id.as_str()))?;
    let path = record.path.clone();
    let active = record.retired.is_none();
    let said = wordings(&store.ledger, record);
    let words = Words::of(&said);
    if active {
        let located = resolution.entries.iter().filter(|entry| entry.record.id == *id);
        let remove = |entry: &Located| Edit::Remove { range: entry.piece.range.clone() };
        let edits: Vec<Edit> = located.map(remove).collect();
        let old = store.memories.get(&path).map_or("", |memory| memory.text.as_str());
        let text = render::edit(old, &Opening::default(), &edits);
        let text = text.ok_or_else(|| not_writable(&path))?;
        let memory = Memory { path: path.clone(), text, observed_at: None };
        store.memories.insert(path.clone(), memory.into());
    }
    said.iter().for_each(|said| pair_questions::erase(&mut store.ledger, said));
    let mut gone = unsaid::retired(&store.ledger, &words);
    gone.push(id.clone());
    store.ledger.forget(&Set::of(gone));
    unsaid::take_out(&mut store.ledger, &words);
    if !active {
        return Ok(None);
    }
    let before = store.ledger.entries.clone();
    let ledger = resolve(store, now, redact).ledger;
    if ledger.entries != before {
        return Err(not_writable(&path));
    }
    store.ledger = ledger;
    Ok(Some(path))
}

/// All wordings of an entry: the present one, and those from before somebody reworded it; and each
/// without the name of its person, for sessions show what that person said and no name behind it.
fn wordings(ledger: &Ledger, record: &EntryRecord) -> Vec<String> {
    let mut said = vec![record.text.clone()];
    for entry in ledger.entries.values() {
        if let Some(retired) = &entry.retired
            && retired.by == RetiredBy::Edited
            && retired.superseded_by.as_ref() == Some(&record.id)
        {
            said.push(entry.text.clone());
        }
    }
    let plain: Vec<String> = said
        .iter()
        .map(|text| (text, without_name(text, record.principal.as_deref())))
        .filter(|(text, words)| words != text)
        .map(|(_, words)| words.to_owned())
        .collect();
    said.extend(plain);
    said
}
