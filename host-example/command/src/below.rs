//! Files below a folder, opened name by name through open folder handles. No link is followed and
//! nothing outside the folder is reached, even when somebody replaces folders by links meanwhile.

use std::ffi::OsStr;
use std::io::{self, Read as _};

use cap_fs_ext::{DirExt as _, FollowSymlinks, OpenOptionsFollowExt as _, OpenOptionsSyncExt as _};
use cap_std::fs::{Dir, File, Metadata, OpenOptions};

use crate::owner;

/// What a name in a folder leads to.
#[derive(Debug)]
pub enum Found {
    /// There is no such name.
    Nothing,
    /// A regular file, open for reading.
    File(File, Metadata),
    /// A link, a folder, a pipe, a device.
    Other,
}

/// Opens the folder `name`. Fails for a link.
///
/// # Errors
/// What the system says.
pub fn open_folder(dir: &Dir, name: impl AsRef<OsStr>) -> io::Result<Dir> {
    dir.open_dir_nofollow(name.as_ref())
}

/// Opens the folder of the file `path`. Returns it with the file's name; `None` when there is no
/// such folder.
///
/// # Errors
/// [`io::ErrorKind::NotADirectory`] when something else is in the way; what the system says.
pub fn parent<'a>(root: &Dir, path: &'a str) -> io::Result<Option<(Dir, &'a str)>> {
    descend(root, path, |_, _| Ok(()))
}

/// As [`parent`], but makes missing folders.
///
/// # Errors
/// Those of [`parent`].
pub fn made_parent<'a>(root: &Dir, path: &'a str) -> io::Result<(Dir, &'a str)> {
    let make = |dir: &Dir, name: &str| match dir.create_dir(name) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        Err(_) => Ok(()),
        Ok(()) => {
            owner::give_folder(&open_folder(dir, name)?, dir);
            Ok(())
        }
    };
    descend(root, path, make)?.ok_or_else(|| io::ErrorKind::NotFound.into())
}

fn descend<'a>(
    root: &Dir,
    path: &'a str,
    before: impl Fn(&Dir, &str) -> io::Result<()>,
) -> io::Result<Option<(Dir, &'a str)>> {
    let (folders, name) = path.rsplit_once('/').map_or((None, path), |(f, name)| (Some(f), name));
    let mut dir = root.try_clone()?;
    for folder in folders.into_iter().flat_map(|folders| folders.split('/')) {
        before(&dir, folder)?;
        dir = match open_folder(&dir, folder) {
            Ok(inner) => inner,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(reason(&dir, folder, error)),
        };
    }
    Ok(Some((dir, name)))
}

/// The error for a folder `name` that cannot be opened. When a link or a file is in its place, the
/// error is the same on all systems.
fn reason(dir: &Dir, name: &str, error: io::Error) -> io::Error {
    match dir.symlink_metadata(name) {
        Ok(meta) if !meta.is_dir() => io::ErrorKind::NotADirectory.into(),
        _ => error,
    }
}

/// Looks up `name` in `dir`.
///
/// # Errors
/// What the system says.
pub fn find(dir: &Dir, name: impl AsRef<OsStr>) -> io::Result<Found> {
    let name = name.as_ref();
    let mut options = OpenOptions::new();
    // Without `nonblock`, opening a pipe would wait.
    options.read(true).follow(FollowSymlinks::No).nonblock(true);
    let file = match dir.open_with(name, &options) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => {
            return match dir.symlink_metadata(name) {
                Ok(meta) if !meta.is_file() => Ok(Found::Other),
                _ => Err(error),
            };
        }
    };
    let meta = file.metadata()?;
    Ok(if meta.is_file() { Found::File(file, meta) } else { Found::Other })
}

/// Reads the file `name`, but no more than `limit` + 1 bytes, so that the caller sees when a file
/// is too long; `None` when there is no file.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] for what is no regular file; what the system says.
pub fn read(dir: &Dir, name: &str, limit: u64) -> io::Result<Option<Vec<u8>>> {
    match find(dir, name)? {
        Found::Nothing => Ok(None),
        Found::Other => Err(io::ErrorKind::InvalidInput.into()),
        Found::File(file, _) => {
            let mut bytes = Vec::new();
            file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
            Ok(Some(bytes))
        }
    }
}

/// Makes the file `name`, which must not exist, and syncs it to the disk. It gets the owner and
/// permissions of `before`, the file that it will replace, see [`owner::give`].
///
/// # Errors
/// What the system says; the caller removes what is left of the file.
pub fn create(dir: &Dir, name: &str, before: Option<&Metadata>, bytes: &[u8]) -> io::Result<()> {
    use std::io::Write as _;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).follow(FollowSymlinks::No);
    #[cfg(unix)]
    if before.is_some() {
        use cap_std::fs::OpenOptionsExt as _;
        // Private from the start, so that nobody has the file open before it gets its final
        // permissions.
        options.mode(0o600);
    }
    let mut file = dir.open_with(name, &options)?;
    // The owner first, because changing it can clear permissions.
    if let Some(permissions) = owner::give(&file, dir, before)? {
        file.set_permissions(permissions)?;
    }
    file.write_all(bytes)?;
    file.sync_all()
}

/// Removes the file or link `name`, if it is there.
///
/// # Errors
/// What the system says.
pub fn remove(dir: &Dir, name: &str) -> io::Result<()> {
    match dir.remove_file(name) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Syncs a folder, so that names made or removed in it survive a power failure.
///
/// # Errors
/// What the system says.
pub fn sync(dir: &Dir) -> io::Result<()> {
    // Only Unix can open a folder like a file. It is opened again, because `dir` itself may be a
    // handle that cannot be synced.
    if cfg!(unix) { dir.open(".")?.sync_all() } else { Ok(()) }
}
