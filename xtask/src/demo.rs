//! `cargo xtask demo`: a dream over sample sessions and a sample memory folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use crate::component;
use crate::steps::{cargo, root, run, step};

/// The day after the last sample session. A fixed time makes the report the same on every day.
const NOW: &str = "2026-03-16T08:00:00Z";

/// Builds component and command, dreams over a copy of the samples, and shows the plan.
pub fn demo() -> Result<()> {
    step("the component, and what runs it", || component_beside(command_build))?;
    step("the `dreaming` command", || run(&mut command_build()))?;
    let samples = root().join("xtask/demo");
    let folder = target("", "demo");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let memory = folder.join("memory");
    copy(&samples.join("memory"), &memory)?;
    let dreaming = target("host-example", "quick/dreaming");
    let command = |arguments: &[&str]| {
        let mut command = Command::new(&dreaming);
        command.args(arguments).arg("--memory").arg(&memory);
        command
    };
    println!("\n$ dreaming run --memory memory --sessions sessions --now {NOW}");
    run(command(&["run", "--now", NOW]).arg("--sessions").arg(samples.join("sessions")))?;
    println!("\n$ dreaming review --memory memory");
    // Without standard input the command prints the plan and asks nothing, also on a terminal.
    run(command(&["review"]).stdin(Stdio::null()))?;
    println!("\nThe copy of the sample memory is in {}. Go on with:", memory.display());
    println!("  {} apply --all --memory {}", dreaming.display(), memory.display());
    println!("  {} revert --memory {}", dreaming.display(), memory.display());
    Ok(())
}

/// Builds the component and, on a fresh clone, beside it all that a program depends on which runs it: the component's last
/// minute is work of one core, and wasmtime needs none of it.
pub fn component_beside(program: impl Fn() -> Command) -> Result<()> {
    if component::has_last() {
        return component::build_last();
    }
    // The program alone cannot be built yet and says so; what else fails is told when it is built.
    let beside = program().arg("--keep-going").stderr(Stdio::null()).spawn();
    let built = component::build_last();
    // It must not hold the lock of its workspace any more when the program is built.
    if let Ok(mut beside) = beside {
        if built.is_err() {
            beside.kill()?;
        }
        beside.wait()?;
    }
    built
}

/// The command in the profile that is built fastest, without `dreaming mcp`.
fn command_build() -> Command {
    cargo(
        "host-example",
        &[
            "build",
            "--quiet",
            "--package",
            "dreaming-command",
            "--profile",
            "quick",
            "--no-default-features",
        ],
    )
}

/// A place in the target folder of a workspace.
pub fn target(workspace: &str, place: &str) -> PathBuf {
    let own = root().join(workspace).join("target");
    std::env::var_os("CARGO_TARGET_DIR").map_or(own, PathBuf::from).join(place)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    let entries = fs::read_dir(from).with_context(|| format!("no {}", from.display()))?;
    for entry in entries {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
