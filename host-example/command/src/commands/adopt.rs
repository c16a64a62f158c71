//! `dreaming adopt`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufReader, IsTerminal as _};
use std::path::{Path, PathBuf};

use clap::Args;
use dreaming_wasmtime::{Job, Memory};
use serde_json::{Value, json};

use super::{Place, clock, edits};
use crate::adopt::{self, Adoption, Entry, FOLDER, Failure};
use crate::cli;
use crate::component;
use crate::error::{Error, Result};
use crate::output::{self, Reply, text};
use crate::snapshot;
use crate::standard;
use crate::transcript;
use crate::write;

/// `dreaming adopt`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Adopt {
    /// What another memory store exported: JSON with a list of objects, or JSON lines, also as `.gz`.
    #[arg(value_name = "EXPORT")]
    pub export: PathBuf,
    /// Folder within the memory folder for the new memories.
    #[arg(long, value_name = "FOLDER", default_value = FOLDER)]
    pub into: String,
    /// Takes in what it holds. Without it that is printed, and asked for on a terminal.
    #[arg(long)]
    pub yes: bool,
    /// Prints what would be written, and writes nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// The time of the revision, such as `2026-02-20T00:00:00Z` [default: the clock].
    #[arg(long, value_name = "RFC3339", value_parser = cli::time)]
    pub now: Option<i64>,
}

/// The exit code when something waits for a person, as of a plan.
const PROPOSED: u8 = 3;

const AFTER_HELP: &str = "\
Each entry becomes an item of a list, in a memory for its type, below a heading that names its source. \
Secrets are cut out, and entries that order agents to leave their rules are left out and named. Nothing is \
written before you have seen it: give --yes, or answer on a terminal. Only new files are written: when one is \
there with another text, nothing is. The next dream takes the entries for what an agent wrote, not for what \
it verified.

Examples:
  dreaming adopt memories.json --memory notes
  dreaming adopt memories.json --yes --memory notes
  dreaming adopt memories.json --into imported/mem0 --memory notes";

/// Brings the memories of another store in.
pub fn adopt(mut place: Place, args: &Adopt) -> Result<Reply> {
    let mut job = component::load(&place.dir)?.job().map_err(component::refused)?;
    let adoption = read(&mut job, &args.export)?;
    if adoption.entries.is_empty() && adoption.quarantined.is_empty() {
        let why = "it holds no list of objects with a text, as memory stores export them";
        return Err(Error::Usage(format!("{}: {why}", args.export.display())));
    }
    let into = args.into.trim_matches('/');
    // What is hidden is no memory; a path that leads out of the folder begins like it.
    if into.split('/').any(|name| name.starts_with('.')) {
        return Err(Error::Usage("--into takes a folder below the memory folder".into()));
    }
    let moved = |path: &str| {
        let name = path.strip_prefix(FOLDER).unwrap_or(path);
        format!("{into}{name}").trim_start_matches('/').to_owned()
    };
    let now = args.now.unwrap_or_else(clock);
    let mut contents = super::now(&place)?;
    let here = snapshot::texts(&contents);
    let news: Vec<Memory> = adoption
        .memories
        .iter()
        .map(|memory| Memory { path: moved(&memory.path), ..memory.clone() })
        .collect();
    let is_other = |memory: &&Memory| here.get(&memory.path).is_some_and(|t| *t != memory.text);
    let others: Vec<String> =
        news.iter().filter(is_other).map(|m| text::one_line(&m.path)).collect();
    if !others.is_empty() {
        let files = others.join(", ");
        let what = format!("{files}: there with another text; choose another folder with --into");
        return Err(Error::Conflict(what));
    }
    let missing: BTreeSet<String> =
        news.iter().map(|m| m.path.clone()).filter(|path| !here.contains_key(path)).collect();
    if !missing.is_empty() && !args.yes && !args.dry_run {
        let shown = proposed(&adoption, &news, &missing, &moved);
        if !asked(&shown, missing.len() as u64)? {
            return Ok(shown);
        }
    }
    let mut revision = None;
    if !missing.is_empty() {
        // What people wrote since is a revision of its own, so that this one can be taken back alone.
        edits::keep(&mut place, &mut job, &mut contents, now)?;
        contents.memories.extend(news.into_iter().filter(|memory| missing.contains(&memory.path)));
        contents.memories.sort_by(|a, b| a.path.cmp(&b.path));
        let store = job.snapshot(&contents).map_err(component::refused)?;
        if let Some(adopted) = job.observe(&store, now).map_err(component::refused)? {
            let number =
                write::commit(&mut place.state, &place.folder, &here, &adopted, |_, _| Ok(()))?;
            revision = Some(number);
        }
    }
    Ok(reply(&adoption, &missing, revision, &moved))
}

