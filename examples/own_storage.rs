//! A native host with its own storage (here maps, in yours a database) and a model. An interrupted
//! run resumes from the checkpoint in the storage. The host commits to the storage what the run's
//! mode allows. `cargo run --example own_storage`
#![expect(clippy::print_stdout, reason = "a host has output")]

use std::collections::BTreeMap;
use std::ops::Bound;

use dreaming::interface::{EngineError, NewMemory};
use dreaming::ledger::LedgerRow;
use dreaming::policy::MAX_CALLS;
use dreaming::propose::{Answer, ModelCall};
use dreaming::run::{Mode, Need, Run, RunOutcome, RunRequest};
use dreaming::session::Session;
use dreaming::{NewRevision, Time};

/// One memory store.
#[derive(Default)]
pub struct Storage {
    /// Texts by path.
    pub memories: BTreeMap<String, String>,
    /// The rows of the ledger by key, as revisions gave them.
    pub ledger: BTreeMap<String, Vec<u8>>,
    /// Revision records by number, from 1.
    pub revisions: Vec<Vec<u8>>,
    /// Transcripts by session.
    pub sessions: BTreeMap<String, Vec<u8>>,
    /// The checkpoint of the last run, until a revision is committed.
    pub checkpoint: Option<Vec<u8>>,
}

/// Items of a page. A real host also limits the bytes of a page, to about 1 MiB.
const PAGE: usize = 100;

impl Storage {
    /// Runs a dream and stores the revisions that the mode in `terms` allows.
    pub fn dream(
        &mut self,
        terms: RunRequest,
        model: impl Fn(&ModelCall) -> Answer,
    ) -> Result<RunOutcome, EngineError> {
        let mut run = Run::start(terms)?;
        loop {
            match run.poll()? {
                Need::Open => {
                    let head = self.revisions.last().map(Vec::as_slice);
                    run.opened("drawn once for this store", head, self.checkpoint.clone())?;
                }
                Need::Memories(after) => {
                    let page = page(&self.memories, after.as_deref());
                    let memory = |(path, text): (&String, &String)| NewMemory {
                        path: path.clone(),
                        text: text.clone(),
                        observed_at: None,
                    };
                    run.memories(page.map(memory).collect())?;
                }
                Need::Ledger(after) => {
                    let page = page(&self.ledger, after.as_deref());
                    let row = |(key, bytes): (&String, &Vec<u8>)| LedgerRow {
                        key: key.clone(),
                        value: bytes.clone(),
                    };
                    run.ledger(&page.map(row).collect::<Vec<_>>())?;
                }
                Need::Revisions(after) => {
                    let after = usize::try_from(after).unwrap_or(usize::MAX);
                    run.revisions(self.revisions.get(after..).unwrap_or_default())?;
                }
                Need::Sessions(after) => {
                    let page = page(&self.sessions, after.as_ref().map(|id| id.as_str()));
                    let session = |(id, bytes): (&String, &Vec<u8>)| {
                        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                        Session::of_file(id, length)
                    };
                    run.sessions(page.map(session).collect())?;
                }
                // A host may handle parts and calls in parallel, and bring them in any order.
                Need::Read(pieces) => {
                    for piece in pieces {
                        match self.sessions.get(piece.session.as_str()) {
                            Some(bytes) => run.feed(&piece.session, &piece.part, bytes, true)?,
                            None => run.miss(&piece.session, &piece.part, "it is gone")?,
                        }
                    }
                }
                Need::Calls(calls) => {
                    for call in calls {
                        run.answer(&call.id, model(&call))?;
                    }
                }
                Need::Keep(progress) => {
                    self.checkpoint = Some(progress.checkpoint);
                    run.kept();
                }
                Need::Commit(revision) => {
                    self.commit(*revision);
                    run.committed()?;
                }
                Need::Done(ended) => return Ok(*ended),
            }
        }
    }

    /// Stores a revision. A storage that others also write to has to store all of it or nothing,
    /// and only if the revision's base is the head and nobody changed the memories that it writes.
    fn commit(&mut self, revision: NewRevision) {
        for write in revision.memories {
            put(&mut self.memories, write.path.into(), write.text);
        }
        for write in revision.ledger {
            put(&mut self.ledger, write.key, write.value);
        }
        self.revisions.push(revision.bytes);
        self.checkpoint = None;
    }
}

/// The items whose keys come after `after`; all items without it.
fn page<'a, V>(
    items: &'a BTreeMap<String, V>,
    after: Option<&str>,
) -> impl Iterator<Item = (&'a String, &'a V)> {
    let from = after.map_or(Bound::Unbounded, Bound::Excluded);
    items.range::<str, _>((from, Bound::Unbounded)).take(PAGE)
}

fn put<V>(items: &mut BTreeMap<String, V>, key: String, value: Option<V>) {
    match value {
        Some(value) => _ = items.insert(key, value),
        None => _ = items.remove(&key),
    }
}

fn main() -> Result<(), EngineError> {
    let mut storage = Storage::default();
    let dates = "- Dates are stored and shown in UTC.\n";
    let notes = format!("{dates}{dates}- Use tabs.\n- The port is 8080.\n");
    storage.memories.insert("notes.md".into(), notes);
    let now = Time::from_millis(1_774_000_000_000);
    let mut terms = RunRequest { mode: Mode::Auto, ..RunRequest::at(now) };
    terms.policy = terms.policy.with(&MAX_CALLS, 200);
    // Your host asks a model here: `system` and `prompt` of the call are the question, `schema` is
    // the form of the answer.
    let ended = storage.dream(terms, |_| Answer::Refused)?;
    for change in ended.outcome.plan.changes {
        println!("{}: {}", change.path, change.because);
    }
    for text in storage.memories.values() {
        println!("{text}");
    }
    Ok(())
}
