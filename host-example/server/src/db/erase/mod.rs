//! Erases a session or an entry from a store, in one transaction: the revision that is without it, and then all that is
//! kept of it beside the head: older texts and rows, plans, proposals, traces, and answers of models.
//!
//! What holds words is emptied and stays in its place, so that the chain of revisions, the versions of memories and the
//! list of dreams have no gap: a version is redacted, a row of the ledger and a document have no bytes.

mod forget;
mod history;
mod left;
mod orphaned;

use std::collections::BTreeMap;

use dreaming_wasmtime::quotes::Sought;
use dreaming_wasmtime::{Erasure, NewRevision};
use sqlx::{AnyConnection, Row as _};

pub use self::forget::Gone;
use self::history::History;
pub use self::left::Left;
pub(in crate::db) use self::orphaned::without_instructions;
use super::engine::{self, Refused};
use super::versions::Actor;
use super::{Database, Result, objects, sweep, transfer};
use crate::transfer::Note;

/// What is to be erased, and the revisions that were made for it.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// The workspace of the store.
    pub workspace: &'a str,
    /// The store.
    pub store: &'a str,
    /// What is erased.
    pub what: &'a Erasure,
    /// The newest revision of the store when it was read.
    pub head: Option<String>,
    /// The texts of its memories then.
    pub seen: BTreeMap<String, String>,
    /// What people had changed by then.
    pub observed: Option<NewRevision>,
    /// The revision without it; none when the head has nothing of it.
    pub revision: Option<NewRevision>,
    /// Whether it is only to be told what would go.
    pub is_dry: bool,
}

/// What was erased, and what was not.
#[derive(Debug)]
pub struct Erased {
    /// The newest revision, which is without it.
    pub revision: Option<String>,
    /// All wordings of the entry; of a session those of the statements that go with it.
    pub words: Vec<String>,
    /// How much went.
    pub gone: Gone,
    /// The memories that were written for it.
    pub written: Vec<String>,
    /// The revisions that cannot be gone back to any more, for this: their numbers and ids.
    pub closed: Vec<(i64, String)>,
    /// What is left.
    pub left: Left,
}

/// Why nothing was erased.
#[derive(Debug)]
pub enum NotErased {
    /// The store is not as it was read.
    Refused(Refused),
    /// This dream, which is not over, writes into the store.
    Written(String),
    /// This dream, which is not over, reads the store.
    Read(String),
    /// The store knows nothing of it.
    Unknown,
}

impl Database {
    /// Erases a session or an entry from a store.
    ///
    /// # Errors
    /// [`super::DatabaseError`].
    pub async fn erase(
        &self,
        wanted: Wanted<'_>,
        by: &Actor,
    ) -> Result<std::result::Result<Erased, NotErased>> {
        let Wanted { workspace, store, what, mut seen, .. } = wanted;
        let moved = |what: &str| Ok(Err(NotErased::Refused(Refused::Moved(what.into()))));
        let mut work = self.begin().await?;
        if self.locked(&mut work, workspace, store).await?.is_none() {
            return moved("the store");
        }
        if let Some(busy) = busy(&mut work, store).await? {
            return Ok(Err(busy));
        }
        if engine::head(&mut work, store).await? != wanted.head {
            return moved("the newest revision");
        }
        if let Some(observed) = &wanted.observed
            && let Err(refused) = engine::commit(&mut work, store, observed, &mut seen, by).await?
        {
            return Ok(Err(NotErased::Refused(refused)));
        }
        let before = History::of(&mut work, store).await?;
        if !before.knows(what) && !was_read(&mut work, store, what).await? {
            return Ok(Err(NotErased::Unknown));
        }
        let closed = left::closed(&mut work, store).await?;
        if let Some(revision) = &wanted.revision
            && let Err(refused) = engine::commit(&mut work, store, revision, &mut seen, by).await?
        {
            return Ok(Err(NotErased::Refused(refused)));
        }
        // What was learned from a session and only older revisions have goes with it.
        let entries = match what {
            Erasure::Session(id) => before.taken_out(id),
            Erasure::Entry(id) => [id.clone()].into(),
        };
        let entries: BTreeMap<String, Vec<String>> = entries
            .into_iter()
            .map(|entry| (entry.clone(), before.words(&entry).into_iter().collect()))
            .collect();
        let mut sought: Vec<Sought<'_>> =
            entries.iter().map(|(id, words)| Sought::Entry(id, words)).collect();
        if let Erasure::Session(id) = what {
            sought.push(Sought::Session(id));
        }
        let case = Case {
            workspace,
            store,
            session: match what {
                Erasure::Session(id) => Some(id),
                Erasure::Entry(_) => None,
            },
            changed: wanted.revision.iter().flat_map(|r| &r.ledger).map(|row| &*row.key).collect(),
            sought,
            words: entries.values().flatten().cloned().collect(),
        };
        let gone = forget::all(&mut work, &case, by).await?;
        note(&mut work, store, entries.keys(), what).await?;
        let mut closes = left::closed(&mut work, store).await?;
        closes.retain(|number, _| !closed.contains_key(number));
        let mut left = left::left(&mut work, &case).await?;
        left.sessions = match what {
            Erasure::Session(id) => {
                left::transcripts(&mut work, workspace, &[id.clone()].into()).await?
            }
            Erasure::Entry(id) => {
                left::transcripts(&mut work, workspace, &before.shown_by(id)).await?
            }
        };
        if let Some(session) = case.session {
            left.objects = objects::to_delete(&mut work, workspace, session).await?;
        }
        let erased = Erased {
            revision: engine::head(&mut work, store).await?,
            gone,
            written: paths(wanted.revision.as_ref()),
            closed: closes.into_iter().collect(),
            left,
            words: case.words,
        };
        if !wanted.is_dry {
            if self.is_sqlite {
                sweep::note(&mut work).await?;
            }
            work.commit().await?;
        }
        Ok(Ok(erased))
    }
}

