//! What was rendered and is there.

use std::path::{Path, PathBuf};

use dreaming_wasmtime::Contents;
use dreaming_wasmtime::quotes::says;

use super::files::{MAX_FILE, Target, around, real};
use super::folders;
use crate::commands::Place;
use crate::commands::init::files as whole;
use crate::document::{self, Entry};
use crate::error::Result;
use crate::folder::digest;
use crate::homes::instructions::block;
use crate::homes::{forms, loads};
use crate::state::State;

/// The files of the project and the homes of its agents whose rendered part satisfies `says`. A file that cannot be read,
/// and one that was named without `--for`, is not looked at.
pub fn files_where(place: &Place, says: &dyn Fn(&str) -> bool) -> Vec<PathBuf> {
    let Ok(root) = around(place) else { return Vec::new() };
    let mut found: Vec<PathBuf> = loads::all()
        .values()
        .map(|loaded| root.join(&loaded.file))
        .filter(|path| block_of(path, &root).is_some_and(|block| says(&block)))
        .collect();
    for (name, row) in forms::all() {
        let Ok(home) = folders::open(name, row, &root, place) else { continue };
        let index = home.form.index.as_ref().map(|index| &index.path);
        let said = home.there.iter().filter(|file| match Some(&file.path) == index {
            true => says(&block(&file.text)),
            false => says(&file.text),
        });
        found.extend(said.map(|file| home.folder.join(&file.path)));
    }
    found.sort();
    found.dedup();
    found
}

/// Lines of a block that another memory seems to have rendered.
pub struct Foreign {
    /// Those that this memory neither has nor had.
    pub unknown: Vec<String>,
    /// How many lines the block has.
    pub of: usize,
}

/// Whether this memory rendered the block that stands in a file.
///
/// # Errors
/// [`crate::error::Error::State`].
pub fn is_own(state: &State, target: &Target) -> Result<bool> {
    let block = block(target.before.as_deref().unwrap_or_default());
    Ok(state.meta(&key(target))?.is_some_and(|known| known == digest(block.as_bytes())))
}

/// Remembers the block that this memory rendered into a file.
///
/// # Errors
/// [`crate::error::Error::State`].
pub fn remember(state: &State, target: &Target, text: &str) -> Result<()> {
    state.set_meta(&key(target), &digest(block(text).as_bytes()))
}

/// Key of the meta table: the digest of the block that was rendered into a file.
fn key(target: &Target) -> String {
    format!("rendered {}", target.shown)
}

/// The lines of the block in a text that this memory neither has nor had: then another memory rendered it.
///
/// # Errors
/// Those of a ledger that cannot be read.
pub fn of_another(text: &str, contents: &Contents) -> Result<Foreign> {
    let block = block(text);
    let lines: Vec<String> =
        block.lines().filter_map(|line| line.strip_prefix("- ")).map(str::to_owned).collect();
    let mut known: Vec<String> =
        contents.memories.iter().map(|memory| memory.text.clone()).collect();
    for row in contents.ledger.iter().filter(|row| row.key.starts_with("entry/")) {
        known.push(document::parse::<Entry>(&row.value, "entry record")?.text);
    }
    let is_known = |line: &String| {
        let line = [line.replace('\\', "")];
        known.iter().any(|text| says(&text.replace('\\', ""), &line))
    };
    let of = lines.len();
    let unknown = lines.into_iter().filter(|line| !is_known(line)).collect();
    Ok(Foreign { unknown, of })
}

/// The block of a file that does not lead out of the project.
fn block_of(path: &Path, root: &Path) -> Option<String> {
    let real = real(path).ok().filter(|real| real.starts_with(root))?;
    Some(block(&whole::read(&real, MAX_FILE).ok()??))
}
