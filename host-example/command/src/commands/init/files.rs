//! Writes the files that were shown: all or none.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use tempfile::NamedTempFile;

use crate::error::{Error, Result};
use crate::output::{self, text};
use crate::owner;
use crate::state::place;

/// A file as it is and as it will be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path.
    pub path: PathBuf,
    /// What it holds; `None` when it is not there.
    pub before: Option<String>,
    /// What it will hold.
    pub after: String,
}

impl File {
    /// Whether anything changes.
    pub fn changes(&self) -> bool {
        self.before.as_deref() != Some(&self.after)
    }
}

/// The text of a regular file; `None` when there is none.
///
/// # Errors
/// [`Error::Usage`] for anything else and for one over `most` bytes, [`Error::Io`].
pub fn read(path: &Path, most: u64) -> Result<Option<String>> {
    // Check the type before opening, because opening a pipe would wait for ever.
    match path.metadata() {
        Ok(meta) if !meta.is_file() || meta.len() > most => {
            let why = "is no regular file, or too long";
            return Err(Error::Usage(format!("{} {why}", path.display())));
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", path)(error)),
    }
    fs::read_to_string(path).map(Some).map_err(Error::io("read", path))
}

/// Makes the folders and writes the files. Each file is written beside its place first, so that an
/// error shows before any file is replaced. `state` is the state folder, which git is told to
/// ignore.
///
/// # Errors
/// [`Error::Io`], [`Error::Full`]; [`Error::Conflict`] when somebody wrote meanwhile.
pub fn write(folders: &[PathBuf], files: &[File], state: &Path) -> Result<()> {
    let mut made = Made::default();
    for folder in folders {
        made.folder(folder)?;
    }
    let mut staged = Vec::new();
    for file in files {
        staged.push((file, stage(file, &mut made)?));
    }
    for (file, _) in &staged {
        if read(&file.path, u64::MAX)? != file.before {
            let path = file.path.display();
            return Err(Error::Conflict(format!("{path} was changed meanwhile")));
        }
    }
    for (file, staged) in staged {
        let others = other_names(&file.path);
        let put = match file.before {
            Some(_) => staged.persist(target(&file.path)),
            None => staged.persist_noclobber(&file.path),
        };
        made.keep();
        put.map_err(|error| Error::io("write", &file.path)(error.error))?;
        if others > 0 {
            // Writing into the file itself would change backups that consist of such names, and could end half way.
            output::note(&format!(
                "{} had {} (hard links) and is a file of its own now: the old text stays there, and a symbolic link in its \
                 place would stay the same file",
                file.path.display(),
                text::count(others, "other name")
            ));
        }
    }
    made.keep();
    if files.iter().any(|file| file.path.parent() == state.parent()) {
        place::ignore(state)?;
    }
    Ok(())
}

/// How many other names a file has.
#[cfg(unix)]
fn other_names(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    path.metadata().map_or(0, |meta| meta.nlink().saturating_sub(1))
}

#[cfg(not(unix))]
fn other_names(_: &Path) -> u64 {
    0
}

/// The target of a file that is a link. Only the user's own files may be links.
fn target(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}

/// Writes the new text into a temporary file beside `file`, with the owner and permissions of
/// the existing file.
fn stage(file: &File, made: &mut Made) -> Result<NamedTempFile> {
    let path = target(&file.path);
    let parent = path.parent().unwrap_or(&path);
    made.folder(parent)?;
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    let builder = builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    let staged = builder.tempfile_in(parent).map_err(Error::io("write", &path))?;
    fs::write(staged.path(), &file.after).map_err(Error::io("write", &path))?;
    keep_owner(&staged, parent, &path).map_err(Error::io("write", &path))?;
    staged.as_file().sync_all().map_err(Error::io("write", &path))?;
    Ok(staged)
}

/// Gives the new file the owner and the permissions of the one at `path`, else the owner of its folder: root may write for
/// somebody else.
fn keep_owner(staged: &NamedTempFile, parent: &Path, path: &Path) -> io::Result<()> {
    let folder = Dir::open_ambient_dir(parent, ambient_authority())?;
    let before = path.file_name().and_then(|name| folder.metadata(name).ok());
    let file = cap_std::fs::File::from_std(staged.as_file().try_clone()?);
    let kept = owner::give(&file, &folder, before.as_ref())?;
    kept.map_or(Ok(()), |permissions| file.set_permissions(permissions))
}

/// Folders that were made. They are removed on drop unless they are kept.
#[derive(Debug, Default)]
struct Made(Vec<PathBuf>);

impl Made {
    /// Makes a folder and its missing parents.
    fn folder(&mut self, folder: &Path) -> Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        if let Some(above) = folder.parent() {
            self.folder(above)?;
        }
        if folder.ends_with(place::BESIDE) {
            place::make_private(folder)?;
        } else {
            fs::create_dir(folder).map_err(Error::io("make the folder", folder))?;
            let open = |at: &Path| Dir::open_ambient_dir(at, ambient_authority());
            if let Some((above, made)) =
                folder.parent().and_then(|above| open(above).ok().zip(open(folder).ok()))
            {
                owner::give_folder(&made, &above);
            }
        }
        self.0.push(folder.to_path_buf());
        Ok(())
    }

    fn keep(&mut self) {
        self.0.clear();
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        // `remove_dir` leaves a folder in which somebody has put something meanwhile.
        self.0.iter().rev().for_each(|folder| drop(fs::remove_dir(folder)));
    }
}
