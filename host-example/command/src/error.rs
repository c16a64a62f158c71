//! Why a command failed, and with which exit code.

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::hosted::trouble::Trouble;
use crate::output::next::{command, quoted, run};

mod lock_holder;
mod sqlite;

pub use self::lock_holder::Holder;

/// The result of everything that can fail in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// A change of a plan that no longer fits the memories.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stale {
    /// Its id.
    pub id: String,
    /// What it would have done.
    pub operation: String,
    /// The memory that it would have written.
    pub path: String,
    /// Why it no longer fits.
    pub reason: String,
}

/// Why a command failed. Nothing is lost or half written, whatever the case.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line cannot be parsed; clap's message.
    #[error("{0}")]
    CommandLine(String),
    /// The command line, or a file that it names, makes no sense.
    #[error("{0}")]
    Usage(String),
    /// The agent has not worked here yet, so its folder does not exist.
    #[error("{what}: {todo}")]
    NotYet {
        /// What is missing.
        what: String,
        /// What to do.
        todo: String,
    },
    /// A plan waits and would be lost; the text is the command that replaces it.
    #[error(
        "a plan is waiting: decide about it ({}, {} or {}), or make a new one ({})",
        command("review"),
        command("apply --all"),
        command("discard"),
        .0
    )]
    PlanWaits(String),
    /// No plan waits.
    #[error("no plan is waiting: {} makes one", run())]
    NoPlan,
    /// The plan no longer fits the memories.
    #[error(
        "the plan was made for another state of the memories ({}): {} makes a new one",
        .0, command("run --replace")
    )]
    Stale(String),
    /// Changes that a person named no longer fit the memories.
    #[error(
        "{}; nothing was applied: leave {} out, or apply what stands with --all or --auto",
        .0.iter().map(|c| format!("{} ({} {}) is stale: {}", c.id, c.operation, c.path, c.reason))
            .collect::<Vec<_>>().join("; "),
        if .0.len() == 1 { "it" } else { "them" }
    )]
    StaleChanges(Vec<Stale>),
    /// Somebody changed a file or the state meanwhile.
    #[error("{0}; nothing was changed, try again")]
    Conflict(String),
    /// Somebody changed a file while `render` was to write it, which had taken edits into the memories by then.
    #[error(
        "{0}, so no file was written; what was changed by hand in the files before is in the memories by now: the same line \
         again writes the files"
    )]
    TakenIn(String),
    /// Somebody changed by hand what `render` wrote, and no option says what becomes of that.
    #[error("{0}")]
    ByHand(String),
    /// The memory folder holds files that differ from the imported texts.
    #[error(
        "the folder holds other texts: {0}; nothing was changed: move them away, or import into another folder"
    )]
    OtherTexts(String),
    /// A revert without a revision would take back what people wrote.
    #[error(
        "this would also take back what people wrote since: {}; {} does so, and so does {}",
        edits.join(", "), command("revert --with-edits"), command(&format!("revert {target}"))
    )]
    Edits {
        /// The revision to go back to.
        target: u64,
        /// Files that people edited, each with the revision that recorded it.
        edits: Vec<String>,
    },
    /// A write was interrupted, and somebody changed these files since.
    #[error(
        "a write of revision {revision} was interrupted, and these files were changed since: {}; \
         {} finishes the others and leaves these as they are, {} prints what was to be written",
        files.join(", "), command("recover --keep-edits"), command(&format!("show {revision}"))
    )]
    Interrupted {
        /// The revision.
        revision: u64,
        /// The files, relative to the memory folder.
        files: Vec<String>,
    },
    /// A write was interrupted, and these files cannot be written now.
    #[error(
        "a write of revision {revision} was interrupted, and these files cannot be written: {}; \
         all others are; {} goes on when that is repaired",
        files.join(", "), command("recover")
    )]
    Unwritten {
        /// The revision.
        revision: u64,
        /// The files, relative to the memory folder, each with the reason.
        files: Vec<String>,
    },
    /// Every call of the model failed.
    #[error(
        "no answer to {calls} model {}{}: {why}; {}no plan was made, and the sessions are as unread as before: \
         {todo}, or dream without --model",
        if *calls == 1 { "call" } else { "calls" },
        not_made(*left),
        took.iter().map(|took| format!("{took}; ")).collect::<String>()
    )]
    NoAnswer {
        /// How many calls were made; if none, how many the dream wanted to make.
        calls: u64,
        /// How many further calls were not made.
        left: u64,
        /// Why the first one failed.
        why: String,
        /// Lines about what may have been paid for although no answer came.
        took: Vec<String>,
        /// What to do about it.
        todo: String,
    },
    /// A model answered, but no answer about a session could be used.
    #[error(
        "no answer to {calls} model {} was what {} asked for: {why}; {}no plan was made, and the sessions are as unread as \
         before: most often the model is the wrong one, or its server has the wrong chat template; repair that and run \
         again, or take another model: {other} says what one would cost",
        if *calls == 1 { "call" } else { "calls" },
        if *calls == 1 { "it" } else { "they" },
        took.iter().map(|took| format!("{took}; ")).collect::<String>()
    )]
    NothingUsable {
        /// How many answers there were.
        calls: u64,
        /// The beginning of the first answer, or why it cannot be used.
        why: String,
        /// Lines about the tokens and the cost of the calls.
        took: Vec<String>,
        /// The command that estimates the cost of another model.
        other: String,
    },
    /// The state would lie inside the memory folder.
    #[error("the state folder {} lies inside the memory folder: choose another with --state", .0.display())]
    StateInside(PathBuf),
    /// The state was made for another folder.
    #[error(
        "the state in {} belongs to the memory folder {}: if this one is a copy of it, {} goes on with \
         the history that was copied with it",
        state.display(),
        folder.display(),
        command("take-over")
    )]
    OtherFolder {
        /// The state folder.
        state: PathBuf,
        /// The folder that it belongs to.
        folder: PathBuf,
    },
    /// The state was not made on this machine for this folder.
    #[error(
        "the history in {} is not this folder's: {why}; nothing of it was used: {}",
        state.display(),
        foreign_next(*can_be_taken, state)
    )]
    Foreign {
        /// The state folder.
        state: PathBuf,
        /// How that was found.
        why: String,
        /// Whether `take-over` helps.
        can_be_taken: bool,
    },
    /// There is a link where a folder should be.
    #[error("{} is a link, and none is followed there: put a folder in its place, or choose another with --state", .0.display())]
    Linked(PathBuf),
    /// Something would be written to a path that no memory can have.
    #[error("`{path}` is no memory: {why}; nothing was written")]
    NoMemory {
        /// The path below the memory folder.
        path: String,
        /// Why not.
        why: &'static str,
    },
    /// The memory folder is gone, but its state is still there.
    #[error(
        "there is no folder {}, but its history is in {}: where the folder is now, `{take_over}` goes on \
         with it",
        folder.display(),
        state.display()
    )]
    Moved {
        /// The memory folder.
        folder: PathBuf,
        /// The state folder.
        state: PathBuf,
        /// What to type.
        take_over: String,
    },
    /// Another process holds the state.
    #[error(
        "the state {} is in use by {}: try again when it has ended, or wait for it with \
         --wait SECONDS; nothing was changed",
        state.display(),
        holder.as_ref().map_or("another `dreaming`".into(), ToString::to_string)
    )]
    Busy {
        /// The state folder.
        state: PathBuf,
        /// Who holds it, if that is known.
        holder: Option<Holder>,
    },
    /// The state was written by a newer version of the command.
    #[error(
        "the state has version {found}, this command reads up to {known}: use a newer `dreaming`"
    )]
    NewerState {
        /// Version of the state.
        found: i64,
        /// Newest version that is known.
        known: i64,
    },
    /// No such change.
    #[error("no change `{0}` in the plan")]
    UnknownChange(String),
    /// Several ids begin with this text.
    #[error("`{0}` is the beginning of several ids: give more of it")]
    Ambiguous(String),
    /// No such revision.
    #[error("no revision `{}`: {} lists them", .0, command("log"))]
    UnknownRevision(String),
    /// A revision that no dream made.
    #[error("no dream made revision {0}: {log} lists those that one did", log = command("log"))]
    NotOfADream(u64),
    /// A revert without a revision, but there is no dream to take back.
    #[error("there is no dream to go back before: name a revision, {} lists them", command("log"))]
    NoDream,
    /// The requested data was erased by a person.
    #[error("{0} was erased: it cannot be shown, replayed or restored any more")]
    Erased(String),
    /// No such entry.
    #[error(
        "no entry `{0}`: give an id or its beginning, `path:line`, or a piece of its text; erased \
         entries are not known any more"
    )]
    UnknownEntry(String),
    /// No entry has this id, and this command takes only ids.
    #[error(
        "no entry has the id `{}`; {} says which entry that is, with its id in front",
        .0, explain(.0)
    )]
    UnknownId(String),
    /// The named folder of memories or sessions does not exist; the text says what to do.
    #[error("{0}")]
    NoFolder(String),
    /// A place in a memory at which there is no entry.
    #[error("there is no entry at {place}: {why}")]
    NoEntry {
        /// What the person typed.
        place: String,
        /// Why not.
        why: String,
    },
    /// Several entries match.
    #[error("`{name}` fits several entries; give an id or more of the text:\n  {}", found.join("\n  "))]
    SeveralEntries {
        /// What the person typed.
        name: String,
        /// The entries: id, place, text.
        found: Vec<String>,
    },
    /// No such session.
    #[error(
        "no session `{}` was read: {} names the sessions of an entry",
        .0, command("explain ENTRY")
    )]
    UnknownSession(String),
    /// The file of an export, or a state to take over, cannot be read or written.
    #[error("{}: {why}; nothing was changed", path.display())]
    Export {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// The stored data is damaged.
    #[error("the state holds a damaged {}: {} says what to do", .0, command("doctor"))]
    Damaged(String),
    /// The disk is full.
    #[error("{}: no space left; no memory was changed: make some and try again", .0.display())]
    Full(PathBuf),
    /// A file operation failed.
    #[error("{}: cannot {action}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Standard output cannot be written.
    #[error("standard output: cannot write: {0}; what the command did before is done")]
    Output(io::Error),
    /// The state cannot be read or written.
    #[error("state: {0}")]
    State(rusqlite::Error),
    /// The plan was made by another engine.
    #[error(
        "the plan was made by another engine ({}): {} makes a new one",
        .0, command("run --replace")
    )]
    OtherEngine(String),
    /// The engine refused something.
    #[error("{0}")]
    Engine(String),
    /// A program of the system, such as `systemctl`, did not do what was asked.
    #[error("{0}")]
    Tool(String),
    /// The hosted store cannot be read or written.
    #[error(transparent)]
    Hosted(#[from] Trouble),
}

