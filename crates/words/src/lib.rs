//! Words are data: the tables in the folder `words/` of a crate are checked and packed when the crate is
//! built. A build script is one line:
//!
//! ```no_run
//! dreaming_words::build();
//! ```
//!
//! and the crate takes what comes of it with `include!(concat!(env!("OUT_DIR"), "/words.rs"))`: a module for
//! each file, a constant for each table, and `DIGEST`, a number of all words and of nothing else.
//!
//! A file says what it is `about`, where its words come `from` and which `sources` of data need them; a table
//! has an `about` of its own, and may have the other two. What else stands in a table are its words: lists by
//! language or sort, or a value for each word. How a table is packed says [`read::Pack`].

mod read;
mod write;

use std::fs;
use std::path::{Path, PathBuf};

/// What is wrong with a table.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    /// From 1.
    line: usize,
    why: String,
}

/// Packs the files of `words/` for the crate whose build script calls it. Faults end the build, each with
/// file, line and reason.
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

/// The Rust code of all files of a folder, or what is wrong with them.
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
        match read::file(&name, &text) {
            Ok(file) => files.push(file),
            Err(found) => faults.extend(
                found.iter().map(|Fault { line, why }| format!("{}:{line}: {why}", path.display())),
            ),
        }
    }
    if faults.is_empty() { Ok(write::code(&files)) } else { Err(faults) }
}
