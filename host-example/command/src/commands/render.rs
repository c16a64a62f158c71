//! `dreaming render`: the memories in the files that agents load, as a block or as small files.

mod files;
mod folders;
mod links;
mod told;
mod written;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use dreaming_wasmtime::{Contents, Edits, Job, NewRevision};

use self::files::{Target, targets};
use self::folders::{Home, Written};
pub use self::written::files_where;
use super::init::files as whole;
use super::{Place, clock, edits, loaded, whose, write};
use crate::cli::Common;
use crate::component;
use crate::error::{Error, Result};
use crate::homes::instructions::block;
use crate::interrupt;
use crate::output::{Reply, next, text};
use crate::snapshot;
use crate::write as memories;

/// `dreaming render`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  dreaming render --for codex,copilot --memory notes     # AGENTS.md and .github/copilot-instructions.md
  dreaming render --memory notes                         # those of the agents' files that have the block already
  dreaming render docs/AGENTS.md --memory notes          # another file, to be named each time
  dreaming render --for claude-memory,codex-notes,skills --memory notes   # folders of small files
  dreaming render --remove --memory notes                # takes the block out of the agents' files")]
pub struct Render {
    /// Files to write the block into; what stands outside the block stays as it is.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Agents whose files are meant: agents, claude-code, codex, copilot, cursor, gemini, opencode,
    /// qwen, windsurf; and folders of small files: claude-memory, codex-notes, skills, vs-code-memory
    /// [default: those of these that were rendered already].
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
    /// Also what was learned for this person only: for files that nobody else loads [default: the only person whom the
    /// sessions show].
    #[arg(long, value_name = "NAME")]
    pub principal: Option<String>,
    /// Says what would be written, and writes nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// The current time, RFC 3339 [default: the clock].
    #[arg(long, value_name = "RFC3339", value_parser = crate::signed::time)]
    pub now: Option<i64>,
}