/// A phrase that says that `left` calls were not made; empty for none.
fn not_made(left: u64) -> String {
    let were = if left == 1 { "was" } else { "were" };
    if left == 0 { String::new() } else { format!(", and {left} more {were} not made") }
}

impl Error {
    /// Wraps what the operating system said about `path`.
    pub fn io(action: &'static str, path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Self::Full(path),
            _ => Self::Io { action, path, source },
        }
    }

    /// The exit code, see `dreaming --help`.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::CommandLine(_) | Self::Usage(_) | Self::NotYet { .. } => 2,
            Self::PlanWaits(_) => 3,
            Self::Stale(_)
            | Self::StaleChanges(_)
            | Self::Conflict(_)
            | Self::TakenIn(_)
            | Self::OtherTexts(_)
            | Self::ByHand(_)
            | Self::Edits { .. }
            | Self::Interrupted { .. }
            | Self::Unwritten { .. } => 4,
            Self::NoAnswer { .. } | Self::NothingUsable { .. } => 6,
            Self::Hosted(trouble) => trouble.exit_code(),
            _ => 1,
        }
    }

    /// A stable word for the case, for `--json`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::CommandLine(_) | Self::Usage(_) => "usage",
            Self::NotYet { .. } => "not-yet",
            Self::PlanWaits(_) => "plan-waits",
            Self::NoAnswer { .. } => "no-answer",
            Self::NothingUsable { .. } => "nothing-usable",
            Self::NoPlan => "no-plan",
            Self::Stale(_) | Self::StaleChanges(_) => "stale",
            Self::Conflict(_) | Self::TakenIn(_) | Self::OtherTexts(_) => "conflict",
            Self::ByHand(_) => "by-hand",
            Self::Edits { .. } => "edits",
            Self::Interrupted { .. } | Self::Unwritten { .. } => "interrupted",
            Self::StateInside(_) => "state-inside",
            Self::OtherFolder { .. } => "other-folder",
            Self::Foreign { .. } => "foreign-state",
            Self::Linked(_) => "linked",
            Self::NoMemory { .. } => "no-memory",
            Self::Moved { .. } => "moved",
            Self::Busy { .. } => "busy",
            Self::Tool(_) => "tool",
            Self::NewerState { .. } => "newer-state",
            Self::UnknownChange(_) => "unknown-change",
            Self::Ambiguous(_) => "ambiguous",
            Self::UnknownRevision(_) | Self::NotOfADream(_) => "unknown-revision",
            Self::NoDream => "no-dream",
            Self::Erased(_) => "erased",
            Self::UnknownEntry(_) | Self::UnknownId(_) | Self::NoEntry { .. } => "unknown-entry",
            Self::SeveralEntries { .. } => "ambiguous",
            Self::UnknownSession(_) => "unknown-session",
            Self::Export { .. } => "export",
            Self::Damaged(_) => "damaged",
            Self::Full(_) => "full",
            Self::Io { .. } | Self::NoFolder(_) => "io",
            Self::State(_) => "state",
            Self::Output(_) => "output",
            Self::OtherEngine(_) => "other-engine",
            Self::Engine(_) => "engine",
            Self::Hosted(trouble) => trouble.kind(),
        }
    }
}

/// The command that finds an entry by a piece of its text.
fn explain(words: &str) -> String {
    command(&format!("explain {}", quoted(words)))
}

/// What to do about a history that came from elsewhere.
fn foreign_next(can_be_taken: bool, state: &Path) -> String {
    let away = format!("move {} away", state.display());
    if !can_be_taken {
        return format!("{away} to begin a new one, or choose another with --state");
    }
    format!(
        "if it is yours (a copy, a backup, another disk), {} goes on with it; if not, {away}",
        command("take-over")
    )
}
