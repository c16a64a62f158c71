//! Writes the page and the schema of the policy; the work is done by `xtask/policy`, a package of its
//! own, because it needs the engine.

use anyhow::Result;

use crate::steps::{cargo, run};

/// Writes them, or with `--check` says whether they are as the table has them.
///
/// # Errors
/// When they are not, or cannot be written.
pub fn policy(arguments: &[&str]) -> Result<()> {
    let mut cargo = cargo("", &["run", "--quiet", "--package", "dreaming-policy", "--"]);
    run(cargo.args(arguments))
}
