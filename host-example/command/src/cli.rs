//! The command line.

mod common;

use std::path::PathBuf;

use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

pub use self::common::Common;
use crate::commands::completions::Completions;
use crate::commands::doctor::Doctor;
use crate::commands::due::Due;
use crate::commands::init::Init;
use crate::commands::keep::Keep;
use crate::commands::man::ManPages;
use crate::commands::pack::Pack;
use crate::commands::policy::Policy;
use crate::commands::select::{Select, Steer};
use crate::commands::stats::Stats;
use crate::commands::{
    adopt, config, diff, erase, explain, export, gather, import, loaded, log, pull, push, render,
    review, schedule, take_over, verify,
};
#[cfg(feature = "mcp")]
use crate::mcp;
use crate::model::choice::Choice;
use crate::output::theme;
use crate::project::Project;
use crate::signed::{Signed, time};

/// Consolidates what agents remember: proposes changes to a folder of Markdown memories from past
/// sessions, each with its evidence; applies what you accept; undoes and replays all of it.
#[derive(Debug, Parser)]
#[command(
    name = "dreaming", version, after_help = AFTER_HELP, arg_required_else_help = true,
    styles = theme::HELP
)]
pub struct Cli {
    /// The options of every command.
    #[command(flatten)]
    pub common: Common,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const AFTER_HELP: &str = "\
Exit codes:
  0  done
  1  an error; of `run` also when it understood none of the sessions that it found
  2  the command line makes no sense
  3  a plan is waiting already
  4  a conflict: a change that was asked for is stale, a file was saved at that very moment, a write
     was interrupted, or edits of people would be taken back
  5  the replay gave other bytes
  6  no model call got a usable answer: no plan was made, and the sessions are as unread as before; of
     `run --anew` also when nothing was written anew for that reason

Examples:
  dreaming init
  dreaming run --memory notes --sessions ~/.claude/projects/my-project
  dreaming show --memory notes
  dreaming apply --memory notes --all --by ada
  dreaming revert --memory notes
  dreaming run --claude-code --if-due
  dreaming doctor --claude-code";

/// The subcommand of this process, as it was typed.
pub fn subcommand() -> String {
    let known = Cli::command();
    // Not `args`, which panics on a file name that is not UTF-8.
    let mut words = std::env::args_os().skip(1).filter_map(|word| word.into_string().ok());
    words.find(|word| known.find_subcommand(word).is_some()).unwrap_or_default()
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sets up: finds agents, memories and sessions of this project, asks, and writes the
    /// configuration.
    Init(Init),
    /// Reads sessions and proposes changes. The plan waits until you apply or discard it.
    Run(Box<Run>),
    /// Copies sessions that no dream has read yet, so that a later run reads them when their agent
    /// has deleted them.
    Keep(Keep),
    /// Says where the store stands.
    Status(Status),
    /// Prints the plan that waits, one of its changes, or a revision, with all evidence.
    Show(Show),
    /// Goes through the plan that waits: asks on a terminal, decides by flags, or writes a page.
    Review(review::Review),
    /// Applies changes of the plan that waits. What people wrote since becomes a revision of its
    /// own; changes that it made stale are named and not applied.
    Apply(Apply),
    /// Puts away the plan that waits and decides nothing: its sessions are unread again, and the
    /// next run proposes the same.
    Discard(Discard),
    /// Makes a revision with the memories of an earlier one, byte for byte.
    Revert(Revert),
    /// Dreams again over recorded inputs and answers and compares the plan, byte for byte.
    Replay(Replay),
    /// Lists the revisions, newest first.
    Log(log::Log),
    /// Prints how the memories differ between two revisions, or a revision and now.
    Diff(diff::Diff),
    /// Says why an entry is there, from which words, what it replaced, and what would remove it.
    Explain(explain::Explain),
    /// Checks that nothing of the history is damaged, and names edits and what was erased.
    Verify(verify::Verify),
    /// Erases the words of a session or of an entry, also from the history. Cannot be undone.
    Erase(erase::Erase),
    /// Writes the whole state into one file.
    Export(export::Export),
    /// Makes the state, and the memories, from a file that `export` wrote.
    Import(import::Import),
    /// Makes new memories of what another memory store exported.
    Adopt(adopt::Adopt),
    /// Takes in the memories of other agents' stores, with what their histories know of them.
    Gather(gather::Gather),
    /// Brings here what changed in a memory store of the hosted API.
    Pull(pull::Pull),
    /// Sends what changed here to the memory store that the folder mirrors.
    Push(push::Push),
    /// Writes the memories as a block into files that agents load (AGENTS.md and the like), and takes
    /// back what people changed there.
    Render(render::Render),
    /// Says what each agent sees at its start here: files, tokens, what is cut off, orphaned or there
    /// twice.
    Loaded(loaded::Wanted),
    /// Goes on with the history of a memory folder that was moved, renamed or copied.
    TakeOver(take_over::TakeOver),
    /// Finishes a write that was interrupted.
    Recover(Recover),
    /// Looks for everything that could be wrong, and says what to do. Changes nothing.
    Doctor(Doctor),
    /// Prints the memories that an agent should load for a task, best first, within a budget.
    Pack(Pack),
    /// Serves the memories to an agent over MCP, and lets it be the model of a dream: no key needed.
    #[cfg(feature = "mcp")]
    Mcp(mcp::Mcp),
    /// Prints what past sessions say about agents, roles, tasks and people: outcomes, mistakes,
    /// hand-offs, strengths, trends.
    Stats(Stats),
    /// Lets dreams start by themselves (systemd, cron, launchd, Claude Code, Codex), takes that back, or
    /// says what is installed.
    Schedule(schedule::Schedule),
    /// Prints what the configuration files say, and from where each value comes.
    Config(config::Config),
    /// Prints the settings: what each takes, its default, and why.
    Policy(Policy),
    /// Prints a script that completes this command in a shell.
    Completions(Completions),
    /// Prints the manual page, or writes those of all commands.
    Man(ManPages),
}

/// `dreaming run`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dreaming run --memory notes --sessions ~/.claude/projects/my-project
  dreaming run --claude-code --dry-run
  dreaming run --claude-code ~/src/shop --if-due --min-interval 24h --min-sessions 5
  dreaming run --memory notes --model anthropic:claude-haiku-4-5 --max-cost 0.50 --estimate
  dreaming run --memory notes --model openai:qwen3:8b --model-url http://localhost:11434/v1
  dreaming run --memory notes --model exec:./ask-model --policy policy.json
  dreaming run --memory notes --policy compact
  dreaming run --memory notes --since 2026-02-01 --agent coder --outcome bad
  dreaming run --memory notes --withdraw session-7
  dreaming run --memory notes --focus 'release' --ignore 'lint' --kind mistake --path learned/")]
pub struct Run {
    /// Session files (`.jsonl`, `.json`, also `.gz`) and folders of them, with everything below
    /// [default: those of the last run].
    #[arg(long, num_args = 1.., value_name = "PATH")]
    pub sessions: Vec<PathBuf>,
    /// The project in which they must have run; `None` = anywhere.
    #[arg(skip)]
    pub project: Option<Project>,
    /// The time of the dream, such as `2026-02-20T00:00:00Z` [default: the clock].
    #[arg(long, value_name = "RFC3339", value_parser = time)]
    pub now: Option<i64>,
    /// Settings that differ from their defaults: a JSON object of name and value, or the name of a
    /// preset (`dreaming policy` lists them).
    #[arg(long, value_name = "FILE|PRESET")]
    pub policy: Option<PathBuf>,
    /// Free text for the model. It cannot override a rule of the policy.
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub instructions: String,
    /// What is done with the plan.
    #[arg(long, value_enum, default_value_t = Mode::Propose)]
    pub mode: Mode,
    /// Most sessions of this dream; the others stay pending.
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
    /// Dreams again although a plan waits; the new plan takes its place.
    #[arg(long)]
    pub replace: bool,
    /// Dreams, prints the plan and what would be written, and keeps nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Which sessions count. All are read and kept; what is not selected is not mined in this
    /// dream.
    #[command(flatten)]
    pub select: Select,
    /// What the dream looks for.
    #[command(flatten)]
    pub steer: Steer,
    /// Which model is asked.
    #[command(flatten)]
    pub model: Choice,
    /// Whether to dream at all.
    #[command(flatten)]
    pub due: Due,
}

/// What is done with a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// The plan waits for you. A plan without changes needs no decision and is recorded at once.
    Propose,
    /// Of the changes with gate `auto`, additions and merges of equal statements are applied at
    /// once. All others stay open, and come again with the next dream.
    AutoSafe,
    /// All changes with gate `auto` are applied at once; those that need a person stay open.
    Auto,
}

