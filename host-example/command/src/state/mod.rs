//! What the command keeps beside the memories: revisions, plans, progress. One SQLite file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use self::lock::Lock;
use crate::error::{Error, Result};
use crate::folder::{Folder, digest};

pub mod answers;
mod copy;
pub mod erase;
pub mod history;
pub mod journal;
pub mod lock;
pub mod plans;
pub mod progress;
pub mod quotes;
pub mod revisions;
mod schema;

/// How a command uses the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It reads. Several may, also while one writes.
    Read,
    /// It writes. Only one at a time.
    Write,
    /// It writes to a copy in memory that nobody sees: a dry run. Any number may.
    Rehearse,
}

/// The open state.
#[derive(Debug)]
pub struct State {
    pub(crate) db: Connection,
    /// Held while this lives.
    lock: Option<Lock>,
    /// Nobody else sees it, so it needs no lock.
    is_copy: bool,
}

/// The state folder for a memory folder: `--state`, or `<parent>/.dreaming/<folder name>`.
///
/// # Errors
/// [`Error::StateInside`], and [`Error::Usage`] for a memory folder without a parent.
pub fn place(folder: &Folder, chosen: Option<&Path>) -> Result<PathBuf> {
    let root = folder.root();
    let dir = match (chosen, root.parent(), root.file_name()) {
        (Some(dir), _, _) => resolve(dir)?,
        (None, Some(parent), Some(name)) => parent.join(".dreaming").join(name),
        _ => return Err(Error::Usage("this memory folder needs --state".into())),
    };
    if dir.starts_with(root) { Err(Error::StateInside(dir)) } else { Ok(dir) }
}

