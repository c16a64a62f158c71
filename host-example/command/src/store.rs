//! The stores that a run of the component reads: the memory folder as it is, or, for a replay, a
//! recorded store.

use std::collections::BTreeMap;
use std::io;

use dreaming_models::answer::to_json;
use dreaming_wasmtime::{
    self as engine, Contents, LedgerRow, Memory, NewRevision, Opened, StoreError,
};
use serde_json::{Map, Value};

use crate::document;
use crate::error::{Error, Result};
use crate::folder::{Folder, Skipped};
use crate::progress::Progress;
use crate::sessions::Session;
use crate::snapshot;
use crate::state::State;
use crate::state::progress::Progress as Kept;
use crate::transcript::Reader;
use crate::write;

type Answer<T> = std::result::Result<T, StoreError>;

/// Reads session files by session id and part name.
#[derive(Debug, Default)]
struct Transcripts {
    sessions: BTreeMap<String, Session>,
    reader: Reader,
}

impl Transcripts {
    fn new(sessions: Vec<Session>) -> Self {
        let sessions = sessions.into_iter().map(|session| (session.id.clone(), session)).collect();
        Self { sessions, reader: Reader::default() }
    }

    fn describe(&self) -> Vec<engine::Session> {
        self.sessions.values().map(snapshot::describe).collect()
    }

    fn read(&mut self, session: &str, part: &str, offset: u64, limit: u32) -> io::Result<Vec<u8>> {
        let parts = self.sessions.get(session).map(|session| &session.parts);
        let part = parts.and_then(|parts| parts.iter().find(|known| known.name == part));
        let part = part.ok_or(io::ErrorKind::NotFound)?;
        self.reader.read(part, offset, u64::from(limit).min(engine::MAX_PAGE as u64))
    }
}

/// The folder, its state and the sessions.
#[derive(Debug)]
pub struct FolderStore {
    folder: Folder,
    state: State,
    transcripts: Transcripts,
    /// The request of this run; a checkpoint of another request is not resumed.
    request: String,
    contents: Contents,
    skipped: Vec<Skipped>,
    undated: Option<String>,
    missed: Map<String, Value>,
    dreamt: Option<NewRevision>,
    error: Option<Error>,
    progress: Progress,
}

/// What the command needs from a store after a run.
#[derive(Debug)]
pub struct Left {
    /// The state.
    pub state: State,
    /// The store over which the run dreamt: the head, with the memories that the folder held when
    /// it was read.
    pub contents: Contents,
    /// Files of the folder that were left alone.
    pub skipped: Vec<Skipped>,
    /// See [`crate::folder::Contents::undated`].
    pub undated: Option<String>,
    /// The sessions that could not be read, by id, with the reason.
    pub missed: Map<String, Value>,
    /// The revision that the run made from the plan. It is not stored yet, because it must be
    /// stored in one transaction with the plan, which exists only when the run ends.
    pub dreamt: Option<NewRevision>,
    /// The first error of the store, with details that the component cannot pass on.
    pub error: Option<Error>,
}

impl FolderStore {
    /// A store for one run.
    pub fn new(
        folder: Folder,
        state: State,
        sessions: Vec<Session>,
        request: String,
        progress: Progress,
    ) -> Self {
        Self {
            folder,
            state,
            transcripts: Transcripts::new(sessions),
            request,
            contents: Contents::default(),
            skipped: Vec::new(),
            undated: None,
            missed: Map::new(),
            dreamt: None,
            error: None,
            progress,
        }
    }

    /// Takes the store apart after the run.
    pub fn leave(self) -> Left {
        Left {
            contents: self.contents,
            state: self.state,
            skipped: self.skipped,
            undated: self.undated,
            missed: self.missed,
            dreamt: self.dreamt,
            error: self.error,
        }
    }

