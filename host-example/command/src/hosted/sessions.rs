//! Sessions of the service as transcript files: `ID.jsonl`, an event on each line, as the service
//! gave it, behind a line that says whose session it was, where the service says it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::client::{Beta, Client, Next, encoded, is_id};
use super::trouble::Trouble;
use crate::error::{Error, Result};
use crate::folder::Skipped;
use crate::state::{self, State};

/// The beginning of the names of files that are being written.
const STAGED: &str = ".fetching-";

/// The mark of the trace that a dream leaves among the sessions of `dreaming-server`. A dream does
/// not learn from dreams.
const OF_A_DREAM: &str = "x_dream_id";

/// What came of fetching sessions.
#[derive(Debug, Default)]
pub struct Fetched {
    /// The ids of those that were written, the newest first; in a dry run those that would be.
    pub written: Vec<String>,
    /// How many had not changed since they were fetched.
    pub unchanged: u64,
    /// How many have no event. A transcript that was put there as a file is none.
    pub empty: u64,
    /// Those that were left out, with the reason.
    pub skipped: Vec<Skipped>,
    /// Why the rest was not fetched.
    pub failed: Option<Error>,
}

/// What `dreaming-server` names the person in whose session it was, in the metadata.
const PERSON: &str = "x_principal";

/// A session as a list shows it.
struct Listed {
    id: String,
    /// When it changed last, as the service writes it.
    changed: String,
    /// Whose session it was.
    person: Option<String>,
}

impl Listed {
    /// What the state keeps of it. One that was fetched without its person is fetched again.
    fn mark(&self) -> String {
        let person = self.person.iter().map(|person| format!(" {person}"));
        std::iter::once(self.changed.clone()).chain(person).collect()
    }

    /// The line before its events that says whose it was, see `docs/transcripts.md`. It stands in
    /// the transcript, because the file beside one is for what people measured; and first, because
    /// the first line that names a person counts.
    fn said(&self) -> Option<Value> {
        let person = self.person.as_ref()?;
        Some(json!({"format": "dreaming.session/1", "principal": person}))
    }
}

/// Fetches the newest `most` sessions that had the store attached into `folder`. Those that have
/// not changed since are not fetched again. In a dry run nothing is written, and of each session only
/// the first event is asked for.
pub fn fetch(
    client: &Client,
    store: &str,
    most: usize,
    folder: &Path,
    (state, is_dry): (&State, bool),
) -> Fetched {
    let mut fetched = Fetched::default();
    fetched.failed = fetch_into(&mut fetched, client, store, most, folder, (state, is_dry)).err();
    fetched
}

fn fetch_into(
    fetched: &mut Fetched,
    client: &Client,
    store: &str,
    most: usize,
    folder: &Path,
    (state, is_dry): (&State, bool),
) -> Result<()> {
    let known = state.fetched()?;
    let sessions = list(client, store, most, &mut fetched.skipped)?;
    let erased = state.erasures()?.into_iter().filter(|erased| erased.kind == "session");
    let erased: BTreeSet<String> = erased.map(|erased| erased.id).collect();
    if !is_dry && !sessions.is_empty() {
        prepare(folder)?;
    }
    for session in sessions {
        let (id, mark) = (session.id.clone(), session.mark());
        let file = folder.join(format!("{id}.jsonl"));
        if erased.contains(&id) {
            let reason = "it was erased here, so it does not come again".into();
            fetched.skipped.push(Skipped { path: id, reason });
            continue;
        }
        if known.get(&id) == Some(&mark) && file.is_file() {
            fetched.unchanged += 1;
            continue;
        }
        let has_events = match is_dry {
            true => has_events(client, &id).map_err(Error::from),
            false => write(client, &session, &file),
        };
        match has_events {
            Ok(true) => {
                if !is_dry {
                    state.keep_fetched(&id, &mark)?;
                }
                fetched.written.push(id);
            }
            Ok(false) => fetched.empty += 1,
            // It was deleted after it was listed, or is too large.
            Err(Error::Hosted(Trouble::Missing(why))) => {
                fetched.skipped.push(Skipped { path: id, reason: why });
            }
            Err(other) => return Err(other),
        }
    }
    Ok(())
}

