//! A session whose secrets are covered, in files that go with it.

use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

use crate::kept::{self, Conceal, Trouble};
use crate::sessions::{Part, Session};
use crate::transcript;

/// A session whose secrets are covered.
#[derive(Debug)]
pub struct Covered {
    session: Session,
    /// Removed when this is dropped.
    _files: Vec<NamedTempFile>,
}

impl Covered {
    /// Covers the secrets of `session`, in files in `folder` that only their owner can read.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn of(
        session: &Session,
        folder: &Path,
        conceal: &mut Conceal<'_>,
    ) -> Result<Self, Trouble> {
        let (mut parts, mut files) = (Vec::new(), Vec::new());
        for part in &session.parts {
            let file = Builder::new().prefix(kept::STAGED).tempfile_in(folder);
            let file = file.map_err(Trouble::Write)?;
            let mut out = BufWriter::new(file.as_file());
            kept::cover(part, conceal, &mut out)?;
            out.flush().map_err(Trouble::Write)?;
            drop(out);
            keeps_time(part, &file).map_err(Trouble::Write)?;
            parts.push(Part { path: file.path().to_path_buf(), start: 0, ..part.clone() });
            files.push(file);
        }
        Ok(Self { session: Session { id: session.id.clone(), parts }, _files: files })
    }

    /// The session.
    pub fn session(&self) -> &Session {
        &self.session
    }
}

/// Gives `file` the time of the part.
fn keeps_time(part: &Part, file: &NamedTempFile) -> io::Result<()> {
    match transcript::written(&part.path) {
        Ok(written) => file.as_file().set_modified(written),
        Err(_) => Ok(()),
    }
}
