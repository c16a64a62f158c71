//! Compiles a crate to a WebAssembly module, with the same bytes on every machine.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::steps::{cargo, root, run, target_dir};

const TARGET: &str = "wasm32-unknown-unknown";

/// Compiles a package of the workspace with a profile and returns the file of the module.
///
/// # Errors
/// When the compiler cannot build for WebAssembly, or the crate does not compile.
pub fn compile(package: &str, profile: &str, features: &[&str]) -> Result<PathBuf> {
    compile_in(&root(), &target_dir().join("module-build"), package, profile, features)
}

/// As [`compile`], for the workspace in `tree` and into another target folder.
///
/// # Errors
/// As [`compile`].
pub fn compile_in(
    tree: &Path,
    target_dir: &Path,
    package: &str,
    profile: &str,
    features: &[&str],
) -> Result<PathBuf> {
    add_target()?;
    run(cargo("", &["build", "--package", package, "--profile", profile])
        .current_dir(tree)
        .args(["--quiet", "--target", TARGET, "--target-dir"])
        .arg(target_dir)
        .args(features)
        .env("CARGO_ENCODED_RUSTFLAGS", flags(tree, profile)?))?;
    let name = package.replace('-', "_");
    Ok(target_dir.join(TARGET).join(profile).join(name).with_extension("wasm"))
}

/// Makes sure that the compiler can build for [`TARGET`].
fn add_target() -> Result<()> {
    if sysroot()?.join("lib/rustlib").join(TARGET).exists() {
        return Ok(());
    }
    let add = Command::new("rustup").args(["target", "add", TARGET]).current_dir(root()).status();
    match add {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => bail!("`rustup target add {TARGET}` failed"),
        Err(_) => bail!(
            "this compiler cannot build for {TARGET} and there is no rustup to add it: install \
             the target with the package manager that brought the compiler, or use rustup"
        ),
    }
}

/// Profiles of code that is built for size.
const SMALL: [&str; 2] = ["component", "web"];

/// Inlining limits for [`SMALL`] profiles, in LLVM's estimate of a function's size: a call is
/// replaced by the function's code up to [`INLINED`], or up to [`INLINED_HINT`] for functions
/// marked `#[inline]`. The compiler's own limits are 50 and 325 for code built for size, 225 and
/// 325 for other code. Chosen by trying: the core component gets 26 KB smaller with brotli and
/// reads transcripts 6 to 8 % slower; with 10 and 50 it gets 42 KB smaller and 15 % slower
/// (docs/benchmarks.md).
const INLINED: u32 = 15;
const INLINED_HINT: u32 = 60;

/// Compiler flags: inlining limits, and the names of source files.
fn flags(tree: &Path, profile: &str) -> Result<OsString> {
    let mut flags = remap_flags(tree)?;
    if SMALL.contains(&profile) {
        flags.push(format!("\x1f-Cllvm-args=-inline-threshold={INLINED}"));
        flags.push(format!("\x1f-Cllvm-args=-inlinehint-threshold={INLINED_HINT}"));
    }
    Ok(flags)
}

/// Compiler flags that keep the paths of this machine out of the component: panic messages name
/// source files, and names that differ would make bytes differ.
fn remap_flags(tree: &Path) -> Result<OsString> {
    let commit = rustc(&["-vV"])?;
    let commit = commit.lines().find_map(|line| line.strip_prefix("commit-hash: "));
    let mut prefixes = vec![
        (tree.to_owned(), "dreaming".to_owned()),
        // The path that the prebuilt standard library has for its sources. With the sources
        // installed, the compiler would use their path on this machine.
        (
            sysroot()?.join("lib/rustlib/src/rust"),
            format!("/rustc/{}", commit.unwrap_or("unknown")),
        ),
    ];
    // The folders in `registry/src` have the name of the registry or of its mirror.
    for registry in fs::read_dir(cargo_home()?.join("registry/src"))
        .map(|folders| folders.collect::<Result<Vec<_>, _>>())
        .unwrap_or_else(|_| Ok(Vec::new()))?
    {
        prefixes.push((registry.path(), "registry".to_owned()));
    }
    let mut flags = OsString::new();
    for (path, name) in prefixes {
        if !flags.is_empty() {
            flags.push("\x1f");
        }
        flags.push("--remap-path-prefix=");
        flags.push(path);
        flags.push(format!("={name}"));
    }
    Ok(flags)
}

fn cargo_home() -> Result<PathBuf> {
    if let Some(home) = std::env::var_os("CARGO_HOME") {
        return Ok(home.into());
    }
    let home = std::env::home_dir().context("neither CARGO_HOME nor a home folder is known")?;
    Ok(home.join(".cargo"))
}

fn sysroot() -> Result<PathBuf> {
    Ok(rustc(&["--print", "sysroot"])?.trim().into())
}

fn rustc(arguments: &[&str]) -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(arguments).current_dir(root()).output();
    Ok(String::from_utf8(output.context("cannot run rustc")?.stdout)?)
}
