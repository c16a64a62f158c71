//! `dreaming import`.

use std::collections::BTreeMap;
use std::fs;
use std::io::BufReader;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::Place;
use crate::audit::audit;
use crate::cli::Common;
use crate::component;
use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::output::{Reply, next, text};
use crate::places::Places;
use crate::rehearsal::Rehearsal;
use crate::snapshot;
use crate::standard;
use crate::state::answers::{self, batches};
use crate::state::journal::FileWrite;
use crate::state::{self, State, proposed};
use crate::transfer;
use crate::write;

/// `dreaming import`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Import {
    /// A file that `dreaming export` wrote; `-` for standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Checks the file and the folder, and changes nothing.
    #[arg(long)]
    pub dry_run: bool,
}

const AFTER_HELP: &str = "\
The state of the memory folder must be empty. The folder is made when it is not there. Memories that \
are not in it are written; one that is there must have the bytes of the newest revision, or nothing is \
written at all. Other files stay; the next run takes them for edits.

Example:
  dreaming import notes-2026-03.jsonl --memory restored-notes";

/// Makes a state from a file.
pub fn import(common: &Common, args: &Import) -> Result<Reply> {
    let unusable = |why: String| Error::Export { path: args.file.clone(), why };
    let file = standard::input(&args.file).map_err(Error::io("open", &args.file))?;
    // Read into a state in memory first, so that nothing is written before the whole file is
    // checked.
    let read = State::empty()?;
    transfer::read(&read.db, &mut BufReader::new(file), Places::AS_THEY_ARE).map_err(unusable)?;
    // The cache for compiled code, used only if the system has no cache folder. The state folder
    // may not exist yet.
    let cache = common.state.clone().unwrap_or_else(|| common.memory().with_file_name(".dreaming"));
    let mut job = component::load(&cache)?.job().map_err(component::refused)?;
    let found = audit(&read, &mut job)?;
    if let Some(first) = found.damage.first() {
        let why = format!("what it holds is damaged: {}: {}", first.what, first.why);
        return Err(unusable(why));
    }
    if found.revisions == 0 {
        return Err(unusable("it has no revision, so it restores nothing".into()));
    }
    let here = match common.memory().exists() {
        true => Folder::open(common.memory())?.read()?.memories,
        false => Vec::new(),
    };
    let here: BTreeMap<String, String> = here.into_iter().map(|m| (m.path, m.text)).collect();
    let texts = snapshot::texts_at(&read, found.revisions)?;
    let other: Vec<String> = texts
        .iter()
        .filter(|(path, text)| here.get(*path).is_some_and(|here| here != *text))
        .map(|(path, _)| text::one_line(path))
        .collect();
    if !other.is_empty() {
        return Err(Error::OtherTexts(other.join(", ")));
    }
    let missing: Vec<&String> = texts.keys().filter(|path| !here.contains_key(*path)).collect();
    let json = json!({
        "outcome": if args.dry_run { "dry-run" } else { "imported" },
        "revisions": found.revisions, "files": missing,
    });
    let text = format!(
        "Imported {}, {} of {} written.\n",
        text::count(found.revisions, "revision"),
        missing.len(),
        text::count(texts.len() as u64, "memory file")
    );
    let reply = Reply::new(text, json);
    let writes = missing.iter().map(|path| FileWrite {
        path: (*path).clone(),
        before: None,
        after: texts.get(*path).cloned(),
    });
    let writes: Vec<FileWrite> = writes.collect();
    if !common.memory().exists() {
        if args.dry_run {
            let rehearsal = Rehearsal::default();
            writes.iter().for_each(|write| rehearsal.note(write));
            return Ok(rehearsal.reply(reply, common.memory()));
        }
        fs::create_dir_all(common.memory()).map_err(Error::io("make", common.memory()))?;
    }
    let mut rows = Vec::new();
    transfer::write(&read.db, &mut rows, Places::AS_THEY_ARE)?
        .map_err(Error::io("read", &args.file))?;
    super::write(common, args.dry_run, |place| {
        let root = place.folder.root().to_path_buf();
        let beside = Beside::default();
        store(place, &rows, found.revisions, &writes, &beside, Places::beside(&root))?;
        let text = format!("{}{}", reply.text, next::sessions_to_name());
        Ok(Reply { text, ..reply })
    })
}

/// What a state has beside the rows of an export.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// Answers of models that were paid for.
    pub answers: Vec<[String; 3]>,
    /// Batches of calls that services work on.
    pub batches: Vec<[String; 3]>,
    /// Statements that agents proposed and nobody has decided about.
    pub held: Vec<String>,
}

/// Puts the `rows` of an export, and what a state has `beside` them, into an empty state, and writes
/// the memory files that the rows need.
pub(super) fn store(
    place: Place,
    rows: &[u8],
    head: u64,
    writes: &[FileWrite],
    beside: &Beside,
    places: Places<'_>,
) -> Result<()> {
    let Place { folder, mut state, .. } = place;
    check_empty(&state)?;
    write::store(&mut state, &folder, writes, |change| {
        // Remove a salt and session paths that an earlier command may have stored.
        change.execute("DELETE FROM meta WHERE key NOT IN ('folder', 'identity')", [])?;
        state::clear_drafts(change)?;
        transfer::read(change, &mut &*rows, places).map_err(Error::Damaged)?;
        answers::insert(change, &beside.answers)?;
        batches::insert(change, &beside.batches)?;
        beside.held.iter().try_for_each(|line| proposed::hold(change, line))?;
        Ok(head)
    })
    .map(drop)
}

fn check_empty(state: &State) -> Result<()> {
    match state.head()? {
        None => Ok(()),
        Some(head) => Err(Error::Usage(format!(
            "this memory folder has a history of {} already: import into another one, or give \
             another --state",
            text::count(head.number, "revision")
        ))),
    }
}
