//! `cargo xtask wit`: the interfaces as a WIT package that can be published, and the promise that
//! hosts written against a released version go on working with the next compatible one.

mod compatible;
mod items;
mod wit_package;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail, ensure};

use crate::difference::difference;
use crate::steps::root;
use crate::wit::wit_package::Package;

/// The folder with the interfaces of each version, as WIT without documentation.
const BASELINES: &str = "wit/snapshots";

/// Writes the package into `dist/` and checks it against the baselines.
///
/// # Errors
/// Lists items without documentation or version, or changes that break hosts.
pub fn build_and_check() -> Result<()> {
    let package = write()?;
    let own = root().join(BASELINES).join(package.file("wit"));
    ensure!(
        own.exists(),
        "there is no baseline for {}: when the version is meant, run `cargo xtask wit --bless`",
        package.name(),
    );
    check(&package, &baselines(&package)?)
}

/// Writes the package into `dist/` and makes its interfaces the baseline of its version. Baselines
/// of other versions stay, because released interfaces are a promise.
///
/// # Errors
/// As [`build_and_check`].
pub fn bless() -> Result<()> {
    let package = write()?;
    let own = root().join(BASELINES).join(package.file("wit"));
    let others: Vec<_> =
        baselines(&package)?.into_iter().filter(|baseline| baseline.path != own).collect();
    check(&package, &others)?;
    fs::write(own, package.text(false)?)?;
    Ok(())
}

/// A committed version of the interfaces.
struct Baseline {
    path: PathBuf,
    package: Package,
}

/// Encodes `wit/` into `dist/`, after checking that every item has documentation and a version.
fn write() -> Result<Package> {
    let package = Package::read(&root().join("wit"))?;
    let lacking = items::lacking(&package);
    ensure!(lacking.is_empty(), "in `wit/`:\n  {}", lacking.join("\n  "));
    let bytes = package.encode()?;
    let file = root().join("dist").join(package.file("wasm"));
    fs::create_dir_all(root().join("dist"))?;
    fs::write(&file, &bytes)?;
    println!("dist/{} {} bytes, {}", package.file("wasm"), bytes.len(), package.name());
    Ok(package)
}

/// The committed versions of a package.
fn baselines(package: &Package) -> Result<Vec<Baseline>> {
    let folder = root().join(BASELINES);
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("no {}", folder.display()))? {
        let path = entry?.path();
        // Only baselines have a version in their name; the snapshots of components have none.
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !name.ends_with(".wit") || !name.contains('@') {
            continue;
        }
        let baseline = Package::parse(&name, &fs::read_to_string(&path)?)?;
        if baseline.is_same_package(package) {
            found.push(Baseline { path, package: baseline });
        }
    }
    Ok(found)
}

/// Fails when a package breaks the promise of a compatible earlier version.
fn check(package: &Package, baselines: &[Baseline]) -> Result<()> {
    let text = package.text(false)?;
    for baseline in baselines {
        let old = &baseline.package;
        if !package.is_compatible_version(old)? {
            continue;
        }
        let committed = old.text(false)?;
        let broken = compatible::broken(&committed, &text)?;
        if !broken.is_empty() {
            bail!(
                "hosts of {} would break:\n  {}\n{}bump the minor version of the package (the \
                 major one from 1.0 on), or run `cargo xtask wit --bless` if {} was not released",
                old.name(),
                broken.join("\n  "),
                difference(&committed, &text),
                old.name(),
            );
        }
        println!("compatible with {}", old.name());
    }
    Ok(())
}
