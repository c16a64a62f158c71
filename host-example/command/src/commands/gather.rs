//! `dreaming gather`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use clap::Args;
use dreaming_export::digests;
use dreaming_wasmtime::{Contents, Job, NewRevision, Snapshot};
use serde_json::json;

use super::{Place, clock, edits, entries};
use crate::component;
use crate::document::{self, Revision};
use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::output::{self, Reply, next, text};
use crate::snapshot;
use crate::state::{self, Access, State};
use crate::write;

/// `dreaming gather`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Gather {
    /// Memory folders of other agents or people. They are only read.
    #[arg(value_name = "FOLDER", required = true, num_args = 1..)]
    pub folders: Vec<PathBuf>,
    /// Name of the store, when one folder is given: its memories go to a folder of this name
    /// [default: the name of the folder].
    #[arg(long = "as", value_name = "NAME")]
    pub name: Option<String>,
    /// Whose preferences its preferences are [default: the person of its sessions, else the name of
    /// the store].
    #[arg(long, value_name = "NAME")]
    pub principal: Option<String>,
    /// Takes in what was shown under this id.
    #[arg(long, value_name = "ID")]
    pub accept: Option<String>,
    /// Prints what would be written, and writes nothing.
    #[arg(long, conflicts_with = "accept")]
    pub dry_run: bool,
    /// The time of the revision, such as `2026-02-20T00:00:00Z` [default: the clock].
    #[arg(long, value_name = "RFC3339", value_parser = crate::signed::time)]
    pub now: Option<i64>,
}

const AFTER_HELP: &str = "\
Each memory becomes `<name>/<path>`, each entry keeps trust, evidence, support and times that its own \
store knows. Secrets are cut out, and statements that order agents to leave their rules are turned down and named. \
Nothing is written before you have seen it: the command shows it with an id, and takes it in when you give that id \
to --accept, or say so on a terminal. Preferences stay those of their person until enough people share them (setting \
`scope.team-principals`). Called again, only what is new comes. What several stores say merges with the \
next `dreaming run`, in a plan like any other.

Examples:
  dreaming gather ../alice/notes --as alice --memory team
  dreaming gather ../alice/notes --as alice --memory team --accept 3f09c1d2a7b4
  dreaming gather stores/alice stores/bob --dry-run --memory team";

/// The exit code when something waits for a person, the same as for a plan.
const PROPOSED: u8 = 3;

/// Hexadecimal digits of the id under which new statements are shown. Chosen by us: long enough
/// that two ids do not coincide by chance.
const ID: usize = 12;

/// Most files that are named of those without a copy here. Chosen by us: a line or two.
const NAMED: usize = 5;

/// One store that may be taken in.
struct Taken {
    name: String,
    folder: PathBuf,
    /// The revision with its new statements, and the memories before that revision; `None` when
    /// nothing is new.
    new: Option<(NewRevision, BTreeMap<String, String>)>,
    /// The number of the revision that took the store in.
    revision: Option<u64>,
    /// Statements that are left out because they order agents about, and headings that do, with what
    /// stands below them: memory and text.
    turned_down: Vec<(String, String)>,
    /// What else stays out, as sentences without a full stop.
    left_out: Vec<String>,
    /// Secrets that were cut out.
    redactions: u64,
}