    fn try_open(&mut self) -> Result<Opened> {
        let (contents, on_disk) = snapshot::now(&self.state, &self.folder)?;
        self.contents = contents;
        self.skipped = on_disk.skipped;
        self.undated = on_disk.undated;
        let kept = self.state.progress()?.filter(|kept| kept.request == self.request);
        Ok(Opened {
            salt: self.contents.salt.clone(),
            head: self.contents.head.clone(),
            checkpoint: kept.map(|kept| kept.checkpoint),
        })
    }

    fn try_keep(&mut self, progress: engine::Progress) -> Result<()> {
        let answers: Vec<(String, String)> = progress
            .answers
            .into_iter()
            .map(|recorded| (recorded.call, to_json(&recorded.answer).to_string()))
            .collect();
        let kept = Kept { request: self.request.clone(), checkpoint: progress.checkpoint };
        self.state.keep(&kept, &answers)
    }

    fn try_commit(&mut self, revision: NewRevision) -> Result<()> {
        let record: document::Revision = document::parse(&revision.record, "revision record")?;
        if record.kind == "dream" {
            self.dreamt = Some(revision);
            return Ok(());
        }
        let seen = snapshot::texts(&self.contents);
        write::commit(&mut self.state, &self.folder, &seen, &revision, |_, _| Ok(()))?;
        snapshot::advance(&mut self.contents, &revision);
        Ok(())
    }

    /// Converts an error for the engine, and keeps the original for the command.
    fn pass_on<T>(&mut self, result: Result<T>) -> Answer<T> {
        result.map_err(|error| {
            let told = match &error {
                Error::Conflict(_) | Error::Interrupted { .. } => StoreError::Conflict(None),
                Error::Full(_) => StoreError::Full,
                other => StoreError::Other(Some(other.to_string())),
            };
            self.error = Some(error);
            told
        })
    }
}

impl engine::Store for FolderStore {
    fn open(&mut self) -> Answer<Opened> {
        let opened = self.try_open();
        self.pass_on(opened)
    }

    fn memories(&mut self, after: Option<&str>) -> Answer<Vec<Memory>> {
        Ok(self.contents.memory_page(after).to_vec())
    }

    fn ledger(&mut self, after: Option<&str>) -> Answer<Vec<LedgerRow>> {
        Ok(self.contents.ledger_page(after).to_vec())
    }

    fn revisions(&mut self, after: u64) -> Answer<Vec<engine::Document>> {
        Ok(self.contents.revision_page(after).to_vec())
    }

    fn sessions(&mut self) -> Answer<Vec<engine::Session>> {
        Ok(self.transcripts.describe())
    }

    fn read(&mut self, session: &str, part: &str, offset: u64, limit: u32) -> Answer<Vec<u8>> {
        match self.transcripts.read(session, part, offset, limit) {
            Ok(bytes) => {
                self.progress.read(bytes.len(), offset == 0);
                Ok(bytes)
            }
            Err(error) => {
                let reason = error.to_string();
                self.missed.insert(session.into(), reason.clone().into());
                Err(StoreError::Other(Some(reason)))
            }
        }
    }

    fn keep(&mut self, progress: engine::Progress) -> Answer<()> {
        // An error here only means that the dream cannot be resumed, so the run goes on.
        self.try_keep(progress).map_err(|error| StoreError::Other(Some(error.to_string())))
    }

    fn commit(&mut self, revision: NewRevision) -> Answer<()> {
        let committed = self.try_commit(revision);
        self.pass_on(committed)
    }
}

/// A recorded store with the sessions of its dream, for a replay. It stores nothing.
#[derive(Debug)]
pub struct RecordedStore {
    contents: Contents,
    transcripts: Transcripts,
    missed: Map<String, Value>,
}

impl RecordedStore {
    /// A store of `contents` and `sessions`; sessions in `missed` cannot be read.
    pub fn new(contents: Contents, sessions: Vec<Session>, missed: Map<String, Value>) -> Self {
        Self { contents, transcripts: Transcripts::new(sessions), missed }
    }
}

