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
/// [`Error::Io`] when the current folder is gone.
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
        // The path is kept as text, so one that is no UTF-8 leads nowhere.
        let beside = other.parent().and_then(Path::parent).zip(other.file_name());
        let own = beside.map(|(parent, name)| parent.join(name)).filter(|own| own.exists());
        let is_own = own.is_some_and(|own| own.to_string_lossy() == folder.to_string_lossy());
        (!folder.exists() && !is_own).then_some((other, folder))
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
///
/// The state folder has a file of its own, which git does not track: the one above it goes with a checkout of a commit
/// without it, and what it kept out could be committed then.
pub fn ignore(dir: &Path) -> Result<()> {
    let Some(parent) = dir.parent().filter(|parent| parent.ends_with(BESIDE)) else {
        return Ok(());
    };
    let open = |options: OpenOptions, file: &Path| options.open(file);
    git_ignores(&parent.join(IGNORE), "*\n!.gitignore\n!dreaming.toml\n", open)?;
    if dir.is_dir() { git_ignores(&dir.join(IGNORE), "*\n", open_private) } else { Ok(()) }
}

/// The file by which git knows what to ignore.
const IGNORE: &str = ".gitignore";

/// Writes lines into such a file, unless it has some.
fn git_ignores(
    file: &Path,
    lines: &str,
    open: impl Fn(OpenOptions, &Path) -> io::Result<File>,
) -> Result<()> {
    // One without a byte is of a process that was killed, or for which the disk was full, before it wrote the lines.
    let is_empty = |meta: fs::Metadata| meta.is_file() && meta.len() == 0;
    let mut options = OpenOptions::new();
    match file.symlink_metadata().is_ok_and(is_empty) {
        true => options.write(true),
        false => options.write(true).create_new(true),
    };
    match open(options, file) {
        Ok(mut made) => made.write_all(lines.as_bytes()).map_err(Error::io("write", file)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Error::io("write", file)(error)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::tests::fixture;
    use crate::state::{Access, State};

    #[test]
    fn a_file_of_git_in_which_nothing_came_to_stand_is_written_again_and_others_stay() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join(BESIDE).join("notes");
        fs::create_dir_all(&state).unwrap();
        let file = dir.path().join(BESIDE).join(".gitignore");
        fs::write(&file, "").unwrap();
        ignore(&state).unwrap();
        assert!(fs::read_to_string(&file).unwrap().starts_with("*\n"));
        assert_eq!(fs::read_to_string(state.join(".gitignore")).unwrap(), "*\n");
        fs::write(&file, "mine\n").unwrap();
        ignore(&state).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine\n");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_whose_name_is_no_utf_8_is_not_gone() {
        use std::os::unix::ffi::OsStrExt as _;
        let (dir, folder, state) = fixture();
        drop((folder, state));
        let odd = std::ffi::OsStr::from_bytes(b"caf\xe9");
        fs::create_dir(dir.path().join(odd)).unwrap();
        let folder = Folder::open(&dir.path().join(odd)).unwrap();
        let own = place(&folder, None).unwrap();
        // A dry run reads the file as it is, when nobody writes.
        for access in [Access::Write, Access::Rehearse] {
            drop(State::open(&own, &folder, access).unwrap());
        }
        assert_eq!(orphans(&dir.path().join(BESIDE).join("memory")), []);
        fs::remove_dir(folder.root()).unwrap();
        assert_eq!(orphans(&dir.path().join(BESIDE).join("memory")).len(), 1);
    }
}
