//! The files of one session: its sub-agents, what its tools wrote, and how it went.

use std::fs;
use std::path::Path;

use super::walk::list;
use super::{Part, Session, is_document, skip, stem};
use crate::cline;
use crate::folder::Skipped;
use crate::openhands;
use crate::sub_agents;
use crate::transcript;

/// The session with its parts and their lengths; `None` when the main file cannot be read.
pub(super) fn describe(id: String, main: &Path, skipped: &mut Vec<Skipped>) -> Option<Session> {
    let mut parts = Vec::new();
    add_part("main".into(), main, &mut parts, skipped);
    if parts.is_empty() {
        return None;
    }
    let beside = main.with_file_name(stem(main).unwrap_or(&id));
    for (folder, all) in [("subagents", false), ("tool-results", true)] {
        let below = beside.join(folder);
        if fs::symlink_metadata(&below).is_ok_and(|meta| meta.is_dir()) {
            collect_parts(&below, folder, all, &mut parts, skipped);
        }
    }
    for below in sub_agents::folders(main) {
        collect_parts(&below, "subagents", false, &mut parts, skipped);
    }
    for path in cline::sub_agents(main) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        add_part(format!("subagents/{name}"), &path, &mut parts, skipped);
    }
    add_outcome(&id, main, &mut parts, skipped);
    parts.sort_by(|a, b| a.name.cmp(&b.name));
    Some(Session { id, parts })
}

/// Name endings of a file beside a transcript in which a host says how the session went, for whom
/// and for what task (format `dreaming.session/1`).
pub const OUTCOMES: [&str; 2] = ["outcome.json", "dreaming.json"];

/// Adds the file beside a transcript as a part of its session: the first of [`OUTCOMES`] that
/// exists.
pub(super) fn add_outcome(
    id: &str,
    main: &Path,
    parts: &mut Vec<Part>,
    skipped: &mut Vec<Skipped>,
) {
    let mut found = false;
    for end in OUTCOMES {
        let path = main.with_file_name(format!("{id}.{end}"));
        match fs::symlink_metadata(&path) {
            Err(_) => {}
            Ok(meta) if !meta.is_file() => skipped.push(skip(&path, "a link or no regular file")),
            Ok(_) if found => skipped.push(skip(&path, "another file says how the session went")),
            Ok(_) => {
                found = true;
                add_part(OUTCOMES[0].into(), &path, parts, skipped);
            }
        }
    }
}

fn collect_parts(
    folder: &Path,
    name: &str,
    all: bool,
    parts: &mut Vec<Part>,
    skipped: &mut Vec<Skipped>,
) {
    let items = match list(folder) {
        Ok(items) => items,
        Err(error) => return skipped.push(skip(folder, error.to_string())),
    };
    for item in items {
        let path = item.path();
        let Some(last) = item.file_name().to_str().map(str::to_owned) else {
            skipped.push(skip(&path, "the file name is not UTF-8"));
            continue;
        };
        let name = format!("{name}/{last}");
        match item.file_type() {
            Ok(kind) if kind.is_dir() && openhands::is_session(&path) => {
                add_part(name, &path, parts, skipped);
            }
            Ok(kind) if kind.is_dir() => collect_parts(&path, &name, all, parts, skipped),
            Ok(kind) if kind.is_file() => {
                if all || (stem(&path).is_some() && !is_document(&path)) {
                    add_part(name, &path, parts, skipped);
                }
            }
            _ => skipped.push(skip(&path, "a link or no regular file")),
        }
    }
}

fn add_part(name: String, path: &Path, parts: &mut Vec<Part>, skipped: &mut Vec<Skipped>) {
    match transcript::length(path) {
        Ok(bytes) => parts.push(Part { name, path: path.to_path_buf(), bytes, start: 0 }),
        Err(error) => skipped.push(skip(path, error.to_string())),
    }
}
