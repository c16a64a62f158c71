//! HTML pages that commands write: a command overwrites only a page of its own sort.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crate::error::{Error, Result};

/// Bytes at the beginning of a file in which the mark of a page is looked for. Chosen by us: the
/// mark stands in the first 500.
const HEAD: u64 = 1_000;

/// Whether `file` is a page with this mark. False when the file does not exist.
pub fn is_one(file: &Path, mark: &str) -> Result<bool> {
    let mut head = Vec::new();
    match File::open(file).and_then(|file| file.take(HEAD).read_to_end(&mut head)) {
        Ok(_) => Ok(String::from_utf8_lossy(&head).contains(mark)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io("look at", file)(error)),
    }
}
