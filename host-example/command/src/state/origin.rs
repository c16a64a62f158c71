//! Checks to which folder a state belongs. A repository, an archive or a disk may bring a state
//! along, and its contents would be written into the memory folder or read as this person's
//! sessions. So only a state that was made on this machine for this folder is used. Others are
//! reported, and need `dreaming take-over`.
//!
//! A folder is recognised by its inode number and its creation time, where the system tells it.
//! Both stay when the folder is moved or renamed, and nobody elsewhere can know them. Its path is
//! also stored, for messages.

use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

use cap_fs_ext::MetadataExt as _;
use rusqlite::Connection;
use serde_json::Map;

use super::{FILE, State, progress, schema, tracked};
use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::known_states;
use crate::output;

/// Key of the meta table: the path of the memory folder.
pub const FOLDER: &str = "folder";

/// Key of the meta table: inode number and creation time of the memory folder.
pub const IDENTITY: &str = "identity";

/// Key of the meta table: the [`IDENTITY`] that the archive names as its owner, where a folder that was made anew goes on with
/// it. Without one it is the folder's own.
pub const OWNER: &str = "owner";

/// What was dropped from a state when another folder took it over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftBehind {
    /// Whether a plan waited.
    pub plan: bool,
    /// How many answers a review had kept that was left before its end.
    pub answers: u64,
    /// The files of a write that had been interrupted.
    pub files: Vec<String>,
    /// The hosted store that the memories mirrored.
    pub mirrored: Option<String>,
}

/// Refuses a state that another user owns, because its contents cannot be trusted. Root may use a
/// state that the owner of the memory folder owns.
///
/// # Errors
/// [`Error::Foreign`].
#[cfg(unix)]
pub fn check_owner(dir: &Path, file: &Path, folder: &Folder) -> Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let me = rustix::process::geteuid().as_raw();
    let owner = |path: &Path| fs::symlink_metadata(path).ok().map(|meta| meta.uid());
    let is_ours = |uid: u32| uid == me || me == 0 && owner(folder.root()) == Some(uid);
    match [dir, file].into_iter().filter_map(owner).find(|uid| !is_ours(*uid)) {
        None => Ok(()),
        Some(uid) => Err(foreign(dir, format!("it belongs to another user (number {uid})"), false)),
    }
}

/// Systems without Unix owners: accepts every state.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn check_owner(_: &Path, _: &Path, _: &Folder) -> Result<()> {
    Ok(())
}

/// Refuses a state that git tracks: whoever pushed last may have written it.
fn check_tracked(dir: &Path) -> Result<()> {
    if !tracked::is_tracked(&dir.join(FILE)) {
        return Ok(());
    }
    let why = "git tracks it, so that others may have written it; if you trust it, `git rm -r --cached` takes it \
               out of the repository";
    Err(foreign(dir, why.into(), false))
}

/// Inode number and creation time of `folder`; `None` if the system does not tell them.
fn identity(folder: &Folder) -> Option<String> {
    let meta = folder.dir().dir_metadata().ok()?;
    let made = meta.created().ok().and_then(|made| made.into_std().duration_since(UNIX_EPOCH).ok());
    made.map(|made| format!("{}:{}", meta.ino(), made.as_nanos()))
}

fn foreign(dir: &Path, why: String, can_be_taken: bool) -> Error {
    Error::Foreign { state: dir.to_path_buf(), why, can_be_taken }
}

