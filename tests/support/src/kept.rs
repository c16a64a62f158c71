//! Stores the output of plays in full, outside the repository: digests show only that a document
//! differs; two documents show where.

use std::fs;
use std::path::{Path, PathBuf};

use dreaming::canonical::digest;

use crate::case::Files;
use crate::expected::replace;

/// A folder such as `target/golden/<case>`, with what the case starts from in `given/` (scripts as
/// transcripts), the documents of the last good play in `expected/`, and those of a differing play
/// in `actual/`.
#[derive(Clone, Debug)]
pub struct Kept {
    folder: PathBuf,
}

impl Kept {
    /// Stores output in `folder`.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.into() }
    }

    /// Documents of the last good play.
    pub fn before(&self) -> PathBuf {
        self.folder.join("expected")
    }

    /// Documents of the differing play.
    pub fn now(&self) -> PathBuf {
        self.folder.join("actual")
    }

    /// Stores what a good play started from and its documents.
    ///
    /// # Errors
    /// The file that cannot be written.
    pub fn good(&self, given: &Files, documents: &Files) -> Result<(), String> {
        replace(&self.now(), &Files::new())?;
        replace(&self.folder.join("given"), given)?;
        replace(&self.before(), documents)
    }

    /// Stores the documents of a differing play.
    ///
    /// # Errors
    /// The file that cannot be written.
    pub fn other(&self, documents: &Files) -> Result<(), String> {
        replace(&self.now(), documents)
    }

    /// The document of the last good play with this name and digest.
    pub fn with(&self, name: &str, wanted: &str) -> Option<Vec<u8>> {
        let bytes = fs::read(self.before().join(name)).ok()?;
        (digest(&bytes).as_str() == wanted).then_some(bytes)
    }
}
