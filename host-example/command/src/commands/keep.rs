//! `dreaming keep`.

mod covered;
mod said;
mod work;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use dreaming_wasmtime::Job;

use self::said::Told;
use self::work::Work;
use super::{Place, has_history, run, select};
use crate::cli::Common;
use crate::component;
use crate::error::{Error, Result};
use crate::folder::Skipped;
use crate::kept::{self, Archive, Conceal, Kept};
use crate::output::{self, Reply, next};
use crate::project::Project;
use crate::sessions::Session;
use crate::snapshot::{self, Cursor};
use crate::transcript;

/// `dreaming keep`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Keep {
    /// Session files and folders of them [default: those of the last run].
    #[arg(long, num_args = 1.., value_name = "PATH")]
    pub sessions: Vec<PathBuf>,
    /// The project in which they must have run; `None` = anywhere.
    #[arg(skip)]
    pub project: Option<Project>,
    // Chosen by us: 210 real sessions of five projects (93 MB) take 18 MB, so this holds some 2.6 GB of
    // transcripts, years of most people, and is no surprise on a disk.
    /// Most room that the archive may take on the disk, such as `200MB` or `2GB`.
    #[arg(long, value_name = "SIZE", default_value = "500MB", value_parser = size)]
    pub max_size: u64,
    /// Puts `*` for each byte of what looks like a secret, also in copies that are there already, and from now
    /// on in each further one.
    #[arg(long)]
    pub redact: bool,
    /// Ends what --redact began: sessions without a copy are copied with every byte. What is covered stays covered.
    #[arg(long, conflicts_with = "redact")]
    pub no_redact: bool,
    /// Also keeps sessions that only dreams without a model have read: a dream with one can still learn from them.
    #[arg(long)]
    pub unseen: bool,
    /// Also takes sessions that a dream has read out of the archive.
    #[arg(long)]
    pub prune: bool,
    /// Prints what would be done, and does not do it.
    #[arg(long)]
    pub dry_run: bool,
}

const AFTER_HELP: &str = "\
Agents delete what was said: Claude Code after 30 days in which nothing happened (`cleanupPeriodDays`). The copies \
lie beside the history, for you alone, compressed, with every byte: also secrets that somebody typed, unless --redact \
covers them, from then on until --no-redact. A session that grew takes the place of its earlier copy. `run` and `status` read a copy where the files of the agent are \
gone or shorter, as long as they look at the place from which it came. Once a dream has read a session, its copy \
serves `replay` and `explain`, and goes when there is no room for unread ones, or with --prune; with --unseen only once a model \
has seen it. Where there is no \
room either way nothing more is copied, each session that was left is named, and the exit code is 1. `erase --session` \
takes copies too; `export` leaves them here.

Examples:
  dreaming keep --claude-code
  dreaming keep --claude-code --redact
  dreaming keep --memory notes --sessions ~/.claude/projects/my-project --dry-run
  dreaming keep --memory notes --max-size 2GB --prune";

/// A number of bytes.
fn size(typed: &str) -> std::result::Result<u64, String> {
    let digits = typed.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match typed[digits.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "KB" | "K" => 1_000,
        "MB" | "M" => 1_000_000,
        "GB" | "G" => 1_000_000_000,
        _ => return Err("the units are KB, MB and GB".into()),
    };
    let number: u64 = digits.trim().parse().map_err(|_| "a size is like 500MB or 2GB")?;
    number.checked_mul(unit).ok_or_else(|| "that is more than any disk has".into())
}

/// Refuses to begin a store in a folder that nobody named.
pub fn check(common: &Common) -> Result<()> {
    if common.memory.is_some() || has_history(common)? {
        return Ok(());
    }
    let why = "whose sessions? There is no store here: name its memories with --memory or an agent such as --claude-code, or begin \
               one with `dreaming init`";
    Err(Error::Usage(why.into()))
}

