//! Files that a command writes where a person says, outside the memory folder: all of a file or
//! nothing, readable by its owner only. Transcripts are quoted in them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, Result};
use crate::folder::Folder;

/// A file that is being written under a name of its own, in the folder in which it will be. It goes
/// when it is dropped before [`Whole::persist`].
#[derive(Debug)]
pub struct Whole {
    staged: NamedTempFile,
    path: PathBuf,
}

impl Whole {
    /// Begins the file `path`, which must not lie in `memories`, where the next run would take it for
    /// one, nor in the folder `state`, where it might take the place of the history.
    ///
    /// # Errors
    /// [`Error::Usage`] for a path that no file can have, or inside one of the two; [`Error::Io`].
    pub fn beside(path: &Path, memories: &Folder, state: &Path) -> Result<Self> {
        let shown = path.display();
        if path.is_dir() || path.file_name().is_none() {
            return Err(Error::Usage(format!("{shown} is no file: name one")));
        }
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        // With links resolved: one may lead into the memory folder.
        let dir = fs::canonicalize(parent.unwrap_or(Path::new(".")))
            .map_err(Error::io("write into its folder", path))?;
        if dir.starts_with(memories.root()) {
            let why = "lies inside the memory folder: choose another place";
            return Err(Error::Usage(format!("{shown} {why}")));
        }
        if fs::canonicalize(state).is_ok_and(|state| dir.starts_with(state)) {
            let why = "lies inside the state folder: choose another place";
            return Err(Error::Usage(format!("{shown} {why}")));
        }
        let staged = NamedTempFile::new_in(&dir).map_err(Error::io("write", path))?;
        Ok(Self { staged, path: path.to_path_buf() })
    }

    /// Where it will be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is written to.
    pub fn file(&mut self) -> &mut File {
        self.staged.as_file_mut()
    }

    /// Puts it in its place, also in that of another file if `replace`. Returns whether it is there:
    /// not so when another file is.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Full`].
    pub fn persist(self, replace: bool) -> Result<bool> {
        let Self { staged, path } = self;
        staged.as_file().sync_all().map_err(Error::io("write", &path))?;
        let put = if replace { staged.persist(&path) } else { staged.persist_noclobber(&path) };
        match put {
            Ok(_) => Ok(true),
            Err(error) if !replace && error.error.kind() == std::io::ErrorKind::AlreadyExists => {
                Ok(false)
            }
            Err(error) => Err(Error::io("write", &path)(error.error)),
        }
    }
}
