//! The two sides that a resolution pairs: statements that have no record yet, and the records of
//! the store.

use std::borrow::Cow;

use dreaming_records::canonical::digest_parts;
use dreaming_records::ids::EntryId;
use dreaming_records::ledger::{EntryRecord, Ledger, MemoryRecord};
use dreaming_records::memory::MemoryPath;
use dreaming_records::rows::{Rows, Shared};
use dreaming_records::snapshot::Snapshot;
use dreaming_records::time::Time;
use dreaming_text::as_normal;
use dreaming_text::markdown::{Form, Piece, pieces};

use super::keys::{Key, repeated};
use super::secrets_in_code::{SECRET_CODE, secrets_in_code};

/// A statement whose record of the ledger is looked for.
pub(super) struct Waiting {
    pub(super) path: MemoryPath,
    /// When the memory that holds this statement was last written, as the host reported it; no
    /// later than `now`.
    pub(super) observed: Option<Time>,
    pub(super) piece: Piece,
    /// The statement without its secrets, as in the ledger; `None` when it holds no secret.
    pub(super) redacted: Option<String>,
    /// Its text in normal form; `None` when the text is in normal form already.
    folded: Option<String>,
    /// How many statements of the same memory with the same text stand before it.
    pub(super) occurrence: usize,
    pub(super) record: Option<Shared<EntryRecord>>,
}

impl Waiting {
    /// The statements of a store, by path and position; `rows` are those of its memories.
    pub(super) fn all(
        snapshot: &Snapshot,
        rows: &Rows<MemoryPath, MemoryRecord>,
        redact: fn(&str) -> String,
    ) -> Vec<Self> {
        let mut statements = Vec::new();
        for memory in snapshot.memories.values() {
            let observed = rows.get(&memory.path).and_then(|row| row.observed_at);
            let pieces = pieces(&memory.text);
            let in_code = secrets_in_code(&memory.text, &pieces, redact);
            for (at, piece) in pieces.into_iter().enumerate() {
                // The ledger never holds a secret, so texts are compared without them.
                let redacted = match piece.text.strip_prefix('`').and_then(|t| t.strip_suffix('`'))
                {
                    _ if in_code.contains(&at) => SECRET_CODE.into(),
                    Some(code) if piece.form == Form::Code => format!("`{}`", redact(code)),
                    _ => redact(&piece.text),
                };
                let redacted = Some(redacted).filter(|text| *text != piece.text);
                let folded = match as_normal(redacted.as_ref().unwrap_or(&piece.text)) {
                    Cow::Borrowed(_) => None,
                    Cow::Owned(folded) => Some(folded),
                };
                statements.push(Self {
                    path: memory.path.clone(),
                    observed,
                    piece,
                    redacted,
                    folded,
                    occurrence: 0,
                    record: None,
                });
            }
        }
        let keys: Vec<Key<'_>> = statements.iter().map(Self::in_its_memory).collect();
        for again in repeated(&keys).chunk_by(|a, b| a.0 == b.0) {
            for (count, (_, at)) in again.iter().enumerate() {
                if let Some(statement) = statements.get_mut(*at) {
                    statement.occurrence = count;
                }
            }
        }
        statements
    }

    /// The statement as the ledger has it.
    pub(super) fn text(&self) -> &str {
        self.redacted.as_deref().unwrap_or(&self.piece.text)
    }

    /// The text of the statement in the ledger, in normal form.
    pub(super) fn normal(&self) -> &str {
        self.folded.as_deref().unwrap_or_else(|| self.text())
    }

    /// Its path, and its words as written.
    pub(super) fn written(&self) -> Key<'_> {
        (self.path.as_str(), self.text())
    }

    /// Its path, and its words in normal form.
    pub(super) fn in_its_memory(&self) -> Key<'_> {
        (self.path.as_str(), self.normal())
    }

    /// Its words in normal form, for any memory.
    pub(super) fn anywhere(&self) -> Key<'_> {
        ("", self.normal())
    }

    /// An id made of path, text, occurrence and revision number; the engine's version plays no
    /// part. While the id is taken (the text was removed and came back), the occurrence is counted
    /// up.
    pub(super) fn free_id(&self, ledger: &Ledger, revision: u64) -> EntryId {
        // The first revision adds no number, so that a store gets the same ids wherever it is first
        // read.
        let revision = if revision == 1 { String::new() } else { revision.to_string() };
        let mut occurrence = self.occurrence;
        loop {
            let count = occurrence.to_string();
            let parts = [self.path.as_str(), self.normal(), count.as_str(), &revision];
            let id = EntryId::from_digest(&digest_parts(parts.iter().map(|part| part.as_bytes())));
            if !ledger.entries.contains_key(&id) {
                return id;
            }
            occurrence += 1;
        }
    }
}

/// An active record of the store.
pub(super) struct Known<'a> {
    pub(super) record: &'a Shared<EntryRecord>,
    /// Its text in normal form.
    pub(super) normal: Cow<'a, str>,
    /// Whether a statement has got this record.
    pub(super) is_placed: bool,
}

impl<'a> Known<'a> {
    pub(super) fn new(record: &'a Shared<EntryRecord>) -> Self {
        Self { record, normal: as_normal(&record.text), is_placed: false }
    }

    pub(super) fn in_its_memory(&self) -> Key<'_> {
        (self.record.path.as_str(), &self.normal)
    }
}
