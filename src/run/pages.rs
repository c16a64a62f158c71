//! Reads the store page by page. A page may be of any size; each item is limited to
//! [`MAX_PAGE`](crate::interface::MAX_PAGE).

use std::fmt::Display;

use dreaming_records::error::EngineError;
use dreaming_records::ledger::LedgerRow;
use dreaming_records::policy::{MAX_CALLS, MAX_SESSIONS};
use dreaming_records::revision::RevisionRecord;
use dreaming_records::session::Session;
use dreaming_records::snapshot::Snapshot;

use super::{Run, Stage, not_asked};
use crate::interface::{NewMemory, check_size, fill_ledger, fill_memories, set_head};
use crate::store;

impl Run {
    /// Brings the store's salt, the record of its newest revision, and the checkpoint that an
    /// unfinished run left. The salt is random text, drawn once for a store and the same ever
    /// after: without it somebody could guess memories from their digests in revision records.
    ///
    /// # Errors
    /// [`EngineError::InvalidDocument`], [`EngineError::TooLarge`], [`EngineError::Unexpected`].
    pub fn opened(
        &mut self,
        salt: &str,
        head: Option<&[u8]>,
        checkpoint: Option<Vec<u8>>,
    ) -> Result<(), EngineError> {
        let Stage::Open = self.stage else { return Err(not_asked("open")) };
        let mut snapshot = Snapshot::new(salt);
        if let Some(head) = head {
            set_head(&mut snapshot, head)?;
        }
        (self.snapshot, self.checkpoint) = (snapshot, checkpoint);
        self.stage = Stage::Memories(None);
        Ok(())
    }

    /// Brings the next memories, in the order of their paths. An empty page ends them.
    ///
    /// # Errors
    /// [`EngineError::InvalidSnapshot`], also when paths do not ascend;
    /// [`EngineError::Unexpected`].
    pub fn memories(&mut self, page: Vec<NewMemory>) -> Result<(), EngineError> {
        let Stage::Memories(after) = &self.stage else { return Err(not_asked("memories")) };
        let paths = page.iter().map(|memory| &memory.path);
        let last = last("memories", after.as_ref(), paths)?.cloned();
        fill_memories(&mut self.snapshot, page)?;
        self.stage = last.map_or(Stage::Ledger(None), |last| Stage::Memories(Some(last)));
        Ok(())
    }

    /// Brings the next ledger rows, in the order of their keys. An empty page ends them.
    ///
    /// # Errors
    /// As [`Run::memories`]; [`EngineError::TooLarge`] for a row that exceeds a page.
    pub fn ledger(&mut self, page: &[LedgerRow]) -> Result<(), EngineError> {
        let Stage::Ledger(after) = &self.stage else { return Err(not_asked("ledger")) };
        let last = last("ledger", after.as_ref(), page.iter().map(|row| &row.key))?.cloned();
        for row in page {
            check_size(&row.key, row.key.len() + row.value.len())?;
        }
        fill_ledger(&mut self.snapshot, page)?;
        self.stage = last.map_or(Stage::Revisions(None), |last| Stage::Ledger(Some(last)));
        Ok(())
    }

    /// Brings the next revision records, in the order of their numbers. An empty page ends them;
    /// the store is then read. What somebody saves after that is no part of this dream; the next
    /// dream observes it as an edit.
    ///
    /// # Errors
    /// As [`Run::ledger`].
    pub fn revisions(&mut self, page: &[Vec<u8>]) -> Result<(), EngineError> {
        let Stage::Revisions(after) = &self.stage else { return Err(not_asked("revisions")) };
        let mut records = Vec::with_capacity(page.len());
        for record in page {
            check_size("record", record.len())?;
            let record = RevisionRecord::from_bytes(record);
            records.push(record.map_err(|error| EngineError::snapshot("record", error))?);
        }
        let numbers = records.iter().map(|record| &record.number);
        if let Some(last) = last("revisions", after.as_ref(), numbers)?.copied() {
            let numbered = records.into_iter().map(|record| (record.number, record));
            self.snapshot.decisions.extend(numbered);
            self.stage = Stage::Revisions(Some(last));
            return Ok(());
        }
        match store::catch_up(&mut self.snapshot, self.request.now)? {
            Some(edits) => self.stage = Stage::Observed(Box::new(edits)),
            None => self.resume()?,
        }
        Ok(())
    }

    /// Brings the next sessions, in the order of their ids. The run takes those from which this
    /// dream can learn, up to `dream.max-sessions`: new and changed sessions and, when the dream
    /// asks a model, sessions for which a model's answers are still missing. An empty page ends
    /// them.
    ///
    /// # Errors
    /// [`EngineError::InvalidSnapshot`] when ids do not ascend, [`EngineError::InvalidRequest`],
    /// [`EngineError::Unexpected`].
    pub fn sessions(&mut self, page: Vec<Session>) -> Result<(), EngineError> {
        let Stage::Sessions(after) = &self.stage else { return Err(not_asked("sessions")) };
        let ids = page.iter().map(|session| &session.id);
        let last = last("sessions", after.as_ref(), ids)?.cloned();
        let policy = &self.dream.request().policy;
        let (asks, most) = (policy.number(&MAX_CALLS) > 0, policy.size(&MAX_SESSIONS));
        let unread = page.into_iter().filter(|session| !self.snapshot.is_done(session, asks));
        let before = self.request.sessions.len();
        self.request.sessions.extend(unread.take(most.saturating_sub(before)));
        if last.is_none() || self.request.sessions.len() >= most {
            return self.begin().inspect_err(|_| self.request.sessions.truncate(before));
        }
        self.stage = Stage::Sessions(last);
        Ok(())
    }
}

/// The key of the last item of a page of `list`; an error unless the keys ascend, and all come
/// after `after`. A store that ignores `after`, or goes back, would otherwise be read for ever.
fn last<'a, K: Ord + Display>(
    list: &str,
    after: Option<&'a K>,
    keys: impl Iterator<Item = &'a K>,
) -> Result<Option<&'a K>, EngineError> {
    let (mut before, mut last) = (after, None);
    for key in keys {
        if let Some(before) = before.filter(|before| key <= *before) {
            return Err(disorder(list, key, before));
        }
        (before, last) = (Some(key), Some(key));
    }
    Ok(last)
}

fn disorder(list: &str, key: &dyn Display, before: &dyn Display) -> EngineError {
    let why = format!("the store gives `{key}` after `{before}`, which is not their order");
    EngineError::snapshot(list, why)
}
