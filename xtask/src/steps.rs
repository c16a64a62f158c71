//! Running one command after the other, with a heading and the time that each took.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

/// The top folder of the project.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_owned()
}

/// Where the workspace at the top is built.
pub fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Cargo in one of the project's workspaces (`""` or `host-example`).
pub fn cargo(workspace: &str, arguments: &[&str]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(arguments).current_dir(root().join(workspace));
    command
}

/// Runs a command to its end.
///
/// # Errors
/// When it cannot be run or fails.
pub fn run(command: &mut Command) -> Result<()> {
    let words: Vec<_> = [command.get_program()]
        .into_iter()
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect();
    let words = words.join(" ");
    let status = command.status().with_context(|| format!("cannot run `{words}`"))?;
    ensure!(status.success(), "`{words}` failed");
    Ok(())
}

/// Says what is done and, afterwards, how long it took.
///
/// # Errors
/// Those of `work`.
pub fn step(what: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    eprintln!("== {what}");
    let start = Instant::now();
    work().with_context(|| format!("step failed: {what}"))?;
    eprintln!("== {what}: {} s", start.elapsed().as_secs());
    Ok(())
}
