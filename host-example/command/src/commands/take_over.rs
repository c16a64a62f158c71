//! `dreaming take-over`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::{Place, import};
use crate::audit::audit;
use crate::beside;
use crate::cli::Common;
use crate::component;
use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::output::{self, Reply, next, text};
use crate::places::Places;
use crate::snapshot;
use crate::state::{self, Access, LeftBehind, State, lock};
use crate::transfer;

/// `dreaming take-over`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct TakeOver {
    /// The state folder that was left behind, `<old parent>/.dreaming/<old name>` [default: the state that was
    /// copied with the folder].
    #[arg(long, value_name = "STATE")]
    pub from: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
The history of a memory folder stands beside it, in `.dreaming/<name>`. A folder that was moved together with \
`.dreaming` needs nothing. One that was moved or renamed without it goes on with `--from`: the history is copied, \
and the old one stays where it is. One that was copied together with `.dreaming`, or came from a backup or \
another disk, goes on without `--from`; from then on each of the two has a history of its own. A plan that \
waits is put away, and so is what an interrupted write had left to do: make sure that the history is yours.

Examples:
  dreaming take-over --from old/.dreaming/notes --memory new/notes
  dreaming take-over --memory copy/notes";

/// Makes a history that of this folder.
pub fn take_over(common: &Common, args: &TakeOver) -> Result<Reply> {
    let folder = Folder::open(common.memory())?;
    let dir = state::place(&folder, common.state.as_deref())?;
    let (before, left) = match &args.from {
        Some(from) => copied(common, from)?,
        None => here(&folder, &dir, common)?,
    };
    let place = Place::open(common, Access::Read)?;
    let head = place.state.head()?.map_or(0, |head| head.number);
    let (contents, _) = snapshot::now(&place.state, &place.folder)?;
    let known = snapshot::texts_at(&place.state, head)?;
    let edited = snapshot::differing(&known, &snapshot::texts(&contents));
    let mut out = format!(
        "The history of {} ({}) is that of this folder now.\n",
        text::one_line(&before.to_string_lossy()),
        text::count(head, "revision")
    );
    if !edited.is_empty() {
        let files = text::count(edited.len() as u64, "file");
        out.push_str(&format!(
            "{files} differ from it; the next run records that as your edits.\n"
        ));
    }
    if left.plan {
        // What it read is not known here: paths of another place are not followed.
        let is_known = next::names_agent(common)
            || common.config.held.iter().any(|held| held.name == "sessions");
        let run = next::command(if is_known { "run" } else { "run --sessions PATH…" });
        out.push_str(&format!("The plan that waited is put away; {run} makes it again.\n"));
    }
    if !left.files.is_empty() {
        let files = text::count(left.files.len() as u64, "file");
        out.push_str(&format!("A write of {files} had been interrupted; they stay as they are.\n"));
    }
    if let Some(from) = &args.from {
        let from = text::one_line(&from.to_string_lossy());
        out.push_str(&format!("The old one is still in {from}; remove it when you are content.\n"));
    }
    let json = json!({
        "outcome": "taken-over", "folder": before, "revisions": head, "edited": edited,
        "plan_put_away": left.plan, "unfinished": left.files,
    });
    Ok(Reply::new(out, json))
}

/// The state at the place of this folder becomes its own. The folder that it belonged to.
fn here(folder: &Folder, dir: &Path, common: &Common) -> Result<(PathBuf, LeftBehind)> {
    let Some((_, owner)) = State::of_any(dir)? else {
        let dir = dir.display();
        return Err(Error::Usage(format!(
            "there is no history in {dir}: name the one that was left behind with --from STATE"
        )));
    };
    let owner = owner.unwrap_or_else(|| folder.root().to_path_buf());
    // Where another folder looks for its own history it must stay.
    let is_anothers = owner != folder.root()
        && Folder::open(&owner)
            .and_then(|other| state::place(&other, None))
            .is_ok_and(|place| place.canonicalize().ok() == dir.canonicalize().ok());
    if is_anothers {
        let (dir, owner) = (dir.display(), owner.display());
        return Err(Error::Usage(format!(
            "{dir} is where {owner} keeps its history: `dreaming take-over --from` copies it to another \
             place; leave out --state"
        )));
    }
    let patience = common.wait.map_or(lock::PATIENCE, |s| std::time::Duration::from_secs(s.into()));
    let left = State::take_over(dir, folder, patience)?;
    Ok((owner, left))
}

