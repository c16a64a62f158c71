//! Puts files into the archive, each under another name first.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::SystemTime;

use tempfile::{Builder, NamedTempFile};

use super::{New, STAGED, open, open_any};
use crate::error::{Error, Result};

/// A file in the folder `folder` that only its owner can read.
///
/// # Errors
/// What the operating system says.
pub fn stage(folder: &Path) -> io::Result<NamedTempFile> {
    Builder::new().prefix(STAGED).tempfile_in(folder)
}

/// Puts a written file in its place, with the time of its session: a dream takes the newest ones. The file that is there
/// stays under the name that `new` gives it.
///
/// # Errors
/// [`Error::Io`].
pub fn put(staged: NamedTempFile, new: &New, target: &Path) -> Result<()> {
    let folder = target.parent().unwrap_or(target);
    if let Some(aside) = &new.aside {
        let copied = || {
            let mut before = File::open(target)?;
            let mut copy = stage(folder)?;
            io::copy(&mut before, copy.as_file_mut())?;
            let written = before.metadata()?.modified().ok();
            persist(copy, written, &folder.join(aside))
        };
        copied().map_err(Error::io("write", target))?;
    }
    persist(staged, new.session().written(), target).map_err(Error::io("write", target))
}

/// Whether a whole copy that was kept for another store than `store` stands in the place `target`.
pub fn is_anothers(target: &Path, store: &str) -> bool {
    open(target, store).is_err() && open_any(target).is_ok_and(|kept| kept.check().is_ok())
}

/// Moves such a copy to the name that it has as an earlier copy: it may be the only one of its words, and `take-over
/// --with-copies` still finds it.
///
/// # Errors
/// [`Error::Io`].
pub fn make_room(target: &Path) -> Result<()> {
    let Ok(kept) = open_any(target) else { return Ok(()) };
    let to = target.with_file_name(kept.name_of_copy());
    fs::rename(target, &to).map_err(Error::io("move", target))
}

/// Moves a written file to `to`, as one that was written at that time.
///
/// # Errors
/// What the operating system says.
pub fn persist(staged: NamedTempFile, written: Option<SystemTime>, to: &Path) -> io::Result<()> {
    if let Some(written) = written {
        staged.as_file().set_modified(written)?;
    }
    staged.as_file().sync_all()?;
    staged.persist(to).map_err(|error| error.error)?;
    // The new name is on the disk only when its folder is; not every system can open a folder.
    to.parent().and_then(|folder| File::open(folder).ok()).map_or(Ok(()), |dir| dir.sync_all())
}
