//! Putting a new file in place of an old one without losing what somebody wrote at that moment.
//!
//! Where the system can exchange two names (Linux, macOS), the new file and the old one change places
//! first, and the old one is looked at afterwards. If it is not what it should be, they change back.
//! Elsewhere the file is looked at right before it is replaced.
//!
//! What remains: bytes that a program writes after that look into a file that it had open before, and
//! on systems and file systems without an exchange, a file that is saved between look and rename.

use std::io;

use cap_std::fs::Dir;

use crate::below;
use crate::folder::{MAX_MEMORY_BYTES, digest};

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swapped {
    /// It holds the new text.
    Done,
    /// It is not the one that was to be replaced, and is as it was.
    Edited,
}

/// Puts `staged` in place of `name`, which must have the digest `before` (`None` = not be there).
/// Afterwards there is no `staged`, unless it is an error.
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
            // Somebody saved the file since it was last looked at.
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
    // The old text; the new one must be safe before it goes.
    below::sync(dir)?;
    below::remove(dir, staged)?;
    Ok(Swapped::Done)
}

/// Removes `name`, which must have the digest `before`. It is set aside as `aside` first.
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

/// Looks after a process that died in [`replace`] or [`remove`]: when `aside` is neither the old
/// text nor a part of the new one, somebody had saved it at that moment, and it takes its place again.
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
        // Saved twice in that moment: the newer one is there.
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

/// Whether the file system, or the system, has no such rename.
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

    /// Renames `from` to `to`, which must not be there.
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

    /// A folder with `a.md` as `here` makes it, and the new text beside it.
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
        // The old text, or the new one as far as it was staged, is nobody's edit.
        assert_eq!(settled(Some(NEW), OLD, Some(NEW)), (done, Some(NEW.into())));
        assert_eq!(settled(Some(NEW), "ne", Some(NEW)), (done, Some(NEW.into())));
        assert_eq!(settled(None, OLD, None), (done, None));
        assert_eq!(settled(Some(NEW), "mine", Some(NEW)), (edited, Some("mine".into())));
        assert_eq!(settled(None, "mine", None), (edited, Some("mine".into())));
    }
}
