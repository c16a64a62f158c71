//! `cargo xtask documents`: writes the files that follow from the types of the documents. A package
//! of its own, `xtask/documents`, writes the schema, because that needs the engine;
//! `bindings/web/documents.mjs` writes TypeScript from the schema.

use anyhow::Result;

use crate::steps::{cargo, run};
use crate::web;

/// Writes the files, or with `--check` tells whether they are up to date.
///
/// # Errors
/// When a file is not up to date or cannot be written, or npm is missing.
pub fn documents(arguments: &[&str]) -> Result<()> {
    let mut cargo = cargo("", &["run", "--quiet", "--package", "dreaming-documents", "--"]);
    run(cargo.args(arguments))?;
    let package = web::package();
    web::install(&package)?;
    run(web::npm(&package, &["run", "--silent", "documents", "--"]).args(arguments))
}
