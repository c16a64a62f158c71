//! Whose a file is that is written for somebody else: root may tend the memories of a person.

use std::io;

use cap_std::fs::{Dir, File, Metadata, Permissions};

#[cfg(unix)]
use cap_std::fs::{MetadataExt as _, PermissionsExt as _};

/// Gives a new file to whom the one belongs whose place it takes. Where root makes a file, it is given to whom its
/// folder belongs. Returns the permissions that it may have: those of the file before, and where owner or group could
/// not be kept nothing that only they had.
///
/// # Errors
/// What the system says when it is asked, and never that the file cannot be given.
#[cfg(unix)]
pub fn give(file: &File, dir: &Dir, before: Option<&Metadata>) -> io::Result<Option<Permissions>> {
    let Some(before) = before else {
        if is_root() {
            own(file, &dir.dir_metadata()?);
        }
        return Ok(None);
    };
    let made = file.metadata()?;
    if (made.uid(), made.gid()) != (before.uid(), before.gid()) {
        own(file, before);
    }
    let made = file.metadata()?;
    let mut mode = before.mode() & 0o7777;
    if made.gid() != before.gid() {
        // Another group may do what everybody may.
        mode &= !0o070 | (mode & 0o007) << 3;
    }
    if (made.uid(), made.gid()) != (before.uid(), before.gid()) {
        mode &= 0o777;
    }
    Ok(Some(Permissions::from_mode(mode)))
}

/// Gives a folder that root has made to whom the one belongs in which it stands.
#[cfg(unix)]
pub fn give_folder(folder: &Dir, above: &Dir) {
    // The handle itself may be good for paths only.
    if is_root()
        && let (Ok(above), Ok(folder)) = (above.dir_metadata(), folder.open("."))
    {
        own(&folder, &above);
    }
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Sets owner and group as far as that is allowed.
#[cfg(unix)]
fn own(file: &impl rustix::fd::AsFd, like: &Metadata) {
    use rustix::fs::{Gid, Uid, fchown};
    let (owner, group) = (Uid::from_raw(like.uid()), Gid::from_raw(like.gid()));
    // Who may not give files away may still have them in another of their groups.
    if fchown(file, Some(owner), Some(group)).is_err() {
        let _ = fchown(file, None, Some(group));
    }
}

/// Systems without owners of this kind: the permissions of the file before.
#[cfg(not(unix))]
pub fn give(_: &File, _: &Dir, before: Option<&Metadata>) -> io::Result<Option<Permissions>> {
    Ok(before.map(Metadata::permissions))
}

/// Systems without owners of this kind: nothing.
#[cfg(not(unix))]
pub fn give_folder(_: &Dir, _: &Dir) {}
