//! `dreaming take-over`.

mod beside;
mod copies;
mod trees;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Once;

use clap::Args;
use serde_json::json;

use super::{Place, import};
use crate::audit::audit;
use crate::cli::Common;
use crate::component;
use crate::error::{Error, Result};
use crate::find_store;
use crate::folder::Folder;
use crate::kept;
use crate::output::{self, Reply, next, text};
use crate::places::Places;
use crate::snapshot;
use crate::state::answers::batches;
use crate::state::{self, Access, LeftBehind, State, lock};
use crate::transfer;

/// `dreaming take-over`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct TakeOver {
    /// The state folder that was left behind, `<old parent>/.dreaming/<old name>` [default: the
    /// state that was copied with the folder].
    #[arg(long, value_name = "STATE")]
    pub from: Option<PathBuf>,
    /// Also reads the copies of sessions that `keep` made for that folder: say it only of a history that was always in
    /// your hands, since copies of a stranger would be read as your own sessions.
    #[arg(long)]
    pub with_copies: bool,
    /// Says whose history it is and what of it would be put away, and does nothing.
    #[arg(long)]
    pub dry_run: bool,
}

const AFTER_HELP: &str = "\
The history of a memory folder stands beside it, in `.dreaming/<name>`. A folder that was moved together with \
`.dreaming` needs nothing. One that was moved or renamed without it goes on with `--from`: the history is copied, \
and the old one stays where it is. One that was copied together with `.dreaming`, or came from a backup or \
another disk, goes on without `--from`; from then on each of the two has a history of its own. A plan that \
waits is put away, and so is what an interrupted write had left to do: make sure that the history is yours.

Examples:
  dreaming take-over --from old/.dreaming/notes --memory new/notes
  dreaming take-over --memory copy/notes
  dreaming take-over --memory notes --with-copies";

/// Makes an existing history the history of this folder.
pub fn take_over(common: &Common, args: &TakeOver) -> Result<Reply> {
    let folder = Folder::open(common.memory())?;
    let dir = state::place(&folder, common.state.as_deref())?;
    if args.dry_run {
        return rehearsed(args.from.as_deref().unwrap_or(&dir));
    }
    let (before, left) = match &args.from {
        Some(from) => copied(common, from, args.with_copies)?,
        None => here(&folder, &dir, common, args.with_copies)?,
    };
    let access = if args.with_copies { Access::Write } else { Access::Read };
    let place = Place::open(common, access)?;
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
        let differ = if edited.len() == 1 { "differs" } else { "differ" };
        out.push_str(&format!(
            "{files} {differ} from it; the next run records that as your edits.\n"
        ));
    }
    // Paths from another place are not used.
    out.push_str(&next::sessions_to_name());
    if left.plan {
        let run = next::run();
        out.push_str(&format!("The plan that waited is put away; {run} dreams again.\n"));
    }
    if left.answers > 0 {
        let answers = text::count(left.answers, "answer");
        out.push_str(&format!(
            "{answers} of a review that was left before its end are gone: give them again.\n"
        ));
    }
    if !left.files.is_empty() {
        let files = text::count(left.files.len() as u64, "file");
        out.push_str(&format!("A write of {files} had been interrupted; they stay as they are.\n"));
    }
    if let Some(store) = &left.mirrored {
        // Its address is not repeated: whoever wrote the state chose where a key would be sent.
        let store = text::one_line(store);
        out.push_str(&format!(
            "It mirrored the hosted store {store}; `dreaming pull` with that id and its address compares the two anew: what only \
             one side has counts as new there, so look at what is to be pushed.\n"
        ));
    }
    if let Some(from) = &args.from {
        let from = text::one_line(&from.to_string_lossy());
        out.push_str(&format!("The old one is still in {from}; remove it when you are content.\n"));
    }
    let old = args.from.as_ref().unwrap_or(&dir);
    let copies = copies::copies(old, &place, args)?;
    out.push_str(&copies.told);
    let left_beside = beside::left(&before, args.from.as_deref(), &place)?;
    out.push_str(&left_beside.told);
    let json = json!({
        "outcome": "taken-over", "folder": before, "revisions": head, "edited": edited,
        "plan_put_away": left.plan, "answers_put_away": left.answers, "unfinished": left.files,
        "mirrored": left.mirrored, "kept_taken": copies.taken, "kept_left": copies.left,
        "configuration_left": left_beside.configuration, "schedules_left": left_beside.schedules,
    });
    Ok(Reply::new(out, json))
}