/// What would be written, for a person to look at.
fn proposed(
    adoption: &Adoption,
    news: &[Memory],
    missing: &BTreeSet<String>,
    moved: &dyn Fn(&str) -> String,
) -> Reply {
    let told = reply(adoption, missing, None, moved);
    let count = text::count(adoption.entries.len() as u64, "entry").replace("entrys", "entries");
    let mut out = format!("{count} would be adopted; nothing is written yet.\n");
    out.push_str(told.text.split_once('\n').map_or("", |(_, rest)| rest));
    for memory in news.iter().filter(|memory| missing.contains(&memory.path)) {
        text::diff(&mut out, &memory.path, None, Some(&memory.text));
    }
    out.push_str("The same command with --yes takes all of it in; `revert` takes it back.\n");
    let mut json = told.json;
    if let Value::Object(fields) = &mut json {
        fields.insert("outcome".into(), "proposed".into());
    }
    Reply { text: out, json, code: PROPOSED }
}

/// Whether a person at the terminal wants it.
fn asked(shown: &Reply, files: u64) -> Result<bool> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Ok(false);
    }
    output::say(&shown.text);
    output::note(&format!("Write {}? [y/N]", text::count(files, "file")));
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(Error::io("read", "the terminal"))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// What a file comes to.
fn read(job: &mut Job, path: &Path) -> Result<Adoption> {
    let file = match standard::is_meant(path) {
        true => standard::input(path),
        false => transcript::stream(path),
    }
    .map_err(Error::io("open", path))?;
    adopt::read(BufReader::new(file), |texts: &[String]| job.screen(texts)).map_err(|failure| {
        match failure {
            Failure::Input(error) => Error::io("read", path)(error),
            Failure::Screen(error) => component::refused(error),
        }
    })
}

fn reply(
    adoption: &Adoption,
    missing: &BTreeSet<String>,
    revision: Option<u64>,
    moved: &dyn Fn(&str) -> String,
) -> Reply {
    let mut files: BTreeMap<String, Vec<&Entry>> = BTreeMap::new();
    for entry in &adoption.entries {
        files.entry(moved(&entry.path)).or_default().push(entry);
    }
    let entries =
        |count: usize| if count == 1 { "1 entry".into() } else { format!("{count} entries") };
    let mut out = match revision {
        Some(number) => {
            format!("Revision {number}: {} adopted.\n", entries(adoption.entries.len()))
        }
        None => "Nothing to do: all of it is there already.\n".to_owned(),
    };
    for (path, list) in &files {
        let sources: BTreeSet<&str> = list.iter().filter_map(|e| e.source.as_deref()).collect();
        let unnamed = list.iter().filter(|entry| entry.source.is_none()).count();
        let mut from: Vec<String> = sources.iter().take(3).map(|s| text::one_line(s)).collect();
        if sources.len() > 3 {
            from.push(format!("{} more", sources.len() - 3));
        }
        if unnamed > 0 {
            from.push(format!("{unnamed} of unknown source"));
        }
        let there = if missing.contains(path) { "" } else { " (there already)" };
        let (path, from) = (text::one_line(path), from.join(", "));
        out.push_str(&format!("  {path}: {} from {from}{there}\n", entries(list.len())));
    }
    let account = &adoption.account;
    let unread = account.lines - account.understood;
    let left_out = adoption.left_out;
    for (number, said) in [
        (unread, format!("Not used: {} of the export.", text::count(unread, "piece"))),
        (adoption.redactions, format!("Cut out: {}.", text::count(adoption.redactions, "secret"))),
        (
            adoption.hidden,
            format!("Cut out: {}.", text::count(adoption.hidden, "hidden character")),
        ),
        (left_out, format!("Left out, because there are too many: {left_out} of the entries.")),
    ] {
        if number > 0 {
            out.push_str(&said);
            out.push('\n');
        }
    }
    if !adoption.quarantined.is_empty() {
        let held = text::count(adoption.quarantined.len() as u64, "entry");
        let held = held.replace("entrys", "entries");
        out.push_str(&format!("Left out, for ordering agents to leave their rules: {held}.\n"));
        for entry in &adoption.quarantined {
            out.push_str(&format!("  x {}\n", text::one_line(&entry.text)));
        }
    }
    let entry = |entry: &Entry| {
        json!({
            "path": moved(&entry.path), "source": entry.source, "time": entry.time,
            "id": entry.id, "text": entry.text,
        })
    };
    let json = json!({
        "outcome": if revision.is_some() { "adopted" } else { "nothing" },
        "revision": revision,
        "files": missing,
        "entries": adoption.entries.iter().map(entry).collect::<Vec<_>>(),
        "account": account,
        "redactions": adoption.redactions,
        "hidden": adoption.hidden,
        "left_out": adoption.left_out,
        "quarantined": adoption.quarantined.iter().map(entry).collect::<Vec<_>>(),
    });
    Reply::new(out, json)
}