impl engine::Store for RecordedStore {
    fn open(&mut self) -> Answer<Opened> {
        let (salt, head) = (self.contents.salt.clone(), self.contents.head.clone());
        Ok(Opened { salt, head, checkpoint: None })
    }

    fn memories(&mut self, after: Option<&str>) -> Answer<Vec<Memory>> {
        Ok(self.contents.memory_page(after).to_vec())
    }

    fn ledger(&mut self, after: Option<&str>) -> Answer<Vec<LedgerRow>> {
        Ok(self.contents.ledger_page(after).to_vec())
    }

    fn revisions(&mut self, after: u64) -> Answer<Vec<engine::Document>> {
        Ok(self.contents.revision_page(after).to_vec())
    }

    fn sessions(&mut self) -> Answer<Vec<engine::Session>> {
        Ok(self.transcripts.describe())
    }

    fn read(&mut self, session: &str, part: &str, offset: u64, limit: u32) -> Answer<Vec<u8>> {
        if let Some(reason) = self.missed.get(session).and_then(Value::as_str) {
            return Err(StoreError::Other(Some(reason.into())));
        }
        let read = self.transcripts.read(session, part, offset, limit);
        read.map_err(|error| StoreError::Other(Some(error.to_string())))
    }

    fn keep(&mut self, _: engine::Progress) -> Answer<()> {
        Ok(())
    }

    fn commit(&mut self, _: NewRevision) -> Answer<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use dreaming_wasmtime::{RecordedAnswer, Store as _};

    use super::*;
    use crate::sessions;
    use crate::state::tests::fixture;

    /// A store with one memory and one session.
    fn store(request: &str) -> (tempfile::TempDir, FolderStore, Vec<Session>) {
        let (dir, folder, state) = fixture();
        std::fs::write(folder.file("a.md"), "- A.\n").unwrap();
        std::fs::write(dir.path().join("s.jsonl"), "0123456789").unwrap();
        let found = sessions::find(&[dir.path().join("s.jsonl")]).unwrap().sessions;
        let progress = Progress::hidden();
        let store = FolderStore::new(folder, state, found.clone(), request.into(), progress);
        (dir, store, found)
    }

    #[test]
    fn a_session_that_cannot_be_read_is_missed_for_the_same_reason_in_a_replay() {
        let (dir, mut store, found) = store("");
        assert_eq!(store.read("s", "main", 2, 3).unwrap(), b"234");
        std::fs::remove_file(dir.path().join("s.jsonl")).unwrap();
        let mut fresh = FolderStore { transcripts: Transcripts::new(found.clone()), ..store };
        let error = fresh.read("s", "main", 0, 100).unwrap_err();
        let left = fresh.leave();
        assert!(left.missed.contains_key("s"));
        // The file exists again, but the replay must not read it.
        std::fs::write(dir.path().join("s.jsonl"), "0123456789").unwrap();
        let mut replay = RecordedStore::new(Contents::default(), found, left.missed);
        assert_eq!(replay.read("s", "main", 0, 100).unwrap_err(), error);
    }

    #[test]
    fn a_checkpoint_is_offered_to_the_same_request_only() {
        let (_dir, mut store, _) = store("one");
        let answer = engine::Answer::Refused;
        let answers = vec![RecordedAnswer { call: "m1".into(), answer }];
        store.keep(engine::Progress { checkpoint: b"c".to_vec(), answers }).unwrap();
        assert_eq!(store.open().unwrap().checkpoint.as_deref(), Some(&b"c"[..]));
        store.request = "two".into();
        assert_eq!(store.open().unwrap().checkpoint, None);
        assert_eq!(store.leave().state.kept_answers().unwrap().len(), 1);
    }

    #[test]
    fn an_unknown_session_or_part_is_an_error_and_no_path_is_taken_from_it() {
        let (_dir, mut store, _) = store("");
        for (session, part) in [("s", "../s.jsonl"), ("s", "/etc/passwd"), ("t", "main")] {
            assert!(store.read(session, part, 0, 10).is_err(), "{session} {part}");
        }
    }
}
