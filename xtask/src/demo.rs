//! `cargo xtask demo`: a dream over sample sessions and a sample memory folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::component;
use crate::steps::{cargo, root, run, step};

/// The day after the last sample session: the report is the same whenever the demo runs.
const NOW: &str = "2026-03-16T08:00:00Z";

/// Builds component and command, dreams over a copy of the samples, and shows the plan.
pub fn demo() -> Result<()> {
    step("components", component::build_and_check)?;
    step("the `dreaming` command", || {
        run(&mut cargo("host-example", &["build", "--quiet", "--package", "dreaming-command"]))
    })?;
    let samples = root().join("xtask/demo");
    let folder = target("", "demo");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let memory = folder.join("memory");
    copy(&samples.join("memory"), &memory)?;
    let dreaming = target("host-example", "debug/dreaming");
    let command = |arguments: &[&str]| {
        let mut command = Command::new(&dreaming);
        command.args(arguments).arg("--memory").arg(&memory);
        command
    };
    println!("\n$ dreaming run --memory memory --sessions sessions --now {NOW}");
    run(command(&["run", "--now", NOW]).arg("--sessions").arg(samples.join("sessions")))?;
    println!("\n$ dreaming review --memory memory");
    // Printed, not asked about, also on a terminal.
    run(command(&["review"]).stdin(std::process::Stdio::null()))?;
    println!("\nThe copy of the sample memory is in {}. Go on with:", memory.display());
    println!("  {} apply --all --memory {}", dreaming.display(), memory.display());
    println!("  {} revert --memory {}", dreaming.display(), memory.display());
    Ok(())
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
