//! `cargo xtask web`: the npm package `dreaming` in `bindings/web`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::module;
use crate::steps::{cargo, root, run, step};

/// Builds the package: module, JavaScript around it, TypeScript.
///
/// # Errors
/// When a step fails, or npm is not there.
pub fn build() -> Result<()> {
    let package = package();
    step("module of the npm package", || {
        let module = module::compile("dreaming-web", "web", &[])?;
        run(cargo("", &["run", "--quiet", "--package", "xtask-web", "--"])
            .arg(module)
            .arg(package.join("dist/wasm")))
    })?;
    step("TypeScript of the npm package", || {
        install(&package)?;
        run(&mut npm(&package, &["run", "--silent", "build"]))
    })
}

/// The folder of the npm package.
pub fn package() -> PathBuf {
    root().join("bindings/web")
}

/// Installs what the lock file of `folder` names, unless it is there.
///
/// # Errors
/// When npm is not there or cannot install.
pub fn install(folder: &PathBuf) -> Result<()> {
    // npm writes this file last, with the time at which it was done.
    let installed = folder.join("node_modules/.package-lock.json").metadata();
    let wanted = folder.join("package-lock.json").metadata()?.modified()?;
    if installed.and_then(|file| file.modified()).is_ok_and(|time| time >= wanted) {
        return Ok(());
    }
    run(&mut npm(folder, &["ci", "--no-audit", "--no-fund", "--loglevel=error"]))
}

/// npm in a folder. What it prints is progress: standard output is for results.
pub fn npm(folder: &PathBuf, arguments: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(folder).stdout(std::io::stderr());
    command
}
