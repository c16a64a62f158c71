//! A store as an agent loads it where it looks: as a block in a file that people write too, such as
//! `AGENTS.md`. What stands outside the block is never changed, and what people changed inside it
//! can be taken into the memories. Where an agent keeps a folder of small files, a store is rendered
//! as such files, one entry a file.

mod block;
mod folder;
mod form;
mod read_back;
mod sheet;

use dreaming_records::memory::MemoryPath;
use dreaming_records::number::count;
use dreaming_text::Set;

use crate::pack::{Packed, Packer};
use crate::reconcile::belongs::Above;
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
    /// block: those that [`Packer::pack`] gives without a query, the best of them when there is no room for
    /// all, in the order of the store; each below the headings, the line that introduces its list and the
    /// items around it. A block that is there is replaced, else it comes at the end. An entry that has no
    /// room is left out and the next one tried. Without any entry the file has no block.
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
        let (mut chosen, mut left_out): (Vec<Chosen>, u64) = (Vec::new(), 0);
        for entry in self.pack("", u32::MAX, principal) {
            let new = Chosen { text: rendered(&entry.text), entry };
            // A text with such a mark would end the block.
            if new.text.contains(MARK) || !block.may_fit(&new.text, &outside, room) {
                left_out += 1;
                continue;
            }
            let at = chosen.partition_point(|other| other.place() < new.place());
            chosen.insert(at, new);
            if room == Room::default() {
                continue;
            }
            let with_it = self.block_of(&chosen);
            if with_it.fits(&outside, room) {
                block = with_it;
            } else {
                chosen.remove(at);
                left_out += 1;
            }
        }
        if room == Room::default() {
            block = self.block_of(&chosen);
        }
        let entries = count(chosen.len());
        let text = block::place(before, &block, BEGIN)?;
        Ok(Rendering { text, entries, left_out })
    }

    /// A block of these entries in the order of the store: each below the headings and the line that introduces its
    /// list, and inside the items around it. Where one of these items is not there, all of them are named above it.
    fn block_of(&self, chosen: &[Chosen]) -> Block {
        let there = Set::of(chosen.iter().map(|chosen| &chosen.entry.entry));
        let mut block = Block::default();
        for Chosen { entry, text } in chosen {
            let above = self.above(&entry.entry);
            let is_whole = |above: &&Above| above.items.iter().all(|(id, _)| there.contains(&id));
            let (headings, depth) = match above.filter(is_whole) {
                Some(above) => (above.place.clone(), above.items.len()),
                None => (entry.headings.clone(), 0),
            };
            let mark = entry.mark.clone();
            block.push(Line { headings, mark, text: text.clone(), depth });
        }
        block
    }
}

/// An entry for a block, and its text there.
struct Chosen {
    entry: Packed,
    text: String,
}

impl Chosen {
    /// Where it stands in its store.
    fn place(&self) -> (&MemoryPath, u64) {
        (&self.entry.path, self.entry.line)
    }
}

/// Lines of a text.
fn lines(text: &str) -> u64 {
    count(text.lines().count())
}

#[cfg(test)]
mod tests;
