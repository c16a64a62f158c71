//! The subcommands.

use std::path::{Path, PathBuf};
use std::time::Duration;

use dreaming_wasmtime::{Contents, Setting};
use serde_json::{Map, Value};

use crate::cli::{Cli, Command, Common};
use crate::component;
use crate::error::{Error, Result};
use crate::folder::Folder;
use crate::homes;
use crate::interrupt;
use crate::known_states;
use crate::output::{self, Reply};
use crate::snapshot;
use crate::state::{self, Access, State};
use crate::write::{self as files, AfterEdit};

pub mod adopt;
mod apply;
mod auto_safe;
pub mod completions;
pub mod config;
mod contradictions;
mod decide;
pub mod diff;
mod discard;
pub mod doctor;
pub mod due;
mod edits;
mod entries;
pub mod erase;
pub mod explain;
pub mod export;
pub mod failed;
pub mod gather;
mod guards;
pub mod import;
pub mod init;
pub mod keep;
pub mod left_out;
pub mod loaded;
pub mod log;
pub mod man;
pub mod pack;
mod page;
pub mod policy;
pub mod propose;
pub mod pull;
pub mod push;
mod recover;
pub mod render;
mod replay;
mod revert;
pub mod review;
mod run;
pub mod schedule;
pub mod select;
mod show;
pub mod stats;
mod status;
pub mod take_over;
pub mod verify;
pub mod waiting;
mod whose;

/// Runs the command that the command line names.
///
/// # Errors
/// [`Error`], with nothing half written.
pub fn run(mut cli: Cli) -> Result<Reply> {
    if let Command::Schedule(args) = &cli.command
        && args.all
    {
        return schedule::of_all_stores(args);
    }
    // It looks at homes of agents, which need no store, and asks nothing of one.
    if let Command::Loaded(args) = &cli.command {
        output::next::remember(&cli);
        crate::config::name_memory(&mut cli.common)?;
        return loaded::loaded(&cli.common, args);
    }
    crate::hosted::name_memory(&mut cli)?;
    crate::find_store::name_memory(&mut cli)?;
    output::next::remember(&cli);
    // `init` reads configuration files and agents' folders itself: it writes the files, and the
    // folders need not exist.
    let begins = matches!(cli.command, Command::Init(_));
    if !begins {
        crate::config::name_memory(&mut cli.common)?;
    }
    if let Err(error) = if begins { Ok(()) } else { homes::fill(&mut cli) } {
        return match (&cli.command, run::only_kept::named(&cli.common, error)) {
            // A trigger may call before the agent has worked here.
            (Command::Run(args), Error::NotYet { what, todo }) if args.due.if_due => {
                Ok(due::not_yet(&what, &todo))
            }
            (Command::Doctor(_), Error::NotYet { what, todo }) => Ok(doctor::not_yet(&what, &todo)),
            (_, error) => Err(error),
        };
    }
    // These commands need no store, and must work when a configuration file is broken.
    if !matches!(cli.command, Command::Init(_) | Command::Man(_) | Command::Completions(_)) {
        crate::config::fill(&mut cli)?;
    }
    let (common, reads) = (&cli.common, Access::Read);
    match cli.command {
        Command::Init(args) => init::init(common, &args),
        Command::Run(args) if args.due.if_due => {
            failed::noted(common, &args, || due::run(common, &args))
        }
        Command::Run(args) if args.model.estimate => {
            let place = Place::open(common, Access::Rehearse)?;
            run::estimate::estimate(place, &args, common)
        }
        Command::Run(args) => {
            // A dry run writes nothing anyway.
            if !args.dry_run {
                run::check(common, &args)?;
            }
            let begun = || {
                write(common, args.dry_run, |place| {
                    run::leaves_a_review(&place, &args)?;
                    free(&place, args.replace, args.now)?;
                    run::run(place, &args, common)
                })
            };
            failed::noted(common, &args, begun)
        }
        Command::Review(args) => review::review(common, &args),
        Command::Apply(args) => decide(common, args.dry_run, |place| apply::apply(place, &args)),
        Command::Discard(args) => decide(common, args.dry_run, |place| discard::discard(&place)),
        Command::Revert(args) => decide(common, args.dry_run, |place| revert::revert(place, &args)),
        Command::Recover(args) => recover::recover(common, &args),
        Command::Keep(args) => {
            keep::check(common)?;
            begins_none(common, args.dry_run)?;
            write(common, args.dry_run, |place| keep::keep(&place, &args, common.json))
        }
        Command::Status(args) => status::status(&Place::open(common, reads)?, &args, common),
        Command::Show(args) => show::show(&read(common)?, args.what.as_deref(), args.digests),
        Command::Replay(args) => {
            replay::replay(&Place::open(common, reads)?, args.revision.as_deref())
        }
        Command::Doctor(args) => doctor::doctor(common, &args),
        Command::Pack(args) => pack::pack(&Place::open(common, reads)?, &args, common.json),
        #[cfg(feature = "mcp")]
        Command::Mcp(args) => crate::mcp::serve(common, &args),
        Command::Stats(args) => stats::stats(&Place::open(common, reads)?, &args, common.json),
        Command::Policy(args) => policy::policy(&component::load_without_state()?, &args),
        Command::Config(config::Config {}) => Ok(config::config(common)),
        Command::Completions(args) => Ok(completions::completions(&args)),
        Command::Man(args) => man::man(&args),
        Command::Loaded(args) => loaded::loaded(common, &args),
        Command::Log(args) => log::log(&read(common)?, &args),
        Command::Diff(args) => diff::diff(&read(common)?, &args),
        Command::Explain(args) => explain::explain(&read(common)?, &args),
        Command::Verify(verify::Verify {}) => verify::verify(&Place::open(common, reads)?),
        Command::Erase(args) => decide(common, args.dry_run, |place| erase::erase(place, &args)),
        Command::Export(args) => export::export(&Place::open(common, reads)?, &args, common.json),
        Command::Import(args) => import::import(common, &args),
        Command::TakeOver(args) => take_over::take_over(common, &args),
        Command::Pull(args) => pull::pull(common, &args),
        Command::Push(args) => push::push(common, &args),
        Command::Render(args) => render::render(common, &args),
        Command::Schedule(args) => schedule::schedule(common, &args),
        Command::Adopt(args) => {
            begins_none(common, args.dry_run)?;
            write(common, args.dry_run, |place| {
                free(&place, args.replace, args.now)?;
                adopt::adopt(place, &args, common)
            })
        }
        Command::Gather(args) => {
            begins_none(common, args.dry_run)?;
            write(common, args.dry_run, |place| gather::gather(place, &args))
        }
    }
}

