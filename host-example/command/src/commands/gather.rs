//! `dreaming gather`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use dreaming_wasmtime::Contents;
use serde_json::json;

use super::{Place, clock, edits};
use crate::cli;
use crate::component;
use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::output::{Reply, text};
use crate::snapshot;
use crate::state::{self, Access, State};

/// `dreaming gather`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Gather {
    /// Memory folders of other agents or people. They are only read.
    #[arg(value_name = "FOLDER", required = true, num_args = 1..)]
    pub folders: Vec<PathBuf>,
    /// Name of the store, when one folder is given: its memories go to a folder of this name [default:
    /// the name of the folder].
    #[arg(long = "as", value_name = "NAME")]
    pub name: Option<String>,
    /// Whose preferences its preferences are [default: the person of its sessions, else the name of the
    /// store].
    #[arg(long, value_name = "NAME")]
    pub principal: Option<String>,
    /// Prints what would be written, and writes nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// The time of the revision, such as `2026-02-20T00:00:00Z` [default: the clock].
    #[arg(long, value_name = "RFC3339", value_parser = cli::time)]
    pub now: Option<i64>,
}

const AFTER_HELP: &str = "\
Each memory becomes `<name>/<path>`, each entry keeps trust, evidence, support and times that its own \
store knows. Preferences stay those of their person until enough people share them (setting \
`scope.team-principals`). Called again, only what is new comes. What several stores say merges with the \
next `dreaming run`, in a plan like any other.

Examples:
  dreaming gather ../alice/notes --as alice --memory team
  dreaming gather stores/alice stores/bob --dry-run --memory team";

/// One store that was taken in.
struct Taken {
    name: String,
    folder: PathBuf,
    /// The revision with what is new of it.
    revision: Option<u64>,
    /// The memories that it wrote.
    files: Vec<String>,
}

/// Takes the memories of other stores in.
pub fn gather(mut place: Place, args: &Gather) -> Result<Reply> {
    let names = names(args)?;
    let mut job = component::load(&place.dir)?.job().map_err(component::refused)?;
    let now = args.now.unwrap_or_else(clock);
    let mut others = Vec::new();
    for (name, path) in names.into_iter().zip(&args.folders) {
        others.push((name, path, read(path, &place)?));
    }
    // What people wrote since is a revision of its own, so that each store can be taken back alone.
    let mut contents = super::now(&place)?;
    edits::keep(&mut place, &mut job, &mut contents, now)?;
    let mut taken = Vec::new();
    for (name, path, other) in others {
        let store = job.snapshot(&contents).map_err(component::refused)?;
        let other = job.snapshot(&other).map_err(component::refused)?;
        let made = job.gather(&store, &other, &name, args.principal.as_deref(), now);
        let (mut files, mut revision) = (Vec::new(), None);
        if let Some(made) = made.map_err(component::refused)? {
            files = made.memories.iter().map(|memory| memory.path.clone()).collect();
            revision = Some(edits::commit(&mut place, &mut contents, &made)?);
        }
        taken.push(Taken { name, folder: path.clone(), revision, files });
    }
    Ok(reply(&taken))
}

/// The name of each store, in the order of the folders.
fn names(args: &Gather) -> Result<Vec<String>> {
    if let Some(name) = &args.name {
        // Below a hidden folder nothing is a memory; a path that leads out of the folder begins like it.
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

/// The store in another folder, as it is now: of a copy of its state, so that nothing there is touched.
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

fn reply(taken: &[Taken]) -> Reply {
    let mut out = String::new();
    for store in taken {
        let name = text::one_line(&store.name);
        match store.revision {
            Some(number) => {
                let files = text::count(store.files.len() as u64, "file");
                out.push_str(&format!("Revision {number}: {files} from `{name}`.\n"));
                for file in &store.files {
                    out.push_str(&format!("  {}\n", text::one_line(file)));
                }
            }
            None => out.push_str(&format!("Nothing new from `{name}`.\n")),
        }
    }
    let store = |store: &Taken| {
        json!({
            "name": store.name, "folder": store.folder, "revision": store.revision,
            "files": store.files,
        })
    };
    let any = taken.iter().any(|store| store.revision.is_some());
    let json = json!({
        "outcome": if any { "gathered" } else { "nothing" },
        "stores": taken.iter().map(store).collect::<Vec<_>>(),
    });
    Reply::new(out, json)
}