/// Writes the block into all files, or into none, and the small files of homes.
///
/// # Errors
/// [`Error::Conflict`] and [`Error::TakenIn`] when somebody changed a file meanwhile; [`Error::ByHand`] when somebody changed
/// a block by hand and no option says what becomes of that; [`Error::Usage`] for a file that cannot be written; those of the
/// store.
pub fn render(common: &Common, args: &Render) -> Result<Reply> {
    interrupt::watch();
    write(common, args.dry_run, |mut place| {
        let mut job = component::load(&place.dir)?.job().map_err(component::refused)?;
        let root = files::project(&place, args)?;
        let targets = targets(&place, &root, args)?;
        let mut contents = super::now(&place)?;
        let (is_named, principal) =
            (args.principal.is_some(), whose::principal(&contents, args.principal.as_deref())?);
        let args = &Render { principal, ..args.clone() };
        let homes = folders::homes(&place, &root, &mut job, &contents, args)?;
        if targets.is_empty() && homes.is_empty() {
            return Err(files::nothing(&root));
        }
        if args.remove {
            return removed(&place, &mut job, &contents, (targets, homes), args);
        }
        let (mut taken, mut revisions) = (Vec::new(), Vec::new());
        let sources = sources(&targets, &homes);
        if !args.overwrite {
            check(&sources, &mut job, &contents, args)?;
        }
        if args.take_in {
            let now = args.now.unwrap_or_else(clock);
            for source in &sources {
                let edits = source.edits(&mut job, &contents)?;
                // What was taken from the ones before may have changed the same entries.
                refuse(&[(source, &edits)], args)?;
                if !edits.memories.is_empty() {
                    taken.extend(edits.edited.iter().cloned());
                    revisions.extend(taken_in(&mut place, &mut job, &mut contents, edits, now)?);
                }
            }
        }
        let mut others = Vec::new();
        // What was changed by hand and is dropped was told before.
        for target in targets.iter().filter(|_| !args.overwrite) {
            if written::is_own(&place.state, target)? {
                continue;
            }
            let foreign = written::of_another(target.before.as_deref().unwrap_or(""), &contents)?;
            if !foreign.unknown.is_empty() {
                others.push((target.shown.clone(), foreign));
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
        let mut folders = Vec::new();
        for home in homes {
            let form = home.form.clone();
            folders.push(home.rendered(&mut job, &contents, &form, args)?);
        }
        let files = rendered.iter().map(|(target, made)| target.file(made.text.clone()));
        let files: Vec<whole::File> = files.collect();
        let changed = changed(&files, &folders)?;
        let mut is_taken_in = false;
        let before = place.state.head()?.map_or(0, |head| head.number);
        let mut put_all = || {
            for (seen, revision) in &revisions {
                memories::commit(&mut place.state, &place.folder, seen, revision, |_, _| Ok(()))?;
                is_taken_in = true;
            }
            put(&place.dir, &changed, &folders, args)
        };
        let all = put_all();
        all.map_err(|error| match error {
            Error::Conflict(why) if is_taken_in => Error::TakenIn(why),
            error => error,
        })?;
        for (target, made) in rendered.iter().filter(|_| !args.dry_run) {
            written::remember(&place.state, target, &made.text)?;
        }
        let names = rendered.iter().flat_map(|(target, _)| target.names.iter().copied());
        let paths: Vec<&Path> = rendered.iter().map(|(target, _)| target.path.as_path()).collect();
        let twice = loaded::more_than_one(&root, names, &paths)?;
        let mut dead = Vec::new();
        for (target, made) in &rendered {
            let links = links::dead(&block(&made.text), &target.path, place.folder.root());
            dead.extend(Some((target.shown.clone(), links)).filter(|(_, links)| !links.is_empty()));
        }
        // Who names a person knows of the others.
        let (only, personal) = match &args.principal {
            Some(_) if is_named => (None, BTreeMap::new()),
            Some(name) => {
                let of_one = whose::of_others(&contents, None)?.remove(name);
                (of_one.map(|entries| (name.clone(), entries)), BTreeMap::new())
            }
            None => (None, whose::of_others(&contents, None)?),
        };
        Ok(told::rendered(
            &rendered,
            &folders,
            &told::Beside { taken, before, twice, only, personal, others, dead },
            args,
        ))
    })
}

/// Where people may have changed something.
enum Source<'a> {
    Block(&'a Target),
    Folder(&'a Home),
}

impl Source<'_> {
    /// What people changed there.
    fn edits(&self, job: &mut Job, contents: &Contents) -> Result<Edits> {
        let store = job.snapshot(contents).map_err(component::refused)?;
        match self {
            Self::Block(target) => {
                let file = target.before.as_deref().unwrap_or_default();
                job.read_back(&store, file).map_err(|error| target.refused(error))
            }
            Self::Folder(home) => {
                let edits = job.read_files(&store, &home.form, &home.there);
                edits.map_err(|error| home.refused(error))
            }
        }
    }

    /// What was changed, as the beginning of a sentence.
    fn title(&self) -> String {
        match self {
            Self::Block(target) => format!("the block of {}", text::one_line(&target.shown)),
            Self::Folder(home) => format!("what was rendered for {}", home.name),
        }
    }
}

fn sources<'a>(targets: &'a [Target], homes: &'a [Home]) -> Vec<Source<'a>> {
    targets.iter().map(Source::Block).chain(homes.iter().map(Source::Folder)).collect()
}

/// Refuses to write over what people changed in any of these.
fn check(sources: &[Source<'_>], job: &mut Job, contents: &Contents, args: &Render) -> Result<()> {
    let edits: Vec<Edits> =
        sources.iter().map(|source| source.edits(job, contents)).collect::<Result<_>>()?;
    refuse(&sources.iter().zip(&edits).collect::<Vec<_>>(), args)
}

/// Names all that people changed, for `--overwrite` drops all of it; fails unless it can be taken in and that is asked for.
fn refuse(found: &[(&Source<'_>, &Edits)], args: &Render) -> Result<()> {
    let is_stuck = found.iter().any(|(_, edits)| !edits.stuck.is_empty());
    let is_edited = found.iter().any(|(_, edits)| !edits.edited.is_empty());
    if !is_stuck && (!is_edited || args.take_in) {
        return Ok(());
    }
    let told = found.iter().filter_map(|(source, edits)| told::by_hand(&source.title(), edits));
    let told = told.collect::<Vec<_>>().join("; ");
    let overwrite = next::again_without("--overwrite", &["--take-in"]);
    let take_in = next::again_without("--take-in", &["--remove"]);
    Err(Error::ByHand(match is_stuck {
        true => {
            let rest =
                if is_edited { format!(", then {take_in} takes the rest") } else { String::new() };
            format!(
                "{told}: undo there what cannot be taken into the memories (it is no statement, would say something else where it came to stand there, or the memories have changed the line too; boxes of tasks and headings are changed in the memory itself), or move it out{rest}; {overwrite} drops all of it"
            )
        }
        false => format!("{told}: {take_in} takes that into the memories, {overwrite} drops it"),
    }))
}

/// A revision that is not stored yet, with the texts of the memories before it.
type Staged = (BTreeMap<String, String>, NewRevision);

/// The revision that takes what people changed into the memories; `contents` are then those after it. Edits of the folder
/// come before it and are stored.
fn taken_in(
    place: &mut Place,
    job: &mut Job,
    contents: &mut Contents,
    taken: Edits,
    now: i64,
) -> Result<Option<Staged>> {
    edits::keep(place, job, contents, now)?;
    let seen = snapshot::texts(contents);
    let mut edited = contents.clone();
    for write in taken.memories {
        let memory = edited.memories.iter_mut().find(|memory| memory.path == write.path);
        if let (Some(memory), Some(text)) = (memory, write.text) {
            memory.text = text;
            memory.observed_at = None;
        }
    }
    let Some(revision) = edits::observed(job, &edited, now)? else { return Ok(None) };
    snapshot::advance(contents, &revision);
    Ok(Some((seen, revision)))
}

/// Takes the block out of all files, and small files away. A file that held nothing but a block stays, empty or with what
/// a new one begins with.
fn removed(
    place: &Place,
    job: &mut Job,
    contents: &Contents,
    (targets, homes): (Vec<Target>, Vec<Home>),
    args: &Render,
) -> Result<Reply> {
    let targets: Vec<Target> =
        targets.into_iter().filter(|target| target.before.is_some()).collect();
    if !args.overwrite {
        check(&sources(&targets, &homes), job, contents, args)?;
    }
    let mut files = Vec::new();
    for target in targets {
        let before = target.before.as_deref().unwrap_or_default();
        let after = job.without(before).map_err(|error| target.refused(error))?;
        files.push((target.file(after), target));
    }
    let mut gone = Vec::new();
    for home in homes {
        let form = folders::none(&home.form);
        gone.push(home.rendered(job, contents, &form, args)?);
    }
    let written: Vec<whole::File> = files.iter().map(|(file, _)| file.clone()).collect();
    put(&place.dir, &changed(&written, &gone)?, &gone, args)?;
    Ok(told::removed(&files, &gone, args))
}

/// The files that change, of which none may be read-only.
fn changed(files: &[whole::File], homes: &[Written]) -> Result<Vec<whole::File>> {
    let files = files.iter().chain(homes.iter().flat_map(|home| &home.files));
    let changed: Vec<whole::File> = files.filter(|file| file.changes()).cloned().collect();
    // Writing puts a new file in the place of the old one, for which the rights of the folder are enough.
    let is_read_only =
        |file: &&whole::File| file.path.metadata().is_ok_and(|m| m.permissions().readonly());
    if let Some(file) = changed.iter().find(is_read_only) {
        return Err(Error::Usage(format!(
            "{} is read-only and would change, so nothing is written: make it writable first",
            text::one_line(&file.path.display().to_string())
        )));
    }
    Ok(changed)
}

/// Writes these files, then takes those out that are to go.
fn put(state: &Path, changed: &[whole::File], homes: &[Written], args: &Render) -> Result<()> {
    if args.dry_run || changed.is_empty() && homes.iter().all(|home| home.gone.is_empty()) {
        return Ok(());
    }
    let writing = interrupt::writing();
    folders::check_gone(homes)?;
    whole::write(&[], changed, state)?;
    folders::take_out(homes)?;
    writing.done();
    Ok(())
}
