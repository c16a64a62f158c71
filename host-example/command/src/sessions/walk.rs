//! Goes through a folder and takes what may be a session.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{is_document, skip, stem, take};
use crate::databases;
use crate::error::{Error, Result};
use crate::folder::Skipped;
use crate::ignored::{self, Ignored};
use crate::kiro;
use crate::opencode;
use crate::openhands;
use crate::sub_agents;

/// The entries of a folder by name, so that messages do not depend on the file system.
pub(super) fn list(folder: &Path) -> Result<Vec<fs::DirEntry>> {
    let mut items: Vec<_> = fs::read_dir(folder)
        .and_then(Iterator::collect::<io::Result<_>>)
        .map_err(Error::io("list the folder", folder))?;
    items.sort_by_key(fs::DirEntry::file_name);
    Ok(items)
}

pub(super) fn walk(
    folder: &Path,
    ignored: &Ignored,
    files: &mut BTreeMap<String, PathBuf>,
    documents: &mut Vec<PathBuf>,
    skipped: &mut Vec<Skipped>,
) -> Result<()> {
    if openhands::is_session(folder) {
        take(folder, files, skipped);
        return Ok(());
    }
    if opencode::is_storage(folder) {
        // The other folders hold messages and parts of these sessions.
        return walk_items(&folder.join("session"), ignored, files, documents, skipped);
    }
    walk_items(folder, ignored, files, documents, skipped)
}

fn walk_items(
    folder: &Path,
    ignored: &Ignored,
    files: &mut BTreeMap<String, PathBuf>,
    documents: &mut Vec<PathBuf>,
    skipped: &mut Vec<Skipped>,
) -> Result<()> {
    let items = list(folder)?;
    let is_session = |name: &str| {
        items.iter().any(|item| {
            let path = item.path();
            let is_named = stem(&path) == Some(name) && !is_document(&path);
            is_named && item.file_type().is_ok_and(|kind| kind.is_file())
        })
    };
    let names: Vec<_> = items.iter().map(fs::DirEntry::file_name).collect();
    let names: Vec<&str> = names.iter().filter_map(|name| name.to_str()).collect();
    for item in &items {
        let path = item.path();
        let kind = item.file_type().map_err(Error::io("look at", &path))?;
        if ignored.has(&path, kind.is_dir()) {
            if kind.is_dir() || stem(&path).is_some() || databases::is_named(&path) {
                skipped.push(skip(&path, ignored::REASON));
            }
        } else if kind.is_dir() && sub_agents::is_folder(&path, &names) {
            // Its files are parts of the sessions beside it.
        } else if kind.is_dir() {
            // A folder with the name of a session file holds parts of that session.
            if is_session(&item.file_name().to_string_lossy()) {
                for inner in list(&path)?.iter().filter(|inner| !is_part_folder(&inner.path())) {
                    if inner.file_type().is_ok_and(|kind| kind.is_dir()) {
                        let ignored = ignored.below(&path)?.below(&inner.path())?;
                        walk(&inner.path(), &ignored, files, documents, skipped)?;
                    }
                }
            } else {
                walk(&path, &ignored.below(&path)?, files, documents, skipped)?;
            }
        } else if kind.is_symlink() && path.is_dir() {
            skipped.push(skip(&path, "a link to a folder"));
        } else if kind.is_file() && databases::is_named(&path) {
            documents.push(path);
        } else if path.extension().is_some_and(|end| end == "json") {
            // Only regular files, because each document is opened later to look at its beginning.
            if kind.is_file() && stem(&path).is_some() && !kiro::is_description(&path) {
                documents.push(path);
            }
        } else if path.extension().is_some_and(|end| end == "jsonl" || end == "gz") {
            if kind.is_file() && stem(&path).is_some() {
                if is_document(&path) { documents.push(path) } else { take(&path, files, skipped) }
            } else if !kind.is_file() {
                skipped.push(skip(&path, "a link or no regular file"));
            } else if !path.to_string_lossy().ends_with(".gz") {
                skipped.push(skip(&path, "the file name gives no session id"));
            }
        }
    }
    Ok(())
}

fn is_part_folder(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "subagents" || name == "tool-results")
}