/// What would be taken over, and what of it put away.
fn rehearsed(dir: &Path) -> Result<Reply> {
    let (state, owner) = State::of_any(dir)?.ok_or_else(|| no_history(dir))?;
    let head = state.head()?.map_or(0, |head| head.number);
    // A copy in memory.
    let left = state.leave_behind()?;
    let copies = kept::files(dir)?.len();
    let of = owner.as_ref().map_or_else(String::new, |owner| {
        format!(" of {}", text::one_line(&owner.to_string_lossy()))
    });
    let mut out =
        format!("It would go on with the history{of} ({}).\n", text::count(head, "revision"));
    if left.plan {
        out.push_str(
            "A plan waits there, which would be put away: decide about it first, if you can.\n",
        );
    }
    if left.answers > 0 {
        let answers = text::count(left.answers, "answer");
        out.push_str(&format!("{answers} of a review that was left before its end would go.\n"));
    }
    if copies > 0 {
        let copies = text::count(copies as u64, "file");
        out.push_str(&format!("{copies} of `keep` would be read only with --with-copies.\n"));
    }
    let json = json!({
        "outcome": "would-take-over", "folder": owner, "revisions": head, "plan_put_away": left.plan,
        "answers_put_away": left.answers, "unfinished": left.files, "mirrored": left.mirrored, "kept": copies,
    });
    Ok(Reply::new(out, json))
}

fn no_history(dir: &Path) -> Error {
    Error::Usage(format!("there is no history in {}: it has no `state.db`", dir.display()))
}

/// Takes over the state that lies in this folder's own place. Returns the folder to which it
/// belonged.
fn here(
    folder: &Folder,
    dir: &Path,
    common: &Common,
    with_copies: bool,
) -> Result<(PathBuf, LeftBehind)> {
    let Some((state, owner)) = State::of_any(dir)? else {
        let dir = dir.display();
        return Err(Error::Usage(format!(
            "there is no history in {dir}: name the one that was left behind with --from STATE"
        )));
    };
    let owner = owner.unwrap_or_else(|| folder.root().to_path_buf());
    // A state in the place of another existing folder must stay with that folder.
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
    // Only its copies are to be read: a plan that waits stays.
    if with_copies && state.was_made_for(folder)? {
        return Ok((owner, LeftBehind::default()));
    }
    let patience = common.wait.map_or(lock::PATIENCE, |s| std::time::Duration::from_secs(s.into()));
    let left = State::take_over(dir, folder, patience)?;
    Ok((owner, left))
}

/// Copies the history in `from` into this folder's empty state. Returns the folder to which it
/// belonged.
fn copied(common: &Common, from: &Path, with_copies: bool) -> Result<(PathBuf, LeftBehind)> {
    let (old, owner) = State::of_any(from)?.ok_or_else(|| no_history(from))?;
    // Looked at before a state is made here: one without a history would hide that of another folder.
    if common.memory.is_none() && !is_of(from, &Folder::open(common.memory())?)? {
        let from = next::quoted(&from.to_string_lossy());
        return Err(Error::Usage(format!(
            "which memories? The files here are not those of that history: \
             `dreaming take-over --from {from} --memory FOLDER` names the folder that goes on with it"
        )));
    }
    let place = Place::open(common, Access::Write)?;
    let root = place.folder.root().to_path_buf();
    if let Some(head) = place.state.head()? {
        // It was taken over before.
        if with_copies && old.salt()? == place.state.salt()? {
            return Ok((owner.unwrap_or(root), LeftBehind::default()));
        }
        let (revisions, dir) = (text::count(head.number, "revision"), place.dir.display());
        return Err(Error::Usage(format!(
            "this folder has a history of {revisions} already, in {dir}: move that away first"
        )));
    }
    // A damaged history is not copied.
    let mut job = component::load(&place.dir)?.job().map_err(component::refused)?;
    let found = audit(&old, &mut job)?;
    if let Some(first) = found.damage.first() {
        let why = format!("what it holds is damaged: {}: {}", first.what, first.why);
        return Err(Error::Export { path: from.to_path_buf(), why });
    }
    let left = old.leave_behind()?;
    let beside = import::Beside {
        answers: old.answers()?,
        batches: batches::rows(&old.db)?,
        held: old.held()?,
    };
    let mut rows = Vec::new();
    transfer::write(&old.db, &mut rows, Places::AS_THEY_ARE)?.map_err(Error::io("read", from))?;
    import::store(place, &rows, found.revisions, &[], &beside, Places::AS_THEY_ARE)?;
    Ok((owner.unwrap_or(root), left))
}

/// The error for a memory folder that is gone while its history is still there.
pub fn moved(folder: &Path, state: Option<&Path>) -> Option<Error> {
    if state.is_some() || folder.exists() {
        return None;
    }
    let absolute = std::path::absolute(folder).ok()?;
    let state = absolute.parent()?.join(".dreaming").join(absolute.file_name()?);
    let take_over = find_store::typed(&state, "FOLDER");
    state.join("state.db").is_file().then(|| Error::Moved {
        folder: folder.to_path_buf(),
        state,
        take_over,
    })
}

