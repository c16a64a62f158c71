//! `dreaming init`: looks what a project has, asks, and writes the configuration.

use std::io::{IsTerminal as _, stderr, stdin, stdout};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use dreaming_models::name::Name;
use serde_json::json;

use super::review::prompt::{self, Stop};
use crate::cli::Common;
use crate::error::{Error, Result};
use crate::model::choice::dollars;
use crate::output::{self, Reply, text};

mod ask;
mod choice;
mod draft;
mod edit;
pub mod files;
mod goal;
mod look;
mod paste;
pub mod project_places;
mod source;
mod tell;

use self::choice::Choice;
use self::draft::Draft;
use self::look::Found;

/// `dreaming init`.
#[derive(Debug, Args)]
#[command(after_help = "\
It reads only, until you say yes to what it shows. Nothing is sent anywhere. The memories and sessions of a project \
stand in `.dreaming/dreaming.toml` beside the memory folder; a model and what it may spend in your own file, which \
holds for all your stores. Keys are neither shown nor kept.

Examples:
  dreaming init
  dreaming init --dry-run
  dreaming init --yes --model anthropic:claude-haiku-4-5 --max-cost 1.50
  dreaming init --yes --claude-code --trigger hook
  dreaming init --yes --memory notes --sessions logs")]
pub struct Init {
    /// Session files and folders [default: those of the agent that worked here].
    #[arg(long, num_args = 1.., value_name = "PATH", conflicts_with = "agent")]
    pub sessions: Vec<PathBuf>,
    /// The model that your own file names from now on, see `dreaming run --help` [default: as it
    /// is].
    #[arg(long, value_name = "MODEL", value_parser = model)]
    pub model: Option<String>,
    /// Where that model is served, as `dreaming run` takes it, for a server of your own.
    #[arg(long, value_name = "URL", requires = "model")]
    pub model_url: Option<String>,
    /// Table of prices that your own file names from now on, for a model whose price is not known
    /// (docs/command.md has its form).
    #[arg(long, value_name = "FILE", requires = "model")]
    pub prices: Option<PathBuf>,
    /// Take the model out of your own configuration file.
    #[arg(long, conflicts_with = "model")]
    pub no_model: bool,
    /// Most dollars of a dream [default: as it is, else 1.50 where the price of the model is
    /// known].
    #[arg(long, value_name = "DOLLARS", value_parser = dollars, conflicts_with = "no_model")]
    pub max_cost: Option<f64>,
    /// Your own file limits no dollars, for a model whose price is not known.
    #[arg(long, requires = "model", conflicts_with = "max_cost")]
    pub no_max_cost: bool,
    /// What starts a dream [default: you].
    #[arg(long, value_enum)]
    pub trigger: Option<Trigger>,
    /// Asks nothing: takes what the other options say, else the defaults (no model, nothing that
    /// starts by itself).
    #[arg(short, long)]
    pub yes: bool,
    /// Prints what was found and what would be written, and writes nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// What starts a dream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Trigger {
    /// You do.
    None,
    /// The end of a session of Claude Code: a hook in `.claude/settings.local.json` of the project.
    Hook,
    /// cron: the line is printed.
    Cron,
    /// A timer of systemd: its files are printed.
    Systemd,
}

/// A model as the user's file has it: the words stay as they are.
fn model(given: &str) -> std::result::Result<String, &'static str> {
    given.parse::<Name>().map(|_| given.to_owned())
}

/// Looks, asks, shows and writes.
///
/// # Errors
/// [`Error`], with nothing written.
pub fn init(common: &Common, args: &Init) -> Result<Reply> {
    let asks = !(args.yes || args.dry_run || common.json);
    if asks && !(stdin().is_terminal() && stdout().is_terminal() && stderr().is_terminal()) {
        let todo = "`dreaming init --yes` takes the defaults, `dreaming init --dry-run` shows them";
        return Err(Error::Usage(format!("it asks questions, and this is no terminal: {todo}")));
    }
    let found = look::look(common, args)?;
    let say = |shown: &str| {
        if !common.json {
            output::say(&text::broken(shown, &stdout()));
        }
    };
    say(&tell::found(&found));
    found.check(common)?;
    let defaults = choice::defaults(&found, args)?;
    if !asks {
        let draft = draft::draft(&found, &defaults, common)?;
        say(&tell::draft(&draft));
        let writes = args.yes && !args.dry_run;
        if writes {
            files::write(&draft.makes, &draft.files, &draft.state)?;
        }
        return Ok(reply(&found, &defaults, &draft, writes));
    }
    prompt::dress();
    let confirmed = ask::choice(&found, defaults, common, args).and_then(|choice| {
        let draft = draft::draft(&found, &choice, common)?;
        say(&tell::draft(&draft));
        if draft.is_empty() || ask::confirmed()? { Ok((choice, draft)) } else { Err(Stop::Quit) }
    });
    match confirmed {
        Ok((choice, draft)) => {
            files::write(&draft.makes, &draft.files, &draft.state)?;
            Ok(reply(&found, &choice, &draft, true))
        }
        Err(Stop::Failed(error)) => Err(error),
        Err(stop) => {
            let interrupted = matches!(stop, Stop::Interrupted);
            if interrupted {
                prompt::leave();
            }
            let json = json!({"outcome": "undecided"});
            let reply = Reply::new("Nothing was written.\n".into(), json);
            Ok(Reply { code: u8::from(interrupted), ..reply })
        }
    }
}

/// The reply: what was found, what was chosen, and what was or would be written.
fn reply(found: &Found, choice: &Choice, draft: &Draft, written: bool) -> Reply {
    let outcome = match (draft.is_empty(), written) {
        (true, _) => "unchanged",
        (_, true) => "written",
        _ => "would-write",
    };
    let json = json!({
        "outcome": outcome,
        "project": found.project.to_string_lossy(),
        "found": tell::found_json(found),
        "chosen": choice.json(found),
        "writes": tell::draft_json(draft),
        "prints": draft.lines,
        "next": draft.next.json(),
    });
    Reply::new(tell::end(draft, written) + &tell::others(found, choice), json)
}