/// Copies the history in `from` into the empty one of this folder. The folder that it belonged to.
fn copied(common: &Common, from: &Path) -> Result<(PathBuf, LeftBehind)> {
    let Some((old, owner)) = State::of_any(from)? else {
        let from = from.display();
        return Err(Error::Usage(format!("there is no history in {from}: it has no `state.db`")));
    };
    let place = Place::open(common, Access::Write)?;
    if let Some(head) = place.state.head()? {
        let (revisions, dir) = (text::count(head.number, "revision"), place.dir.display());
        return Err(Error::Usage(format!(
            "this folder has a history of {revisions} already, in {dir}: move that away first"
        )));
    }
    // What is damaged is not carried on.
    let mut job = component::load(&place.dir)?.job().map_err(component::refused)?;
    let found = audit(&old, &mut job)?;
    if let Some(first) = found.damage.first() {
        let why = format!("what it holds is damaged: {}: {}", first.what, first.why);
        return Err(Error::Export { path: from.to_path_buf(), why });
    }
    let left = old.leave_behind()?;
    let answers = old.answers()?;
    let mut rows = Vec::new();
    transfer::write(&old.db, &mut rows, Places::AS_THEY_ARE)?.map_err(Error::io("read", from))?;
    let root = place.folder.root().to_path_buf();
    import::store(place, &rows, found.revisions, &[], &answers, Places::AS_THEY_ARE)?;
    Ok((owner.unwrap_or(root), left))
}

/// The error for a memory folder that is gone while its history is there.
pub fn moved(folder: &Path, state: Option<&Path>) -> Option<Error> {
    if state.is_some() || folder.exists() {
        return None;
    }
    let absolute = std::path::absolute(folder).ok()?;
    let state = absolute.parent()?.join(".dreaming").join(absolute.file_name()?);
    let take_over = typed(&state, "FOLDER");
    state.join("state.db").is_file().then(|| Error::Moved {
        folder: folder.to_path_buf(),
        state,
        take_over,
    })
}

/// Says where the history of this folder may be, when it has none and beside it one has lost its folder.
pub fn hint(place: &Place) {
    if place.dir.join("state.db").exists() && place.state.head().is_ok_and(|head| head.is_some()) {
        return;
    }
    let root = place.folder.root();
    let beside = |folder: &Path| state::orphans(&folder.join(state::place::BESIDE).join("-"));
    let above = root.ancestors().skip(2).take(ABOVE).flat_map(beside);
    for (state, folder) in state::orphans(&place.dir).into_iter().chain(above) {
        let folder = text::one_line(&folder.to_string_lossy());
        let from = next::quoted(&state.to_string_lossy());
        let typed = next::command(&format!("take-over --from {from}"));
        output::note(&format!(
            "{folder} is gone and its history is left: if this is that folder, {typed} goes on with it"
        ));
    }
    // Those of folders that were in this one.
    for (state, folder) in beside(root) {
        let now = beside::of_name(root, folder.file_name().unwrap_or_default());
        let now = match now.as_slice() {
            [one] => next::quoted(&root.join(one).to_string_lossy()),
            _ => "FOLDER".into(),
        };
        let folder = text::one_line(&folder.to_string_lossy());
        output::note(&format!(
            "{folder} is gone and its history is left: where that folder is now, `{}` goes on with it",
            typed(&state, &now)
        ));
    }
}

/// Folders above the one that holds the memories, beside which a history may have been left. Chosen by us, as the levels
/// below a folder at which a store is looked for.
const ABOVE: usize = 3;

fn typed(state: &Path, memory: &str) -> String {
    let state = next::quoted(&state.to_string_lossy());
    format!("dreaming take-over --from {state} --memory {memory}")
}