/// Fails when this folder has no history and a history nearby lost its folder, which looks like this one. A command that
/// writes would begin a second history, and the old one could not be taken over any more.
///
/// # Errors
/// [`Error::Usage`] with what goes on.
pub fn check(place: &Place) -> Result<()> {
    let Some((state, folder)) = left_behind(place).into_iter().next() else { return Ok(()) };
    let (folder, shown) = (folder.to_string_lossy(), state.to_string_lossy());
    Err(Error::Usage(format!(
        "these look like the memories of {}, which is gone and whose history is left: {} goes on with it; to begin a new \
         one, move {} away first",
        text::one_line(&folder),
        go_on(&state),
        text::one_line(&shown)
    )))
}

/// The histories nearby whose folder is gone and that fit this folder, each with the folder that it names. None when this
/// folder has its own.
pub fn left_behind(place: &Place) -> Vec<(PathBuf, PathBuf)> {
    if has_history(place) {
        return Vec::new();
    }
    let above = place.folder.root().ancestors().skip(2).take(ABOVE).flat_map(orphans_beside);
    let near = state::orphans(&place.dir).into_iter().chain(above);
    let near = near.filter(|(state, _)| is_of(state, &place.folder).unwrap_or(false));
    // Further away lie other copies of the same memories too, so equal words prove nothing.
    let beside = folders_beside_parent(place.folder.root());
    let beside = beside.iter().flat_map(|folder| orphans_beside(folder));
    let beside = beside.filter(|(state, _)| is_from(state, &place.folder).unwrap_or(false));
    near.chain(beside).collect()
}

/// The folders beside the parent of the memory folder, sorted: one of them may be the parent from
/// which the memory folder was moved. All of them are looked into, because a lost history that is
/// passed over would be replaced by a second one in silence; a folder without a history costs one
/// call of the system, and a memory folder with a history looks nowhere.
fn folders_beside_parent(root: &Path) -> Vec<PathBuf> {
    let Some(above) = root.ancestors().nth(2) else { return Vec::new() };
    let items = fs::read_dir(above).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = items.map(|item| item.path()).collect();
    folders.sort();
    folders
}

/// Whether the history in `dir` was made for this folder.
fn is_from(dir: &Path, folder: &Folder) -> Result<bool> {
    State::of_any(dir)?.map_or(Ok(false), |(state, _)| state.was_made_for(folder))
}

/// Whether the history in `dir` was made for this folder, or knows one of the memories here word for word. The second test
/// is for a folder that was copied from another disk, which has another identity.
fn is_of(dir: &Path, folder: &Folder) -> Result<bool> {
    let Some((state, _)) = State::of_any(dir)? else { return Ok(false) };
    if state.was_made_for(folder)? {
        return Ok(true);
    }
    let known = snapshot::texts_at(&state, state.head()?.map_or(0, |head| head.number))?;
    let here = folder.read()?.memories;
    Ok(here.iter().any(|memory| known.get(&memory.path) == Some(&memory.text)))
}

fn has_history(place: &Place) -> bool {
    place.dir.join(state::FILE).exists() && place.state.head().is_ok_and(|head| head.is_some())
}

fn orphans_beside(folder: &Path) -> Vec<(PathBuf, PathBuf)> {
    state::orphans(&folder.join(state::place::BESIDE).join("-"))
}

fn go_on(state: &Path) -> String {
    next::command(&format!("take-over --from {}", next::quoted(&state.to_string_lossy())))
}

/// Prints a note, once, when this folder has no history and a history nearby has lost its folder, or another work tree
/// of the repository has one.
pub fn hint(place: &Place) {
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        for Lost { folder, todo } in lost(place) {
            output::note(&format!("{folder} is gone and its history is left: {todo}"));
        }
        trees::elsewhere(place).iter().for_each(|said| output::note(said));
    });
}

/// A history whose folder is gone, as text for people.
pub struct Lost {
    /// The folder.
    pub folder: String,
    /// What to type.
    pub todo: String,
}

/// The histories nearby that lost their folders, which may be this one; none when this folder has its own
/// history.
pub fn lost(place: &Place) -> Vec<Lost> {
    if has_history(place) {
        return Vec::new();
    }
    let fitting = left_behind(place).into_iter().map(|(state, folder)| Lost {
        folder: text::one_line(&folder.to_string_lossy()),
        todo: format!("if this is that folder, {} goes on with it", go_on(&state)),
    });
    let inside = find_store::lost_inside(place.folder.root()).into_iter();
    let inside = inside.map(|(folder, line)| Lost {
        folder,
        todo: format!("where that folder is now, {line} goes on with it"),
    });
    fitting.chain(inside).collect()
}

/// Levels above the parent of the memory folder at which a lost history is looked for. Chosen by
/// us: as many as the levels below a folder at which a store is looked for.
const ABOVE: usize = 3;
