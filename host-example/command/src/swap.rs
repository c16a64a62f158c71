//! Replaces a file without losing what somebody writes to it at that moment.
//!
//! Where the system can exchange two names (Linux, macOS), the new and the old file are exchanged
//! first, and the old one is checked afterwards. If its text is not the expected one, they are
//! exchanged back. Elsewhere the file is checked right before it is replaced.
//!
//! Two cases are not covered: bytes that a program writes after the check into a file that it had
//! open before; and, without an exchange, a file that is saved between check and rename.

use std::io;

use cap_std::fs::Dir;

use crate::below;
use crate::folder::{MAX_MEMORY_BYTES, digest};

/// The outcome of a replacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swapped {
    /// The file holds the new text, or was removed.
    Done,
    /// Somebody had edited the file, so it was left as it was.
    Edited,
}

/// Replaces `name`, which must have the digest `before` (`None` = must not exist), by `staged`.
/// Afterwards `staged` is gone, except after an error.
///
/// # Errors
/// What the system says.
pub fn replace(dir: &Dir, staged: &str, name: &str, before: Option<&str>) -> io::Result<Swapped> {
    let put = match before {
        None => system::rename_new(dir, staged, name),
        Some(_) => system::exchange(dir, staged, name),
    };
    match put {
        Ok(()) if before.is_none() || is(dir, staged, before) => {}
        Ok(()) => {
            // Somebody saved the file since the last check.
            system::exchange(dir, staged, name)?;
            below::remove(dir, staged)?;
            return Ok(Swapped::Edited);
        }
        Err(error) if gone_or_new(&error) => {
            below::remove(dir, staged)?;
            return Ok(Swapped::Edited);
        }
        Err(error) if not_possible(&error) => {
            if !is(dir, name, before) {
                below::remove(dir, staged)?;
                return Ok(Swapped::Edited);
            }
            dir.rename(staged, dir, name)?;
        }
        Err(error) => return Err(error),
    }
    // `staged` holds the old text now. The new one must be synced before the old one is removed.
    below::sync(dir)?;
    below::remove(dir, staged)?;
    Ok(Swapped::Done)
}

/// Removes `name`, which must have the digest `before`. Before that it is renamed to `aside`.
///
/// # Errors
/// What the system says.
pub fn remove(dir: &Dir, aside: &str, name: &str, before: Option<&str>) -> io::Result<Swapped> {
    below::remove(dir, aside)?;
    match system::rename_new(dir, name, aside) {
        Ok(()) if is(dir, aside, before) => below::remove(dir, aside)?,
        Ok(()) => {
            put_back(dir, aside, name)?;
            return Ok(Swapped::Edited);
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) if not_possible(&error) => {
            if !is(dir, name, before) {
                return Ok(Swapped::Edited);
            }
            below::remove(dir, name)?;
        }
        Err(error) => return Err(error),
    }
    below::sync(dir)?;
    Ok(Swapped::Done)
}

/// Cleans up after a process that died in [`replace`] or [`remove`]. If `aside` holds neither the
/// old text nor the beginning of the new one, it holds what somebody saved at that moment, and it
/// is put back in place of `name`.
///
/// # Errors
/// What the system says.
pub fn settle(
    dir: &Dir,
    aside: &str,
    name: &str,
    before: Option<&str>,
    after: Option<&str>,
) -> io::Result<Swapped> {
    let Ok(Some(bytes)) = below::read(dir, aside, MAX_MEMORY_BYTES) else {
        return Ok(Swapped::Done);
    };
    let ours = after.is_some_and(|after| after.as_bytes().starts_with(&bytes));
    if ours || before == Some(&digest(&bytes)) {
        return Ok(Swapped::Done);
    }
    match after {
        Some(_) => {
            system::exchange(dir, aside, name)?;
            below::remove(dir, aside)?;
        }
        None => put_back(dir, aside, name)?,
    }
    Ok(Swapped::Edited)
}

fn put_back(dir: &Dir, aside: &str, name: &str) -> io::Result<()> {
    match system::rename_new(dir, aside, name) {
        // Somebody saved the file again meanwhile, so the newer text is already in its place.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => below::remove(dir, aside),
        other => other,
    }
}

/// Whether `name` has the digest `before`.
fn is(dir: &Dir, name: &str, before: Option<&str>) -> bool {
    let here = below::read(dir, name, MAX_MEMORY_BYTES);
    here.is_ok_and(|bytes| bytes.map(|bytes| digest(&bytes)).as_deref() == before)
}

fn gone_or_new(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::AlreadyExists)
}

/// Whether the system or file system does not support this rename.
fn not_possible(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported)
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
mod system {
    use std::io;

    use cap_std::fs::Dir;
    use rustix::fs::{RenameFlags, renameat_with};

    /// Exchanges two names in one step.
    pub fn exchange(dir: &Dir, a: &str, b: &str) -> io::Result<()> {
        Ok(renameat_with(dir, a, dir, b, RenameFlags::EXCHANGE)?)
    }

