//! Builds the command that repeats a dream with a model, with the options that were typed for this
//! dream.

use clap::Parser as _;
use dreaming_models::name::Name;

use crate::cli::{Cli, Command, Common, Mode, Run};
use crate::error::{Error, Result};
use crate::output::next;

/// The example for a person who names no model: a small model whose price is in the table.
pub const EXAMPLE: &str = "anthropic:claude-haiku-4-5";

/// A dream repeated with a model.
#[derive(Debug)]
pub struct Again {
    /// Its options, as they are typed after `run`.
    words: Vec<String>,
    /// The model: that of the user's file, or [`EXAMPLE`].
    pub model: Name,
    /// The parsed [`Self::words`], set to estimate only, so that no model is called.
    pub args: Run,
}

impl Again {
    /// Repeats the dream of `args` with a model. The sessions need not be named: the state
    /// remembers those of the last run.
    ///
    /// # Errors
    /// [`Error::CommandLine`] if the options cannot be parsed.
    pub fn of(args: &Run, common: &Common, replace: bool) -> Result<Self> {
        let mut words = Vec::new();
        let mut put = |name: &str, values: &[String]| {
            for value in values {
                words.extend([format!("--{name}"), value.clone()]);
            }
        };
        let own = common.config.model.clone();
        if own.is_none() {
            put("model", &[EXAMPLE.into()]);
        }
        // A policy that the configuration file names need not be typed.
        let said = |policy: &&std::path::PathBuf| {
            let policy = policy.to_string_lossy();
            let mut held = common.config.held.iter();
            held.any(|held| held.name == "policy" && held.value == *policy)
        };
        let policy = args.policy.iter().filter(|policy| !said(policy));
        put("policy", &policy.map(|path| path.to_string_lossy().into_owned()).collect::<Vec<_>>());
        let instructions = Some(args.instructions.clone()).filter(|text| !text.is_empty());
        put("instructions", &Vec::from_iter(instructions));
        put("limit", &Vec::from_iter(args.limit.map(|limit| limit.to_string())));
        let (select, steer) = (&args.select, &args.steer);
        put("since", &Vec::from_iter(select.since.clone()));
        put("agent", &select.agents);
        put("role", &select.roles);
        put("task", &select.tasks);
        put("outcome", &select.outcomes);
        put("withdraw", &select.withdraw);
        put("focus", &steer.focus);
        put("ignore", &steer.ignore);
        put("kind", &steer.kinds);
        put("path", &steer.paths);
        match args.mode {
            Mode::Propose => {}
            Mode::AutoSafe => put("mode", &["auto-safe".into()]),
            Mode::Auto => put("mode", &["auto".into()]),
        }
        if args.model.anew {
            words.push("--anew".into());
        }
        if replace {
            words.push("--replace".into());
        }
        let typed = ["dreaming", "run"].into_iter().chain(words.iter().map(String::as_str));
        let wrong = |error: clap::Error| Error::CommandLine(error.to_string());
        let Command::Run(mut same) = Cli::try_parse_from(typed).map_err(wrong)?.command else {
            return Err(Error::CommandLine("run".into()));
        };
        same.policy.clone_from(&args.policy);
        // The address in the file belongs to the model in the file, so [`EXAMPLE`] gets none.
        same.model.model_url = own.is_some().then(|| common.config.model_url.clone()).flatten();
        same.model.prices.clone_from(&common.config.prices);
        let model = own.or_else(|| same.model.model.clone());
        let model = model.ok_or_else(|| Error::CommandLine("--model".into()))?;
        same.model.model = Some(model.clone());
        same.model.estimate = true;
        Ok(Self { words, model, args: *same })
    }

    /// The command, between backticks, with `more` options.
    pub fn command(&self, more: &str) -> String {
        let words: Vec<String> = self.words.iter().map(|word| next::quoted(word)).collect();
        let words = words.join(" ");
        let parts = ["run", &words, more];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        next::command(&parts.join(" "))
    }
}
