//! HTML pages that commands write: a command overwrites only a page of its own sort.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use crate::error::{Error, Result};
use crate::whole::Whole;

/// Bytes at the beginning of a file in which the mark of a page is looked for. Chosen by us: the
/// mark stands in the first 500.
const HEAD: u64 = 1_000;

/// Writes the page of the command `name` to a file that was begun. `mark` stands in all pages of that command.
///
/// # Errors
/// [`Error::Usage`] when another file is there; [`Error::Io`].
pub fn write(mut whole: Whole, page: &str, mark: &str, name: &str) -> Result<()> {
    let file = whole.path().to_path_buf();
    let again = is_one(&file, mark)?;
    whole.file().write_all(page.as_bytes()).map_err(Error::io("write the page", &file))?;
    if whole.persist(again)? {
        return Ok(());
    }
    let why = "choose another name";
    Err(Error::Usage(format!(
        "{} is there and is no page of `dreaming {name}`: {why}",
        file.display()
    )))
}

/// Whether `file` is a page with this mark. False when the file does not exist.
fn is_one(file: &Path, mark: &str) -> Result<bool> {
    let mut head = Vec::new();
    match File::open(file).and_then(|file| file.take(HEAD).read_to_end(&mut head)) {
        Ok(_) => Ok(String::from_utf8_lossy(&head).contains(mark)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io("look at", file)(error)),
    }
}