impl State {
    /// Ties a new state to its memory folder, and refuses a state of another folder. If the folder
    /// was moved, stores its new path. A folder that was made anew at the path of the old one goes on with a state that this
    /// person made.
    pub(super) fn claim(&self, dir: &Path, folder: &Folder) -> Result<()> {
        let here = folder.root().to_string_lossy();
        let (path, known) = (self.meta(FOLDER)?, self.meta(IDENTITY)?);
        if path.is_none() && known.is_none() && self.is_blank()? {
            if self.is_writable() {
                let change = self.db.unchecked_transaction()?;
                self.tie(folder)?;
                change.commit()?;
            }
            return Ok(());
        }
        check_tracked(dir)?;
        let same_path = path.as_deref() == Some(&*here);
        let is_same = match identity(folder) {
            Some(identity) => known == Some(identity),
            // Without an identity only the path can be compared.
            None => known.is_none() && same_path,
        };
        let is_ours = !is_same
            && same_path
            && self.meta("salt")?.is_some_and(|salt| known_states::knows(dir, &salt));
        if is_ours {
            if self.lock.is_some() {
                self.tie_again(folder)?;
                output::note(
                    "the memory folder was made anew, as by a checkout that took it away: its history goes on",
                );
            }
            return Ok(());
        }
        if !is_same {
            return Err(match path {
                Some(path) if !same_path && Path::new(&path).exists() => {
                    Error::OtherFolder { state: dir.to_path_buf(), folder: path.into() }
                }
                // A checkout took the folder away and brought it back, or it came from a backup.
                Some(path) if same_path => {
                    let why =
                        format!("it was made for {path}, and the folder there is another one now");
                    foreign(dir, why, true)
                }
                Some(path) => foreign(dir, format!("it was made elsewhere, for {path}"), true),
                None => foreign(dir, "it does not say for which folder it was made".into(), true),
            });
        }
        if !same_path && self.is_writable() {
            self.set_meta(FOLDER, &here)?;
        }
        Ok(())
    }

    /// Whether the state was made for this folder, also when the folder had another path then.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn was_made_for(&self, folder: &Folder) -> Result<bool> {
        let known = self.meta(IDENTITY)?;
        Ok(known.is_some() && known == identity(folder))
    }

    /// Stores path and identity of `folder`. Needs a transaction, because a state with only one of
    /// the two would belong to no folder.
    fn tie(&self, folder: &Folder) -> Result<()> {
        self.set_meta(FOLDER, &folder.root().to_string_lossy())?;
        match identity(folder) {
            Some(identity) => self.set_meta(IDENTITY, &identity),
            None => Ok(self.db.execute("DELETE FROM meta WHERE key = ?1", [IDENTITY]).map(drop)?),
        }
    }

    /// Whether the state holds nothing, as after its first writer was killed.
    fn is_blank(&self) -> Result<bool> {
        let query = "SELECT EXISTS (SELECT 1 FROM meta UNION ALL SELECT 1 FROM revisions
                       UNION ALL SELECT 1 FROM plans UNION ALL SELECT 1 FROM sources
                       UNION ALL SELECT 1 FROM progress UNION ALL SELECT 1 FROM journal)";
        Ok(!self.db.query_row(query, [], |row| row.get::<_, bool>(0))?)
    }

    /// Ties the state to `folder`, after [`State::leave_behind`].
    pub(super) fn make_own(&self, dir: &Path, folder: &Folder) -> Result<LeftBehind> {
        check_tracked(dir)?;
        let change = self.db.unchecked_transaction()?;
        let left = self.leave_behind()?;
        self.forget_meta(OWNER)?;
        self.tie(folder)?;
        change.commit()?;
        Ok(left)
    }

    /// Ties the state to `folder`, which was made anew where its folder was, and leaves nothing behind.
    fn tie_again(&self, folder: &Folder) -> Result<()> {
        let change = self.db.unchecked_transaction()?;
        let owner = self.owner()?;
        self.tie(folder)?;
        self.set_meta(OWNER, &owner)?;
        change.commit()?;
        Ok(())
    }

    /// Removes from a state from elsewhere what would be written, decided or read without asking a
    /// person: files of an interrupted write, a waiting plan, an unfinished dream, places of
    /// sessions, and the hosted store to which a key would be sent. The history stays, because it can be verified, and so do paid answers.
    ///
    /// # Errors
    /// [`Error::Damaged`] when it has other tables than ours, [`Error::State`].
    pub fn leave_behind(&self) -> Result<LeftBehind> {
        schema::check(&self.db)?;
        let files = self.unfinished()?.map(|(_, writes)| writes).unwrap_or_default();
        // What cannot be read goes with the rest.
        let answers =
            self.meta("review")?.and_then(|text| serde_json::from_str::<Map<_, _>>(&text).ok());
        let left = LeftBehind {
            plan: self.drop_plan()?,
            answers: answers.map_or(0, |answers| answers.len() as u64),
            files: files.into_iter().map(|write| write.path).collect(),
            mirrored: self.mirror()?.map(|mirror| mirror.store),
        };
        forget_drafts(&self.db)?;
        Ok(left)
    }
}

