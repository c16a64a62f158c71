//! What the engine reads and writes while a dream runs. Revisions are only collected: they are stored when the dream
//! ends, all of them or none.

use dreaming_wasmtime::{
    Document, LedgerRow, MAX_PAGE, Memory, MemoryStore, NewRevision, Opened, Part, Progress,
    Session, Store, StoreError,
};
use tokio::runtime::Handle;

use super::shared::Shared;
use crate::db::dreams::Transcript;
use crate::db::{Database, DatabaseError};

/// Events that are read from the database at once. Chosen by us: ordinary ones have some KiB, so a page is below 1 MiB.
const EVENTS: i64 = 256;

/// The store of a running dream.
pub struct DreamStore {
    /// The memories, the ledger and the revisions as they will be.
    pub inner: MemoryStore,
    /// The revisions that the dream made.
    pub made: Vec<NewRevision>,
    /// How far it came before.
    pub checkpoint: Option<Document>,
    /// What it reads.
    pub transcripts: Vec<Transcript>,
    /// Where the reading of a transcript stands.
    pub cursor: Option<Cursor>,
    /// The database.
    pub database: Database,
    /// Where the database works.
    pub handle: Handle,
    /// The dream and the server that has it; nothing is kept without.
    pub dream: Option<(String, String)>,
    /// Whether the dream is to stop.
    pub shared: Shared,
    /// Why a transcript outside of the database could not be read.
    pub unread: Option<String>,
}

/// Where the reading of a transcript stands.
#[derive(Debug, Default)]
pub struct Cursor {
    session: String,
    /// Bytes before those that are held.
    offset: u64,
    held: Vec<u8>,
    /// The number of the last event that was read.
    number: i64,
}

impl DreamStore {
    /// The next bytes of a transcript at an offset; the reading begins anew when it goes back.
    fn bytes(
        &mut self,
        transcript: &Transcript,
        offset: u64,
        limit: usize,
    ) -> Result<Vec<u8>, StoreError> {
        let goes_on = |cursor: &Cursor| cursor.session == transcript.id && cursor.offset <= offset;
        let mut cursor = self
            .cursor
            .take()
            .filter(goes_on)
            .unwrap_or_else(|| Cursor { session: transcript.id.clone(), ..Cursor::default() });
        loop {
            let skipped = usize::try_from(offset - cursor.offset)
                .unwrap_or(usize::MAX)
                .min(cursor.held.len());
            cursor.held.drain(..skipped);
            cursor.offset += skipped as u64;
            if cursor.offset == offset && cursor.held.len() >= limit {
                break;
            }
            let read =
                self.database.events_after(&transcript.id, cursor.number, transcript.last, EVENTS);
            let events = self
                .handle
                .block_on(read)
                .map_err(|error| StoreError::Other(Some(error.to_string())))?;
            let Some((last, _)) = events.last() else { break };
            cursor.number = *last;
            for (_, body) in &events {
                cursor.held.extend_from_slice(body);
                cursor.held.push(b'\n');
            }
        }
        let bytes = cursor.held[..limit.min(cursor.held.len())].to_vec();
        self.cursor = Some(cursor);
        Ok(bytes)
    }
}

impl Store for DreamStore {
    fn open(&mut self) -> Result<Opened, StoreError> {
        Ok(Opened { checkpoint: self.checkpoint.clone(), ..self.inner.open()? })
    }

    fn memories(&mut self, after: Option<&str>) -> Result<Vec<Memory>, StoreError> {
        self.inner.memories(after)
    }

    fn ledger(&mut self, after: Option<&str>) -> Result<Vec<LedgerRow>, StoreError> {
        self.inner.ledger(after)
    }

    fn revisions(&mut self, after: u64) -> Result<Vec<Document>, StoreError> {
        self.inner.revisions(after)
    }

    fn sessions(&mut self) -> Result<Vec<Session>, StoreError> {
        let part = |(name, bytes): &(String, u64)| Part { name: name.clone(), bytes: *bytes };
        let session = |transcript: &Transcript| Session {
            id: transcript.id.clone(),
            agent: Some(transcript.agent.clone()),
            principal: transcript.principal.clone(),
            parts: match transcript.parts.is_empty() {
                true => vec![part(&("main".into(), transcript.bytes))],
                false => transcript.parts.iter().map(part).collect(),
            },
        };
        Ok(self.transcripts.iter().map(session).collect())
    }

    fn read(
        &mut self,
        session: &str,
        part: &str,
        offset: u64,
        limit: u32,
    ) -> Result<Vec<u8>, StoreError> {
        if self.shared.is_stopped() {
            return Err(StoreError::AccessDenied);
        }
        let known = self.transcripts.iter().find(|transcript| transcript.id == session);
        let transcript = known.cloned().ok_or(StoreError::NotFound)?;
        let limit = usize::try_from(limit).unwrap_or(MAX_PAGE).min(MAX_PAGE);
        if transcript.parts.is_empty() {
            return self.bytes(&transcript, offset, limit);
        }
        let read = self.database.part(session, part, offset, limit);
        self.handle.block_on(read).map_err(|error| match error {
            DatabaseError::Objects(error) => {
                let why =
                    format!("the part `{part}` of the session `{session}` cannot be read: {error}");
                self.unread = Some(why.clone());
                StoreError::Other(Some(why))
            }
            error => StoreError::Other(Some(error.to_string())),
        })
    }

    fn keep(&mut self, progress: Progress) -> Result<(), StoreError> {
        let Some((dream, owner)) = &self.dream else { return Ok(()) };
        // The calls of a dream that is to stop fail, which is no answer that it may go on with later.
        if self.shared.is_stopped() {
            return Err(StoreError::AccessDenied);
        }
        let keep = self.database.keep_checkpoint(dream, owner, progress.checkpoint);
        match self.handle.block_on(keep) {
            Ok(true) => Ok(()),
            Ok(false) => {
                self.shared.stop();
                Err(StoreError::AccessDenied)
            }
            Err(error) => Err(StoreError::Other(Some(error.to_string()))),
        }
    }

    fn commit(&mut self, revision: NewRevision) -> Result<(), StoreError> {
        if self.shared.is_stopped() {
            return Err(StoreError::AccessDenied);
        }
        self.inner.commit(revision.clone())?;
        self.made.push(revision);
        Ok(())
    }
}
