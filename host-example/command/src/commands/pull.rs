//! `dreaming pull`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use clap::Args;
use dreaming_wasmtime::{Contents, Memory};
use serde_json::Value;

use self::told::{reply, sessions};
use super::{Place, begins_none, clock, edits, take_over, write};
use crate::cli::Common;
use crate::component;
use crate::error::{Error, Result};
use crate::hosted::client::{Client, is_id};
use crate::hosted::compare::Comparison;
use crate::hosted::decide::{Side, prefer};
use crate::hosted::memories::{Store, There};
use crate::hosted::sides::Sides;
use crate::hosted::trouble::Trouble;
use crate::hosted::{Asking, HOME, paths};
use crate::output::{Reply, text};
use crate::snapshot;
use crate::state::Access;
use crate::state::mirror::{Mirror, Seen};
use crate::write as files;

mod told;

/// `dreaming pull`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Pull {
    /// The memory store: its id, `memstore_…` [default: the one that the folder mirrors].
    #[arg(value_name = "STORE")]
    pub store: Option<String>,
    /// The memory folder; it is made if it is not there. The same as --memory.
    #[arg(value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
    /// Address of the service, what stands before `/v1`; it is remembered [default:
    /// https://api.anthropic.com]. The key is sent there.
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// Takes these memories, which changed here and there, as they are there. As they were here
    /// they stay in the history.
    #[arg(long, num_args = 1.., value_name = "PATH")]
    pub theirs: Vec<String>,
    /// Takes all memories that changed here and there as they are there.
    #[arg(long, conflicts_with = "theirs")]
    pub all_theirs: bool,
    /// Also fetches the newest N sessions that had the store attached, into `FOLDER-sessions`
    /// [default of N: 100]. Their events are fetched, transcripts that were put there as files are
    /// not.
    #[arg(long, num_args = 0..=1, default_missing_value = "100", value_name = "N",
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub sessions: Option<u32>,
    /// Prints what would be written, and writes nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// How the service is asked.
    #[command(flatten)]
    pub asking: Asking,
}

const AFTER_HELP: &str = "\
The folder mirrors the store: a memory `/notes/a.md` there is the file `notes/a.md`. What changed only there since \
the last time is written here, as a revision of its own that `revert` takes back; what changed only here waits for \
`push`; of what changed on both sides nothing is written, and the command ends with 4. What no memory here can be \
(another ending than `.md`, a hidden name) is named and left alone.

The key comes from DREAMING_STORE_KEY. Only for https://api.anthropic.com, and when that is not set, it comes from \
ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN: those are keys of models too, and go nowhere else.

Examples:
  dreaming pull memstore_01Hx notes
  dreaming pull memstore_01Hx notes --url http://127.0.0.1:8300 --sessions
  dreaming pull notes
  dreaming pull notes --theirs team.md --dry-run
  dreaming pull notes --all-theirs";

/// What the ids of memory stores begin with.
const PREFIX: &str = "memstore_";

impl Pull {
    /// The folder that the line names. A single word that is no id of a store is one.
    pub fn folder(&mut self) -> Option<PathBuf> {
        if self.folder.is_none() && self.store.as_ref().is_some_and(|id| !id.starts_with(PREFIX)) {
            self.folder = self.store.take().map(PathBuf::from);
        }
        self.folder.take()
    }
}

/// Brings here what changed there.
pub fn pull(common: &Common, args: &Pull) -> Result<Reply> {
    let before = match common.memory().exists() {
        true => looked_up(common)?,
        // A folder that is gone and left its history is not begun anew.
        false => {
            take_over::moved(common.memory(), common.state.as_deref()).map_or(Ok(None), Err)?
        }
    };
    let (url, id) = meant(common, args, before.as_ref())?;
    let client = Client::new(&url, &args.asking)?;
    let store = Store { client: &client, id: &id };
    let described = store.describe()?;
    let listed = store.list(true)?;
    let (there, _temporary) = made(common, args.dry_run)?;
    begins_none(&there, args.dry_run)?;
    let mut reply = write(&there, args.dry_run, |mut place| {
        // The list is older than the lock: a second pull or push may have worked meanwhile.
        if place.state.mirror()? != before {
            return Err(Error::Conflict("another pull or push worked meanwhile".into()));
        }
        let mut reply = take(&mut place, &store, listed, before, args)?;
        if let Some(most) = args.sessions {
            sessions(&mut reply, common, &place, (&store, most), args.dry_run);
        }
        Ok(reply)
    })?;
    if let Value::Object(fields) = &mut reply.json {
        fields.insert("url".into(), client.url().into());
        fields.insert("store".into(), id.clone().into());
        fields.insert("name".into(), described.name.into());
        fields.insert("archived".into(), described.is_archived.into());
    }
    Ok(reply)
}

