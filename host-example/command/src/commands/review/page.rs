//! `dreaming review --html`.

use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::figures;
use crate::commands::{Place, decide, page, show, stats, waiting};
use crate::error::{Error, Result};
use crate::output::{Reply, html, text};
use crate::standard;
use crate::whole::Whole;

/// Writes the plan that waits as a page.
pub fn write(place: &Place, file: &Path, now: i64, as_json: bool) -> Result<Reply> {
    let waiting = waiting::look(place, now)?.ok_or(Error::NoPlan)?;
    let figures = figures::figures(place, &waiting, now)?;
    let known = stats::figures(place, &waiting.contents, now)?;
    let files = |session: &str, part: &str| show::file(place, session, part);
    let root = place.folder.root();
    let name = root.file_name().unwrap_or(root.as_os_str()).to_string_lossy();
    let drawn =
        html::page(&name, &decide::fell_away(&waiting), &waiting.plan, &figures, &known, &files);
    if standard::output(file, as_json)? {
        return Ok(Reply::new(drawn, Value::Null));
    }
    let mut whole = Whole::beside(file, &place.folder, &place.dir)?;
    let again = page::is_one(file, html::MARK)?;
    whole.file().write_all(drawn.as_bytes()).map_err(Error::io("write the page", file))?;
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