/// `path` as an absolute path with the links of what exists of it resolved.
fn resolve(path: &Path) -> Result<PathBuf> {
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

impl State {
    /// Opens the state in `dir`. For [`Access::Write`] it is made when it is not there and locked;
    /// for [`Access::Read`] a state that is not there reads as an empty one.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::OtherFolder`], [`Error::NewerState`], [`Error::State`],
    /// [`Error::Io`].
    pub fn open(dir: &Path, folder: &Folder, access: Access) -> Result<Self> {
        Self::open_within(dir, folder, access, lock::PATIENCE)
    }

    /// [`State::open`], for which a command that writes waits as long as `patience` for another one.
    ///
    /// # Errors
    /// Those of [`State::open`].
    pub fn open_within(
        dir: &Path,
        folder: &Folder,
        access: Access,
        patience: Duration,
    ) -> Result<Self> {
        let file = dir.join("state.db");
        if access == Access::Rehearse {
            return Self::copied(&file, dir, folder);
        }
        if access == Access::Write {
            make_private(dir)?;
            ignore(dir)?;
            let lock = lock::take(dir, patience)?;
            make_private_file(&file)?;
            return Self::open_file(&file, dir, folder, Some(lock));
        }
        if !file.try_exists().map_err(Error::io("open the state", &file))? {
            return Self::empty();
        }
        // A reader that gets the lock may finish what was interrupted; one that does not, reads.
        let lock = lock::take(dir, Duration::ZERO).ok();
        match Self::open_file(&file, dir, folder, lock) {
            // SQLite writes a little also to read. Where it cannot, nobody else can.
            Err(Error::State(_) | Error::Full(_)) if is_settled(&file) => {
                let db = Connection::open_with_flags(
                    as_it_is(&file),
                    OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI,
                )?;
                if !schema::is_made(&db)? {
                    return Self::empty();
                }
                let state = Self { db, lock: None, is_copy: false };
                state.claim(dir, folder)?;
                Ok(state)
            }
            other => other,
        }
    }

    fn open_file(file: &Path, dir: &Path, folder: &Folder, lock: Option<Lock>) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut db = Connection::open_with_flags(file, flags)?;
        db.busy_timeout(Duration::from_secs(10))?;
        db.pragma_update(None, "foreign_keys", true)?;
        let writable = lock.is_some();
        if !writable && !schema::is_made(&db)? {
            // The first writer has only just begun.
            return Self::empty();
        }
        if writable {
            db.pragma_update(None, "journal_mode", "WAL")?;
            db.pragma_update(None, "synchronous", "FULL")?;
            // What is deleted is gone from the file, not only from the tables.
            db.pragma_update(None, "secure_delete", true)?;
            schema::migrate(&mut db)?;
        }
        let state = Self { db, lock, is_copy: false };
        state.claim(dir, folder)?;
        if state.is_writable() {
            state.sweep_erased()?;
        }
        Ok(state)
    }

    /// Makes the state in `dir` that of `folder`, whose ever it was. Waits as [`State::open_within`] does.
    ///
    /// # Errors
    /// Those of [`State::open`].
    pub fn take_over(dir: &Path, folder: &Folder, patience: Duration) -> Result<()> {
        let lock = lock::take(dir, patience)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut db = Connection::open_with_flags(dir.join("state.db"), flags)?;
        db.busy_timeout(Duration::from_secs(10))?;
        schema::migrate(&mut db)?;
        let state = Self { db, lock: Some(lock), is_copy: false };
        state.set_meta("folder", &folder.root().to_string_lossy())
    }

    /// A copy of the state in `dir` in memory, whose ever it is, and the folder that it belongs to; `None`
    /// when there is no state.
    ///
    /// # Errors
    /// [`Error::NewerState`], [`Error::State`].
    pub fn of_any(dir: &Path) -> Result<Option<(Self, Option<PathBuf>)>> {
        let file = dir.join("state.db");
        if !file.is_file() {
            return Ok(None);
        }
        let mut db = copy::copy(&file)?;
        schema::migrate(&mut db)?;
        let state = Self { db, lock: None, is_copy: true };
        let folder = state.meta("folder")?.map(PathBuf::from);
        Ok(Some((state, folder)))
    }

    /// A copy in memory.
    fn copied(file: &Path, dir: &Path, folder: &Folder) -> Result<Self> {
        let mut db = copy::copy(file)?;
        db.pragma_update(None, "foreign_keys", true)?;
        schema::migrate(&mut db)?;
        let state = Self { db, lock: None, is_copy: true };
        state.claim(dir, folder)?;
        Ok(state)
    }

    /// The state of a store that nothing was done with yet. Kept in memory.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn empty() -> Result<Self> {
        let mut db = Connection::open_in_memory()?;
        schema::migrate(&mut db)?;
        Ok(Self { db, lock: None, is_copy: false })
    }

    /// Whether this process holds the lock, or has a copy of its own.
    pub fn is_writable(&self) -> bool {
        self.lock.is_some() || self.is_copy
    }

    /// Gives the lock back; from here on this process only reads.
    pub fn release(&mut self) {
        self.lock = None;
    }

    /// Ties the state to its memory folder, so that no other folder is overwritten with its texts.
    /// A folder that is gone was moved.
    fn claim(&self, dir: &Path, folder: &Folder) -> Result<()> {
        let here = folder.root().to_string_lossy();
        match self.meta("folder")? {
            Some(known) if known == here => Ok(()),
            Some(known) if Path::new(&known).exists() => {
                Err(Error::OtherFolder { state: dir.to_path_buf(), folder: known.into() })
            }
            _ if self.is_writable() => self.set_meta("folder", &here),
            _ => Ok(()),
        }
    }

    /// A fact about the store.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn meta(&self, key: &str) -> Result<Option<String>> {
        let query = "SELECT value FROM meta WHERE key = ?1";
        Ok(self.db.query_row(query, [key], |row| row.get(0)).optional()?)
    }

    /// Sets a fact about the store.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn set_meta(&self, key: &str, value: &str) -> Result<()> {
        let query = "INSERT INTO meta VALUES (?1, ?2)
                     ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        self.db.execute(query, params![key, value])?;
        Ok(())
    }

    /// The salt of the store, drawn at its first use.
    ///
    /// # Errors
    /// [`Error::State`]; [`Error::Engine`] when the system has no randomness.
    pub fn salt(&self) -> Result<String> {
        if let Some(salt) = self.meta("salt")? {
            return Ok(salt);
        }
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|e| Error::Engine(format!("no randomness: {e}")))?;
        let salt = digest(&bytes)[..32].to_owned();
        if self.is_writable() {
            self.set_meta("salt", &salt)?;
        }
        Ok(salt)
    }
}

/// The state folders beside `dir` whose memory folders are gone, with these, by name.
pub fn orphans(dir: &Path) -> Vec<(PathBuf, PathBuf)> {
    let beside = dir.parent().and_then(|above| fs::read_dir(above).ok()).into_iter().flatten();
    let mut dirs: Vec<PathBuf> = beside.filter_map(|item| Some(item.ok()?.path())).collect();
    dirs.retain(|other| other != dir);
    dirs.sort();
    let gone = |other: PathBuf| {
        let file = Some(other.join("state.db")).filter(|file| file.is_file())?;
        let query = "SELECT value FROM meta WHERE key = 'folder'";
        let folder: String = copy::open(&file).ok()?.query_row(query, [], |row| row.get(0)).ok()?;
        let folder = PathBuf::from(folder);
        (!folder.exists()).then_some((other, folder))
    };
    dirs.into_iter().filter_map(gone).collect()
}

/// Removes what a state without a revision may hold, inside a change: plans for an empty store, the
/// places of sessions, a dream under way.
///
/// # Errors
/// What SQLite says.
pub fn clear_drafts(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch("DELETE FROM plans; DELETE FROM sources; DELETE FROM answers;")?;
    progress::clear(db)
}

/// Whether the database file alone holds everything: no writer died before it was brought up to date.
fn is_settled(file: &Path) -> bool {
    let log = file.with_extension("db-wal");
    fs::metadata(log).map_or_else(|error| error.kind() == io::ErrorKind::NotFound, |m| m.len() == 0)
}

