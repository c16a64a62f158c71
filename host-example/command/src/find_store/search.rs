//! Where stores may be: in a folder, above it, and deeper in it.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use crate::commands::left_out::{ENTRANCES, INDEX};
use crate::config;
use crate::error::Result;
use crate::ignored::Ignored;
use crate::state::place;

/// Folders of a project in which people keep memories. Chosen by us: the names in our examples and guides, and a plural.
pub const PLACES: [&str; 4] = ["memory", "memories", "notes", "docs/memory"];

/// How many levels below the current folder are searched. Chosen by us: enough for `docs/memory`
/// and `packages/web/memory`.
const LEVELS: usize = 3;

/// Most folders that this search opens. Chosen by us: few enough that the search takes a moment
/// even on a network disk.
const FOLDERS: usize = 2_000;

/// Whether `folder` has a history in the default place beside it.
pub fn has_history(folder: &Path) -> bool {
    let state =
        |folder: PathBuf| Some(folder.parent()?.join(place::BESIDE).join(folder.file_name()?));
    let state = folder.canonicalize().ok().and_then(state);
    state.is_some_and(|state| state.join(place::FILE).is_file())
}

/// The names of the folders here that have a history.
pub fn stores() -> Result<Vec<String>> {
    stores_of(Path::new("."))
}

/// The names of the folders in `parent` that have a history.
pub fn stores_of(parent: &Path) -> Result<Vec<String>> {
    let states = fs::read_dir(place::beside(parent)?).into_iter().flatten().flatten();
    let names = states.filter_map(|state| state.file_name().into_string().ok());
    let is_store = |name: &String| {
        let folder = parent.join(name);
        folder.is_dir() && has_history(&folder)
    };
    let mut names: Vec<String> = names.filter(is_store).collect();
    names.sort();
    Ok(names)
}

/// The memory folder with a history in which the current folder lies, by its full path.
pub fn around() -> Option<String> {
    let here = env::current_dir().ok()?.canonicalize().ok()?;
    let around = here.ancestors().skip(1).find(|folder| has_history(folder))?;
    around.to_str().map(str::to_owned)
}

/// What is above the current folder.
#[derive(Debug, Default)]
pub struct Above {
    /// The stores in the nearest folder that has any.
    pub stores: Vec<String>,
    /// Whether a folder on the way to them, the current one included, has memories of its own.
    pub is_behind_others: bool,
}

/// Looks above the current folder: in the repository, or where there is none, in the parent alone, in which the history
/// of the current folder would lie too.
pub fn above() -> Result<Above> {
    let here = env::current_dir().ok().and_then(|here| here.canonicalize().ok());
    let Some(here) = here.filter(|here| !here.join(".git").exists()) else {
        return Ok(Above::default());
    };
    let root = here.ancestors().find(|folder| folder.join(".git").exists());
    let most = root.map_or(1, |root| here.components().count() - root.components().count());
    let mut is_behind_others = has_memories(&here);
    for (up, folder) in here.ancestors().skip(1).take(most).enumerate() {
        let named = named_in(folder).filter(|memory| *memory != here);
        let named = named.and_then(|memory| memory.file_name()?.to_str().map(str::to_owned));
        let mut stores = stores_of(folder)?;
        stores.extend(named);
        let placed = PLACES.into_iter().filter(|name| has_history(&folder.join(name)));
        stores.extend(placed.map(str::to_owned));
        stores.sort();
        stores.dedup();
        if !stores.is_empty() {
            let to = "../".repeat(up + 1);
            let stores = stores.into_iter().map(|name| format!("{to}{name}")).collect();
            return Ok(Above { stores, is_behind_others });
        }
        is_behind_others |= has_memories(folder);
    }
    Ok(Above::default())
}

