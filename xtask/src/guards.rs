//! `cargo xtask guards`: tests that the lints which keep the engine equal in every host do work.
//!
//! A misspelt lint, or one that a newer clippy renamed, looks like one that finds nothing. So
//! offences are put into a copy of the engine, each in a module of its own, and the intended lint
//! must refuse each of them. One run lints all of them: a diagnostic names its file, so none can
//! hide another.

mod names;
mod offences;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::guards::offences::OFFENCES;
use crate::steps::{cargo, target_dir};
use crate::tree;

/// The crates of the engine, by package and folder of their sources.
pub const ENGINE: [(&str, &str); 7] = [
    ("dreaming-text", "crates/text/src"),
    ("dreaming-records", "crates/records/src"),
    ("dreaming-shield", "crates/shield/src"),
    ("dreaming-core", "crates/core/src"),
    ("dreaming-learn", "crates/learn/src"),
    ("dreaming-stats", "crates/stats/src"),
    ("dreaming", "src"),
];

/// Checks the names that the engine uses, that its copy is clean, and that every offence is
/// refused.
///
/// # Errors
/// Lists the names that are not allowed, or the offences that pass.
pub fn guards() -> Result<()> {
    names::check()?;
    let copy = target_dir().join("guards");
    tree::copy(&copy)?;
    let (clean, found) = lint(&copy)?;
    ensure!(clean, "the engine itself does not pass its lints: {found:?}");
    offend(&copy)?;
    let (clean, found) = lint(&copy)?;
    ensure!(!clean, "clippy accepts a copy of the engine with {} offences", OFFENCES.len());
    let mut passed = String::new();
    for (number, (expected, code)) in OFFENCES.iter().enumerate() {
        let lints = found.get(&file(number)).cloned().unwrap_or_default();
        if !lints.contains(*expected) {
            write!(passed, "\n  {expected} misses `{code}`; found: {lints:?}")?;
        }
    }
    if !passed.is_empty() {
        bail!("offences pass:{passed}");
    }
    println!("{} offences against determinism, each refused by its lint", OFFENCES.len());
    Ok(())
}

/// Writes each offence into a module of its own in the front crate of the copied engine. In a lower
/// crate the first error would keep clippy from the crates above. All crates have one set of lints,
/// which `tests/house.rs` checks.
fn offend(copy: &Path) -> Result<()> {
    let top = copy.join("src/lib.rs");
    let mut modules = fs::read_to_string(&top)?;
    for (number, (_, code)) in OFFENCES.iter().enumerate() {
        writeln!(modules, "/// An offence.\npub mod offence_{number};")?;
        let module =
            format!("//! An offence.\n/// An offence.\npub fn offend() {{\n    {code}\n}}\n");
        fs::write(copy.join(file(number)), module)?;
    }
    fs::write(&top, modules)?;
    // Cargo compares times; where a clock was set back meanwhile, the copy would count as compiled.
    let later = SystemTime::now() + Duration::from_secs(60);
    Ok(fs::File::options().write(true).open(top)?.set_modified(later)?)
}

fn file(number: usize) -> String {
    format!("src/offence_{number}.rs")
}

/// Runs clippy over the copied engine: whether it passes, and the lints that each file breaks.
fn lint(copy: &Path) -> Result<(bool, BTreeMap<String, BTreeSet<String>>)> {
    let packages = ENGINE.iter().flat_map(|(package, _)| ["--package", package]);
    let output =
        cargo("", &["clippy", "--lib", "--locked", "--keep-going", "--message-format=json"])
            .args(packages)
            .arg("--target-dir")
            .arg(target_dir())
            .args(["--", "-D", "warnings"])
            .current_dir(copy)
            .output()
            .context("cannot run clippy")?;
    let mut found = BTreeMap::<_, BTreeSet<_>>::new();
    for line in String::from_utf8(output.stdout)?.lines() {
        let line: Value = serde_json::from_str(line)?;
        let message = &line["message"];
        let Some(lint) = message["code"]["code"].as_str() else { continue };
        for span in message["spans"].as_array().into_iter().flatten() {
            let file = span["file_name"].as_str().unwrap_or_default();
            found.entry(file.to_owned()).or_default().insert(lint.to_owned());
        }
    }
    Ok((output.status.success(), found))
}
