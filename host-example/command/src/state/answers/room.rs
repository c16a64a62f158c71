//! Space on the disk that is held for answers under way, so that one that was paid for can be written also when
//! somebody else has filled the disk since it was asked for.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// Bytes of an answer for each token that it may have. Chosen by us: words have four, marks that JSON escapes more.
const TOKEN: u64 = 8;

/// What the database writes beside an answer. Chosen by us: a page for each level of the two tables and of their
/// indexes, those of an older answer that are cleared, and the index of its log, which grows by 32 KiB.
const AROUND: u64 = 96 << 10;

/// Longest answer that room is held for, in bytes: one of [`crate::model::MAX_ANSWER`] bytes of which each is escaped.
const LONGEST: u64 = 6 * crate::model::MAX_ANSWER as u64;

/// The bytes that one call needs, by the tokens that its answer may have.
pub fn of_call(max_tokens: u32) -> u64 {
    (u64::from(max_tokens) * TOKEN).min(LONGEST) + AROUND
}

/// A file of zeros beside the database. It has no name, so a process that is killed leaves nothing behind.
#[derive(Debug)]
pub struct Room {
    dir: PathBuf,
    file: Option<File>,
    /// Bytes of the file.
    size: u64,
    /// Bytes that calls under way were promised.
    held: u64,
}

impl Room {
    /// Nothing is held yet. `dir` is the folder of the database.
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_path_buf(), file: None, size: 0, held: 0 }
    }

    /// The folder of the database.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Holds `bytes` more.
    ///
    /// # Errors
    /// What the system says; then nothing more is held, and nothing more is taken of the disk.
    pub fn hold(&mut self, bytes: u64) -> io::Result<()> {
        let wanted = self.held + bytes;
        if wanted > self.size
            && let Err(error) = self.grow(wanted)
        {
            // What came of it must not keep others from writing.
            self.shrink(self.size);
            return Err(error);
        }
        self.held = wanted;
        Ok(())
    }

    /// Holds `bytes` less. They stay on the disk for the next call.
    pub fn give_back(&mut self, bytes: u64) {
        self.held = self.held.saturating_sub(bytes);
    }

    /// Gives `bytes` of what is held to whoever writes next; they are held as before once they were given back.
    pub fn open_up(&mut self, bytes: u64) {
        self.size = self.size.min(self.held.saturating_sub(bytes));
        self.shrink(self.size);
    }

    fn grow(&mut self, to: u64) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile_in(&self.dir)?),
        };
        file.seek(SeekFrom::Start(self.size))?;
        // Written, for a file with holes takes nothing of the disk.
        io::copy(&mut io::Read::take(io::repeat(0), to - self.size), file)?;
        file.flush()?;
        // Some file systems find out only now that they have no room.
        file.sync_data()?;
        self.size = to;
        Ok(())
    }

    fn shrink(&self, to: u64) {
        if let Some(file) = &self.file {
            // Where that fails, the writing fails too and is said.
            let _ = file.set_len(to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_on_the_disk_until_it_is_needed() {
        let dir = tempfile::tempdir().unwrap();
        let mut room = Room::new(dir.path());
        let size = |room: &Room| room.file.as_ref().unwrap().metadata().unwrap().len();
        room.hold(5000).unwrap();
        room.hold(3000).unwrap();
        assert_eq!(size(&room), 8000);
        room.give_back(5000);
        room.hold(5000).unwrap();
        assert_eq!(size(&room), 8000, "what was given back serves the next one");
        room.open_up(3000);
        assert_eq!(size(&room), 5000);
        room.give_back(3000);
        room.hold(1000).unwrap();
        assert_eq!(size(&room), 6000);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "it has no name");
    }

    #[test]
    fn where_nothing_can_be_held_nothing_is() {
        let mut room = Room::new(Path::new("/nowhere/at/all"));
        room.hold(1).unwrap_err();
        assert_eq!((room.size, room.held), (0, 0));
    }

    #[test]
    fn a_longer_answer_has_more_room_up_to_the_longest() {
        assert_eq!(of_call(2048), 16 * 1024 + AROUND);
        assert_eq!(of_call(u32::MAX), LONGEST + AROUND);
    }
}
