//! `dreaming-policy [--check]`: writes `docs/policy.md` and `docs/policy.schema.json` from the
//! policy table of the engine; with `--check` tells whether they are up to date.

mod page;
mod policy_schema;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        [] => write(),
        ["--check"] => check(),
        _ => {
            eprintln!("usage: cargo xtask policy [--check]");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The generated files with their right contents.
fn files() -> Result<Vec<(PathBuf, String)>> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    Ok(vec![
        (docs.join("policy.md"), page::page()),
        (docs.join("policy.schema.json"), policy_schema::schema()?),
    ])
}

fn write() -> Result<()> {
    for (path, text) in files()? {
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn check() -> Result<()> {
    for (path, text) in files()? {
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        if found != text {
            let name = path.file_name().unwrap_or_default().display();
            bail!("docs/{name} is not as the table of the policy has it: run `cargo xtask policy`");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn page_and_schema_are_as_the_table_of_the_code_has_them() {
        super::check().unwrap();
    }
}
