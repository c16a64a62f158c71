//! Writes a revision to the memory folder: all of it or nothing, even when the power fails.
//!
//! 1. Every file that will change is compared with the text for which the revision was made.
//! 2. The new texts are written and synced beside them, under hidden names.
//! 3. One database transaction stores the revision, its plan and the list of files (the journal).
//! 4. The files are put in place (see [`crate::swap`]), and the journal is cleared.
//!
//! Until step 3 has ended nothing has happened. After it, [`finish`] can always go on, in this
//! process or the next.

use std::collections::BTreeMap;
use std::io;

use cap_std::fs::Dir;
use dreaming_wasmtime::{NewRevision, memory_path};
use rusqlite::Transaction;

use crate::below;
use crate::error::{Error, Result};
use crate::folder::{Folder, MAX_MEMORY_BYTES, digest};
use crate::rehearsal::Rehearsal;
use crate::staged;
use crate::state::journal::{self, FileWrite};
use crate::state::{State, revisions};
use crate::swap::{self, Swapped};

/// Stores `revision` and writes its memories. `seen` has the texts that the folder held when the
/// revision was made. `with` gets the number of the revision and stores related data in the same
/// transaction.
///
/// # Errors
/// [`Error::Conflict`] when a file or the head is no longer what it was, [`Error::Full`],
/// [`Error::Io`], [`Error::State`]: nothing was changed then. [`Error::Interrupted`] when somebody
/// changed a file during the write.
pub fn commit(
    state: &mut State,
    folder: &Folder,
    seen: &BTreeMap<String, String>,
    revision: &NewRevision,
    with: impl FnOnce(&Transaction<'_>, u64) -> Result<()>,
) -> Result<u64> {
    let writes: Vec<FileWrite> = revision
        .memories
        .iter()
        // A text that the folder already has, from a person's edit, is recorded in the revision but
        // not written.
        .filter(|write| write.text.as_ref() != seen.get(&write.path))
        .map(|write| FileWrite {
            path: write.path.clone(),
            before: seen.get(&write.path).map(|text| digest(text.as_bytes())),
            after: write.text.clone(),
        })
        .collect();
    store(state, folder, &writes, |change| {
        let number = revisions::insert(change, revision)?;
        with(change, number)?;
        Ok(number)
    })
}

/// Refuses a path that no memory may have.
///
/// # Errors
/// [`Error::NoMemory`].
pub fn check_path(path: &str) -> Result<()> {
    match memory_path::refused(path) {
        None => Ok(()),
        Some(why) => Err(Error::NoMemory { path: path.into(), why }),
    }
}

/// Writes the files `writes`. `with` stores the revision to which they belong, in one transaction
/// with the journal, and returns its number.
///
/// # Errors
/// As [`commit`].
pub fn store(
    state: &mut State,
    folder: &Folder,
    writes: &[FileWrite],
    with: impl FnOnce(&Transaction<'_>) -> Result<u64>,
) -> Result<u64> {
    for write in writes {
        check_path(&write.path)?;
        check(folder, write)?;
    }
    let number = stage_all(folder, writes).and_then(|()| {
        let change = state.db.transaction()?;
        let number = with(&change)?;
        journal::insert(&change, number, writes)?;
        change.commit()?;
        Ok(number)
    });
    if number.is_err() {
        unstage(folder, writes);
    }
    let number = number?;
    match finish(state, folder, AfterEdit::Stop) {
        // All files are written; only the journal could not be cleared, which the next command
        // does.
        Err(Error::Full(_)) => Ok(number),
        other => other.map(|()| number),
    }
}

/// What is done with a file that somebody changed while its write was interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterEdit {
    /// Stop with an error that names the file.
    Stop,
    /// Leave the file as it is; the next run takes it for an edit.
    Keep,
}

/// Finishes the writes that the journal lists. Files with the old text are replaced; files that
/// already have the new text stay. Does nothing when the journal is empty.
///
/// # Errors
/// [`Error::Interrupted`] names the files that have neither text; all others are written then. If a
/// write failed, its error, whatever `edited` says: the journal stays, and the next attempt goes
/// on.
pub fn finish(state: &State, folder: &Folder, edited: AfterEdit) -> Result<()> {
    let Some((revision, writes)) = state.to_finish()? else { return Ok(()) };
    let (mut settled, mut changed, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    for write in writes {
        // If one file cannot be written, the others still are.
        match settle(folder, &write) {
            Ok(Swapped::Done) => settled.push(write),
            Ok(Swapped::Edited) => {
                changed.push(write.path.clone());
                settled.push(write);
            }
            Err(error) => failed.push((write.path, error)),
        }
    }
    // Removes staged texts only for settled files: beside a failed one the staged file may hold
    // what somebody saved.
    unstage(folder, &settled);
    if failed.is_empty() && (changed.is_empty() || edited == AfterEdit::Keep) {
        return state.finish();
    }
    if changed.is_empty() || edited == AfterEdit::Keep {
        return Err(Error::Unwritten { revision, files: named(&failed) });
    }
    changed.extend(named(&failed));
    Err(Error::Interrupted { revision, files: changed })
}

fn named(failed: &[(String, Error)]) -> Vec<String> {
    failed.iter().map(|(path, error)| format!("{path} ({error})")).collect()
}

/// Checks that a file still has the text for which the revision was made.
fn check(folder: &Folder, write: &FileWrite) -> Result<()> {
    let on_disk = folder.digest_on_disk(&write.path)?;
    if on_disk == write.before {
        return Ok(());
    }
    let what = match (&write.before, on_disk) {
        // Trying again helps only if somebody made the file just now.
        (None, Some(_)) => "is there, and could not be read as a memory or is new: move it away",
        _ => match unread(folder, &write.path)? {
            Some(reason) => {
                let todo = "mend it or move it away";
                return Err(Error::Conflict(format!("`{}`: {reason}: {todo}", write.path)));
            }
            None => "was changed in the meantime",
        },
    };
    Err(Error::Conflict(format!("`{}` {what}", write.path)))
}

/// Why a file does not count as a memory; `None` if it does.
fn unread(folder: &Folder, path: &str) -> Result<Option<String>> {
    let file = folder.read()?.skipped.into_iter().find(|file| file.path == path);
    Ok(file.map(|file| file.reason))
}

fn stage_all(folder: &Folder, writes: &[FileWrite]) -> Result<()> {
    writes.iter().try_for_each(|write| stage(folder, write))
}

/// Writes the new text beside the file and syncs it.
fn stage(folder: &Folder, write: &FileWrite) -> Result<()> {
    let Some(text) = &write.after else { return Ok(()) };
    if folder.rehearsal().is_some() {
        return Ok(());
    }
    let work = || {
        let (dir, name) = below::made_parent(folder.dir(), &write.path)?;
        stage_in(&dir, name, text)
    };
    work().map_err(folder.refused("write", &write.path))
}

fn stage_in(dir: &Dir, name: &str, text: &str) -> io::Result<()> {
    let aside = staged::name(name);
    below::remove(dir, &aside)?;
    // Read-only files are replaced too. To protect a file from dreams, people use the pins of the
    // policy.
    let known = dir.symlink_metadata(name).ok().filter(|meta| meta.is_file());
    below::create(dir, &aside, known.as_ref(), text.as_bytes())
}

/// Gives a file the text in the journal, at whatever step an earlier attempt stopped.
fn settle(folder: &Folder, write: &FileWrite) -> Result<Swapped> {
    let swapped = match folder.rehearsal() {
        Some(rehearsal) => rehearse(folder, rehearsal, write),
        None => settle_below(folder.dir(), write).map_err(folder.refused("replace", &write.path)),
    };
    match swapped {
        Err(Error::Conflict(_)) => Ok(Swapped::Edited),
        other => other,
    }
}

/// In a dry run, notes the write that [`settle_below`] would do.
fn rehearse(folder: &Folder, rehearsal: &Rehearsal, write: &FileWrite) -> Result<Swapped> {
    let here = folder.digest_on_disk(&write.path)?;
    if here == write.after.as_ref().map(|text| digest(text.as_bytes())) {
        return Ok(Swapped::Done);
    }
    if here != write.before {
        return Ok(Swapped::Edited);
    }
    rehearsal.note(write);
    Ok(Swapped::Done)
}

fn settle_below(root: &Dir, write: &FileWrite) -> io::Result<Swapped> {
    let (before, after) = (write.before.as_deref(), write.after.as_deref());
    let Some((dir, name)) = below::parent(root, &write.path)? else {
        return match after {
            // The folder is gone, and with it the staged text, so stage it again.
            Some(text) if before.is_none() => {
                let (dir, name) = below::made_parent(root, &write.path)?;
                stage_in(&dir, name, text)?;
                swap::replace(&dir, &staged::name(name), name, None)
            }
            Some(_) => Ok(Swapped::Edited),
            None => Ok(Swapped::Done),
        };
    };
    let aside = staged::name(name);
    let here = below::read(&dir, name, MAX_MEMORY_BYTES)?;
    if here.as_deref() == after.map(str::as_bytes) {
        return swap::settle(&dir, &aside, name, before, after);
    }
    if here.map(|bytes| digest(&bytes)).as_deref() != before {
        return Ok(Swapped::Edited);
    }
    let Some(text) = after else { return swap::remove(&dir, &aside, name, before) };
    if below::read(&dir, &aside, MAX_MEMORY_BYTES).ok().flatten().as_deref()
        != Some(text.as_bytes())
    {
        stage_in(&dir, name, text)?;
    }
    swap::replace(&dir, &aside, name, before)
}

/// Removes staged texts, and folders that are empty then.
fn unstage(folder: &Folder, writes: &[FileWrite]) {
    if folder.rehearsal().is_some() {
        return;
    }
    for write in writes {
        if let Ok(Some((dir, name))) = below::parent(folder.dir(), &write.path) {
            // A file that cannot be removed does no harm, because it is hidden.
            let _ = below::remove(&dir, &staged::name(name));
        }
        remove_empty_folders(folder, &write.path);
    }
}

/// Removes empty folders above a memory.
fn remove_empty_folders(folder: &Folder, path: &str) {
    let mut rest = path;
    while let Some((parent, _)) = rest.rsplit_once('/') {
        let removed = below::parent(folder.dir(), parent).and_then(|above| match above {
            Some((dir, name)) => dir.remove_dir(name),
            None => Ok(()),
        });
        // Fails for a folder that is not empty, which ends the loop.
        if removed.is_err() {
            break;
        }
        rest = parent;
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;
    use crate::state::revisions::tests::revision;
    use crate::state::tests::fixture;

    type Texts<'a> = &'a [(&'a str, &'a str)];

    fn put(folder: &Folder, texts: Texts<'_>) {
        for (path, text) in texts {
            fs::create_dir_all(folder.file(path).parent().unwrap()).unwrap();
            fs::write(folder.file(path), text).unwrap();
        }
    }

    fn seen(folder: &Folder) -> BTreeMap<String, String> {
        folder.read().unwrap().memories.into_iter().map(|m| (m.path, m.text)).collect()
    }

    fn assert_holds(folder: &Folder, texts: Texts<'_>) {
        let expected: BTreeMap<_, _> =
            texts.iter().map(|(path, text)| ((*path).into(), (*text).into())).collect();
        assert_eq!(seen(folder), expected);
        assert_eq!(folder.sweep(), 0, "staged files are left");
    }

    fn staged_file(folder: &Folder, name: &str) -> PathBuf {
        folder.root().join(staged::name(name))
    }

    const NEW: &[(&str, Option<&str>)] =
        &[("a.md", Some("new")), ("b.md", None), ("d/e/c.md", Some("made"))];

    #[test]
    fn a_revision_is_written_and_folders_that_fall_empty_go() {
        let (_dir, folder, mut state) = fixture();
        put(&folder, &[("a.md", "old"), ("b.md", "b"), ("z.md", "z")]);
        let before = seen(&folder);
        let number = commit(&mut state, &folder, &before, &revision(1, NEW), |_, _| Ok(()));
        assert_eq!(number.unwrap(), 1);
        assert_holds(&folder, &[("a.md", "new"), ("d/e/c.md", "made"), ("z.md", "z")]);
        assert_eq!(state.unfinished().unwrap(), None);
        let back = revision(2, &[("d/e/c.md", None)]);
        commit(&mut state, &folder, &seen(&folder), &back, |_, _| Ok(())).unwrap();
        assert!(!folder.root().join("d").exists());
    }

    #[test]
    fn one_changed_file_means_that_none_is_written() {
        let (_dir, folder, mut state) = fixture();
        put(&folder, &[("a.md", "old"), ("b.md", "b")]);
        let before = seen(&folder);
        put(&folder, &[("b.md", "edited")]);
        let error = commit(&mut state, &folder, &before, &revision(1, NEW), |_, _| Ok(()));
        assert!(matches!(error, Err(Error::Conflict(_))));
        assert_holds(&folder, &[("a.md", "old"), ("b.md", "edited")]);
        assert!(state.head().unwrap().is_none());
    }

    #[test]
    fn a_failing_transaction_leaves_the_folder_as_it_was() {
        let (_dir, folder, mut state) = fixture();
        put(&folder, &[("a.md", "old"), ("b.md", "b")]);
        let before = seen(&folder);
        let fail = |_: &Transaction<'_>, _| Err(Error::NoPlan);
        let error = commit(&mut state, &folder, &before, &revision(1, NEW), fail);
        assert!(matches!(error, Err(Error::NoPlan)));
        assert_holds(&folder, &[("a.md", "old"), ("b.md", "b")]);
        assert!(state.head().unwrap().is_none() && !folder.root().join("d").exists());
    }

    /// Leaves the state as after a process that was killed right after its transaction: the journal
    /// holds [`NEW`].
    fn killed(state: &mut State, folder: &Folder) {
        let before = seen(folder);
        let write = |(path, after): &(&str, Option<&str>)| FileWrite {
            path: (*path).into(),
            before: before.get(*path).map(|text| digest(text.as_bytes())),
            after: after.map(Into::into),
        };
        let writes: Vec<FileWrite> = NEW.iter().map(write).collect();
        revisions::insert(&state.db, &revision(1, NEW)).unwrap();
        journal::insert(&state.db, 1, &writes).unwrap();
        stage_all(folder, &writes[..1]).unwrap();
    }

    #[test]
    fn an_interrupted_write_is_finished_wherever_it_stopped() {
        for done in 0..=3 {
            let (_dir, folder, mut state) = fixture();
            put(&folder, &[("a.md", "old"), ("b.md", "b")]);
            killed(&mut state, &folder);
            let (_, writes) = state.unfinished().unwrap().unwrap();
            for write in writes.iter().take(done) {
                assert_eq!(settle(&folder, write).unwrap(), Swapped::Done);
            }
            finish(&state, &folder, AfterEdit::Stop).unwrap();
            assert_holds(&folder, &[("a.md", "new"), ("d/e/c.md", "made")]);
            assert_eq!(state.unfinished().unwrap(), None);
        }
    }

    #[test]
    fn a_file_that_was_edited_after_the_interruption_is_named_and_kept() {
        let (_dir, folder, mut state) = fixture();
        put(&folder, &[("a.md", "old"), ("b.md", "b")]);
        killed(&mut state, &folder);
        put(&folder, &[("b.md", "mine")]);
        for _ in 0..2 {
            match finish(&state, &folder, AfterEdit::Stop).unwrap_err() {
                Error::Interrupted { revision: 1, files } => assert_eq!(files, ["b.md"]),
                other => panic!("{other}"),
            }
        }
        finish(&state, &folder, AfterEdit::Keep).unwrap();
        assert_holds(&folder, &[("a.md", "new"), ("b.md", "mine"), ("d/e/c.md", "made")]);
        assert_eq!(state.unfinished().unwrap(), None);
    }

    #[cfg(unix)]
    #[test]
    fn permissions_stay_and_a_planted_link_is_not_written_through() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let (dir, folder, mut state) = fixture();
        put(&folder, &[("a.md", "old"), ("b.md", "b")]);
        fs::set_permissions(folder.file("a.md"), fs::Permissions::from_mode(0o440)).unwrap();
        let victim = dir.path().join("victim");
        fs::write(&victim, "precious").unwrap();
        symlink(&victim, staged_file(&folder, "a.md")).unwrap();
        let before = seen(&folder);
        commit(&mut state, &folder, &before, &revision(1, NEW), |_, _| Ok(())).unwrap();
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
        let mode = fs::metadata(folder.file("a.md")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o440);
    }
}
