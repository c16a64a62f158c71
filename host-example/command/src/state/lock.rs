//! The lock by which only one process at a time writes a state. The operating system releases it
//! when the process ends. A note in its file says who holds it.

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

/// Default time that a writing command waits for the lock. Chosen by us: a reading command holds
/// the lock for some milliseconds, and must not make a dream fail.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// Time between two attempts. Chosen by us: short for a person, long for a processor.
const PAUSE: Duration = Duration::from_millis(20);

/// Longest note in bytes that is read. Chosen by us: three times the usual length.
const MAX_NOTE: u64 = 512;

/// The subcommand of this process, which the note in the lock file names.
static COMMAND: OnceLock<String> = OnceLock::new();

/// Sets the subcommand. Called once, at the start.
pub fn introduce(command: String) {
    let _ = COMMAND.set(command);
}

/// The file of the lock, in the state folder.
const NAME: &str = "lock";

/// The lock. Dropping it releases it.
#[derive(Debug)]
pub struct Lock {
    /// The file stays open, because closing it would release the lock.
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
            // No system offers a lock with a time limit, so try again after a pause.
            Err(TryLockError::WouldBlock) if Instant::now() < end => thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Busy { state: dir.to_path_buf(), holder: holder(&file) });
            }
            Err(TryLockError::Error(error)) => return Err(Error::io("lock", &path)(error)),
        }
    }
    // An error here is ignored, because the note only helps people; a full disk is reported by a
    // write that matters.
    let _ = note(&mut file);
    Ok(Lock { _file: file })
}

/// Whether a process holds the lock. Takes it for a moment to find out.
pub fn is_held(dir: &Path) -> bool {
    open(dir, false)
        .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Opens the lock file, readable by its owner only. Follows no link, because the note would be
/// written to its target.
fn open(dir: &Path, write: bool) -> io::Result<File> {
    let dir = Dir::open_ambient_dir(dir, ambient_authority())?;
    let mut options = OpenOptions::new();
    // Without `nonblock`, opening a pipe would wait.
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

/// The holder of the lock; `None` if its note is not written yet or cannot be read.
fn holder(file: &File) -> Option<Holder> {
    let mut text = String::new();
    file.take(MAX_NOTE).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}
