//! The state that the command keeps beside the memories in one SQLite file: revisions, plans,
//! progress.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use self::lock::Lock;
pub use self::origin::LeftBehind;
pub use self::place::{FILE, make_private, orphans, place};
use crate::error::{Error, Result};
use crate::folder::{Folder, digest};
use crate::kept::{self, Archive};

pub mod answers;
mod copy;
pub mod erasable;
pub mod erase;
pub mod history;
pub mod journal;
pub mod lives;
pub mod lock;
pub mod mend;
pub mod mirror;
mod origin;
pub mod place;
pub mod plans;
pub mod progress;
pub mod proposed;
pub mod revisions;
pub mod schema;
mod tracked;

/// How a command uses the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It reads. Several processes may, even while one writes.
    Read,
    /// It writes. Only one process at a time may.
    Write,
    /// A dry run: it writes to a copy in memory. Any number of processes may.
    Rehearse,
}

/// The open state.
#[derive(Debug)]
pub struct State {
    pub(crate) db: Connection,
    /// The lock, held as long as the state is open for writing.
    lock: Option<Lock>,
    /// Whether this is a copy in memory, which needs no lock.
    is_copy: bool,
    /// The folder of the state, with the archive of its sessions.
    dir: Option<PathBuf>,
}

impl State {
    /// Opens the state in `dir`. For [`Access::Write`] it is locked, and made if it does not exist.
    /// For [`Access::Read`] a missing state reads as an empty one, and an existing one stays
    /// unchanged.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::OtherFolder`], [`Error::Foreign`], [`Error::NewerState`],
    /// [`Error::State`], [`Error::Io`].
    pub fn open(dir: &Path, folder: &Folder, access: Access) -> Result<Self> {
        Self::open_within(dir, folder, access, lock::PATIENCE)
    }

    /// As [`State::open`], but a command that writes waits for the lock as long as `patience`.
    ///
    /// # Errors
    /// Those of [`State::open`].
    pub fn open_within(
        dir: &Path,
        folder: &Folder,
        access: Access,
        patience: Duration,
    ) -> Result<Self> {
        let file = dir.join(FILE);
        origin::check_owner(dir, &file, folder)?;
        let state = match access {
            Access::Rehearse => Self::copied(&file, dir, folder),
            Access::Read if !file.try_exists().map_err(Error::io("open the state", &file))? => {
                Self::empty()
            }
            Access::Read => Self::to_read(&file, dir, folder),
            Access::Write => {
                make_private(dir)?;
                place::ignore(dir)?;
                let lock = lock::take(dir, patience)?;
                place::make_private_file(&file)?;
                Self::to_write(&file, dir, folder, lock)
            }
        }?;
        Ok(Self { dir: Some(dir.to_path_buf()), ..state })
    }

    /// What the archive of the store holds, see [`kept`].
    ///
    /// # Errors
    /// [`Error::Linked`], [`Error::Io`], [`Error::State`].
    pub fn archive(&self) -> Result<Archive> {
        let Some(dir) = &self.dir else { return Ok(Archive::default()) };
        kept::list(dir, &self.owner()?)
    }

