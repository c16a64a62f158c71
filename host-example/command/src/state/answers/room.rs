//! Holds disk space for the answers of running calls, so that a paid answer can be written even if
//! the disk has filled up meanwhile.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// Bytes held for each token that an answer may have. Chosen by us: tokens of words have four
/// bytes, characters that JSON escapes take more.
const TOKEN: u64 = 8;

/// Bytes that the database writes beside an answer. Chosen by us: a page for each level of the two
/// tables and their indexes, the pages of an older answer that is deleted, and the index of the
/// log, which grows by 32 KiB.
const AROUND: u64 = 96 << 10;

/// Most bytes held for an answer: [`dreaming_models::MAX_ANSWER`] bytes with every one escaped.
const LONGEST: u64 = 6 * dreaming_models::MAX_ANSWER as u64;

/// The bytes to hold for one call whose answer may have `max_tokens`.
pub fn of_call(max_tokens: u32) -> u64 {
    (u64::from(max_tokens) * TOKEN).min(LONGEST) + AROUND
}

/// A file of zeros beside the database. It has no name, so a process that is killed leaves nothing
/// behind.
#[derive(Debug)]
pub struct Room {
    dir: PathBuf,
    file: Option<File>,
    /// Bytes of the file.
    size: u64,
    /// Bytes that are promised to running calls.
    held: u64,
}

impl Room {
    /// Holds nothing yet. `dir` is the folder of the database.
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
    /// What the system says; then neither the held bytes nor the file have grown.
    pub fn hold(&mut self, bytes: u64) -> io::Result<()> {
        let wanted = self.held + bytes;
        if wanted > self.size
            && let Err(error) = self.grow(wanted)
        {
            // Cut off what was written, so that it takes no space from others.
            self.shrink(self.size);
            return Err(error);
        }
        self.held = wanted;
        Ok(())
    }

    /// Holds `bytes` less. The file keeps its size for the next call.
    pub fn give_back(&mut self, bytes: u64) {
        self.held = self.held.saturating_sub(bytes);
    }

    /// Frees `bytes` of disk space for the next write. They still count as held until
    /// [`Room::give_back`].
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
        // Write the zeros, because a sparse file would take no disk space.
        io::copy(&mut io::Read::take(io::repeat(0), to - self.size), file)?;
        file.flush()?;
        // Some file systems report a full disk only at this sync.
        file.sync_data()?;
        self.size = to;
        Ok(())
    }

    fn shrink(&self, to: u64) {
        if let Some(file) = &self.file {
            // If this fails, the write that needs the space fails too, and reports it.
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
