//! `dreaming review --html`.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::figures;
use crate::commands::{Place, decide, show, waiting};
use crate::error::{Error, Result};
use crate::output::{Reply, html, text};

/// Writes the plan that waits as a page: all of it or nothing, for the eyes of its owner.
pub fn write(place: &Place, file: &Path, now: i64) -> Result<Reply> {
    let waiting = waiting::look(place, now)?.ok_or(Error::NoPlan)?;
    let dir = folder_of(file)?;
    if dir.starts_with(place.folder.root()) {
        let why = "lies inside the memory folder: give another place to --html";
        return Err(Error::Usage(format!("{} {why}", file.display())));
    }
    let figures = figures::figures(place, &waiting, now)?;
    let files = |session: &str, part: &str| show::file(place, session, part);
    let root = place.folder.root();
    let name = root.file_name().unwrap_or(root.as_os_str()).to_string_lossy();
    let page = html::page(&name, &decide::fell_away(&waiting), &waiting.plan, &figures, &files);
    let failed = || Error::io("write the page", file);
    // Readable by its owner only: transcripts are quoted in it.
    let mut staged = tempfile::NamedTempFile::new_in(&dir).map_err(failed())?;
    staged.write_all(page.as_bytes()).map_err(failed())?;
    staged.persist(file).map_err(|error| failed()(error.error))?;
    let changes = waiting.plan.changes.len();
    let file = file.to_string_lossy();
    let text = format!(
        "{} written: {}. It decides nothing.\n",
        text::one_line(&file),
        text::count(changes as u64, "change")
    );
    Ok(Reply::new(text, json!({"outcome": "page", "file": file, "changes": changes})))
}

/// The folder in which `file` will be, links resolved.
fn folder_of(file: &Path) -> Result<PathBuf> {
    if file.is_dir() || file.file_name().is_none() {
        return Err(Error::Usage(format!("{} is no file: --html takes one", file.display())));
    }
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    fs::canonicalize(parent).map_err(Error::io("write the page", file))
}
