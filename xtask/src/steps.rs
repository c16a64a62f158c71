//! Runs commands one after the other, with a heading and the time for each.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

/// The top folder of the project.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_owned()
}

/// The target folder of the top workspace.
pub fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// A cargo command in one of the project's workspaces (`""` or `host-example`).
pub fn cargo(workspace: &str, arguments: &[&str]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(arguments).current_dir(root().join(workspace));
    command
}

/// Runs a command to its end.
///
/// # Errors
/// When it cannot be started or fails.
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

/// The steps that have ended: name, wall seconds, processor seconds of the programs that each ran.
static DONE: Mutex<Vec<(String, f64, f64)>> = Mutex::new(Vec::new());

/// Prints a heading, does `work` and prints how long it took.
///
/// # Errors
/// Those of `work`.
pub fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("== {what}");
    let (start, before) = (Instant::now(), processor_seconds());
    let done = work().with_context(|| format!("step failed: {what}"));
    let (wall, processor) = (start.elapsed().as_secs_f64(), processor_seconds() - before);
    eprintln!("== {what}: {wall:.0} s, {processor:.0} s of processor time");
    if let Ok(mut steps) = DONE.lock() {
        steps.push((what.into(), wall, processor));
    }
    done
}

/// Prints the time of each step. A step within another one comes before it and is part of its time.
pub fn summary() {
    let Ok(steps) = DONE.lock() else { return };
    eprintln!("\n{:>8} {:>10}  step", "wall s", "processor s");
    for (what, wall, processor) in steps.iter() {
        eprintln!("{wall:>8.0} {processor:>10.0}  {what}");
    }
    eprintln!("processor time in all: {:.1} min", processor_seconds() / 60.0);
}

/// Processor time in seconds of all programs that this one ran and that have ended, with theirs. 0
/// where the system does not tell it (it is read from Linux's `/proc`).
fn processor_seconds() -> f64 {
    // Clock ticks in Linux's `/proc` are hundredths of a second on every architecture.
    const TICKS: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<&str> = after_name.split_ascii_whitespace().collect();
    // Fields 16 and 17 of proc(5); the first field in `fields` is number 3.
    let ticks = |field: usize| fields.get(field - 3).and_then(|text| text.parse::<f64>().ok());
    (ticks(16).unwrap_or(0.0) + ticks(17).unwrap_or(0.0)) / TICKS
}
