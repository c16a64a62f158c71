//! What to set up, from the options or the answers of a person.

use std::path::PathBuf;

use dreaming_models::name::Name;
use dreaming_models::{http, prices};
use serde_json::{Value, json};

use super::look::Found;
use super::project_places;
use super::source::{Batch, Memory, Origin};
use super::{Init, Trigger};
use crate::cli::Common;
use crate::error::{Error, Result};
use crate::homes::all::Kind;
use crate::output::next::{self, quoted};

/// Most dollars of a dream when nobody names a limit. Chosen by us: the busiest week of a project
/// that we know costs about one dollar with its maker's least expensive model, see README.md.
pub const BUDGET: f64 = 1.50;

/// What becomes of the model in the user's file.
#[derive(Clone, Debug, PartialEq)]
pub enum Model {
    /// It stays as it is.
    AsItIs,
    /// The file will name no model.
    None,
    /// The file will name this model.
    Named(Named),
}

/// A model with its address, price table and budget.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Named {
    /// Its name, as the person wrote it.
    pub name: String,
    /// Most dollars that a dream may cost; `None` when the price of the model is not known.
    pub max_cost: Option<f64>,
    /// The address of its server; `None` when its makers serve it.
    pub url: Option<String>,
    /// A table of prices.
    pub prices: Option<PathBuf>,
}

impl Named {
    /// Whether the price of the model is known.
    ///
    /// # Errors
    /// Those of [`prices::find`].
    fn has_price(&self) -> Result<bool> {
        let name = parsed(&self.name)?.to_string();
        Ok(prices::find(&name, self.prices.as_deref(), self.url.is_none())?.is_some())
    }
}

/// What is to be set up.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The folder of memories.
    pub memory: Memory,
    /// Which of the sessions that were found, by number.
    pub batch: usize,
    /// The model.
    pub model: Model,
    /// What starts a dream.
    pub trigger: Trigger,
}

impl Choice {
    /// The sessions.
    pub fn sessions<'f>(&self, found: &'f Found) -> Result<&'f Batch> {
        let none = || Error::Usage("there are no such sessions".into());
        found.batches.get(self.batch).ok_or_else(none)
    }

    /// The model that dreams will ask once this choice is written.
    pub fn model_then(&self, found: &Found) -> Option<Named> {
        match &self.model {
            Model::None => None,
            Model::Named(named) => Some(named.clone()),
            Model::AsItIs => found.own().and_then(|own| {
                let (url, prices) = (own.model_url.clone(), own.prices.clone());
                Some(Named { name: own.model.clone()?, max_cost: own.max_cost, url, prices })
            }),
        }
    }

    /// For programs.
    pub fn json(&self, found: &Found) -> Value {
        let origin = found.batches.get(self.batch).map(|batch| origin(batch.origin));
        let model = self.model_then(found);
        let trigger = match self.trigger {
            Trigger::None => "none",
            Trigger::Hook => "hook",
            Trigger::Cron => "cron",
            Trigger::Systemd => "systemd",
        };
        json!({
            "memory": self.memory.path.to_string_lossy(),
            "sessions": origin,
            // `Name` shows only that a model is a command, because the command may hold keys.
            "model": model.as_ref().map(|model| parsed(&model.name).map(|name| name.to_string()).ok()),
            "max_cost": model.and_then(|model| model.max_cost),
            "trigger": trigger,
        })
    }
}

/// Where sessions come from, in a word for programs.
pub fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Agent(kind) => kind.option(),
        Origin::Given => "given",
        Origin::File => "file",
        Origin::Project => "project",
    }
}

/// A model by name.
pub fn parsed(name: &str) -> Result<Name> {
    name.parse().map_err(|why: &str| Error::Usage(format!("model: {why}")))
}

/// The choice when nobody is asked: from the options, else the defaults.
///
/// # Errors
/// [`Error::Usage`] for options that do not fit.
pub fn defaults(found: &Found, args: &Init) -> Result<Choice> {
    let nothing = || Error::Usage("name the memories with --memory DIR".into());
    let memory = found.memories.first().cloned().ok_or_else(nothing)?;
    let model = model(found, args)?;
    let trigger = args.trigger.unwrap_or(Trigger::None);
    Ok(Choice { memory, batch: 0, model, trigger })
}