/// `dreaming status`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dreaming status --memory notes
  dreaming status --claude-code --json")]
pub struct Status {
    /// Sessions to count [default: those of the last run].
    #[arg(long, num_args = 1.., value_name = "PATH")]
    pub sessions: Vec<PathBuf>,
    /// The project in which they must have run; `None` = anywhere.
    #[arg(skip)]
    pub project: Option<Project>,
}

/// `dreaming show`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dreaming show --memory notes
  dreaming show ce53e648 --memory notes
  dreaming show 4 --memory notes --json")]
pub struct Show {
    /// Id of a change, or number or id of a revision; the beginning of an id will do.
    #[arg(value_name = "CHANGE|REVISION")]
    pub what: Option<String>,
    /// With --json also what the plan records of each session that it read: some kilobytes for
    /// each.
    #[arg(long)]
    pub digests: bool,
}

/// `dreaming apply`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dreaming apply --all --by ada --memory notes
  dreaming apply ce53e648 c4c94442 --reject ca3080ca --memory notes
  dreaming apply --auto --dry-run --memory notes")]
pub struct Apply {
    /// Ids of the changes to apply; the beginning of an id will do. A change that adds an entry
    /// also applies the change that adds its line to the index.
    #[arg(value_name = "CHANGE", value_delimiter = ',', conflicts_with_all = ["all", "auto"])]
    pub changes: Vec<String>,
    /// The same as CHANGE, with the name that `review` gives this option.
    #[arg(long, num_args = 1.., value_name = "CHANGE", value_delimiter = ',', hide = true,
          conflicts_with_all = ["all", "auto"])]
    pub accept: Vec<String>,
    /// Applies all changes that are not blocked, also what a model wrote from one session. It
    /// leaves out changes that a person has to accept by id: advice that deletes, forces or skips a
    /// check, what only a page or a file says, and what a model noticed in one session and was not
    /// asked to write (`distil.max-calls` 0).
    #[arg(long, conflicts_with = "auto")]
    pub all: bool,
    /// Applies the changes with gate `auto`.
    #[arg(long)]
    pub auto: bool,
    /// Rejects these changes: they come back only with new evidence. What is neither applied nor
    /// rejected stays open.
    #[arg(long, num_args = 1.., value_name = "CHANGE", value_delimiter = ',')]
    pub reject: Vec<String>,
    /// Prints what would be written, and writes nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Who decides, and why.
    #[command(flatten)]
    pub signed: Signed,
}

