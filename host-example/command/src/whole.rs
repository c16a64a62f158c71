//! Writes a file to a path that a person names, outside the memory folder. The file is written
//! whole or not at all, and only its owner can read it, because it quotes transcripts.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, Result};
use crate::folder::Folder;

/// A file that is being written under a temporary name in its folder. It is removed if it is
/// dropped before [`Whole::persist`].
#[derive(Debug)]
pub struct Whole {
    staged: NamedTempFile,
    path: PathBuf,
}

impl Whole {
    /// Begins the file `path`. It must not lie in `memories`, where the next run would take it for
    /// a memory, nor in the folder `state`, where it might overwrite the history.
    ///
    /// # Errors
    /// [`Error::Usage`] for a path that no file can have, or inside one of the two; [`Error::Io`].
    pub fn beside(path: &Path, memories: &Folder, state: &Path) -> Result<Self> {
        let shown = path.display();
        let dir = folder_of(path)?;
        if dir.starts_with(memories.root()) {
            let why = "lies inside the memory folder: choose another place";
            return Err(Error::Usage(format!("{shown} {why}")));
        }
        if fs::canonicalize(state).is_ok_and(|state| dir.starts_with(state)) {
            let why = "lies inside the state folder: choose another place";
            return Err(Error::Usage(format!("{shown} {why}")));
        }
        Self::within(path, &dir)
    }

    /// Begins the file `path`, outside of these memory folders.
    ///
    /// # Errors
    /// [`Error::Usage`] for a path that no file can have, or inside one of them; [`Error::Io`].
    pub fn at(path: &Path, memories: &[&Path]) -> Result<Self> {
        let dir = folder_of(path)?;
        let is_inside = |memory: &&Path| memory.canonicalize().is_ok_and(|at| dir.starts_with(at));
        if memories.iter().any(is_inside) {
            let why = "lies inside a memory folder: choose another place";
            return Err(Error::Usage(format!("{} {why}", path.display())));
        }
        Self::within(path, &dir)
    }

    fn within(path: &Path, dir: &Path) -> Result<Self> {
        let staged = NamedTempFile::new_in(dir).map_err(Error::io("write", path))?;
        Ok(Self { staged, path: path.to_path_buf() })
    }

    /// The final path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The temporary file, to write to.
    pub fn file(&mut self) -> &mut File {
        self.staged.as_file_mut()
    }

    /// Moves the file to its final path; with `replace` also over an existing file. Returns false
    /// if another file is there and stays.
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

/// The folder of a file without links, because one may lead into the memory folder.
fn folder_of(path: &Path) -> Result<PathBuf> {
    if path.is_dir() || path.file_name().is_none() {
        return Err(Error::Usage(format!("{} is no file: name one", path.display())));
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    fs::canonicalize(parent.unwrap_or(Path::new(".")))
        .map_err(Error::io("write into its folder", path))
}
