//! `dreaming export`.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::Place;
use crate::error::{Error, Result};
use crate::output::{self, Reply, next, text};
use crate::places::Places;
use crate::snapshot;
use crate::standard;
use crate::transfer;
use crate::whole::Whole;

/// Changed memories that are named. Chosen by us: they fit a line.
const NAMED: usize = 5;

/// `dreaming export`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Export {
    /// The file to write; `-` for standard output. It must not be there.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Takes the place of a file that is there.
    #[arg(long)]
    pub force: bool,
}

const AFTER_HELP: &str = "\
The file holds every revision with the texts of its memories, the ledger, plans and answers, and the \
salt: whoever has it can read all of it. Paths of this machine are not: session files are named relative \
to the folder beside which they lie, or not at all. One line of JSON for each row; the same state gives the same \
bytes. Edits that no revision has seen yet are not in it, nor are the sessions that `keep` copied: these are whole \
transcripts.

Example:
  dreaming export notes-2026-03.jsonl --memory notes";

/// Writes the state into a file.
pub fn export(place: &Place, args: &Export, json: bool) -> Result<Reply> {
    let path = &args.file;
    let head = place.state.head()?.map_or(0, |head| head.number);
    if standard::output(path, json)? {
        let mut bytes = Vec::new();
        rows(place, &mut bytes, path)?;
        left_out(place, &edited(place, head))?.iter().for_each(|line| output::note(line));
        return Ok(Reply::new(String::from_utf8_lossy(&bytes).into_owned(), Value::Null));
    }
    let there = || Error::Export {
        path: path.clone(),
        why: "there is such a file already: choose another name, or give --force".into(),
    };
    if !args.force && path.symlink_metadata().is_ok() {
        return Err(there());
    }
    let mut whole = Whole::beside(path, &place.folder, &place.dir)?;
    let rows = write(place, &mut whole)?;
    if !whole.persist(args.force)? {
        return Err(there());
    }
    let bytes = path.metadata().map_err(Error::io("look at", path))?.len();
    let file = path.to_string_lossy();
    let shown = text::one_line(&file);
    let mut text = format!(
        "{shown}: {}, {}, {bytes} bytes.\n",
        text::count(head, "revision"),
        text::count(rows, "row")
    );
    if head == 0 {
        text.push_str("No dream has run over this folder, so this file restores nothing: --memory FOLDER names another.\n");
    }
    let edited = edited(place, head);
    left_out(place, &edited)?.iter().for_each(|line| text.push_str(&format!("{line}\n")));
    let json =
        json!({"file": file, "revisions": head, "rows": rows, "bytes": bytes, "edited": edited});
    Ok(Reply::new(text, json))
}

/// The memories that are not as the newest revision has them; none where there is no revision. What of a
/// damaged history cannot be compared is for `verify` to say.
fn edited(place: &Place, head: u64) -> Vec<String> {
    let compared = || {
        let known = snapshot::texts_at(&place.state, head)?;
        let (contents, _) = snapshot::now(&place.state, &place.folder)?;
        Ok::<_, Error>(snapshot::differing(&known, &snapshot::texts(&contents)))
    };
    if head == 0 { Vec::new() } else { compared().unwrap_or_default() }
}

/// Sentences about what the file does not hold.
fn left_out(place: &Place, edited: &[String]) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    if !edited.is_empty() {
        let first: Vec<String> =
            edited.iter().take(NAMED).map(|path| text::one_line(path)).collect();
        let more = match edited.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        lines.push(format!(
            "{} changed since the newest revision, and what changed is not in it; copy the memory folder too: {}{more}.",
            text::count(edited.len() as u64, "file"),
            first.join(", ")
        ));
    }
    let held = place.state.held()?.len() as u64;
    if held > 0 {
        lines.push(format!(
            "{} that agents proposed are not in it: {} proposes those that nobody has decided about.",
            text::count(held, "statement"),
            next::command("adopt --held")
        ));
    }
    let kept = place.state.archive()?.sessions.len() as u64;
    if kept > 0 {
        let kept = text::count(kept, "session");
        lines.push(format!(
            "{kept} that `dreaming keep` copied are not in it: the archive stays here."
        ));
    }
    Ok(lines)
}

fn write(place: &Place, whole: &mut Whole) -> Result<u64> {
    let path = whole.path().to_path_buf();
    let mut file = BufWriter::new(whole.file());
    let rows = rows(place, &mut file, &path)?;
    file.flush().map_err(Error::io("write", &path))?;
    Ok(rows)
}

/// Writes all rows of the state; returns how many.
fn rows(place: &Place, out: &mut impl Write, path: &Path) -> Result<u64> {
    // One transaction, so that the export has either all or nothing of a command that writes
    // meanwhile.
    let places = Places::beside(place.folder.root());
    let rows = place.state.rehearse(|state| transfer::write(&state.db, out, places))?;
    rows.map_err(Error::io("write", path))
}