    /// Renames `from` to `to`, which must not exist.
    pub fn rename_new(dir: &Dir, from: &str, to: &str) -> io::Result<()> {
        Ok(renameat_with(dir, from, dir, to, RenameFlags::NOREPLACE)?)
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
mod system {
    use std::io;

    use cap_std::fs::Dir;

    pub fn exchange(_: &Dir, _: &str, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub fn rename_new(_: &Dir, _: &str, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use cap_std::ambient_authority;

    use super::*;

    const OLD: &str = "old";
    const NEW: &str = "new";

    /// A folder in which `here` makes `a.md`, with the new text staged beside it.
    fn folder(here: impl Fn(&std::path::Path)) -> (tempfile::TempDir, Dir) {
        let folder = tempfile::tempdir().unwrap();
        here(&folder.path().join("a.md"));
        fs::write(folder.path().join("staged"), NEW).unwrap();
        let dir = Dir::open_ambient_dir(folder.path(), ambient_authority()).unwrap();
        (folder, dir)
    }

    fn put(text: &str) -> impl Fn(&std::path::Path) {
        move |file| fs::write(file, text).unwrap()
    }

    fn read(folder: &tempfile::TempDir, name: &str) -> Option<String> {
        fs::read_to_string(folder.path().join(name)).ok()
    }

    fn old() -> String {
        digest(OLD.as_bytes())
    }

    #[test]
    fn the_file_that_is_meant_is_replaced_or_removed() {
        let (folder, dir) = self::folder(put(OLD));
        assert_eq!(replace(&dir, "staged", "a.md", Some(&old())).unwrap(), Swapped::Done);
        assert_eq!((read(&folder, "a.md"), read(&folder, "staged")), (Some(NEW.into()), None));
        let (folder, dir) = self::folder(|_| ());
        assert_eq!(replace(&dir, "staged", "a.md", None).unwrap(), Swapped::Done);
        assert_eq!((read(&folder, "a.md"), read(&folder, "staged")), (Some(NEW.into()), None));
        let (folder, dir) = self::folder(put(OLD));
        assert_eq!(remove(&dir, "staged", "a.md", Some(&old())).unwrap(), Swapped::Done);
        assert_eq!((read(&folder, "a.md"), read(&folder, "staged")), (None, None));
    }

    #[test]
    fn what_was_saved_at_the_last_moment_stays() {
        let (folder, dir) = self::folder(put("mine"));
        for before in [Some(old()), None] {
            fs::write(folder.path().join("staged"), NEW).unwrap();
            let swapped = replace(&dir, "staged", "a.md", before.as_deref()).unwrap();
            assert_eq!(swapped, Swapped::Edited);
            assert_eq!(
                (read(&folder, "a.md"), read(&folder, "staged")),
                (Some("mine".into()), None)
            );
            assert_eq!(remove(&dir, "staged", "a.md", Some(&old())).unwrap(), Swapped::Edited);
            assert_eq!(
                (read(&folder, "a.md"), read(&folder, "staged")),
                (Some("mine".into()), None)
            );
        }
        let (folder, dir) = self::folder(|_| ());
        assert_eq!(replace(&dir, "staged", "a.md", Some(&old())).unwrap(), Swapped::Edited);
        assert_eq!((read(&folder, "a.md"), read(&folder, "staged")), (None, None));
    }

    #[test]
    fn a_link_or_a_folder_that_was_put_there_stays_and_nothing_is_written_through() {
        let outside = tempfile::tempdir().unwrap();
        let victim = outside.path().join("victim");
        fs::write(&victim, OLD).unwrap();
        for before in [Some(old()), None] {
            let (folder, dir) = self::folder(|file| symlink(&victim, file).unwrap());
            let swapped = replace(&dir, "staged", "a.md", before.as_deref()).unwrap();
            assert_eq!(swapped, Swapped::Edited);
            assert!(folder.path().join("a.md").is_symlink());
            let (folder, dir) = self::folder(|file| fs::create_dir(file).unwrap());
            let swapped = replace(&dir, "staged", "a.md", before.as_deref()).unwrap();
            assert_eq!(swapped, Swapped::Edited);
            assert!(folder.path().join("a.md").is_dir());
        }
        assert_eq!(fs::read_to_string(&victim).unwrap(), OLD);
    }

    #[test]
    fn a_process_that_died_between_exchange_and_look_loses_nothing() {
        let settled = |here: Option<&str>, aside: &str, after: Option<&str>| {
            let (folder, dir) = self::folder(|file| {
                if let Some(here) = here {
                    fs::write(file, here).unwrap();
                }
            });
            fs::write(folder.path().join("staged"), aside).unwrap();
            let swapped = settle(&dir, "staged", "a.md", Some(&old()), after).unwrap();
            (swapped, read(&folder, "a.md"))
        };
        let (done, edited) = (Swapped::Done, Swapped::Edited);
        // Staged files with the old text, the new text or its beginning are no edits of a person.
        assert_eq!(settled(Some(NEW), OLD, Some(NEW)), (done, Some(NEW.into())));
        assert_eq!(settled(Some(NEW), "ne", Some(NEW)), (done, Some(NEW.into())));
        assert_eq!(settled(None, OLD, None), (done, None));
        assert_eq!(settled(Some(NEW), "mine", Some(NEW)), (edited, Some("mine".into())));
        assert_eq!(settled(None, "mine", None), (edited, Some("mine".into())));
    }
}
