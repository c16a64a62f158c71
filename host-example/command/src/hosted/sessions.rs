//! Sessions of the service as transcript files: `ID.jsonl`, an event on each line, as the service
//! gave it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::Value;
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
    /// How many have no event.
    pub empty: u64,
    /// Those that were left out, with the reason.
    pub skipped: Vec<Skipped>,
    /// Why the rest was not fetched.
    pub failed: Option<Error>,
}

/// A session as a list shows it.
struct Listed {
    id: String,
    /// When it changed last, as the service writes it.
    changed: String,
}

/// Fetches the newest `most` sessions that had the store attached into `folder`. Those that have
/// not changed since are not fetched again. In a dry run nothing is fetched.
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
    if !is_dry && !sessions.is_empty() {
        prepare(folder)?;
    }
    for Listed { id, changed } in sessions {
        let file = folder.join(format!("{id}.jsonl"));
        if known.get(&id) == Some(&changed) && file.is_file() {
            fetched.unchanged += 1;
            continue;
        }
        if is_dry {
            fetched.written.push(id);
            continue;
        }
        match write(client, &id, &changed, &file) {
            Ok(true) => {
                state.keep_fetched(&id, &changed)?;
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
            let of_a_dream = item.get("metadata").and_then(|metadata| metadata.get(OF_A_DREAM));
            if of_a_dream.is_some() || !has(&item, store) || found.contains_key(&id) {
                continue;
            }
            if !is_id(&id) {
                let reason = "its id cannot be the name of a file".into();
                skipped.push(Skipped { path: id, reason });
                continue;
            }
            found.insert(id.clone(), sessions.len());
            sessions.push(Listed { id, changed });
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

/// Writes all events of a session, whole or not at all. Returns false when it has none.
fn write(client: &Client, id: &str, changed: &str, file: &Path) -> Result<bool> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let staged = tempfile::Builder::new().prefix(STAGED).tempfile_in(folder);
    let mut staged = BufWriter::new(staged.map_err(Error::io("write into", folder))?);
    let path = format!("/v1/sessions/{id}/events");
    let (mut count, mut failed) = (0_u64, None);
    client.pages(Beta::Sessions, &path, "order=asc&limit=100", |events| {
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
    finish(staged, changed, file)?;
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
