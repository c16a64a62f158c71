//! Where the state of a memory folder lies, and how private files are made there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::copy;
use crate::error::{Error, Result};
use crate::folder::Folder;

/// The folder beside the memories that holds their state and the configuration of their folder.
pub const BESIDE: &str = ".dreaming";

/// The database, in the state folder.
pub const FILE: &str = "state.db";

/// The path of `.dreaming` in `parent`, whether it exists or not. A link is refused, because it
/// could make us read or write where a stranger wants.
///
/// # Errors
/// [`Error::Linked`].
pub fn beside(parent: &Path) -> Result<PathBuf> {
    not_linked(parent.join(BESIDE))
}

fn not_linked(path: PathBuf) -> Result<PathBuf> {
    let is_link = path.symlink_metadata().is_ok_and(|meta| meta.is_symlink());
    if is_link { Err(Error::Linked(path)) } else { Ok(path) }
}

/// The state folder for a memory folder: `--state`, or `<parent>/.dreaming/<folder name>`.
///
/// # Errors
/// [`Error::StateInside`], [`Error::Linked`] for a link in the default place, and [`Error::Usage`]
/// for a memory folder without a parent.
pub fn place(folder: &Folder, chosen: Option<&Path>) -> Result<PathBuf> {
    let root = folder.root();
    let dir = match (chosen, root.parent(), root.file_name()) {
        (Some(dir), _, _) => resolve(dir)?,
        (None, Some(parent), Some(name)) => not_linked(beside(parent)?.join(name))?,
        _ => return Err(Error::Usage("this memory folder needs --state".into())),
    };
    if dir.starts_with(root) { Err(Error::StateInside(dir)) } else { Ok(dir) }
}

/// Makes `path` absolute and resolves the links of its existing part.
///
/// # Errors
/// [`Error::Io`].
pub fn resolve(path: &Path) -> Result<PathBuf> {
    let absolute = std::path::absolute(path).map_err(Error::io("resolve", path))?;
    let mut missing = Vec::new();
    let mut existing = absolute.as_path();
    loop {
        if let Ok(found) = existing.canonicalize() {
            return Ok(missing.iter().rev().fold(found, |dir, name| dir.join(name)));
        }
        let (Some(parent), Some(name)) = (existing.parent(), existing.file_name()) else {
            return Ok(absolute);
        };
        missing.push(name.to_owned());
        existing = parent;
    }
}

/// The state folders beside `dir` whose memory folders are gone, each with the path of that folder,
/// sorted by name.
pub fn orphans(dir: &Path) -> Vec<(PathBuf, PathBuf)> {
    let beside = dir.parent().and_then(|above| fs::read_dir(above).ok()).into_iter().flatten();
    let mut dirs: Vec<PathBuf> = beside.filter_map(|item| Some(item.ok()?.path())).collect();
    dirs.retain(|other| other != dir);
    dirs.sort();
    let gone = |other: PathBuf| {
        let file = Some(other.join(FILE)).filter(|file| file.is_file())?;
        let query = "SELECT value FROM meta WHERE key = 'folder'";
        let folder: String = copy::open(&file).ok()?.query_row(query, [], |row| row.get(0)).ok()?;
        let folder = PathBuf::from(folder);
        (!folder.exists()).then_some((other, folder))
    };
    dirs.into_iter().filter_map(gone).collect()
}

/// Makes a folder that only its owner may use, because it holds quotes of transcripts, or compiled
/// code.
///
/// # Errors
/// [`Error::Io`].
pub fn make_private(dir: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(Error::io("make the state folder", dir))
}

/// Makes git ignore all of `.dreaming` but its configuration, because the state quotes sessions. A
/// folder that has a `.gitignore` stays as it is, and so does a place that `--state` chose.
pub fn ignore(dir: &Path) -> Result<()> {
    const LINES: &str = "*\n!.gitignore\n!dreaming.toml\n";
    let Some(parent) = dir.parent().filter(|parent| parent.ends_with(BESIDE)) else {
        return Ok(());
    };
    let file = parent.join(".gitignore");
    match OpenOptions::new().write(true).create_new(true).open(&file) {
        Ok(mut made) => made.write_all(LINES.as_bytes()).map_err(Error::io("write", &file)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Error::io("write", &file)(error)),
    }
}

/// Makes a file, or changes an existing one, so that only its owner may use it. SQLite gives the
/// files beside a database the same permissions.
pub(super) fn make_private_file(path: &Path) -> Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    open_private(options, path).map(drop).map_err(Error::io("open the state", path))
}

/// Opens a file and makes it usable by its owner only, even if it existed before.
pub(super) fn open_private(mut options: OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}
