//! Windows of VS Code, each of which has a folder with the data of its extensions.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::Value;
use url::Url;

use super::agents;
use crate::error::{Error, Result};

/// Where Copilot keeps memories, in the folder of a window. Sessions show it, such as those that
/// <https://github.com/microsoft/vscode/issues/334917> quotes; no page of the documentation does.
const MEMORIES: &str = "GitHub.copilot-chat/memory-tool/memories";

/// The folder that is open in a window; `None` for a window with several, or on another machine.
pub fn folder_of(window: &Path) -> Option<PathBuf> {
    let told = fs::read(window.join("workspace.json")).ok()?;
    let told: Value = serde_json::from_slice(&told).ok()?;
    let address = Url::parse(told.get("folder")?.as_str()?).ok()?;
    if address.scheme() == "file" { address.to_file_path().ok() } else { None }
}

/// The folder of the window in which `project` was open: the first by name in which there are memories, so that
/// what was written there is found again; else the latest one.
///
/// # Errors
/// [`Error::NotYet`] when there is none.
pub fn window(project: &Path) -> Result<PathBuf> {
    let is_of_project = |window: &PathBuf| {
        folder_of(window).and_then(|folder| folder.canonicalize().ok()).as_deref() == Some(project)
    };
    let written = |window: &PathBuf| {
        window.metadata().and_then(|meta| meta.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
    };
    let mut windows = agents::windows_of_vs_code();
    windows.retain(is_of_project);
    windows.sort();
    let used = windows.iter().find(|window| window.join(MEMORIES).is_dir()).cloned();
    used.or_else(|| windows.into_iter().max_by_key(written)).ok_or_else(|| Error::NotYet {
        what: format!("VS Code had no window with the folder {}", project.display()),
        todo: "open that folder in VS Code once".into(),
    })
}