/// Takes other stores in, once a person has seen what they say.
pub fn gather(mut place: Place, args: &Gather) -> Result<Reply> {
    let names = names(args)?;
    let mut job = component::load(&place.dir)?.job().map_err(component::refused)?;
    let now = args.now.unwrap_or_else(clock);
    let mut others = Vec::new();
    for (name, path) in names.into_iter().zip(&args.folders) {
        others.push((name, path, read(path, &place)?));
    }
    // Edits of people become a revision of their own, so that each gathered store can be reverted
    // alone.
    let mut contents = super::now(&place)?;
    let before = snapshot::texts(&contents);
    let edits = edits::observed(&mut job, &contents, now)?;
    if let Some(edits) = &edits {
        snapshot::advance(&mut contents, edits);
    }
    let mut taken = Vec::new();
    for (name, path, other) in others {
        let store = job.snapshot(&contents).map_err(component::refused)?;
        let headings = headings(&other);
        let paths: Vec<String> =
            other.memories.iter().map(|memory| format!("{name}/{}", memory.path)).collect();
        let other = job.snapshot(&other).map_err(component::refused)?;
        let made = job.gather(&store, &other, &name, args.principal.as_deref(), now);
        let made = made.map_err(component::refused)?;
        let (turned_down, redactions) = screened(&mut job, &other, headings)?;
        let left_out = made.as_ref().map(|made| left_out(made, &name)).transpose()?;
        let mut left_out = left_out.unwrap_or_default();
        let before = snapshot::texts(&contents);
        if let Some(made) = &made {
            snapshot::advance(&mut contents, made);
        }
        left_out.extend(without_copy(&contents, paths));
        let new = made.map(|made| (made, before));
        let folder = path.clone();
        taken.push(Taken { name, folder, new, revision: None, turned_down, left_out, redactions });
    }
    let id = id(args, &taken);
    let any = taken.iter().any(|store| store.new.is_some());
    if any && !args.dry_run && !accepted(args, &taken, &id)? {
        return Ok(reply(&taken, Some(Shown::new(args, &id))));
    }
    if let Some(edits) = edits.filter(|_| any) {
        write::commit(&mut place.state, &place.folder, &before, &edits, |_, _| Ok(()))?;
    }
    for store in &mut taken {
        let Some((made, before)) = &store.new else { continue };
        let number = write::commit(&mut place.state, &place.folder, before, made, |_, _| Ok(()))?;
        store.revision = Some(number);
    }
    let mut reply = reply(&taken, None);
    // Name the revision, because `revert` without a number goes back before the newest dream, not
    // before this.
    let first = taken.iter().find_map(|store| store.revision).filter(|_| !args.dry_run);
    if let Some(first) = first {
        let back = next::command(&format!("revert {}", first.saturating_sub(1)));
        reply.text.push_str(&format!("{back} takes it back.\n"));
    }
    Ok(reply)
}

/// A digest of all that would be written, so that `--accept` writes exactly what was shown.
fn id(args: &Gather, taken: &[Taken]) -> String {
    let mut parts: Vec<&[u8]> = vec![args.principal.as_deref().unwrap_or_default().as_bytes()];
    for store in taken {
        parts.push(store.name.as_bytes());
        for memory in store.new.iter().flat_map(|(made, _)| &made.memories) {
            parts.push(memory.path.as_bytes());
            parts.push(memory.text.as_deref().unwrap_or_default().as_bytes());
        }
    }
    let mut id = digests::of_parts(parts);
    id.truncate(ID);
    id
}

/// Whether a person accepts the new statements: by `--accept` with the id that was shown, or at the
/// terminal.
fn accepted(args: &Gather, taken: &[Taken], id: &str) -> Result<bool> {
    if let Some(given) = &args.accept {
        return match given == id {
            true => Ok(true),
            false => Err(Error::Conflict(format!(
                "what would be taken in is not what was shown as {}: call it without --accept, and look again",
                text::one_line(given)
            ))),
        };
    }
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Ok(false);
    }
    output::say(&reply(taken, Some(Shown::new(args, id))).text);
    let files = taken.iter().filter_map(|store| Some(store.new.as_ref()?.0.memories.len() as u64));
    output::note(&format!("Write {}? [y/N]", text::count(files.sum(), "file")));
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(Error::io("read", "the terminal"))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// The headings of a store, each with its memory.
fn headings(other: &Contents) -> Vec<(String, String)> {
    let of = |memory: &dreaming_wasmtime::Memory| -> Vec<(String, String)> {
        let lines = memory.text.lines().filter_map(|line| line.trim_ascii().strip_prefix('#'));
        let words = lines.map(|line| line.trim_matches(['#', ' ']).to_owned());
        words.map(|words| (memory.path.clone(), words)).collect()
    };
    other.memories.iter().flat_map(of).collect()
}