fn forget_drafts(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(
        "DELETE FROM journal; DELETE FROM sources;
         DELETE FROM mirror; DELETE FROM mirrored; DELETE FROM fetched;
         DELETE FROM meta WHERE key IN ('sessions', 'project', 'review', 'last-failure');",
    )?;
    progress::clear(db)
}

#[cfg(test)]
mod tests {
    use super::super::tests::fixture;
    use super::super::{Access, place};
    use super::*;

    fn opened(folder: &Folder, access: Access) -> Result<State> {
        State::open(&place(folder, None).unwrap(), folder, access)
    }

    const ALL: [Access; 3] = [Access::Read, Access::Write, Access::Rehearse];

    #[test]
    fn a_folder_that_moves_with_its_state_keeps_it() {
        let (dir, folder, state) = fixture();
        let salt = state.salt().unwrap();
        drop(state);
        let there = tempfile::tempdir_in(dir.path()).unwrap();
        for name in ["memory", ".dreaming"] {
            fs::rename(dir.path().join(name), there.path().join(name)).unwrap();
        }
        let moved = Folder::open(&there.path().join("memory")).unwrap();
        assert_ne!(moved.root(), folder.root());
        let state = opened(&moved, Access::Write).unwrap();
        assert_eq!(state.salt().unwrap(), salt);
        assert_eq!(state.meta(FOLDER).unwrap().as_deref(), moved.root().to_str());
    }

    #[test]
    fn a_state_for_another_folder_is_refused_until_it_is_taken_over() {
        let (dir, folder, state) = fixture();
        state.set_meta("sessions", "[\"/home/ada\"]").unwrap();
        drop(state);
        // Another folder of the same name, as after a clone or a copy.
        fs::rename(folder.root(), dir.path().join("old")).unwrap();
        fs::create_dir(dir.path().join("memory")).unwrap();
        let clone = Folder::open(&dir.path().join("memory")).unwrap();
        let place = place(&clone, None).unwrap();
        let before = fs::read(place.join(FILE)).unwrap();
        for access in ALL {
            let error = opened(&clone, access).unwrap_err();
            assert!(matches!(&error, Error::Foreign { can_be_taken: true, .. }), "{error}");
        }
        assert_eq!(fs::read(place.join(FILE)).unwrap(), before);
        State::take_over(&place, &clone, super::super::lock::PATIENCE).unwrap();
        let state = opened(&clone, Access::Write).unwrap();
        assert_eq!(state.meta("sessions").unwrap(), None);
        // The state no longer belongs to the old folder.
        let old = Folder::open(&dir.path().join("old")).unwrap();
        drop(state);
        let error = State::open(&place, &old, Access::Write).unwrap_err();
        assert!(matches!(error, Error::OtherFolder { .. }), "{error}");
    }

    #[test]
    fn one_that_does_not_say_whose_it_is_was_not_made_here() {
        let (_dir, folder, state) = fixture();
        state.db.execute("DELETE FROM meta", []).unwrap();
        drop(state);
        // A blank state, as after its first writer was killed.
        let state = opened(&folder, Access::Write).unwrap();
        state.salt().unwrap();
        state.db.execute("DELETE FROM meta WHERE key <> 'salt'", []).unwrap();
        drop(state);
        for access in ALL {
            assert!(matches!(opened(&folder, access), Err(Error::Foreign { .. })));
        }
    }
}
