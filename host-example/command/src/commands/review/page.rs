//! `dreaming review --html`.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::commands::waiting::Waiting;
use crate::commands::{Place, decide, page, show, waiting};
use crate::document::{self, Plan};
use crate::error::{Error, Result};
use crate::output::page::Page;
use crate::output::{Reply, next, text};
use crate::standard;
use crate::whole::Whole;

/// Writes the plan that waits as a page.
pub fn write(place: &Place, file: &Path, now: i64, as_json: bool) -> Result<Reply> {
    let waiting = waiting::look(place, now)?.ok_or(Error::NoPlan)?;
    let drawn = Page::Review.of(&given(place, &waiting)?);
    if standard::output(file, as_json)? {
        return Ok(Reply::new(drawn, Value::Null));
    }
    let whole = Whole::beside(file, &place.folder, &place.dir)?;
    page::write(whole, &drawn, &Page::Review.mark(), "review")?;
    let changes = waiting.plan.changes.len();
    let file = file.to_string_lossy();
    let text = format!(
        "{} written: {}. What you decide there, it gives as a command; it changes nothing itself.\n",
        text::one_line(&file),
        text::count(changes as u64, "change")
    );
    Ok(Reply::new(text, json!({"outcome": "page", "file": file, "changes": changes})))
}

/// The data that the page shows.
fn given(place: &Place, waiting: &Waiting) -> Result<Value> {
    let root = place.folder.root();
    let name = root.file_name().unwrap_or(root.as_os_str()).to_string_lossy();
    let notes = decide::fell_away(waiting);
    Ok(json!({
        "memory": name,
        "command": next::bare("review"),
        "notes": notes.lines().collect::<Vec<_>>(),
        "plan": document::parse::<Value>(&waiting.stored.plan, "plan")?,
        "report": document::parse::<Value>(&waiting.stored.report, "report")?,
        "files": files(place, &waiting.plan),
    }))
}

/// The files of the session parts that the plan quotes, with the number of lines before each part.
fn files(place: &Place, plan: &Plan) -> Vec<Value> {
    let changes = plan.changes.iter().flat_map(|change| &change.evidence);
    let conflicts = plan.conflicts.iter().flat_map(|conflict| &conflict.evidence);
    let rejected = plan.rejected.iter().flat_map(|rejected| &rejected.evidence);
    let quoted = changes.chain(conflicts).chain(rejected);
    let parts: BTreeSet<(&str, &str)> =
        quoted.map(|piece| (&*piece.session, &*piece.part)).collect();
    let file = |(session, part)| {
        let source = show::file(place, session, part)?;
        let path = source.path.to_string_lossy();
        Some(json!({"session": session, "part": part, "path": path, "lines": source.at.lines}))
    };
    parts.into_iter().filter_map(file).collect()
}