/// Whether Claude Code keeps these sessions. Its hook fires for no other sessions.
pub fn is_of_claude(batch: &Batch) -> bool {
    batch.origin == Origin::Agent(Kind::ClaudeCode)
}

/// Checks that the trigger fires for the sessions that a dream will read.
///
/// # Errors
/// [`Error::Usage`] for a hook of Claude Code that would read other sessions, or another history.
pub fn check_trigger(found: &Found, choice: &Choice, common: &Common) -> Result<()> {
    if choice.trigger != Trigger::Hook {
        return Ok(());
    }
    let batch = choice.sessions(found)?;
    if !is_of_claude(batch) {
        let read = match batch.origin {
            Origin::Agent(kind) => format!("those of {}", kind.name()),
            Origin::Given => "those that --sessions names".into(),
            Origin::File => "those that a dreaming.toml names".into(),
            Origin::Project => "those in the folder sessions/".into(),
        };
        return Err(Error::Usage(format!(
            "--trigger hook: it is a hook of Claude Code, and the sessions to read are {read}: give `--trigger cron` or \
             `--trigger systemd` in its place, whose lines read these"
        )));
    }
    if common.state.is_some() {
        let why = "it knows no --state: write that hook by hand (docs/triggers.md)";
        return Err(Error::Usage(format!("--trigger hook: {why}")));
    }
    Ok(())
}

fn model(found: &Found, args: &Init) -> Result<Model> {
    if args.no_model {
        return Ok(Model::None);
    }
    let own = found.own().and_then(|own| own.model.clone());
    let is_limited = found.own().is_some_and(|own| own.max_cost.is_some());
    let model = |name: &String| Named {
        name: name.clone(),
        max_cost: None,
        url: args.model_url.clone().or_else(|| found.url_of(name)),
        prices: match &args.prices {
            Some(prices) => Some(project_places::whole(prices)),
            None => found.own().and_then(|own| own.prices.clone()),
        },
    };
    if let (Some(url), Some(name)) = (&args.model_url, &args.model) {
        http::check(url, false)?;
        if matches!(parsed(name)?, Name::Exec(_)) {
            return Err(Error::Usage("--model-url: exec: takes no address".into()));
        }
    }
    match (&args.model, args.max_cost, own) {
        (Some(name), None, _) => {
            let model = model(name);
            let has_price = model.has_price()?;
            if is_limited && !has_price && !args.no_max_cost {
                return Err(unpriced(found, name)?);
            }
            let max_cost = (has_price && !args.no_max_cost).then(|| budget(found));
            Ok(Model::Named(Named { max_cost, ..model }))
        }
        (Some(name), max_cost, _) => named(Named { max_cost, ..model(name) }),
        (None, None, _) => Ok(Model::AsItIs),
        (None, max_cost, Some(own)) => named(Named { max_cost, ..model(&own) }),
        (None, Some(_), None) => {
            Err(Error::Usage("--max-cost needs a model: give --model MODEL".into()))
        }
    }
}

/// The default for most dollars of a dream: the limit in the user's file, else [`BUDGET`].
pub fn budget(found: &Found) -> f64 {
    let own = found.own().and_then(|own| own.max_cost);
    own.filter(|dollars| dollars.is_finite() && *dollars > 0.0).unwrap_or(BUDGET)
}

/// The error for a model without a known price when the user's file limits dollars, with what can
/// be done.
fn unpriced(found: &Found, name: &str) -> Result<Error> {
    let shown = parsed(name)?;
    let file = found.own().map(|own| own.path.display().to_string()).unwrap_or_default();
    let run = next::command(&format!("run --model {} --prices FILE", quoted(name)));
    Ok(Error::Usage(format!(
        "--model: no price of {shown} is known, so the limit of ${:.2} a dream in {file} could not be kept; nothing was \
         written. `--prices FILE` beside --model writes down where its price stands (docs/command.md has the form of FILE), \
         `--no-max-cost` takes the limit away; {run} asks it once, within the limit",
        budget(found)
    )))
}

/// A model, checked: a limit of dollars is only allowed with a known price.
fn named(model: Named) -> Result<Model> {
    if model.max_cost.is_some() && !model.has_price()? {
        let shown = parsed(&model.name)?;
        let todo =
            "give it with --prices FILE (docs/command.md has its form), or leave --max-cost out";
        return Err(Error::Usage(format!("--max-cost: no price of {shown} is known: {todo}")));
    }
    Ok(Model::Named(model))
}
