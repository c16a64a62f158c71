//! `dreaming review --html`.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use serde_json::json;

use super::figures;
use crate::commands::{Place, decide, show, waiting};
use crate::error::{Error, Result};
use crate::output::{Reply, html, text};
use crate::whole::Whole;

/// Writes the plan that waits as a page.
pub fn write(place: &Place, file: &Path, now: i64) -> Result<Reply> {
    let waiting = waiting::look(place, now)?.ok_or(Error::NoPlan)?;
    let mut whole = Whole::beside(file, &place.folder, &place.dir)?;
    let again = is_page(file)?;
    let figures = figures::figures(place, &waiting, now)?;
    let files = |session: &str, part: &str| show::file(place, session, part);
    let root = place.folder.root();
    let name = root.file_name().unwrap_or(root.as_os_str()).to_string_lossy();
    let page = html::page(&name, &decide::fell_away(&waiting), &waiting.plan, &figures, &files);
    whole.file().write_all(page.as_bytes()).map_err(Error::io("write the page", file))?;
    if !whole.persist(again)? {
        let why = "is there and is no page of `dreaming review`: choose another name";
        return Err(Error::Usage(format!("{} {why}", file.display())));
    }
    let changes = waiting.plan.changes.len();
    let file = file.to_string_lossy();
    let text = format!(
        "{} written: {}. It decides nothing.\n",
        text::one_line(&file),
        text::count(changes as u64, "change")
    );
    Ok(Reply::new(text, json!({"outcome": "page", "file": file, "changes": changes})))
}

/// How far into a file the mark of a page is looked for. Chosen by us: it stands in the first 500.
const HEAD: u64 = 1_000;

/// Whether `file` is a page of an earlier review: only that is written over.
fn is_page(file: &Path) -> Result<bool> {
    let mut head = Vec::new();
    match File::open(file).and_then(|file| file.take(HEAD).read_to_end(&mut head)) {
        Ok(_) => Ok(String::from_utf8_lossy(&head).contains(html::MARK)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io("look at", file)(error)),
    }
}
