//! `cargo xtask policy`: writes the page and the schema of the policy. A package of its own,
//! `xtask/policy`, does the work, because it needs the engine.

use anyhow::Result;

use crate::steps::{cargo, run};

/// Writes both, or with `--check` tells whether they are up to date.
///
/// # Errors
/// When they are not up to date, or cannot be written.
pub fn policy(arguments: &[&str]) -> Result<()> {
    let mut cargo = cargo("", &["run", "--quiet", "--package", "dreaming-policy", "--"]);
    run(cargo.args(arguments))
}