    /// The memory folder of the state, as the archive names it; empty where the system tells of no
    /// identity.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn owner(&self) -> Result<String> {
        let named = self.meta(origin::OWNER)?;
        Ok(named
            .map_or_else(|| self.meta(origin::IDENTITY), |owner| Ok(Some(owner)))?
            .unwrap_or_default())
    }

    /// Opens the state for reading: takes no lock, finishes no write and migrates no tables.
    fn to_read(file: &Path, dir: &Path, folder: &Folder) -> Result<Self> {
        let opened = connect(file).and_then(|db| {
            db.pragma_update(None, "query_only", true)?;
            schema::version(&db).map(|version| (db, version))
        });
        let (db, version) = match opened {
            // Even for reading SQLite writes its log index. If it cannot write here, probably no
            // other process can, so the file is opened as immutable.
            Err(Error::State(_) | Error::Full(_)) if is_settled(file) => {
                let db = Connection::open_with_flags(
                    as_it_is(file),
                    OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI,
                )?;
                let version = schema::version(&db)?;
                (db, version)
            }
            other => other?,
        };
        match version {
            // The first writer has not made the tables yet.
            0 => Self::empty(),
            // The tables of an older version are read from a copy that is migrated.
            1..schema::KNOWN => Self::copied(file, dir, folder),
            _ => {
                let state = Self { db, lock: None, is_copy: false, dir: None };
                state.claim(dir, folder)?;
                Ok(state)
            }
        }
    }

    fn to_write(file: &Path, dir: &Path, folder: &Folder, lock: Lock) -> Result<Self> {
        let mut db = connect(file)?;
        let is_new = schema::version(&db)? == 0;
        if !is_new {
            // Check the owner before anything is changed, so that a stranger's file stays as it is.
            let looked = Self { db, lock: None, is_copy: false, dir: None };
            looked.claim(dir, folder)?;
            db = looked.db;
        }
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "FULL")?;
        // SQLite overwrites deleted data in the file.
        db.pragma_update(None, "secure_delete", true)?;
        schema::migrate(&mut db)?;
        schema::check(&db)?;
        let state = Self { db, lock: Some(lock), is_copy: false, dir: None };
        state.claim(dir, folder)?;
        state.sweep_erased()?;
        Ok(state)
    }

    /// Makes the state in `dir` the state of `folder`, whoever owned it: it keeps history and paid
    /// answers, and drops what [`State::leave_behind`] names. Waits for the lock as
    /// [`State::open_within`] does.
    ///
    /// # Errors
    /// Those of [`State::open`], except those for a wrong owner.
    pub fn take_over(dir: &Path, folder: &Folder, patience: Duration) -> Result<LeftBehind> {
        let lock = lock::take(dir, patience)?;
        let mut db = connect(&dir.join(FILE))?;
        schema::migrate(&mut db)?;
        let state = Self { db, lock: Some(lock), is_copy: false, dir: None };
        state.make_own(dir, folder)
    }

    /// A copy in memory of the state in `dir`, whoever owns it, and the folder to which it belongs;
    /// `None` when there is no state.
    ///
    /// # Errors
    /// [`Error::NewerState`], [`Error::State`].
    pub fn of_any(dir: &Path) -> Result<Option<(Self, Option<PathBuf>)>> {
        let file = dir.join(FILE);
        if !file.is_file() {
            return Ok(None);
        }
        let mut db = copy::copy(&file)?;
        schema::migrate(&mut db)?;
        let state = Self { db, lock: None, is_copy: true, dir: None };
        let folder = state.meta("folder")?.map(PathBuf::from);
        Ok(Some((state, folder)))
    }

    /// Opens a copy of the state in memory.
    fn copied(file: &Path, dir: &Path, folder: &Folder) -> Result<Self> {
        let mut db = copy::copy(file)?;
        db.pragma_update(None, "foreign_keys", true)?;
        schema::migrate(&mut db)?;
        let state = Self { db, lock: None, is_copy: true, dir: None };
        state.claim(dir, folder)?;
        Ok(state)
    }

    /// An empty state in memory.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn empty() -> Result<Self> {
        let mut db = Connection::open_in_memory()?;
        schema::migrate(&mut db)?;
        Ok(Self { db, lock: None, is_copy: false, dir: None })
    }

    /// Whether this process may write: it holds the lock or has a copy.
    pub fn is_writable(&self) -> bool {
        self.lock.is_some() || self.is_copy
    }

    /// Reads a value of the meta table.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn meta(&self, key: &str) -> Result<Option<String>> {
        let query = "SELECT value FROM meta WHERE key = ?1";
        Ok(self.db.query_row(query, [key], |row| row.get(0)).optional()?)
    }

    /// Sets a value of the meta table.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn set_meta(&self, key: &str, value: &str) -> Result<()> {
        let query = "INSERT INTO meta VALUES (?1, ?2)
                     ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        self.db.execute(query, params![key, value])?;
        Ok(())
    }

    /// Takes a fact about the store away.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn forget_meta(&self, key: &str) -> Result<()> {
        Ok(self.db.execute("DELETE FROM meta WHERE key = ?1", [key]).map(drop)?)
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

/// Removes, inside a transaction, what a state without a revision may hold: plans for an empty
/// store, the places of sessions, an unfinished dream.
///
/// # Errors
/// What SQLite says.
pub fn clear_drafts(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(
        "DELETE FROM plans; DELETE FROM sources; DELETE FROM answers; DELETE FROM asked;",
    )?;
    progress::clear(db)
}

/// Opens the database in `file`, which must exist. Its schema is not trusted, so that triggers and
/// views can run no functions.
fn connect(file: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let db = Connection::open_with_flags(file, flags)?;
    db.busy_timeout(Duration::from_secs(10))?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.pragma_update(None, "trusted_schema", false)?;
    Ok(db)
}

/// Whether the database file is complete without its log: no writer died before a checkpoint.
fn is_settled(file: &Path) -> bool {
    let log = file.with_extension("db-wal");
    fs::metadata(log).map_or_else(|error| error.kind() == io::ErrorKind::NotFound, |m| m.len() == 0)
}

/// A URI with which SQLite reads a database and writes no files beside it.
fn as_it_is(file: &Path) -> String {
    // Byte by byte, because a path need not be UTF-8.
    let bytes = file.as_os_str().as_encoded_bytes().iter();
    let signs = bytes.map(|byte| match byte {
        b'%' | b'?' | b'#' | 0x80.. => format!("%{byte:02x}"),
        sign => char::from(*sign).into(),
    });
    format!("file:{}?immutable=1", signs.collect::<String>())
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
        // As an older version or a copy may leave the file.
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
        fs::remove_dir(other.root()).unwrap();
        fs::rename(folder.root(), other.root()).unwrap();
        let moved = Folder::open(other.root()).unwrap();
        let state = State::open(&place, &moved, Access::Write).unwrap();
        assert_eq!(state.salt().unwrap(), salt);
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