/// Address and id of the store.
fn meant(common: &Common, args: &Pull, mirror: Option<&Mirror>) -> Result<(String, String)> {
    let id = match (&args.store, mirror) {
        (Some(id), Some(mirror)) if *id != mirror.store => {
            let (mirrored, asked) = (text::one_line(&mirror.store), text::one_line(id));
            return Err(Trouble::OtherStore { mirrored, asked }.into());
        }
        (Some(id), _) if id.starts_with(PREFIX) && is_id(id) => id.clone(),
        (Some(id), _) => {
            let id = text::one_line(id);
            let why = format!("`{id}` is no id of a memory store: they begin with `{PREFIX}`");
            return Err(Error::Usage(why));
        }
        (None, Some(mirror)) => mirror.store.clone(),
        (None, None) => return Err(Trouble::NoMirror.into()),
    };
    if mirror.is_none() && common.memory.is_none() {
        let why = format!("which folder? `dreaming pull {id} FOLDER` names it, and makes it");
        return Err(Error::Usage(why));
    }
    let url = args.url.as_deref().or(mirror.map(|mirror| mirror.url.as_str())).unwrap_or(HOME);
    Ok((url.trim_end_matches('/').to_owned(), id))
}

/// The options with a memory folder that exists: makes it, or for a dry run takes a temporary one
/// in its place.
fn made(common: &Common, is_dry: bool) -> Result<(Common, Option<tempfile::TempDir>)> {
    let mut common = common.clone();
    let folder = common.memory().to_path_buf();
    if folder.symlink_metadata().is_ok() {
        return Ok((common, None));
    }
    if !is_dry {
        fs::create_dir_all(&folder).map_err(Error::io("make the memory folder", &folder))?;
        return Ok((common, None));
    }
    let above = tempfile::tempdir().map_err(Error::io("make a folder", std::env::temp_dir()))?;
    let stands_in = above.path().join("memory");
    fs::create_dir(&stands_in).map_err(Error::io("make a folder", &stands_in))?;
    common.memory = Some(stands_in);
    Ok((common, Some(above)))
}

/// Compares both sides, and writes here what changed there.
fn take(
    place: &mut Place,
    store: &Store<'_>,
    listed: BTreeMap<String, There>,
    before: Option<Mirror>,
    args: &Pull,
) -> Result<Reply> {
    let (mut contents, on_disk) = snapshot::now(&place.state, &place.folder)?;
    let sides = Sides::new(&place.folder, (&contents, &on_disk), listed, before.as_ref())?;
    let mut comparison = sides.compare();
    let mut seen = before.as_ref().map(|mirror| mirror.seen.clone()).unwrap_or_default();
    if before.is_none() {
        leave_taken_out(&mut comparison, &sides, &place.state.paths_of_all_time()?, &mut seen);
    }
    let decided =
        prefer(&mut comparison, &sides, Side::Theirs, (args.theirs.as_slice(), args.all_theirs))?;
    let texts = snapshot::texts(&contents);
    confirm_deleted(store, &sides, &comparison, before.as_ref())?;
    let made = match comparison.to_pull.is_empty() {
        true => Made::default(),
        false => write_here(place, &mut contents, &sides, &comparison.to_pull)?,
    };
    for path in comparison.equal.iter().chain(&comparison.to_pull) {
        match sides.there.get(path) {
            Some(there) => {
                let (memory, sha256) = (there.memory.clone(), there.sha256.clone());
                seen.insert(path.clone(), Seen { memory, sha256 })
            }
            None => seen.remove(path),
        };
    }
    let (url, id) = (store.client.url().to_owned(), store.id.to_owned());
    let mirror = Mirror { url, store: id, seen };
    // After the files: where this is killed in between, both sides are equal, and the next pull
    // says so.
    if before.as_ref() != Some(&mirror) {
        place.state.keep_mirror(&mirror)?;
    }
    Ok(reply(&sides, (&comparison, decided.as_slice()), &texts, made))
}

