//! Copies of the project's own files, for checks that must not touch the original.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::steps::root;

/// Makes `to` a copy of all files that git knows or would add, as they are now.
///
/// # Errors
/// When there is no git, or a file cannot be copied.
pub fn copy(to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    let files = files()?;
    ensure!(!files.is_empty(), "git knows no file in {}", root().display());
    for file in files {
        let (from, to) = (root().join(&file), to.join(&file));
        fs::create_dir_all(to.parent().unwrap_or(&to))?;
        fs::copy(&from, to).with_context(|| format!("cannot copy {}", from.display()))?;
    }
    Ok(())
}

/// Whether git would have something to commit.
///
/// # Errors
/// When there is no git.
pub fn is_dirty() -> Result<bool> {
    Ok(!git(&["status", "--porcelain"])?.is_empty())
}

fn files() -> Result<Vec<PathBuf>> {
    let listed = git(&["ls-files", "-z", "--cached", "--others", "--exclude-standard"])?;
    let files = listed.split('\0').filter(|file| !file.is_empty()).map(PathBuf::from);
    // `git ls-files` also lists files that were deleted without a commit.
    Ok(files.filter(|file| root().join(file).exists()).collect())
}

fn git(arguments: &[&str]) -> Result<String> {
    let output = Command::new("git").args(arguments).current_dir(root()).output();
    let output = output.context("cannot run git")?;
    ensure!(output.status.success(), "`git {}` failed", arguments.join(" "));
    Ok(String::from_utf8(output.stdout)?)
}
