//! Looks at the memory folder and the state folder.

use std::fs;
use std::path::{Path, PathBuf};

use dreaming_wasmtime::Job;
use serde_json::Map;

use super::Finding;
use crate::audit::{Damage, audit};
use crate::cli::Common;
use crate::commands::failed::Failure;
use crate::commands::{Place, clock, take_over, waiting};
use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::output::{next, text};
use crate::snapshot;
use crate::state::{self, Access, State, lock};

/// Free space below which a write may fail. Chosen by us: a few times the largest state seen in our
/// trials, and little enough that nobody is bothered before there is a reason.
const LOW_SPACE: u64 = 64 << 20;

/// Opens the memory folder and looks whether it can be read and written.
pub fn folder(path: &Path, findings: &mut Vec<Finding>) -> Option<Folder> {
    const NAME: &str = "memory folder";
    let opened = Folder::open(path);
    let folder = match opened.map_err(|error| take_over::moved(path, None).unwrap_or(error)) {
        Ok(folder) => folder,
        Err(error) => {
            let todo = "name the folder of memories with --memory DIR";
            findings.push(Finding::fail(NAME, error.to_string(), todo));
            return None;
        }
    };
    let root = folder.root().display();
    findings.push(match folder.read() {
        Ok(contents) => {
            let closed = not_writable(&folder, &contents.memories);
            let count = text::count(contents.memories.len() as u64, "memory file");
            if closed.is_empty() {
                Finding::ok(NAME, format!("{root}, {count}"))
            } else {
                let todo = "nothing can be applied there: make these folders writable for you";
                Finding::fail(NAME, format!("{root}, {count}; cannot be written"), todo)
                    .items(closed)
            }
        }
        Err(error) => Finding::fail(NAME, error.to_string(), "make it readable for you"),
    });
    space(NAME, folder.root(), findings);
    Some(folder)
}

/// The folders of memories in which this process cannot replace files.
fn not_writable(folder: &Folder, memories: &[crate::folder::FileMemory]) -> Vec<String> {
    let files = memories.iter().map(|memory| folder.file(&memory.path));
    let mut folders: Vec<PathBuf> =
        files.filter_map(|file| file.parent().map(Path::to_path_buf)).collect();
    folders.push(folder.root().to_path_buf());
    folders.sort();
    folders.dedup();
    folders.retain(|folder| !writable(folder));
    folders.iter().map(|folder| folder.display().to_string()).collect()
}

/// Whether the system would let us make files in a folder. Makes no file to find out.
fn writable(folder: &Path) -> bool {
    #[cfg(unix)]
    {
        use rustix::fs::{Access, access};
        access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok()
    }
    #[cfg(not(unix))]
    {
        fs::metadata(folder).is_ok_and(|meta| !meta.permissions().readonly())
    }
}

/// Whether little space is left on the file system of `path`.
fn space(name: &'static str, path: &Path, findings: &mut Vec<Finding>) {
    #[cfg(unix)]
    if let Ok(file_system) = rustix::fs::statvfs(path) {
        let free = file_system.f_bavail.saturating_mul(file_system.f_frsize);
        if free < LOW_SPACE {
            let found = format!("only {} free on its disk", indicatif::HumanBytes(free));
            findings.push(Finding::warn(
                name,
                found,
                "make room: a write that fails changes nothing",
            ));
        }
    }
}

/// Reports where the state is, and whether others may read it.
pub fn place(folder: &Folder, common: &Common, findings: &mut Vec<Finding>) -> Option<PathBuf> {
    const NAME: &str = "state folder";
    let dir = match state::place(folder, common.state.as_deref()) {
        Ok(dir) => dir,
        Err(error) => {
            let todo = "choose a folder outside the memories with --state DIR";
            findings.push(Finding::fail(NAME, error.to_string(), todo));
            return None;
        }
    };
    let shown = dir.display();
    findings.push(if !dir.exists() {
        let above = dir.ancestors().find(|folder| folder.is_dir()).unwrap_or(&dir);
        if writable(above) {
            Finding::ok(NAME, format!("{shown}, not there yet: the first run makes it"))
        } else {
            let todo =
                format!("make {} writable, or choose another with --state DIR", above.display());
            Finding::fail(NAME, format!("{shown} cannot be made"), todo)
        }
    } else if !writable(&dir) {
        Finding::fail(NAME, format!("{shown} cannot be written"), format!("chmod u+rwx {shown}"))
    } else if let Some(mode) = open_to_others(&dir) {
        let found = format!("{shown} has mode {mode:o}: others may read quotes of your sessions");
        Finding::warn(NAME, found, format!("chmod -R go= {shown}"))
    } else {
        Finding::ok(NAME, shown.to_string())
    });
    Some(dir)
}

/// The permissions of a folder, if others than its owner may use it.
fn open_to_others(dir: &Path) -> Option<u32> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(dir).ok()?.permissions().mode() & 0o777;
        (mode & 0o077 != 0).then_some(mode)
    }
    #[cfg(not(unix))]
    {
        let _ = dir;
        None
    }
}