/// What stays out besides the statements that order agents about, as the note of the revision says.
fn left_out(made: &NewRevision, name: &str) -> Result<Vec<String>> {
    let record: Revision = document::parse(&made.record, "revision record")?;
    let note = record.note.strip_prefix(&format!("from `{name}`")).unwrap_or_default();
    let all = note.split("; ").filter(|said| !said.is_empty());
    let others = all.filter(|said| !said.starts_with("left out for ordering"));
    Ok(others.map(str::to_owned).collect())
}

/// Which memories of the other store have no copy here.
fn without_copy(contents: &Contents, paths: Vec<String>) -> Option<String> {
    let here: BTreeSet<&str> = contents.memories.iter().map(|memory| &*memory.path).collect();
    let gone: Vec<&str> =
        paths.iter().map(|path| &**path).filter(|path| !here.contains(path)).collect();
    let count = text::count(gone.len() as u64, "file");
    let why = "taken out or moved here, turned down, in a folder whose name begins with a dot, or without a statement";
    let named = gone.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    let more = if gone.len() > NAMED { ", …" } else { "" };
    (!gone.is_empty()).then(|| format!("{count} without a copy here ({why}): {named}{more}"))
}

/// The statements of a store and those of its `headings` that order agents about, and how many
/// secrets stand in it.
fn screened(
    job: &mut Job,
    other: &Snapshot,
    headings: Vec<(String, String)>,
) -> Result<(Vec<(String, String)>, u64)> {
    /// Entries in one call, so that no call is too large: each entry may be as long as a memory.
    const AT_ONCE: usize = 10;
    let (mut turned_down, mut redactions) = (Vec::new(), 0);
    for some in headings.chunks(AT_ONCE) {
        let texts: Vec<String> = some.iter().map(|(_, words)| words.clone()).collect();
        let screened = job.screen(&texts).map_err(component::refused)?;
        let orders = some.iter().zip(screened).filter(|(_, screened)| screened.instructs);
        turned_down.extend(orders.map(|((path, _), screened)| (path.clone(), screened.text)));
    }
    entries::each(job, other, |job, page| {
        for some in page.chunks(AT_ONCE) {
            let texts: Vec<String> = some.iter().map(|entry| entry.text.clone()).collect();
            let screened = job.screen(&texts).map_err(component::refused)?;
            for (entry, screened) in some.iter().zip(screened) {
                redactions += screened.redactions;
                if screened.instructs {
                    turned_down.push((entry.path.clone(), screened.text));
                }
            }
        }
        Ok(())
    })?;
    Ok((turned_down, redactions))
}

/// The name of each store, in the order of the folders.
fn names(args: &Gather) -> Result<Vec<String>> {
    if let Some(name) = &args.name {
        // Files in hidden folders are no memories; the same check refuses `..`.
        if name.split('/').any(|part| part.starts_with('.')) {
            return Err(Error::Usage("--as takes the name of a folder".into()));
        }
        return match args.folders.len() {
            1 => Ok(vec![name.clone()]),
            _ => Err(Error::Usage("--as names one folder; gather the folders one by one".into())),
        };
    }
    let mut names = Vec::new();
    let mut seen = BTreeSet::new();
    for folder in &args.folders {
        let whole = folder.canonicalize().map_err(Error::io("open", folder))?;
        let name = whole.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_default();
        if name.is_empty() || name.starts_with('.') || !seen.insert(name.clone()) {
            let shown = text::one_line(&folder.to_string_lossy());
            let why = "has no name of its own to go by; give one with --as";
            return Err(Error::Usage(format!("{shown} {why}")));
        }
        names.push(name);
    }
    Ok(names)
}

/// Reads the store in another folder as it is now, from a copy of its state, so that nothing there
/// is touched.
fn read(path: &Path, place: &Place) -> Result<Contents> {
    let folder = Folder::open(path)?;
    if folder.root().starts_with(place.folder.root())
        || place.folder.root().starts_with(folder.root())
    {
        return Err(Error::Usage("a store cannot take in itself, or a part of itself".into()));
    }
    let dir = state::place(&folder, None)?;
    let state = State::open(&dir, &folder, Access::Rehearse)?;
    Ok(snapshot::now(&state, &folder)?.0)
}