/// Copies the sessions that no dream has read into the archive.
pub fn keep(place: &Place, args: &Keep, quiet: bool) -> Result<Reply> {
    let wanted = run::wanted(&place.state, &args.sessions, args.project.as_ref())?
        .ok_or_else(|| Error::Usage(select::WHICH_SESSIONS.into()))?;
    let mut archive = place.state.archive()?;
    archive.leave_damaged();
    let mut found = run::originals(&place.state, &wanted, &archive)?;
    // What is there and cannot be read may be deleted before it can be.
    let is_unreadable = |file: &&Skipped| transcript::length(Path::new(&file.path)).is_err();
    let unreadable: Vec<Skipped> = found.skipped.iter().filter(is_unreadable).cloned().collect();
    found.skipped.extend(archive.unusable.iter().cloned());
    if !quiet {
        output::warn_skipped("session file", &found.skipped);
    }
    let head = place.state.head()?.map_or(0, |head| head.number);
    let ledger = place.state.ledger_at(head)?;
    let cursor = snapshot::cursor(&ledger)?;
    // The calls that no model answered are made again about the same bytes.
    let waiting = snapshot::waiting(&ledger)?;
    let unseen = snapshot::unseen(&ledger)?;
    // Those are kept whatever a dream has read of them.
    let wanted_again: BTreeSet<String> = match args.unseen {
        true => waiting.union(&unseen).cloned().collect(),
        false => waiting,
    };
    let is_open = |session: &Session| {
        wanted_again.contains(&session.id) || snapshot::is_unread(session, &cursor)
    };
    let (mut open, read): (Vec<_>, Vec<_>) =
        std::mem::take(&mut found.sessions).into_iter().partition(is_open);
    // The first to go is the one that was written first.
    open.sort_by_cached_key(|session| (session.written(), session.id.clone()));
    let ids: BTreeSet<&str> = open.iter().map(|session| session.id.as_str()).collect();
    let spare = spare(&archive, &cursor, &wanted_again, &ids);
    let unseen = read.iter().filter(|session| unseen.contains(&session.id)).count() as u64;
    let told = Told { read: read.len() as u64, unseen, unreadable, ..Told::default() };
    let bytes = archive.bytes;
    let owner = place.state.owner()?;
    let mut work = Work::new(&place.dir, owner, args, bytes, spare, conceal(&place.dir), told);
    work.begin(&erased(place)?)?;
    if work.cover(&archive)? {
        archive = place.state.archive()?;
        archive.leave_damaged();
    }
    for session in &open {
        work.keep(session, archive.get(&session.id))?;
    }
    Ok(work.end().reply(args, &found, &next::run()))
}

/// What covers the secrets of texts. The engine is not loaded before it is needed.
fn conceal(state: &Path) -> Box<Conceal<'static>> {
    let (state, mut loaded) = (state.to_path_buf(), None);
    Box::new(move |texts| {
        let other = |error: Error| io::Error::other(error.to_string());
        let job: &mut Job = match &mut loaded {
            Some(job) => job,
            none => none.insert(
                component::load(&state)
                    .map_err(other)?
                    .job()
                    .map_err(component::refused)
                    .map_err(other)?,
            ),
        };
        job.conceal(texts).map_err(component::refused).map_err(other)
    })
}

/// The files that go first, the oldest first: those of sessions that a dream has read.
fn spare(
    archive: &Archive,
    cursor: &Cursor,
    wanted: &BTreeSet<String>,
    open: &BTreeSet<&str>,
) -> Vec<Kept> {
    let is_read = |kept: &&Kept| kept.is_read(cursor) && !wanted.contains(kept.id());
    let mut spare: Vec<_> = archive.sessions.iter().filter(is_read).cloned().collect();
    let is_open = |id: &str| {
        open.contains(id)
            || archive.get(id).is_some_and(|kept| !is_read(&kept))
            || !cursor.contains_key(id)
    };
    spare.extend(archive.earlier.iter().filter(|kept| !is_open(kept.id())).cloned());
    spare.sort_by_cached_key(|kept| (kept.written(), kept.file.clone()));
    spare
}

/// The files of sessions that were erased: none is left, unless a person put a copy back.
fn erased(place: &Place) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for erased in place.state.erasures()?.iter().filter(|erased| erased.kind == "session") {
        files.extend(kept::of_session(&place.dir, &erased.id)?);
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("500MB"), Ok(500_000_000));
        assert_eq!(size("2gb"), Ok(2_000_000_000));
        assert_eq!((size("10 KB"), size("7")), (Ok(10_000), Ok(7)));
        for wrong in ["", "MB", "1.5GB", "-1", "5TB", "99999999999GB"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
