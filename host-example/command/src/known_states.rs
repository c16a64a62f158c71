//! The states that this person made on this machine. A checkout of a commit without the memory takes the memory folder away,
//! and the one that comes back is another for the file system; the state beside it goes on when it is known here.
//!
//! A stranger who brings a state along, in a repository or an archive, cannot write into this folder.

use std::fs;
use std::path::{Path, PathBuf};

use crate::folder::digest;
use crate::homes;
use crate::state::{self, State};

/// Remembers the state in `dir`. Where it cannot, as without a home folder, a folder that was made anew needs `take-over`.
pub fn remember(dir: &Path, state: &State) {
    let (Some(file), Ok(salt)) = (file(dir), state.salt()) else { return };
    if !knows(dir, &salt)
        && let Some(above) = file.parent()
        && state::make_private(above).is_ok()
    {
        let _ = fs::write(&file, mark(&salt));
    }
}

/// Whether this person made the state with this salt in `dir`.
pub fn knows(dir: &Path, salt: &str) -> bool {
    file(dir)
        .and_then(|file| fs::read_to_string(file).ok())
        .is_some_and(|known| known == mark(salt))
}

/// Where the mark of the state in `dir` lies.
fn file(dir: &Path) -> Option<PathBuf> {
    let states =
        homes::base("XDG_STATE_HOME", ".local/state").ok()?.join("dreaming").join("states");
    Some(states.join(digest(dir.as_os_str().as_encoded_bytes())))
}

/// What tells the state with this salt from any other, without the salt.
fn mark(salt: &str) -> String {
    digest(salt.as_bytes())
}
