//! `dreaming render`: the memories as a block in the files that agents load.

mod files;
mod told;

use std::path::PathBuf;

use clap::Args;
use dreaming_wasmtime::{Contents, Edits, Job};

use self::files::{Target, targets};
use super::init::files as whole;
use super::{Place, clock, edits, write};
use crate::cli::Common;
use crate::component;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::output::{Reply, next, text};
use crate::snapshot;
use crate::write as memories;

/// `dreaming render`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dreaming render --for codex,copilot --memory notes     # AGENTS.md and .github/copilot-instructions.md
  dreaming render --memory notes                         # the files that have the block already
  dreaming render docs/AGENTS.md --memory notes
  dreaming render --remove --memory notes                # takes the block out of all of them")]
pub struct Render {
    /// Files to write the block into; what stands outside the block stays as it is.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Agents whose files are meant: agents, claude-code, codex, copilot, cursor, gemini, opencode,
    /// qwen, windsurf [default: the files of these that have the block already].
    #[arg(long = "for", value_name = "AGENT", value_delimiter = ',')]
    pub agents: Vec<String>,
    /// The root of the project [default: of the repository around the memory folder, else the
    /// current folder].
    #[arg(long, value_name = "DIR")]
    pub project: Option<PathBuf>,
    /// Takes into the memories what was changed in the block by hand.
    #[arg(long, conflicts_with_all = ["overwrite", "remove"])]
    pub take_in: bool,
    /// Drops what was changed in the block by hand.
    #[arg(long)]
    pub overwrite: bool,
    /// Takes the block out.
    #[arg(long)]
    pub remove: bool,
    /// Also what was learned for this person only: for files that nobody else loads.
    #[arg(long, value_name = "NAME")]
    pub principal: Option<String>,
    /// Says what would be written, and writes nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// The current time, RFC 3339 [default: the clock].
    #[arg(long, value_name = "RFC3339", value_parser = crate::signed::time)]
    pub now: Option<i64>,
}

/// Writes the block into all files, or into none.
///
/// # Errors
/// [`Error::Conflict`] when somebody changed a block by hand and no option says what becomes of that; [`Error::Usage`] for
/// a file that cannot have one; those of the store.
pub fn render(common: &Common, args: &Render) -> Result<Reply> {
    interrupt::watch();
    write(common, args.dry_run, |mut place| {
        let mut job = component::load(&place.dir)?.job().map_err(component::refused)?;
        let targets = targets(&place, args)?;
        let mut contents = super::now(&place)?;
        if args.remove {
            return removed(&place, &mut job, targets, args);
        }
        let mut taken = Vec::new();
        if !args.overwrite {
            for target in &targets {
                let edits = edits_of(&mut job, &contents, target)?;
                check(target, &edits, args)?;
                if !edits.memories.is_empty() {
                    taken.extend(edits.edited.iter().cloned());
                    take_in(
                        &mut place,
                        &mut job,
                        &mut contents,
                        edits,
                        args.now.unwrap_or_else(clock),
                    )?;
                }
            }
        }
        let store = job.snapshot(&contents).map_err(component::refused)?;
        let mut rendered = Vec::new();
        for target in targets {
            let before = target.before.clone().unwrap_or_else(|| target.head.clone());
            let made = job.render(&store, &before, target.room, args.principal.as_deref());
            let made = made.map_err(|error| target.refused(error))?;
            rendered.push((target, made));
        }
        let written = rendered.iter().map(|(target, made)| target.file(made.text.clone()));
        put(&place, &written.collect::<Vec<_>>(), args)?;
        Ok(told::rendered(&rendered, &taken, args))
    })
}

/// What people changed in the block of a file.
fn edits_of(job: &mut Job, contents: &Contents, target: &Target) -> Result<Edits> {
    let store = job.snapshot(contents).map_err(component::refused)?;
    let file = target.before.as_deref().unwrap_or_default();
    job.read_back(&store, file).map_err(|error| target.refused(error))
}

/// Refuses to write over what people changed.
fn check(target: &Target, edits: &Edits, args: &Render) -> Result<()> {
    let path = text::one_line(&target.shown);
    let overwrite = next::again("--overwrite");
    if !edits.stuck.is_empty() {
        let lines: Vec<String> =
            edits.stuck.iter().map(|line| format!("`{}`", text::one_line(line))).collect();
        return Err(Error::Usage(format!(
            "the block of {path} has lines that cannot be taken into the memories ({}): move them out of it, or drop \
             them with {overwrite}",
            lines.join(", ")
        )));
    }
    if !edits.edited.is_empty() && !args.take_in {
        let take_in = next::again("--take-in");
        return Err(Error::Usage(format!(
            "the block of {path} was changed by hand ({}): {take_in} takes that into the memories, {overwrite} drops it",
            told::edits(&edits.edited)
        )));
    }
    Ok(())
}

/// Writes what people changed into the memories, as a revision of its own; edits of the folder come before it.
fn take_in(
    place: &mut Place,
    job: &mut Job,
    contents: &mut Contents,
    taken: Edits,
    now: i64,
) -> Result<()> {
    edits::keep(place, job, contents, now)?;
    let on_disk = snapshot::texts(contents);
    let mut edited = contents.clone();
    for write in taken.memories {
        let memory = edited.memories.iter_mut().find(|memory| memory.path == write.path);
        if let (Some(memory), Some(text)) = (memory, write.text) {
            memory.text = text;
            memory.observed_at = None;
        }
    }
    let Some(revision) = edits::observed(job, &edited, now)? else { return Ok(()) };
    memories::commit(&mut place.state, &place.folder, &on_disk, &revision, |_, _| Ok(()))?;
    snapshot::advance(contents, &revision);
    Ok(())
}

/// Takes the block out of all files. A file that held nothing else stays, empty or with what a new one begins with.
fn removed(place: &Place, job: &mut Job, targets: Vec<Target>, args: &Render) -> Result<Reply> {
    let mut files = Vec::new();
    for target in targets {
        let Some(before) = &target.before else { continue };
        let after = job.without(before).map_err(|error| target.refused(error))?;
        files.push((target.file(after), target));
    }
    let written: Vec<whole::File> = files.iter().map(|(file, _)| file.clone()).collect();
    put(place, &written, args)?;
    Ok(told::removed(&files, args))
}

fn put(place: &Place, files: &[whole::File], args: &Render) -> Result<()> {
    let changed: Vec<whole::File> = files.iter().filter(|file| file.changes()).cloned().collect();
    if args.dry_run || changed.is_empty() {
        return Ok(());
    }
    let writing = interrupt::writing();
    whole::write(&[], &changed, &place.dir)?;
    writing.done();
    Ok(())
}