/// A memory folder with its state.
#[derive(Debug)]
pub struct Place {
    folder: Folder,
    state: State,
    /// The state folder.
    dir: PathBuf,
    /// The charters and pins that the configuration has now.
    guards: Map<String, Value>,
}

impl Place {
    /// Opens the folder and its state. A command that writes first finishes an interrupted write,
    /// or removes the temporary files of a write that never began. A command that reads changes
    /// nothing and reports an unfinished write.
    fn open(common: &Common, access: Access) -> Result<Self> {
        let place = Self::open_as_it_is(common, access)?;
        match access {
            Access::Write => {
                let writing = interrupt::writing();
                files::finish(&place.state, &place.folder, AfterEdit::Stop)?;
                place.folder.sweep();
                drop(writing);
                interrupt::heed();
            }
            Access::Read | Access::Rehearse => {
                let unfinished = place.state.unfinished()?.map(|(revision, _)| {
                    let recover = output::next::command("recover");
                    format!("a write of revision {revision} was interrupted, {recover} finishes it")
                });
                match unfinished {
                    Some(said) if access == Access::Rehearse => return Err(Error::Conflict(said)),
                    Some(said) => output::note(&said),
                    None => {}
                }
            }
        }
        Ok(place)
    }

    fn open_as_it_is(common: &Common, access: Access) -> Result<Self> {
        let folder = Folder::open(common.memory()).map_err(|error| {
            let moved = take_over::moved(common.memory(), common.state.as_deref());
            moved.or_else(|| not_there(common)).unwrap_or(error)
        })?;
        let folder = if access == Access::Rehearse { folder.rehearsed() } else { folder };
        let dir = state::place(&folder, common.state.as_deref())?;
        let patience = common
            .wait
            .map_or(state::lock::PATIENCE, |seconds| Duration::from_secs(seconds.into()));
        let state = State::open_within(&dir, &folder, access, patience)?;
        if access == Access::Write {
            known_states::remember(&dir, &state);
        }
        if run::knows_sessions(&state, common)? {
            output::next::sessions_are_known();
        }
        let guards = common.config.added.clone();
        Ok(Self { folder, state, dir, guards })
    }
}