/// The newest sessions with the store, the newest first.
fn list(
    client: &Client,
    store: &str,
    most: usize,
    skipped: &mut Vec<Skipped>,
) -> Result<Vec<Listed>> {
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    let mut sessions = Vec::new();
    let store_id = encoded(store);
    let query = format!("memory_store_id={store_id}&include_archived=true&order=desc&limit=100");
    client.pages(Beta::Sessions, "/v1/sessions", &query, |items| {
        for item in items {
            let text = |name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
            let (Some(id), Some(changed)) = (text("id"), text("updated_at")) else {
                return Err(client.nonsense("a session without `id` or `updated_at`"));
            };
            let noted = |name: &str| item.get("metadata").and_then(|metadata| metadata.get(name));
            if noted(OF_A_DREAM).is_some() || !has(&item, store) || found.contains_key(&id) {
                continue;
            }
            if !is_id(&id) {
                let reason = "its id cannot be the name of a file".into();
                skipped.push(Skipped { path: id, reason });
                continue;
            }
            found.insert(id.clone(), sessions.len());
            let person = noted(PERSON).and_then(Value::as_str).map(str::to_owned);
            let person = person.filter(|person| !person.is_empty());
            sessions.push(Listed { id, changed, person });
            if sessions.len() == most {
                return Ok(Next::Stop);
            }
        }
        Ok(Next::Go)
    })?;
    Ok(sessions)
}

/// Whether a session had the store: a service that does not know the filter lists all sessions.
fn has(session: &Value, store: &str) -> bool {
    let Some(resources) = session.get("resources").and_then(Value::as_array) else { return true };
    resources
        .iter()
        .any(|resource| resource.get("memory_store_id").and_then(Value::as_str) == Some(store))
}

/// Makes the folder, for its owner only because transcripts are private, and removes what an
/// interrupted command left there.
fn prepare(folder: &Path) -> Result<()> {
    if fs::symlink_metadata(folder).is_ok_and(|meta| !meta.is_dir()) {
        let folder = folder.display();
        let why = "is a link or no folder: move it away, the sessions go there";
        return Err(Error::Usage(format!("{folder} {why}")));
    }
    state::make_private(folder)?;
    for item in fs::read_dir(folder).map_err(Error::io("list the folder", folder))?.flatten() {
        if item.file_name().to_string_lossy().starts_with(STAGED) {
            // One that stays does no harm: its name is none of a session.
            let _ = fs::remove_file(item.path());
        }
    }
    Ok(())
}

/// Whether a session has an event.
fn has_events(client: &Client, id: &str) -> std::result::Result<bool, Trouble> {
    let mut found = false;
    client.pages(Beta::Sessions, &events_of(id), "order=asc&limit=1", |events| {
        found = !events.is_empty();
        Ok(Next::Stop)
    })?;
    Ok(found)
}

fn events_of(id: &str) -> String {
    format!("/v1/sessions/{id}/events")
}

/// Writes all events of a session, whole or not at all. Returns false when it has none.
fn write(client: &Client, session: &Listed, file: &Path) -> Result<bool> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let staged = tempfile::Builder::new().prefix(STAGED).tempfile_in(folder);
    let mut staged = BufWriter::new(staged.map_err(Error::io("write into", folder))?);
    let said = session.said().map(|said| writeln!(staged, "{said}"));
    let (mut count, mut failed) = (0_u64, said.and_then(std::result::Result::err));
    client.pages(Beta::Sessions, &events_of(&session.id), "order=asc&limit=100", |events| {
        for event in events {
            count += 1;
            if let Err(error) = writeln!(staged, "{event}") {
                failed = Some(error);
                return Ok(Next::Stop);
            }
        }
        Ok(Next::Go)
    })?;
    let flushed = failed.map_or(Ok(()), Err).and_then(|()| staged.flush());
    flushed.map_err(Error::io("write", file))?;
    if count == 0 {
        return Ok(false);
    }
    let staged =
        staged.into_inner().map_err(|error| Error::io("write", file)(error.into_error()))?;
    finish(staged, &session.changed, file)?;
    Ok(true)
}

fn finish(staged: NamedTempFile, changed: &str, file: &Path) -> Result<()> {
    let when = changed.parse::<jiff::Timestamp>().ok();
    let when = when.and_then(|when| u64::try_from(when.as_millisecond()).ok());
    if let Some(when) = when {
        // Which sessions are the newest, and whether one is still written, is told by this time.
        let _ = staged.as_file().set_modified(UNIX_EPOCH + Duration::from_millis(when));
    }
    staged.as_file().sync_all().map_err(Error::io("write", file))?;
    staged.persist(file).map_err(|error| Error::io("write", file)(error.error))?;
    Ok(())
}
