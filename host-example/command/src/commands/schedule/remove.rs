//! Takes a schedule back.

use std::path::{Path, PathBuf};

use super::changes::{self, Change, Fate};
use super::job::Kind;
use super::record::{self, Record};
use super::tools::Call;
use super::{Schedule, launchd, systemd, told};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::output::{Reply, next};

/// What the removal of one schedule changes and calls.
#[derive(Clone, Debug)]
pub struct Removal {
    /// What was installed.
    pub record: Record,
    /// What became of each piece of it.
    pub fates: Vec<Fate>,
    /// The texts that change.
    pub changes: Vec<Change>,
    /// Changed texts that stay as they are.
    pub left: Vec<String>,
}

/// Takes all of them back, or none when somebody changed one.
///
/// # Errors
/// As [`super::schedule`].
pub fn remove(records: Vec<Record>, args: &Schedule) -> Result<Reply> {
    interrupt::watch();
    let removals: Result<Vec<Removal>> =
        records.iter().map(|record| removal(record, args.force)).collect();
    let mut removals = removals?;
    if !args.dry_run {
        let writing = interrupt::writing();
        for removal in &mut removals {
            // The one before may have changed the same text, such as the crontab, and passed its folders on.
            *removal = self::removal(
                &removal.record.as_it_is()?.unwrap_or_else(|| removal.record.clone()),
                args.force,
            )?;
            carry_out(removal, args.force)?;
        }
        writing.done();
    }
    told::removed(&removals, args.dry_run)
}

/// What the removal of a schedule changes.
///
/// # Errors
/// [`Error::Usage`] when somebody changed it, unless that is to be overcome by `force`.
pub fn removal(record: &Record, force: bool) -> Result<Removal> {
    let (mut fates, mut changes, mut left) = (Vec::new(), Vec::new(), Vec::new());
    let is_units = matches!(record.kind, Kind::Systemd | Kind::Launchd);
    for piece in &record.pieces {
        let path = PathBuf::from(&piece.path);
        let fate = piece.fate(record.kind, &record.command)?;
        match &fate {
            Fate::Gone => {}
            Fate::There(after) => {
                let before = changes::read(&path)?;
                changes.push(Change { path, before, after: after.clone() });
            }
            Fate::Changed if force && is_units => {
                let before = changes::read(&path)?;
                changes.push(Change { path, before, after: None });
            }
            Fate::Changed if force => left.push(piece.path.clone()),
            Fate::Changed => return Err(changed(record, &piece.path)),
        }
        fates.push(fate);
    }
    Ok(Removal { record: record.clone(), fates, changes, left })
}

/// The error for a piece that somebody changed.
fn changed(record: &Record, path: &str) -> Error {
    let memory = next::quoted(&record.memory);
    let force =
        format!("dreaming schedule remove {} --force --memory {memory}", record.kind.word());
    let todo = match record.kind {
        Kind::Systemd | Kind::Launchd => {
            format!("keep what you want of it elsewhere, then `{force}` deletes it")
        }
        Kind::Cron | Kind::ClaudeCode | Kind::Codex => {
            format!("take the lines out by hand, then `{force}` forgets them")
        }
    };
    let path = if record.kind == Kind::Cron { "the crontab" } else { path };
    Error::Usage(format!(
        "{path} was changed since {} was installed, so nothing was removed: {todo}",
        record.name
    ))
}

/// What is called before the texts of a schedule go, and after.
pub fn calls(record: &Record) -> Result<(Vec<Call>, Vec<Call>)> {
    Ok(match record.kind {
        Kind::Systemd => systemd::ends(&record.name),
        Kind::Launchd => (launchd::ends(&record.name), Vec::new()),
        Kind::Cron | Kind::ClaudeCode | Kind::Codex => (Vec::new(), Vec::new()),
    })
}

/// What is called once the texts of a schedule are written.
pub fn starts(record: &Record) -> Vec<Call> {
    let paths = record.pieces.iter().map(|piece| Path::new(&piece.path));
    match record.kind {
        Kind::Systemd => systemd::starts(&record.name),
        Kind::Launchd => paths.flat_map(launchd::starts).collect(),
        Kind::Cron | Kind::ClaudeCode | Kind::Codex => Vec::new(),
    }
}

/// Calls, takes out and deletes.
///
/// # Errors
/// [`Error::Tool`] when a call fails, with nothing taken out; those of writing.
pub fn carry_out(removal: &Removal, force: bool) -> Result<()> {
    let record = &removal.record;
    let (_, after) = calls(record)?;
    stop(removal, force)?;
    let all = [removal.changes.clone(), vec![record.forgotten()?]].concat();
    changes::make(&all)?;
    after.iter().try_for_each(|call| call.done(None))?;
    changes::remove_empty(&record.folders);
    pass_on(record)
}

/// Calls what ends a schedule, before its texts go.
///
/// # Errors
/// [`Error::Tool`] when a call fails.
pub fn stop(removal: &Removal, force: bool) -> Result<()> {
    let record = &removal.record;
    // Units that are gone cannot be disabled.
    let goes_on = force || removal.fates.contains(&Fate::Gone);
    for call in calls(record)?.0 {
        if let Err(error) = call.done(None)
            && !goes_on
        {
            return Err(Error::Tool(format!(
                "{error}; nothing was removed: {}",
                told::what_helps(record.kind)
            )));
        }
    }
    Ok(())
}

/// Folders that this schedule made and others use now go with the last of those.
fn pass_on(record: &Record) -> Result<()> {
    let left = record.folders.iter().filter(|folder| folder.is_dir()).cloned();
    let left: Vec<PathBuf> = left.collect();
    if let Some(mut other) = record::all()?.0.into_iter().next()
        && !left.is_empty()
    {
        other.folders.extend(left);
        other.folders.sort();
        other.folders.dedup();
        changes::make(&[other.written()?])?;
    }
    Ok(())
}