/// What is looked for.
struct Case<'a> {
    workspace: &'a str,
    store: &'a str,
    /// The session that is erased, if it is one.
    session: Option<&'a String>,
    /// It, and the entries that go with it.
    sought: Vec<Sought<'a>>,
    /// All wordings of these entries.
    words: Vec<String>,
    /// The rows of the ledger that the revision changes for it.
    changed: Vec<&'a str>,
}

/// Notes what is erased, so that an export can say so: entries that go with it, and itself.
async fn note(
    work: &mut AnyConnection,
    store: &str,
    entries: impl Iterator<Item = &String>,
    what: &Erasure,
) -> Result<()> {
    let number = engine::last(work, store).await?;
    let mut notes: Vec<Note> =
        entries.map(|id| Note { number, kind: "entry".into(), id: id.clone() }).collect();
    if let Erasure::Session(id) = what {
        notes.push(Note { number, kind: "session".into(), id: id.clone() });
    }
    for note in notes {
        transfer::note(work, store, &note).await?;
    }
    Ok(())
}

/// The memories that a revision writes.
fn paths(revision: Option<&NewRevision>) -> Vec<String> {
    let writes = revision.into_iter().flat_map(|revision| &revision.memories);
    writes.map(|write| format!("/{}", write.path)).collect()
}

/// A dream over the store, or into it, that is not over. It holds what it read, and would bring it back.
async fn busy(work: &mut AnyConnection, store: &str) -> Result<Option<NotErased>> {
    let select = "SELECT id, behavior, output FROM dreams WHERE (store = $1 OR output = $1) \
                  AND status IN ('pending', 'running') ORDER BY id LIMIT 1";
    let Some(row) = sqlx::query(select).bind(store).fetch_optional(work).await? else {
        return Ok(None);
    };
    let (id, behavior): (String, String) = (row.try_get("id")?, row.try_get("behavior")?);
    let output: Option<String> = row.try_get("output")?;
    let writes = behavior == "update_existing" || output.as_deref() == Some(store);
    Ok(Some(if writes { NotErased::Written(id) } else { NotErased::Read(id) }))
}

/// Whether a dream over the store, or into it, read the session; it may have left traces, whatever became of it.
async fn was_read(work: &mut AnyConnection, store: &str, what: &Erasure) -> Result<bool> {
    let Erasure::Session(session) = what else { return Ok(false) };
    let select = "SELECT d.id FROM dreams d JOIN dream_sessions s ON s.dream = d.id \
                  WHERE (d.store = $1 OR d.output = $1) AND s.session = $2 LIMIT 1";
    let query = sqlx::query(select).bind(store).bind(session);
    Ok(query.fetch_optional(work).await?.is_some())
}