/// Whether a folder has memories of its own: a file that agents load because of its name, or a folder that is a usual
/// place of memories and holds some.
fn has_memories(folder: &Path) -> bool {
    let is_note = |item: fs::DirEntry| item.path().extension().is_some_and(|is| is == "md");
    let holds = |place: &str| {
        fs::read_dir(folder.join(place)).is_ok_and(|items| items.flatten().any(is_note))
    };
    ENTRANCES.into_iter().chain([INDEX]).any(|name| folder.join(name).is_file())
        || PLACES.into_iter().any(holds)
}

/// The folders deeper in this project that have a history or that a configuration file beside them
/// names. Hidden folders, links and nested repositories are not searched, because these may be a
/// stranger's.
pub fn below(root: &Path) -> Vec<String> {
    stores_in(root, deeper(root, false))
}

/// As [`below`], of the folders that git ignores, too. They are named and not used.
pub fn below_ignored(root: &Path) -> Vec<String> {
    let mut found = stores_in(root, deeper(root, true));
    // A configuration file is no history.
    found.retain(|name| has_history(&root.join(name)));
    found
}

/// The stores in these folders below `root`.
fn stores_in(root: &Path, folders: Vec<PathBuf>) -> Vec<String> {
    let mut found = Vec::new();
    for folder in folders {
        let names = stores_of(&root.join(&folder)).unwrap_or_default();
        let stores = names.into_iter().map(|name| folder.join(name));
        let named = named_in(&root.join(&folder));
        let named = named.and_then(|path| Some(path.strip_prefix(root).ok()?.to_path_buf()));
        found.extend(stores.chain(named));
    }
    let shown = |path: PathBuf| Some(path.to_str()?.replace(MAIN_SEPARATOR, "/"));
    let mut found: Vec<String> = found.into_iter().filter_map(shown).collect();
    found.sort();
    found.dedup();
    found
}

/// The folders of this name below `root`, within [`LEVELS`] and [`FOLDERS`].
pub fn of_name(root: &Path, name: &OsStr) -> Vec<PathBuf> {
    let mut found = deeper(root, false);
    found.retain(|folder| folder.file_name() == Some(name));
    found
}

/// The folders below `root`, within [`LEVELS`] and [`FOLDERS`]; those that git ignores only `with_ignored`.
fn deeper(root: &Path, with_ignored: bool) -> Vec<PathBuf> {
    let real = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
    let rules = Ignored::of(&real).unwrap_or_default();
    let (mut found, mut level, mut looks) = (Vec::new(), vec![(PathBuf::new(), rules)], 0);
    for _ in 0..LEVELS {
        let mut next = Vec::new();
        for (folder, rules) in level {
            looks += 1;
            if looks > FOLDERS {
                break;
            }
            let inside = folders(root, &folder).into_iter();
            let inside =
                inside.filter(|folder| with_ignored || !rules.has(&real.join(folder), true));
            next.extend(inside.map(|folder| {
                let within = rules.below(&real.join(&folder)).unwrap_or_default();
                (folder, within)
            }));
        }
        found.extend(next.iter().map(|(folder, _)| folder.clone()));
        level = next;
    }
    found
}

/// The folders of `parent`, which is below `root`, that belong to the same project.
fn folders(root: &Path, parent: &Path) -> Vec<PathBuf> {
    let here = root.join(parent);
    let inside = fs::read_dir(here).into_iter().flatten().flatten();
    let is_folder = |item: &fs::DirEntry| {
        let is_hidden = item.file_name().as_encoded_bytes().starts_with(b".");
        // `is_dir` is false for a link.
        !is_hidden
            && item.file_type().is_ok_and(|kind| kind.is_dir())
            && !item.path().join(".git").exists()
    };
    inside.filter(is_folder).map(|item| parent.join(item.file_name())).collect()
}

/// The memories that the configuration file of `parent` names, if they are a folder in `parent`. A
/// broken file counts as none here: a command that uses that store reports it.
fn named_in(parent: &Path) -> Option<PathBuf> {
    let known = config::known::folder(parent).ok()?;
    known.memory.filter(|memory| memory.parent() == Some(parent) && memory.is_dir())
}
