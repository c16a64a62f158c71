//! `dreaming-documents [--check]`: writes `wit/documents.schema.json` and the views of hosts from
//! the types of the documents; with `--check` tells whether the files are up to date.

mod causes;
mod documents_schema;
#[cfg(test)]
mod places;
mod tidy;
mod views;

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
            eprintln!("usage: cargo xtask documents [--check]");
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

/// The file with the views of the command.
const COMMAND: &str = "host-example/command/src/document/written.rs";

/// The file with the causes of changes for the memory preview page.
const PAGE: &str = "host-example/browser/src/causes.ts";

/// The generated files, by their path in the repository, with their right contents.
fn files() -> Result<Vec<(&'static str, String)>> {
    let definitions = documents_schema::definitions();
    let schema = serde_json::to_string_pretty(&documents_schema::schema(&definitions))? + "\n";
    let causes = documents_schema::causes();
    let views = views::views(&definitions) + &causes::rust(&causes);
    Ok(vec![
        ("wit/documents.schema.json", schema),
        (COMMAND, views),
        (PAGE, causes::script(&causes)),
    ])
}

fn place(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)
}

fn write() -> Result<()> {
    for (name, text) in files()? {
        std::fs::write(place(name), text).with_context(|| format!("cannot write {name}"))?;
    }
    Ok(())
}

fn check() -> Result<()> {
    for (name, text) in files()? {
        let found = std::fs::read_to_string(place(name)).unwrap_or_default();
        if found != text {
            bail!(
                "{name} is not as the types of the documents have it: run `cargo xtask documents`"
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_files_are_as_the_types_have_them() {
        super::check().unwrap();
    }
}
