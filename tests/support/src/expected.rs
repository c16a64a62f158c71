//! The expected result of a case: `expected.txt`, with the story of its steps and the digest of
//! each document.
//!
//! ```text
//! step 1 at 2026-03-20T00:00:00Z
//! …
//!
//! SHA-256 of each document
//! 80d2…  1-ledger.json
//! 952f…  1-plan.json
//! ```
//!
//! Documents of step `n` are `<n>-plan.json`, `<n>-report.json`, `<n>-checkpoint.json` (at the end
//! of the dream), `<n>-calls.json` (of the model), and after the step `<n>-revision.json` (the
//! newest of the chain), `<n>-ledger.json` and `<n>-memory/<path>`. A case about the form of
//! documents keeps those in JSON in full, below `documents/`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use dreaming::canonical::digest;

use crate::case::{Files, files};

/// The file with the story and the digests.
pub const FILE: &str = "expected.txt";

/// The folder with documents in full, of a case that has them.
pub const DOCUMENTS: &str = "documents";

/// The line before the digests.
const HEADING: &str = "SHA-256 of each document";

/// The result of playing a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// All steps in the form for people.
    pub story: String,
    /// Documents by name, in the engine's bytes.
    pub documents: Files,
}

/// The result that a play must have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// All steps in the form for people.
    pub story: String,
    /// The digest of each document, by name.
    pub digests: BTreeMap<String, String>,
    /// Documents that are kept in full, by name.
    pub documents: Files,
}

impl Output {
    /// This output as an expected result. `full`: JSON documents are kept in full.
    pub fn expected(&self, full: bool) -> Expected {
        let hash = |(name, bytes): (&String, &Vec<u8>)| (name.clone(), digest(bytes).to_string());
        let kept = self.documents.iter().filter(|(name, _)| full && is_json(name));
        Expected {
            story: self.story.clone(),
            digests: self.documents.iter().map(hash).collect(),
            documents: kept.map(|(name, bytes)| (name.clone(), bytes.clone())).collect(),
        }
    }
}

/// Whether it is a document of the engine, not a memory.
fn is_json(name: &str) -> bool {
    !name.contains('/')
}

impl Expected {
    /// Reads the expected result of the case in `folder`.
    ///
    /// # Errors
    /// When there is none, or it has another form.
    pub fn load(folder: &Path) -> Result<Self, String> {
        let file = folder.join(FILE);
        let text = fs::read_to_string(&file)
            .map_err(|e| format!("{}: {e}; BLESS=1 writes it", file.display()))?;
        let expected = Self { documents: files(&folder.join(DOCUMENTS))?, ..Self::parse(&text)? };
        for (name, bytes) in &expected.documents {
            if expected.digests.get(name) != Some(&digest(bytes).to_string()) {
                return Err(format!("{DOCUMENTS}/{name} does not have the digest in {FILE}"));
            }
        }
        Ok(expected)
    }

    /// Writes the expected result into the folder of the case.
    ///
    /// # Errors
    /// The file that cannot be written.
    pub fn save(&self, folder: &Path) -> Result<(), String> {
        let file = folder.join(FILE);
        fs::write(&file, self.text()).map_err(|e| format!("{}: {e}", file.display()))?;
        replace(&folder.join(DOCUMENTS), &self.documents)
    }

    /// The text of `expected.txt`.
    pub fn text(&self) -> String {
        let digests = self.digests.iter().map(|(name, hash)| format!("{hash}  {name}\n"));
        format!("{}\n{HEADING}\n{}", self.story, digests.collect::<String>())
    }

    fn parse(text: &str) -> Result<Self, String> {
        // A memory may contain the heading too; the last one is ours.
        let (story, table) = text
            .rsplit_once(&format!("\n{HEADING}\n"))
            .ok_or_else(|| format!("{FILE} has no line `{HEADING}`"))?;
        let row = |line: &str| {
            let (hash, name) = line.split_once("  ")?;
            Some((name.to_owned(), hash.to_owned()))
        };
        let rows = table.lines().map(|line| row(line).ok_or(format!("{FILE}: `{line}`")));
        Ok(Self {
            story: story.to_owned(),
            digests: rows.collect::<Result<_, _>>()?,
            documents: Files::new(),
        })
    }
}

/// Makes `files` the only content of `folder`; without files, removes the folder.
///
/// # Errors
/// The file that cannot be written.
pub fn replace(folder: &Path, files: &Files) -> Result<(), String> {
    let fault = |e: std::io::Error| format!("{}: {e}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(fault)?;
    }
    for (name, bytes) in files {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().unwrap_or(folder)).map_err(fault)?;
        fs::write(file, bytes).map_err(fault)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let documents = [("1-plan.json", "{}"), ("1-memory/a b.md", "- a\n")];
        let output = Output {
            story: format!("step 1\nnew memory a b.md\n\n{HEADING}\n  + x\n"),
            documents: documents.map(|(name, text)| (name.into(), text.into())).into(),
        };
        let expected = output.expected(false);
        assert_eq!(expected.digests.len(), 2);
        assert_eq!(Expected::parse(&expected.text()), Ok(expected));
        // JSON documents are kept, memories are not.
        assert_eq!(output.expected(true).documents.keys().collect::<Vec<_>>(), ["1-plan.json"]);
        assert!(Expected::parse("step 1\n").is_err());
    }
}