/// The error for a memory folder that does not exist: how to make it, or which folder holds the
/// named file.
fn not_there(common: &Common) -> Option<Error> {
    let named = common.memory.as_deref()?;
    if named.is_file() {
        let folder = named.parent().filter(|above| !above.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).to_string_lossy();
        return Some(Error::NoFolder(format!(
            "{} is a file, and memories are a folder of files: name the folder that holds it, `--memory {}`",
            output::text::one_line(&named.to_string_lossy()),
            output::next::quoted(&folder)
        )));
    }
    let named = Some(named).filter(|memory| memory.symlink_metadata().is_err())?;
    let (path, memory) = (named.to_string_lossy(), output::next::quoted(&named.to_string_lossy()));
    let sessions = output::next::typed_sessions();
    Some(Error::NoFolder(format!(
        "there is no folder {}: `mkdir -p {memory}` makes it, and `dreaming init --memory {memory}{sessions}` \
         makes it and sets the rest up",
        output::text::one_line(&path)
    )))
}

/// [`snapshot::now`] of a place. Warns on stderr about memories that could not be read; for these
/// the recorded text counts.
fn now(place: &Place) -> Result<Contents> {
    let (contents, on_disk) = snapshot::now(&place.state, &place.folder)?;
    output::warn_skipped("memory", &snapshot::unread(&contents, &on_disk));
    Ok(contents)
}

/// The store for a command that reads its history. Where it has none, and a history nearby lost its
/// folder, a person is told of that one.
fn read(common: &Common) -> Result<Place> {
    let place = Place::open(common, Access::Read)?;
    if !common.json {
        take_over::hint(&place);
    }
    Ok(place)
}

/// Runs a command that writes; in a dry run, rehearses it.
fn write(
    common: &Common,
    dry_run: bool,
    command: impl FnOnce(Place) -> Result<Reply>,
) -> Result<Reply> {
    let access = if dry_run { Access::Rehearse } else { Access::Write };
    rehearsed(Place::open(common, access)?, command)
}

/// Runs a command that needs an existing history. If there is none, the command runs as a
/// rehearsal, so that its error makes no state folder. Ctrl-C ends it before it writes.
fn decide(
    common: &Common,
    dry_run: bool,
    command: impl FnOnce(Place) -> Result<Reply>,
) -> Result<Reply> {
    interrupt::watch();
    write(common, dry_run || !has_history(common)?, |place| {
        interrupt::plan_waits(place.state.has_waiting_plan()?);
        command(place)
    })
}

/// Checks that the command would not begin a second history beside one that lost this folder.
fn begins_none(common: &Common, dry_run: bool) -> Result<()> {
    match dry_run {
        true => Ok(()),
        false => take_over::check(&Place::open_as_it_is(common, Access::Read)?),
    }
}

/// Checks that no plan waits for a person, unless `replaces` is set.
fn free(place: &Place, replaces: bool, now: Option<i64>) -> Result<()> {
    match !replaces && waiting::decides(place, now.unwrap_or_else(clock))? {
        true => Err(Error::PlanWaits(output::next::again("--replace"))),
        false => Ok(()),
    }
}

/// Whether the memories have a history.
fn has_history(common: &Common) -> Result<bool> {
    // A folder that cannot be opened counts as having one: the command that opens it reports the
    // error.
    let Ok(folder) = Folder::open(common.memory()) else { return Ok(true) };
    Ok(state::place(&folder, common.state.as_deref())?.join(state::FILE).is_file())
}

/// Runs a command. In a dry run, adds to its reply what it would have written.
fn rehearsed(place: Place, command: impl FnOnce(Place) -> Result<Reply>) -> Result<Reply> {
    let folder = place.folder.clone();
    let reply = command(place)?;
    Ok(match folder.rehearsal() {
        Some(rehearsal) => rehearsal.reply(reply, folder.root()),
        None => reply,
    })
}

/// The time to use when none is given: the clock.
pub fn clock() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// Settings as the engine takes them.
///
/// # Errors
/// [`Error::Usage`] for a value that no setting takes.
fn settings(policy: &Map<String, Value>) -> Result<Vec<Setting>> {
    let wrong = |name: String| {
        let value = policy.get(&name).map(Value::to_string).unwrap_or_default();
        Error::Usage(format!("policy: `{name}` takes no value like {value}"))
    };
    dreaming_wasmtime::settings(policy).map_err(wrong)
}
