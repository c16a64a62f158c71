//! A store as an agent loads it where it looks: as a block in a file that people write too, such as
//! `AGENTS.md`. What stands outside the block is never changed, and what people changed inside it
//! can be taken into the memories. Where an agent keeps a folder of small files, a store is rendered
//! as such files, one entry a file.

mod block;
mod folder;
mod form;
mod read_back;
mod sheet;

use dreaming_records::number::count;

use crate::pack::Packer;
use crate::render::rendered;

use block::{BEGIN, Block, Line, MARK};
pub use block::{Damage, without};
pub use folder::{
    Folder, HomeFile, LeftOutEntry, LeftOutReason, Refused, read_files, render_files,
};
pub use form::{Form, IndexForm};
pub use read_back::{Edited, Edits, read_back};

/// How much an agent loads of the file; `None` where it has no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// Bytes of the whole file.
    pub bytes: Option<u64>,
    /// Lines of the whole file.
    pub lines: Option<u64>,
}

/// A file with the block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendering {
    /// The whole text of the file.
    pub text: String,
    /// Entries in the block.
    pub entries: u64,
    /// Entries that an agent may load and for which there was no room.
    pub left_out: u64,
}

impl Packer {
    /// The file whose text is `before` (empty for a new one), with the entries of this store as its
    /// block: those that [`Packer::pack`] gives without a query, as many as there is room for, the
    /// best first; under each heading those that stand below it. A block that is there is replaced,
    /// else it comes at the end. An entry that has no room is left out and the next one tried.
    /// Without any entry the file has no block.
    ///
    /// # Errors
    /// [`Damage`] when the marks of a block in `before` are not as they were written.
    pub fn render(
        &self,
        before: &str,
        room: Room,
        principal: Option<&str>,
    ) -> Result<Rendering, Damage> {
        let outside = without(before)?;
        let mut block = Block::default();
        let (mut entries, mut left_out) = (0, 0);
        for entry in self.pack("", u32::MAX, principal) {
            let text = rendered(&entry.text);
            let line = Line { headings: entry.headings, text };
            // A text with such a mark would end the block.
            let fits = !line.text.contains(MARK) && block.fits(&line, &outside, room);
            if fits {
                block.push(line);
                entries += 1;
            } else {
                left_out += 1;
            }
        }
        let text = block::place(before, &block, BEGIN)?;
        Ok(Rendering { text, entries, left_out })
    }
}

/// Lines of a text.
fn lines(text: &str) -> u64 {
    count(text.lines().count())
}

#[cfg(test)]
mod tests;
