//! `dreaming schedule`: what starts dreams by itself, installed and exactly undone.

pub mod changes;
pub mod claude_code;
mod codex;
pub mod cron;
mod install;
pub mod job;
mod launchd;
pub mod record;
mod remove;
mod status;
pub mod systemd;
mod told;
mod tools;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use self::job::Kind;
use self::record::Record;
use crate::cli::Common;
use crate::error::{Error, Result};
use crate::output::{Reply, text};
use crate::state::place;

/// `dreaming schedule`.
#[derive(Debug, Args)]
#[command(after_help = "\
What is installed calls `dreaming run --if-due` for one store (docs/triggers.md), so it dreams only when it is time to, and \
changes nothing before you accept it. What was written is recorded, and `remove` takes out exactly that.

Examples:
  dreaming schedule install systemd --claude-code
  dreaming schedule install cron --memory notes --codex ~/src/shop --dry-run
  dreaming schedule install claude-code --claude-code
  dreaming schedule install systemd --memory notes -- --min-sessions 2 --no-model
  dreaming schedule status --all
  dreaming schedule remove --memory notes
  dreaming schedule remove cron --memory notes --dry-run")]
pub struct Schedule {
    /// What to do.
    #[arg(value_enum)]
    pub action: Action,
    /// What starts the dreams [default of `remove` and `status`: all that are installed].
    #[arg(value_enum, required_if_eq("action", "install"))]
    pub kind: Option<Kind>,
    /// Those of all stores of this user, for `remove` and `status`.
    #[arg(long)]
    pub all: bool,
    /// Takes out also units that somebody changed since, and forgets changed lines in files that
    /// others write, which stay.
    #[arg(long)]
    pub force: bool,
    /// Prints each text that would be written, each command that would be called, and how it is
    /// undone; does nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Options of `dreaming run` that each call has, for `install`.
    #[arg(last = true, value_name = "RUN OPTIONS")]
    pub options: Vec<String>,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Action {
    /// Lets dreams of this store start by themselves.
    Install,
    /// Takes that back.
    Remove,
    /// Says what is installed, and how it goes.
    Status,
}

/// Does it for one store.
///
/// # Errors
/// [`Error::Usage`] for what cannot be installed here, or was changed since by hand; [`Error::Tool`] when a program of the
/// system fails; those of files and of the store.
pub fn schedule(common: &Common, args: &Schedule) -> Result<Reply> {
    check(args)?;
    match (args.action, args.kind) {
        (Action::Install, Some(kind)) => install::install(common, args, kind),
        (Action::Install, None) => Err(Error::Usage("name what starts the dreams".into())),
        (Action::Remove, _) => remove::remove(of_store(common, args)?.0, args),
        (Action::Status, _) => {
            let (records, others) = of_store(common, args)?;
            Ok(status::status(&records, others, Some(&store(common)?)))
        }
    }
}

/// Does it for all stores of this user, which need not be there any more.
///
/// # Errors
/// As [`schedule`].
pub fn of_all_stores(args: &Schedule) -> Result<Reply> {
    check(args)?;
    let mut records = known()?;
    records.retain(|record| args.kind.is_none_or(|kind| kind == record.kind));
    match args.action {
        Action::Install => {
            Err(Error::Usage("--all is for `remove` and `status`: name one store".into()))
        }
        Action::Remove => remove::remove(records, args),
        Action::Status => Ok(status::status(&records, 0, None)),
    }
}

/// Checks that the options fit the action.
fn check(args: &Schedule) -> Result<()> {
    let installs = args.action == Action::Install;
    if !installs && !args.options.is_empty() {
        let why = "options of `dreaming run` behind `--` are for `install` only";
        return Err(Error::Usage(why.into()));
    }
    if args.force && args.action != Action::Remove {
        return Err(Error::Usage("--force is for `remove` only".into()));
    }
    if args.dry_run && args.action == Action::Status {
        return Err(Error::Usage("`status` changes nothing, and needs no --dry-run".into()));
    }
    Ok(())
}

/// The memory folder of the command line, a whole path. It need not be there any more.
fn store(common: &Common) -> Result<PathBuf> {
    place::resolve(common.memory())
}

/// The records of the store that the command line names, and how many there are of other stores.
fn of_store(common: &Common, args: &Schedule) -> Result<(Vec<Record>, u64)> {
    let store = store(common)?;
    let all = known()?;
    let count = all.len();
    let own: Vec<Record> =
        all.into_iter().filter(|record| store.to_str() == Some(&record.memory)).collect();
    let others = (count - own.len()) as u64;
    let wanted = |record: &Record| args.kind.is_none_or(|kind| kind == record.kind);
    Ok((own.into_iter().filter(wanted).collect(), others))
}

/// All records. One that cannot be read stops nothing, and is told.
fn known() -> Result<Vec<Record>> {
    let (records, skipped) = record::all()?;
    crate::output::warn_skipped("record", &skipped);
    Ok(records)
}

/// A path as text for a unit, a crontab or a property list.
///
/// # Errors
/// [`Error::Usage`] for what has no place there.
fn plain(words: &str) -> Result<()> {
    match words.chars().any(char::is_control) {
        true => Err(Error::Usage(format!(
            "`{}` has a line break or another sign that cannot stand in a schedule: name a path without it",
            text::one_line(words)
        ))),
        false => Ok(()),
    }
}
