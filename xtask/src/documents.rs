//! Writes what follows from the types of the documents. The schema is the work of `xtask/documents`, a package of its own,
//! because it needs the engine; TypeScript follows from the schema, in `bindings/web/documents.mjs`.

use anyhow::Result;

use crate::steps::{cargo, run};
use crate::web;

/// Writes the files, or with `--check` says whether they are as the types have them.
///
/// # Errors
/// When they are not, cannot be written, or npm is not there.
pub fn documents(arguments: &[&str]) -> Result<()> {
    let mut cargo = cargo("", &["run", "--quiet", "--package", "dreaming-documents", "--"]);
    run(cargo.args(arguments))?;
    let package = web::package();
    web::install(&package)?;
    run(web::npm(&package, &["run", "--silent", "documents", "--"]).args(arguments))
}
