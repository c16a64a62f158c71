//! Sessions: found, read, and in which format.

use std::path::PathBuf;

use dreaming_wasmtime::Job;

use super::Finding;
use crate::commands::run::{readable, session_paths};
use crate::component;
use crate::error::Result;
use crate::folder::Skipped;
use crate::output::text;
use crate::sessions::Session;
use crate::snapshot;
use crate::state::State;
use crate::transcript::Reader;

const NAME: &str = "sessions";

/// Bytes by which the format of a transcript is told; see `transcripts.detect` of the interface.
const HEAD: u64 = 64 << 10;

/// Looks at the sessions in `paths`, or those of the last run.
pub fn look(state: &State, paths: &[PathBuf], job: Option<&mut Job>, findings: &mut Vec<Finding>) {
    if let Err(error) = try_look(state, paths, job, findings) {
        let todo = "name files or folders that are there with --sessions PATH";
        findings.push(Finding::fail(NAME, error.to_string(), todo));
    }
}

fn try_look(
    state: &State,
    paths: &[PathBuf],
    job: Option<&mut Job>,
    findings: &mut Vec<Finding>,
) -> Result<()> {
    let Some(paths) = session_paths(state, paths)? else {
        let todo = "say where they are: --sessions PATH, or --claude-code";
        findings.push(Finding::warn(NAME, "no run has named any yet", todo));
        return Ok(());
    };
    let found = readable(state, &paths)?;
    let head = state.head()?.map_or(0, |head| head.number);
    let cursor = snapshot::cursor(&state.ledger_at(head)?)?;
    let unread = found.sessions.iter().filter(|s| snapshot::is_unread(s, &cursor)).count();
    let count = text::count(found.sessions.len() as u64, "session");
    findings.push(if found.sessions.is_empty() {
        let paths = paths.iter().map(|path| path.display().to_string()).collect();
        let todo = "name the folder of their .jsonl files with --sessions PATH";
        Finding::warn(NAME, "none found", todo).items(paths)
    } else {
        Finding::ok(NAME, format!("{count} found, {unread} pending"))
    });
    if !found.skipped.is_empty() {
        let items: Vec<String> = found
            .skipped
            .iter()
            .map(|Skipped { path, reason }| format!("{path}: {reason}"))
            .collect();
        let count = text::count(items.len() as u64, "session file");
        let todo = "they are not read: repair them, or move them away";
        findings.push(Finding::warn(NAME, format!("{count} left alone"), todo).items(items));
    }
    let Some(job) = job else { return Ok(()) };
    let unknown = unknown(job, &found.sessions)?;
    if !unknown.is_empty() {
        let count = text::count(unknown.len() as u64, "session");
        let todo = "nothing is learned from them: only transcripts of Claude Code are read so far";
        findings.push(
            Finding::warn(NAME, format!("{count} in an unknown format"), todo).items(unknown),
        );
    }
    Ok(())
}

/// The files of sessions whose format no importer knows.
fn unknown(job: &mut Job, sessions: &[Session]) -> Result<Vec<String>> {
    let mut unknown = Vec::new();
    let mut reader = Reader::default();
    for session in sessions {
        let Some(part) = session.parts.iter().find(|part| part.name == "main") else { continue };
        // What cannot be read is named by the run that misses it.
        let Ok(head) = reader.read(part, 0, HEAD) else { continue };
        if !head.is_empty() && job.detect(&head).map_err(component::refused)?.is_none() {
            unknown.push(part.path.display().to_string());
        }
    }
    Ok(unknown)
}
