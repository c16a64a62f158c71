//! One process at a time writes a state: a lock of the operating system, which ends with its process
//! however that ends, and a note of who holds it.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use cap_fs_ext::{FollowSymlinks, OpenOptionsFollowExt as _, OpenOptionsSyncExt as _};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};

use crate::error::{Error, Holder, Result};

/// How long a command that writes waits for the lock when nobody says. Chosen by us: one that reads
/// takes the lock for some milliseconds, and should not be what stops a dream.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// Time between two attempts. Chosen by us: short for a person, long for a processor.
const PAUSE: Duration = Duration::from_millis(20);

/// Longest note of a holder in bytes. Chosen by us: three times what is written.
const MAX_NOTE: u64 = 512;

/// The subcommand of this process, for whoever has to wait for it.
static COMMAND: OnceLock<String> = OnceLock::new();

/// Says what this process does. Once, at its start.
pub fn introduce(command: String) {
    let _ = COMMAND.set(command);
}

/// The file of the lock, in the state folder.
const NAME: &str = "lock";

/// The lock. Dropping it gives it back.
#[derive(Debug)]
pub struct Lock {
    /// Held for the lock on it.
    _file: File,
}

/// Takes the lock of the state in `dir`, within `patience`.
///
/// # Errors
/// [`Error::Busy`] when another process holds it all the time, [`Error::Io`].
pub fn take(dir: &Path, patience: Duration) -> Result<Lock> {
    let path = dir.join(NAME);
    let mut file = open(dir, true).map_err(Error::io("open the lock", &path))?;
    let end = Instant::now() + patience;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            // No system has a lock that waits for a while only.
            Err(TryLockError::WouldBlock) if Instant::now() < end => thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Busy { state: dir.to_path_buf(), holder: holder(&file) });
            }
            Err(TryLockError::Error(error)) => return Err(Error::io("lock", &path)(error)),
        }
    }
    // The note only helps people; a disk that is full says so where something is lost.
    let _ = note(&mut file);
    Ok(Lock { _file: file })
}

/// Whether a process holds the lock. It is taken for a moment to find out.
pub fn is_held(dir: &Path) -> bool {
    open(dir, false)
        .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Opens the file of the lock, for its owner only. Never what a link leads to: the note would be
/// written there.
fn open(dir: &Path, write: bool) -> io::Result<File> {
    let dir = Dir::open_ambient_dir(dir, ambient_authority())?;
    let mut options = OpenOptions::new();
    // A pipe would keep the open waiting.
    options.read(true).write(write).create(write).follow(FollowSymlinks::No).nonblock(true);
    #[cfg(unix)]
    cap_std::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let odd = || io::Error::other("it is a link or no regular file: remove it");
    let file = match dir.open_with(NAME, &options) {
        Ok(file) if file.metadata()?.is_file() => file.into_std(),
        Ok(_) => return Err(odd()),
        Err(error) => {
            let meta = dir.symlink_metadata(NAME);
            return Err(if meta.is_ok_and(|meta| !meta.is_file()) { odd() } else { error });
        }
    };
    #[cfg(unix)]
    if write {
        use std::os::unix::fs::PermissionsExt as _;
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

fn note(file: &mut File) -> io::Result<()> {
    let since = jiff::Timestamp::now().round(jiff::Unit::Second).unwrap_or_default().to_string();
    let holder = Holder {
        pid: std::process::id(),
        command: COMMAND.get().cloned().unwrap_or_default(),
        since,
    };
    file.set_len(0)?;
    file.write_all(serde_json::to_string(&holder)?.as_bytes())
}

/// Who holds the lock. `None` when it has not said so yet, or cannot be read.
fn holder(file: &File) -> Option<Holder> {
    let mut text = String::new();
    file.take(MAX_NOTE).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}
