//! `cargo xtask web`: the npm package `dreaming` in `bindings/web`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::module;
use crate::steps::{cargo, root, run, step};

/// Builds the package: the wasm module, its generated JavaScript, and the TypeScript.
///
/// # Errors
/// When a step fails, or npm is missing.
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

/// Installs the packages of the lock file in `folder`, unless they are installed.
///
/// # Errors
/// When npm is missing or cannot install them.
pub fn install(folder: &PathBuf) -> Result<()> {
    // npm writes this file last, so its time is that of the installation.
    let installed = folder.join("node_modules/.package-lock.json").metadata();
    let wanted = folder.join("package-lock.json").metadata()?.modified()?;
    if installed.and_then(|file| file.modified()).is_ok_and(|time| time >= wanted) {
        return Ok(());
    }
    run(&mut npm(folder, &["ci", "--no-audit", "--no-fund", "--loglevel=error"]))
}

/// An npm command in a folder. Its output goes to standard error, because it is only progress.
pub fn npm(folder: &PathBuf, arguments: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(folder).stdout(std::io::stderr());
    command
}