/// The address of a database that SQLite reads without writing beside it.
fn as_it_is(file: &Path) -> String {
    let path = file.to_string_lossy();
    let path = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    format!("file:{path}?immutable=1")
}

/// Makes a folder that only its owner may use: quotes of transcripts lie in it, or code.
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

/// Keeps a folder `.dreaming` out of a repository, all but its configuration: the state quotes sessions. One that
/// has a `.gitignore` is left as it is, and so is a place that `--state` chose.
fn ignore(dir: &Path) -> Result<()> {
    const LINES: &str = "*\n!.gitignore\n!dreaming.toml\n";
    let Some(parent) = dir.parent().filter(|parent| parent.ends_with(".dreaming")) else {
        return Ok(());
    };
    let file = parent.join(".gitignore");
    match OpenOptions::new().write(true).create_new(true).open(&file) {
        Ok(mut made) => made.write_all(LINES.as_bytes()).map_err(Error::io("write", &file)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Error::io("write", &file)(error)),
    }
}

/// Makes a file that only its owner may use, also when it was there already. SQLite gives the files
/// that it keeps beside a database the permissions of the database.
fn make_private_file(path: &Path) -> Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    open_private(options, path).map(drop).map_err(Error::io("open the state", path))
}

/// Opens a file that only its owner may use, also when it was there already.
fn open_private(mut options: OpenOptions, path: &Path) -> io::Result<File> {
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
pub(crate) mod tests {
    use super::*;

    /// A folder and its state, in a directory of their own.
    pub fn fixture() -> (tempfile::TempDir, Folder, State) {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("memory")).unwrap();
        let folder = Folder::open(&dir.path().join("memory")).unwrap();
        let state = State::open(&place(&folder, None).unwrap(), &folder, Access::Write).unwrap();
        (dir, folder, state)
    }

    #[test]
    fn the_state_never_lies_inside_the_memory_folder() {
        let (dir, folder, _state) = fixture();
        let root = dir.path().canonicalize().unwrap();
        assert_eq!(place(&folder, None).unwrap(), root.join(".dreaming/memory"));
        for inside in ["memory", "memory/state", "memory/../memory/a/b"] {
            let error = place(&folder, Some(&dir.path().join(inside))).unwrap_err();
            assert!(matches!(error, Error::StateInside(_)), "{inside}");
        }
        assert!(place(&folder, Some(&dir.path().join("memory-state"))).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn the_state_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_dir, folder, state) = fixture();
        let place = place(&folder, None).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        state.set_meta("a", "b").unwrap();
        assert_eq!(mode(&place), 0o700);
        let files = || fs::read_dir(&place).unwrap().map(|item| item.unwrap().path());
        for file in files() {
            assert_eq!(mode(&file), 0o600, "{}", file.display());
        }
        assert!(files().count() >= 4, "database, log, index and lock");
        drop(state);
        // As an older version, or a copy, left it.
        let file = place.join("state.db");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let _state = State::open(&place, &folder, Access::Write).unwrap();
        assert_eq!(mode(&file), 0o600);
    }

    #[test]
    fn two_writers_exclude_each_other_and_readers_go_on() {
        let (_dir, folder, state) = fixture();
        let place = place(&folder, None).unwrap();
        assert!(matches!(State::open(&place, &folder, Access::Write), Err(Error::Busy { .. })));
        assert!(!State::open(&place, &folder, Access::Read).unwrap().is_writable());
        drop(state);
        assert!(State::open(&place, &folder, Access::Write).unwrap().is_writable());
    }

    #[test]
    fn a_state_serves_one_folder_and_follows_it_when_it_moves() {
        let (dir, folder, state) = fixture();
        let salt = state.salt().unwrap();
        assert_eq!((state.salt().unwrap(), salt.len()), (salt.clone(), 32));
        drop(state);
        let place = place(&folder, None).unwrap();
        let other = dir.path().join("other");
        fs::create_dir(&other).unwrap();
        let other = Folder::open(&other).unwrap();
        let refused = State::open(&place, &other, Access::Write);
        assert!(matches!(refused, Err(Error::OtherFolder { .. })));
        fs::remove_dir(folder.root()).unwrap();
        let moved = State::open(&place, &other, Access::Write).unwrap();
        assert_eq!(moved.salt().unwrap(), salt);
    }

    #[test]
    fn a_state_of_a_newer_version_is_refused_and_not_changed() {
        let (_dir, folder, state) = fixture();
        state.db.pragma_update(None, "user_version", 99).unwrap();
        drop(state);
        let place = place(&folder, None).unwrap();
        let error = State::open(&place, &folder, Access::Write).unwrap_err();
        assert!(matches!(error, Error::NewerState { found: 99, .. }));
    }

    #[test]
    fn reading_where_nothing_is_makes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        let place = dir.path().parent().unwrap().join("not-there-dreaming");
        let state = State::open(&place, &folder, Access::Read).unwrap();
        assert!(state.head().unwrap().is_none() && !place.exists());
    }
}
