//! Sets the owner of new files, because root may work on the memories of another user.

use std::io;

use cap_std::fs::{Dir, File, Metadata, Permissions};

#[cfg(unix)]
use cap_std::fs::{MetadataExt as _, PermissionsExt as _};

/// Gives a new file the owner and group of `before`, the file that it replaces. Without `before`, a
/// file that root makes gets the owner of its folder. Returns the permissions that the file may
/// have: those of `before`, without rights for an owner or group that could not be kept.
///
/// # Errors
/// Errors of reading metadata. A change of owner that fails is no error.
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
        // The group has changed, so it gets only the rights that everybody has.
        mode &= !0o070 | (mode & 0o007) << 3;
    }
    if (made.uid(), made.gid()) != (before.uid(), before.gid()) {
        mode &= 0o777;
    }
    Ok(Some(Permissions::from_mode(mode)))
}

/// Gives a folder that root has made the owner of the folder above it.
#[cfg(unix)]
pub fn give_folder(folder: &Dir, above: &Dir) {
    // Opened again, because the handle itself may not allow a change of owner.
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

/// Sets owner and group as far as the system allows it.
#[cfg(unix)]
fn own(file: &impl rustix::fd::AsFd, like: &Metadata) {
    use rustix::fs::{Gid, Uid, fchown};
    let (owner, group) = (Uid::from_raw(like.uid()), Gid::from_raw(like.gid()));
    // A user who may not change the owner may still set one of their own groups.
    if fchown(file, Some(owner), Some(group)).is_err() {
        let _ = fchown(file, None, Some(group));
    }
}

/// Systems without Unix owners: returns the permissions of the file before.
#[cfg(not(unix))]
pub fn give(_: &File, _: &Dir, before: Option<&Metadata>) -> io::Result<Option<Permissions>> {
    Ok(before.map(Metadata::permissions))
}

/// Systems without Unix owners: does nothing.
#[cfg(not(unix))]
pub fn give_folder(_: &Dir, _: &Dir) {}