/// What is shown before anything is written.
struct Shown<'a> {
    id: &'a str,
    /// The command that takes it in, without `dreaming`.
    typed: String,
}

impl<'a> Shown<'a> {
    fn new(args: &Gather, id: &'a str) -> Self {
        let mut typed = "gather".to_owned();
        let folders = args.folders.iter().map(|folder| folder.to_string_lossy());
        folders.for_each(|folder| typed.push_str(&format!(" {}", next::quoted(&folder))));
        for (option, value) in [("as", &args.name), ("principal", &args.principal)] {
            if let Some(value) = value {
                typed.push_str(&format!(" --{option} {}", next::quoted(value)));
            }
        }
        typed.push_str(&format!(" --accept {id}"));
        Self { id, typed }
    }
}

/// The reply: which stores were taken in or, with `shown`, which would be.
fn reply(taken: &[Taken], shown: Option<Shown<'_>>) -> Reply {
    let mut out = String::new();
    let id = shown.as_ref().map(|shown| shown.id);
    if shown.is_some() {
        out.push_str("Nothing is written yet. This would be:\n");
    }
    for store in taken {
        let name = text::one_line(&store.name);
        let files = store.new.as_ref().map(|(made, _)| &made.memories[..]).unwrap_or_default();
        let count = text::count(files.len() as u64, "file");
        match (store.revision, &store.new) {
            (Some(number), _) => {
                out.push_str(&format!("Revision {number}: {count} from `{name}`.\n"))
            }
            (None, Some(_)) => out.push_str(&format!("{count} from `{name}`.\n")),
            (None, None) => out.push_str(&format!("Nothing new from `{name}`.\n")),
        }
        for file in files {
            out.push_str(&format!("  {}\n", text::one_line(&file.path)));
        }
        if store.redactions > 0 && store.new.is_some() {
            out.push_str(&format!("Cut out: {}.\n", text::count(store.redactions, "secret")));
        }
        turned_down(&mut out, store);
        for said in &store.left_out {
            out.push_str(&format!("Left out: {}.\n", text::one_line(said)));
        }
    }
    if let Some(Shown { typed, .. }) = &shown {
        for (made, before) in taken.iter().filter_map(|store| store.new.as_ref()) {
            for file in &made.memories {
                let before = before.get(&file.path).map(String::as_str);
                text::diff(&mut out, &file.path, before, file.text.as_deref());
            }
        }
        out.push_str(&format!("\n{} takes it in.\n", next::command(typed)));
    }
    let store = |store: &Taken| {
        let files = store.new.iter().flat_map(|(made, _)| &made.memories);
        let files: Vec<_> = files.map(|file| &file.path).collect();
        let down = store.turned_down.iter().map(|(path, text)| json!({"path": path, "text": text}));
        json!({
            "name": store.name, "folder": store.folder, "revision": store.revision,
            "files": files, "redactions": store.redactions,
            "turned_down": down.collect::<Vec<_>>(), "left_out": store.left_out,
        })
    };
    let any = taken.iter().any(|store| store.revision.is_some());
    let outcome = match (id, any) {
        (Some(_), _) => "proposed",
        (None, true) => "gathered",
        (None, false) => "nothing",
    };
    let stores: Vec<_> = taken.iter().map(store).collect();
    let json = json!({"outcome": outcome, "id": id, "stores": stores});
    Reply { text: out, json, code: if id.is_some() { PROPOSED } else { 0 } }
}

/// Adds lines about the statements of a store that are left out, and why.
fn turned_down(out: &mut String, store: &Taken) {
    if store.turned_down.is_empty() {
        return;
    }
    let count = text::count(store.turned_down.len() as u64, "statement");
    let orders = "Turned down, for ordering agents to leave their rules, with what stands below";
    out.push_str(&format!("{orders}: {count}.\n"));
    for (path, said) in &store.turned_down {
        out.push_str(&format!("  x {} ({})\n", text::one_line(said), text::one_line(path)));
    }
    out.push_str("If you want one of them all the same, write it into a memory yourself.\n");
}
