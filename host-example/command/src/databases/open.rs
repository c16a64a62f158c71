//! Opens a database of another program for reading, and writes nothing beside it.
//!
//! A connection that only reads makes the files `-wal` and `-shm` of a database in WAL mode when they
//! are not there, and leaves them. They are there while the agent runs, and mostly afterwards: then
//! the database is read where it is, together with what stands in the log. Otherwise it is a quiet
//! file, of which a private copy is read. `immutable` is no way: an agent that begins to write would
//! not be noticed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, OpenFlags};

/// How long a lock of the agent is waited for. Chosen by us: agents write for milliseconds.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often a database is copied again that was written meanwhile. Chosen by us.
const COPIES: usize = 3;

/// How a database begins, see <https://www.sqlite.org/fileformat2.html>. At byte 18 it says with 2
/// that it is in WAL mode.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Length and time of the file and of its log; `None` for one that does not exist.
type Stamp = [Option<(u64, Option<SystemTime>)>; 2];

/// The copies of this process, so that each database is copied once.
type Copies = BTreeMap<PathBuf, (Stamp, Arc<Mutex<Connection>>)>;
static COPIED: Mutex<Copies> = Mutex::new(BTreeMap::new());

/// Opens a database.
///
/// # Errors
/// What SQLite and the operating system say; `InvalidData` for another file.
pub fn shared(path: &Path) -> io::Result<Arc<Mutex<Connection>>> {
    let mut head = Vec::new();
    File::open(path)?.take(20).read_to_end(&mut head)?;
    if !head.starts_with(MAGIC) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "not a SQLite database"));
    }
    let is_logged = head.iter().skip(18).any(|version| *version == 2);
    let [log, index] = ["-wal", "-shm"].map(|end| beside(path, end));
    if is_logged && !(log.exists() && index.exists()) {
        return copied(path, &log);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    // Without `readonly_shm` the index of the log would be written.
    let uri = format!("file:{}?mode=ro&readonly_shm=1", quoted(path)?);
    let db = Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX);
    let db = db.and_then(|db| db.busy_timeout(PATIENCE).map(|()| db)).map_err(super::unread)?;
    Ok(Arc::new(Mutex::new(db)))
}

/// A private copy of a database, from this process's earlier one if nothing was written since.
fn copied(path: &Path, log: &Path) -> io::Result<Arc<Mutex<Connection>>> {
    let mut copies = COPIED.lock().unwrap_or_else(PoisonError::into_inner);
    for _ in 0..COPIES {
        let stamp = [path, log].map(stamp);
        if let Some((_, known)) = copies.get(path).filter(|(known, _)| *known == stamp) {
            return Ok(Arc::clone(known));
        }
        let folder = tempfile::tempdir()?;
        let copy = folder.path().join("copy.db");
        fs::copy(path, &copy)?;
        if log.exists() {
            fs::copy(log, beside(&copy, "-wal"))?;
        }
        if [path, log].map(self::stamp) != stamp {
            continue;
        }
        let db = Connection::open(&copy).map_err(super::unread)?;
        // Takes in what stands in the log, and needs no other file from here on.
        db.pragma_update(None, "journal_mode", "DELETE").map_err(super::unread)?;
        let db = Arc::new(Mutex::new(db));
        copies.insert(path.to_path_buf(), (stamp, Arc::clone(&db)));
        // The folder goes now; the open file lives until the process ends.
        return Ok(db);
    }
    Err(io::Error::other("the database was written while it was copied"))
}

fn stamp(path: &Path) -> Option<(u64, Option<SystemTime>)> {
    path.metadata().ok().map(|meta| (meta.len(), meta.modified().ok()))
}

/// The file with an ending behind the name of a database.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// A path within a URI of SQLite.
fn quoted(path: &Path) -> io::Result<String> {
    let no_text = || io::Error::new(io::ErrorKind::InvalidInput, "the path is not UTF-8");
    let path = path.to_str().ok_or_else(no_text)?;
    Ok(path.replace('%', "%25").replace('?', "%3f").replace('#', "%23"))
}