/// Leaves to a person what was taken out here before the folder mirrored the store, or before a
/// `take-over` lost the record of that: it is not new here. No text has the digest that is kept of
/// it, so it stays a conflict until somebody decides.
fn leave_taken_out(
    comparison: &mut Comparison,
    sides: &Sides,
    known: &BTreeSet<String>,
    seen: &mut BTreeMap<String, Seen>,
) {
    for path in comparison.to_pull.extract_if(.., |path| known.contains(path)) {
        if let Some(there) = sides.there.get(&path) {
            let memory = there.memory.clone();
            seen.insert(path.clone(), Seen { memory, sha256: String::new() });
        }
        comparison.conflicts.push(path);
    }
    comparison.conflicts.sort();
}

/// Checks that memories which the list lacks are gone: a list that changed while it was read must
/// not delete files here.
fn confirm_deleted(
    store: &Store<'_>,
    sides: &Sides,
    comparison: &Comparison,
    mirror: Option<&Mirror>,
) -> Result<()> {
    let gone = comparison.to_pull.iter().filter(|path| !sides.there.contains_key(*path));
    for path in gone {
        let Some(seen) = mirror.and_then(|mirror| mirror.seen.get(path)) else { continue };
        match store.retrieve(&seen.memory) {
            Err(Trouble::Missing(_)) => {}
            // It was moved.
            Ok((now, _)) if now != paths::there(path) => {}
            Ok(_) => {
                let what = format!("its list lacks {path}, which is there");
                return Err(store.client.nonsense(&what).into());
            }
            Err(other) => return Err(other.into()),
        }
    }
    Ok(())
}

/// The revisions that a pull made.
#[derive(Clone, Copy, Default)]
struct Made {
    /// That with what came from there.
    revision: Option<u64>,
    /// The one before it, with what people wrote here.
    edits_kept: Option<u64>,
}

/// Gives these memories the texts that they have there, as a revision of its own.
fn write_here(
    place: &mut Place,
    contents: &mut Contents,
    sides: &Sides,
    changed: &[String],
) -> Result<Made> {
    let now = clock();
    let mut job = component::load(&place.dir)?.job().map_err(component::refused)?;
    // A history does not begin with a revision of nothing.
    let is_blank = contents.head.is_none() && contents.memories.is_empty();
    let edits_kept = match is_blank {
        true => None,
        false => edits::keep(place, &mut job, contents, now)?,
    };
    let mut wanted = contents.clone();
    wanted.memories.retain(|memory| !changed.contains(&memory.path));
    for (path, there) in changed.iter().filter_map(|path| sides.there.get_key_value(path)) {
        let text = there.content.clone().ok_or(Error::Damaged("list of memories".into()))?;
        let observed_at = Some(there.changed.unwrap_or(now).min(now));
        wanted.memories.push(Memory { path: path.clone(), text, observed_at });
    }
    wanted.memories.sort_by(|a, b| a.path.cmp(&b.path));
    let Some(revision) = edits::observed(&mut job, &wanted, now)? else {
        return Ok(Made { revision: None, edits_kept });
    };
    let seen = snapshot::texts(contents);
    let number = files::commit(&mut place.state, &place.folder, &seen, &revision, |_, _| Ok(()))?;
    snapshot::advance(contents, &revision);
    Ok(Made { revision: Some(number), edits_kept })
}

/// What the memories mirror.
pub(super) fn looked_up(common: &Common) -> Result<Option<Mirror>> {
    Place::open_as_it_is(common, Access::Read)?.state.mirror()
}
