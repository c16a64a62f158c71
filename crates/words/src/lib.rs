//! Words are data: the tables in the folder `words/` of a crate are checked and packed when the crate is
//! built. A build script is one line:
//!
//! ```no_run
//! dreaming_words::build();
//! ```
//!
//! and the crate includes the result with `include!(concat!(env!("OUT_DIR"), "/words.rs"))`: a
//! module for each file, a constant for each table, and `DIGEST`, a hash of all words and of
//! nothing else.
//!
//! A file says what it is `about`, where its words come `from` and which `sources` of data need
//! them; a table has an `about` of its own, and may have the other two. All other keys of a table
//! hold its words: lists by language or kind, or a value for each word. [`table_file::Pack`] says
//! how a table is packed.

mod table_code;
mod table_file;

use std::fs;
use std::path::{Path, PathBuf};

/// An error in a table.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    /// The line, counted from 1.
    line: usize,
    why: String,
}

/// Packs the files of `words/` for the crate whose build script calls this. Errors end the build
/// and are shown with file, line and reason.
pub fn build() {
    println!("cargo::rerun-if-changed=words");
    let packed = pack(Path::new("words"));
    let written = packed.and_then(|code| {
        let folder = std::env::var_os("OUT_DIR").ok_or(["cargo names no OUT_DIR".to_owned()])?;
        let file = PathBuf::from(folder).join("words.rs");
        fs::write(&file, code).map_err(|fault| vec![format!("{}: {fault}", file.display())])
    });
    for fault in written.err().into_iter().flatten() {
        println!("cargo::error={fault}");
    }
}

/// The Rust code for all files of a folder, or their errors.
fn pack(folder: &Path) -> Result<String, Vec<String>> {
    let shown =
        |path: &Path, fault: &dyn std::fmt::Display| vec![format!("{}: {fault}", path.display())];
    let entries = fs::read_dir(folder).map_err(|fault| shown(folder, &fault))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "toml"));
    paths.sort();
    if paths.is_empty() {
        return Err(shown(folder, &"no file of words"));
    }
    let (mut files, mut faults) = (Vec::new(), Vec::new());
    for path in paths {
        let text = fs::read_to_string(&path).map_err(|fault| shown(&path, &fault))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        match table_file::file(&name, &text) {
            Ok(file) => files.push(file),
            Err(found) => faults.extend(
                found.iter().map(|Fault { line, why }| format!("{}:{line}: {why}", path.display())),
            ),
        }
    }
    if faults.is_empty() { Ok(table_code::code(&files)) } else { Err(faults) }
}
