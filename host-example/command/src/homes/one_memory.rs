//! What is said when sessions of one project are named and no memory.

use std::path::PathBuf;

use super::{base, claude_code, without_memory};
use crate::cli::Common;
use crate::output::next;

/// The error when no memory is named for sessions of one project.
pub(super) fn missing(common: &Common) -> String {
    let such = memory_of_claude(common).map(|folder| {
        let folder = next::quoted(&folder.to_string_lossy());
        format!(", such as that of Claude Code: `--memory {folder}`;")
    });
    format!(
        "these agents keep no memories of this project alone, and what one project asks for would hold in all of them: \
         name a memory folder of this project with --memory{} or take the sessions of all projects: with `--codex /` their \
         memory is that of Codex",
        such.as_deref().unwrap_or(",")
    )
}

/// The folder in which Claude Code keeps memories of the same project, if it is there.
fn memory_of_claude(common: &Common) -> Option<PathBuf> {
    let start = without_memory(common)?.canonicalize().ok()?;
    let home = claude_code(&base("CLAUDE_CONFIG_DIR", ".claude").ok()?, &start).ok()?;
    home.memory.filter(|folder| folder.is_dir())
}