/// Opens a copy of the state and looks at the lock, an interrupted write, the chain and the plan.
pub fn state(
    dir: PathBuf,
    folder: &Folder,
    job: Option<&mut Job>,
    findings: &mut Vec<Finding>,
) -> Option<State> {
    if lock::is_held(&dir) {
        let todo = "wait until it has ended; if none runs, its process hangs and has to be ended";
        findings.push(Finding::warn("lock", "another `dreaming` works on this state", todo));
    } else {
        findings.push(Finding::ok("lock", "free"));
    }
    let looked = State::open(&dir, folder, Access::Rehearse).and_then(|state| {
        let place = Place { folder: folder.clone(), state, dir, guards: Map::new() };
        let found = history(&place.state, folder)?;
        findings.extend(found);
        findings.push(last_run(&place.state)?);
        if let Some(job) = job {
            findings.push(whole(&place.state, job)?);
        }
        Ok(place)
    });
    match looked {
        Ok(place) => {
            findings.push(plan(&place));
            Some(place.state)
        }
        Err(error) => {
            // The message names this command.
            let found = match &error {
                Error::Damaged(what) => format!("the state holds a damaged {what}"),
                other => other.to_string(),
            };
            findings.push(Finding::fail("history", found, cure(&error)));
            None
        }
    }
}

fn cure(error: &Error) -> String {
    match error {
        Error::OtherFolder { .. } => format!(
            "if this folder is a copy of that one, {}; else choose another state with --state DIR",
            next::command("take-over")
        ),
        Error::Foreign { can_be_taken: true, .. } => {
            format!("if it is yours, {}; else move it away", next::command("take-over"))
        }
        Error::Foreign { .. } | Error::Linked(_) => {
            "move it away, or choose another with --state".into()
        }
        Error::NewerState { .. } => "use a newer `dreaming`".into(),
        _ => LOST.into(),
    }
}

/// What to do about a history that is damaged.
const LOST: &str = "bring back a copy of the state, or move it away: your memories stay as they are, their \
                    history is lost";

fn history(state: &State, folder: &Folder) -> Result<Vec<Finding>> {
    let mut findings = vec![match state.unfinished()? {
        None => Finding::ok("last write", "complete"),
        Some((revision, files)) => {
            let found = format!("a write of revision {revision} was interrupted");
            let files = files.into_iter().map(|write| write.path).collect();
            Finding::warn("last write", found, format!("{} finishes it", next::command("recover")))
                .items(files)
        }
    }];
    let (contents, _) = snapshot::now(state, folder)?;
    let head = state.head()?;
    let known = snapshot::texts_at(state, head.as_ref().map_or(0, |head| head.number))?;
    let edited = snapshot::differing(&known, &snapshot::texts(&contents));
    findings.push(match &head {
        None => Finding::ok("history", "no revision yet"),
        Some(head) => {
            let id = text::short(&head.id);
            let edits = match edited.len() as u64 {
                0 => "the folder is as it says".into(),
                n => format!("{} edited since; the next run records that", text::count(n, "file")),
            };
            Finding::ok("history", format!("revision {} ({id}), {edits}", head.number))
                .items(edited)
        }
    });
    Ok(findings)
}

/// Reports the last failed dream: nobody sees the output of a hook or a timer.
fn last_run(state: &State) -> Result<Finding> {
    const NAME: &str = "last run";
    Ok(match Failure::of(state)? {
        None => Finding::ok(NAME, "none failed since the last dream that came to an end"),
        Some(failure) => Finding::warn(NAME, failure.said(), failure.todo()),
    })
}

/// Checks the chain as `dreaming verify` does.
fn whole(state: &State, job: &mut Job) -> Result<Finding> {
    const NAME: &str = "chain";
    let audit = audit(state, job)?;
    let revisions = text::count(audit.revisions, "revision");
    if audit.damage.is_empty() {
        let found = format!("{revisions}: chain, ledgers, memories and plans are whole");
        return Ok(Finding::ok(NAME, found));
    }
    let item = |damage: &Damage| {
        let at = damage.revision.map_or_else(String::new, |number| format!("revision {number}, "));
        format!("{at}{}: {}", damage.what, damage.why)
    };
    let damage = text::count(audit.damage.len() as u64, "damaged thing");
    let items = audit.damage.iter().map(item).collect();
    let todo = format!("{} mends what it can; if damage is left, {LOST}", next::command("recover"));
    Ok(Finding::fail(NAME, format!("{revisions}, {damage}"), todo).items(items))
}

/// Reports the plan that waits, and which of its changes have become stale.
fn plan(place: &Place) -> Finding {
    const NAME: &str = "plan";
    let waiting = match waiting::look(place, clock()) {
        Ok(None) => return Finding::ok(NAME, "none waits"),
        Ok(Some(waiting)) => waiting,
        Err(error) => {
            let todo = format!("{} makes a new one", next::command("run --replace"));
            return Finding::warn(NAME, error.to_string(), todo);
        }
    };
    let plan = &waiting.plan;
    let waits = format!("one of {} waits: {}", text::time(plan.now), text::gates(plan.gates()));
    if waiting.stale.is_empty() {
        return Finding::ok(NAME, waits);
    }
    let items = waiting.stale.iter().map(|gone| format!("{} {}", gone.id, gone.reason)).collect();
    let gone = text::count(waiting.stale.len() as u64, "change");
    let todo = format!("decide about the others, or {}", next::command("run --replace"));
    Finding::warn(NAME, format!("{waits}; {gone} no longer right"), todo).items(items)
}
