//! `-` in the place of a file: standard input or standard output, as in git.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::error::{Error, Result};

/// Whether `path` stands for standard input or output. A file of that name is `./-`.
pub fn is_meant(path: &Path) -> bool {
    path == Path::new("-")
}

/// Opens `path`, or standard input for `-`.
///
/// # Errors
/// What the operating system says.
pub fn input(path: &Path) -> io::Result<Box<dyn Read>> {
    if is_meant(path) { Ok(Box::new(io::stdin())) } else { Ok(Box::new(File::open(path)?)) }
}

/// Whether a command writes its file to standard output. That excludes a JSON reply, which would go
/// there too.
///
/// # Errors
/// [`Error::Usage`] when both are asked for.
pub fn output(path: &Path, json: bool) -> Result<bool> {
    match is_meant(path) {
        true if json => {
            Err(Error::Usage("standard output cannot take both `-` and --json: name a file".into()))
        }
        meant => Ok(meant),
    }
}
