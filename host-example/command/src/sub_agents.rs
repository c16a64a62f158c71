//! Where programs keep what sub-agents wrote, when it does not lie below the name of the session's
//! own file:
//!
//!     Qwen Code   chats/SESSION.jsonl             subagents/SESSION/agent-NAME.jsonl
//!     Gemini CLI  chats/session-TIME-SHORT.jsonl  chats/SESSION/AGENT.jsonl
//!
//! `SHORT` is the first eight letters of `SESSION`. Seen in files of Qwen Code 0.24.4 and Gemini CLI
//! 0.61.0.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// The folder in which Qwen Code keeps sessions, and the one of their sub-agents beside it.
const QWEN: (&str, &str) = ("chats", "subagents");

/// How the name of a session of Gemini CLI begins, and the length of its end.
const GEMINI: &str = "session-";
const SHORT: usize = 8;

/// The folders with what the sub-agents of a session wrote, by the session's main file.
pub fn folders(main: &Path) -> Vec<PathBuf> {
    let (Some(folder), Some(name)) = (main.parent(), main.file_name().and_then(OsStr::to_str))
    else {
        return Vec::new();
    };
    let id = name.split('.').next().unwrap_or_default();
    let mut found = Vec::new();
    if folder.file_name() == Some(OsStr::new(QWEN.0)) {
        found.push(folder.with_file_name(QWEN.1).join(id));
    }
    if let Some(short) = short(id) {
        let items = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
        found.extend(items.map(|item| item.path()).filter(|path| begins(path, short)));
    }
    found.retain(|path| fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir()));
    found.sort();
    found
}

/// Whether a folder holds only what sub-agents of sessions beside it wrote. `names`: all names in
/// the folder above.
pub fn is_folder(path: &Path, names: &[&str]) -> bool {
    let is_qwen =
        path.file_name() == Some(OsStr::new(QWEN.1)) && path.with_file_name(QWEN.0).is_dir();
    let mut ids = names.iter().filter_map(|name| short(name.split('.').next()?));
    is_qwen || ids.any(|short| begins(path, short))
}

/// The end of the name of a session of Gemini CLI.
fn short(id: &str) -> Option<&str> {
    let (_, short) = id.strip_prefix(GEMINI)?.rsplit_once('-')?;
    (short.len() == SHORT).then_some(short)
}

/// Whether the name of a folder is a longer form of `short`.
fn begins(path: &Path, short: &str) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    name.strip_prefix(short).is_some_and(|rest| rest.starts_with('-'))
}
