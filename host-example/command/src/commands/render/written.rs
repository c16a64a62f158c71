//! What was rendered and is there.

use std::path::{Path, PathBuf};

use dreaming_wasmtime::Contents;
use dreaming_wasmtime::quotes::says;

use super::files::{MAX_FILE, around, real};
use super::folders;
use crate::commands::Place;
use crate::commands::init::files as whole;
use crate::document::{self, Entry};
use crate::error::Result;
use crate::homes::instructions::block;
use crate::homes::{forms, loads};

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

/// The lines of the block in a text, when this memory neither has nor had any of them: then another memory rendered it.
///
/// # Errors
/// Those of a ledger that cannot be read.
pub fn of_another(text: &str, contents: &Contents) -> Result<Vec<String>> {
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
    Ok(if lines.iter().any(is_known) { Vec::new() } else { lines })
}

/// The block of a file that does not lead out of the project.
fn block_of(path: &Path, root: &Path) -> Option<String> {
    let real = real(path).ok().filter(|real| real.starts_with(root))?;
    Some(block(&whole::read(&real, MAX_FILE).ok()??))
}