/// `dreaming discard`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dreaming discard --memory notes
  dreaming discard --dry-run --memory notes")]
pub struct Discard {
    /// Prints what would be done, and does not do it.
    #[arg(long)]
    pub dry_run: bool,
}

/// `dreaming revert`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dreaming revert --memory notes
  dreaming revert 3 --dry-run --memory notes
  dreaming revert --with-edits --by ada --memory notes")]
pub struct Revert {
    /// Number or id of the revision to go back to [default: the one before the newest dream].
    #[arg(value_name = "REVISION")]
    pub revision: Option<String>,
    /// Also takes back what people wrote since. Without it, and without a revision, such a revert
    /// is refused.
    #[arg(long)]
    pub with_edits: bool,
    /// Prints what would be written, and writes nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Who decides, and why.
    #[command(flatten)]
    pub signed: Signed,
}

/// `dreaming replay`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dreaming replay --memory notes
  dreaming replay 4 --memory notes --json")]
pub struct Replay {
    /// Number or id of a revision that a dream made [default: the newest plan].
    #[arg(value_name = "REVISION")]
    pub revision: Option<String>,
}

/// `dreaming recover`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dreaming recover --memory notes
  dreaming recover --keep-edits --dry-run --memory notes")]
pub struct Recover {
    /// Leaves files that were changed since as they are; the next run takes them for edits.
    #[arg(long)]
    pub keep_edits: bool,
    /// Prints what would be written, and writes nothing.
    #[arg(long)]
    pub dry_run: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_an_example_that_can_be_typed() {
        for command in Cli::command().get_subcommands() {
            let name = command.get_name();
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let examples: Vec<&str> =
                help.lines().map(str::trim).filter(|line| line.starts_with("dreaming ")).collect();
            assert!(!examples.is_empty(), "`dreaming {name} --help` has no example");
            for example in examples {
                let typed = example.split(" > ").next().unwrap().split(" # ").next().unwrap();
                // A quoted text is one word for the shell.
                let quoted = typed.split(['\'', '"']).enumerate();
                let words = quoted.flat_map(|(n, text)| match n % 2 {
                    0 => text.split_whitespace().collect(),
                    _ => vec![text],
                });
                let parsed = Cli::try_parse_from(words);
                assert!(parsed.is_ok(), "{example}: {}", parsed.unwrap_err());
            }
        }
    }
}
