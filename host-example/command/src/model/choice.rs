//! The options that choose the model.

use std::collections::BTreeMap;
use std::fmt::{self, Debug, Formatter};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use dreaming_models::advice::{Advice, KeyFrom};
use dreaming_models::anthropic::{self, Anthropic, Key};
use dreaming_models::batch::Batches;
use dreaming_models::budget::{Budget, Limits, Writing};
use dreaming_models::desk::Manner;
use dreaming_models::name::Name;
use dreaming_models::openai::{self, OpenAi};
use dreaming_models::prices::{self, Dated};
use dreaming_models::secret::Secret;
use dreaming_models::{Service, Try, http};
use dreaming_wasmtime::{Answer, ModelCall};

use super::exec::Exec;
use super::{Desk, NAMES};
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::state::State;

/// Which model is asked, and how much.
#[derive(Debug, Args)]
#[command(next_help_heading = "Model")]
pub struct Choice {
    /// Asks a model: `anthropic:NAME`, `openai:NAME` (OpenAI, or any server that speaks its chat
    /// completions, with --model-url), or `exec:COMMAND`, a shell command that is given a JSON
    /// object {id, system, prompt, schema, max_tokens} on stdin and prints the answer. Without it
    /// no model is asked. Keys come from ANTHROPIC_API_KEY, ANTHROPIC_AUTH_TOKEN, OPENAI_API_KEY or
    /// --model-key-file.
    #[arg(long, value_name = "MODEL")]
    pub model: Option<Name>,
    /// Asks no model, also when a configuration file names one.
    #[arg(long, conflicts_with = "model")]
    pub no_model: bool,
    /// Where the model is served: what stands before `/v1/messages` (anthropic) or
    /// `/chat/completions` (openai) [default: https://api.anthropic.com,
    /// https://api.openai.com/v1].
    #[arg(long, value_name = "URL")]
    pub model_url: Option<String>,
    /// File that holds the key of the service and nothing else; comes before the environment.
    #[arg(long, value_name = "FILE")]
    pub model_key_file: Option<PathBuf>,
    // Chosen by us: a local model on a slow machine needs one minute.
    /// Longest time for one try of a call.
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub model_timeout: u64,
    // Chosen by us: what hosted models allow small accounts.
    /// Calls at the same time.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=64))]
    pub model_parallel: u64,
    // Chosen by us, see `RETRIES` in `dreaming_models::desk`.
    /// Wait before a call that failed is made again; it doubles with each try. A service that says
    /// how long to wait is obeyed.
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = humantime::parse_duration)]
    pub model_wait: Duration,
    /// Hands calls in as batches (anthropic: and openai:), at half the price; the answers come within
    /// a day. The run waits for them; when it is interrupted, the same command goes on with the
    /// batch, and pays for nothing twice.
    #[arg(long, conflicts_with = "dry_run")]
    pub batch: bool,
    /// Ends while a batch is at work instead of waiting for it; the same command goes on later.
    /// Always so with --if-due.
    #[arg(long)]
    pub no_wait: bool,
    /// Lets the model write anew what dreams wrote before, from everything that was found, in as many
    /// words as one dream may write (the setting `distil.anew`). You decide about it as about any
    /// change: a line that moves into other statements goes only together with them. Not with
    /// --dry-run, which asks no model, nor with --if-due; --estimate says what it costs.
    #[arg(long, conflicts_with_all = ["dry_run", "if_due"])]
    pub anew: bool,
    /// Says how many calls, tokens and dollars the dream would take, and asks nobody.
    #[arg(long, conflicts_with_all = ["dry_run", "if_due"])]
    pub estimate: bool,
    /// Most calls that this dream makes about sessions and pairs; what is left waits for the next
    /// one. Answers that are recorded do not count, for they cost nothing, nor do the calls about
    /// what was turned down (`propose.again`) and those that write what is proposed
    /// (`distil.max-calls`) [default: 200].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub max_calls: Option<u64>,
    /// Most tokens of this dream, read and written.
    #[arg(long, value_name = "N")]
    pub max_tokens: Option<u64>,
    /// Most dollars of this dream [default: `max-cost` of your own configuration file]. The model
    /// needs a price.
    #[arg(long, value_name = "DOLLARS", value_parser = dollars)]
    pub max_cost: Option<f64>,
    /// Table of prices that comes before the one of this command, in the same form (see
    /// docs/command.md).
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,
    /// Asks the model also where an answer of it is recorded.
    #[arg(long)]
    pub ask_again: bool,
    /// The user's configuration file, as it is named to a person; `None` where there is none.
    #[arg(skip)]
    pub file: Option<String>,
    /// What answers when the model is [`Name::Agent`].
    #[arg(skip)]
    pub given: Option<Given>,
}

/// A service that no option names.
#[derive(Clone)]
pub struct Given(pub Arc<dyn Service>);

impl Debug for Given {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Given")
    }
}

impl Service for Given {
    fn ask(&self, call: &ModelCall) -> Try {
        self.0.ask(call)
    }

    fn settled(&self, call: &ModelCall) {
        self.0.settled(call);
    }

    fn batches(&self) -> Option<&dyn Batches> {
        self.0.batches()
    }
}

/// The variables that may hold the key of a model of Anthropic.
const ANTHROPIC_KEYS: &str = "ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN";

/// The variable that may hold the key of a model of OpenAI.
const OPENAI_KEYS: &str = "OPENAI_API_KEY";

/// A service that can be asked.
pub struct Ready {
    service: Box<dyn Service>,
    price: Option<Dated>,
}

impl Choice {
    /// A text that differs between models: name and address.
    pub fn identity(&self) -> String {
        let name = match &self.model {
            Some(Name::Exec(command)) => format!("exec:{command}"),
            Some(name) => name.to_string(),
            None => String::new(),
        };
        format!("{name} {}", self.model_url.as_deref().unwrap_or_default())
    }

    /// Checks that options that need a model have one; called after the configuration files are
    /// read.
    ///
    /// # Errors
    /// [`Error::Usage`] names the first option without a model.
    pub fn check(&self) -> Result<()> {
        let given = [
            ("--model-url", self.model_url.is_some()),
            ("--model-key-file", self.model_key_file.is_some()),
            ("--batch", self.batch),
            ("--no-wait", self.no_wait),
            ("--anew", self.anew),
            ("--estimate", self.estimate),
            ("--max-calls", self.max_calls.is_some()),
            ("--max-tokens", self.max_tokens.is_some()),
            ("--max-cost", self.max_cost.is_some()),
            ("--prices", self.prices.is_some()),
            ("--ask-again", self.ask_again),
        ];
        match given.iter().find(|(_, is_given)| *is_given && self.model.is_none()) {
            None => Ok(()),
            Some((name, _)) if self.no_model => {
                Err(Error::Usage(format!("{name} needs a model, and --no-model asks none")))
            }
            Some((name, _)) => Err(Error::Usage(format!(
                "{name} needs a model: give --model MODEL, or name one in {}",
                self.own_file()
            ))),
        }
    }

    /// The user's configuration file, for messages.
    fn own_file(&self) -> &str {
        self.file.as_deref().unwrap_or("your own configuration file")
    }

    /// The price of the model, if it is known.
    ///
    /// # Errors
    /// Those of [`prices::find`].
    pub fn price(&self) -> Result<Option<Dated>> {
        let Some(name) = &self.model else { return Ok(None) };
        Ok(prices::find(&name.to_string(), self.prices.as_deref(), self.is_home())?)
    }

    /// Whether the model can be asked in batches.
    pub fn takes_batches(&self) -> bool {
        matches!(self.model, Some(Name::Anthropic(_) | Name::OpenAi(_)))
    }

    /// Whether the model is asked at its makers' own address.
    fn is_home(&self) -> bool {
        match &self.model {
            Some(Name::Anthropic(_)) => self.url(anthropic::HOME) == anthropic::HOME,
            Some(Name::OpenAi(_)) => self.url(openai::HOME) == openai::HOME,
            _ => false,
        }
    }

    fn url<'a>(&'a self, home: &'a str) -> &'a str {
        self.model_url.as_deref().map_or(home, |url| url.trim_end_matches('/'))
    }

    /// The calls of this model that are recorded, see [`State::recorded`]; none without a model or
    /// with `--ask-again`.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn recorded(&self, state: &State) -> Result<BTreeMap<String, u32>> {
        match self.model.is_some() && !self.ask_again {
            true => state.recorded(&self.identity()),
            false => Ok(BTreeMap::new()),
        }
    }

    /// The recorded answers of this model, for an estimate; none otherwise.
    ///
    /// # Errors
    /// [`Error::State`].
    pub fn answers(&self, state: &State) -> Result<BTreeMap<String, Answer>> {
        match self.estimate && self.model.is_some() && !self.ask_again {
            true => state.answers_of(&self.identity()),
            false => Ok(BTreeMap::new()),
        }
    }

    /// The desk that asks the model: at most `calls` calls about sessions and pairs, and then the
    /// calls of `writing`. `None` when no model was chosen. Makes no call yet.
    ///
    /// # Errors
    /// [`Error::Usage`], [`Error::Io`], [`Error::State`].
    pub fn desk(
        &self,
        state: &State,
        progress: &Progress,
        calls: u64,
        writing: Option<Writing>,
    ) -> Result<Option<Desk>> {
        let Some(Ready { service, price }) = self.ready()? else { return Ok(None) };
        let cost = self.limit_in_dollars();
        let limits = Limits { tokens: self.max_tokens, cost, calls: Some(calls), writing };
        let limit = Duration::from_secs(self.model_timeout);
        let manner = Manner {
            parallel: usize::try_from(self.model_parallel).unwrap_or(1),
            wait: self.model_wait,
            longest_wait: limit,
            in_batches: self.batch,
            waits: !self.no_wait,
        };
        let recorder = state.recorder(&self.identity(), !self.ask_again)?;
        let budget = Budget::new(limits, NAMES, price.map(|dated| dated.price));
        Ok(Some(Desk::new(service, manner, recorder, budget, progress.clone())))
    }

    /// The service and its price, after a check that it has what it needs: a key, an address and,
    /// for a limit in dollars, a price. `None` when no model was chosen. Makes no call.
    ///
    /// # Errors
    /// [`Error::Usage`], [`Error::Io`].
    pub fn ready(&self) -> Result<Option<Ready>> {
        let Some(name) = &self.model else { return Ok(None) };
        let service = self.service(name)?;
        if self.batch && service.batches().is_none() {
            return Err(Error::Usage(format!(
                "{name} takes no batches: --batch is for anthropic: and openai:"
            )));
        }
        let price = self.price()?;
        if let (Some(limit), None) = (self.limit_in_dollars(), &price) {
            return Err(Error::Usage(format!(
                "no price of {name} is known, so the limit of {} a dream (--max-cost, or `max-cost` of a \
                 configuration file) could not be kept: give its price with --prices FILE or, for hooks too, as \
                 `prices = \"FILE\"` in {} (docs/command.md has the form of FILE); or leave the limit out there",
                in_dollars(limit),
                self.own_file()
            )));
        }
        Ok(Some(Ready { service, price }))
    }

    /// The limit in dollars; none for an agent, which pays for its tokens itself and has no price here.
    fn limit_in_dollars(&self) -> Option<f64> {
        self.max_cost.filter(|_| !matches!(self.model, Some(Name::Agent(_))))
    }

    fn service(&self, name: &Name) -> Result<Box<dyn Service>> {
        let limit = Duration::from_secs(self.model_timeout);
        Ok(match name {
            Name::Agent(_) => {
                let given = self.given.clone();
                Box::new(given.ok_or_else(|| Error::Usage("no agent asks for the calls".into()))?)
            }
            Name::Exec(command) => {
                if self.model_url.is_some() || self.model_key_file.is_some() {
                    return Err(Error::Usage("exec: takes neither an address nor a key".into()));
                }
                Box::new(Exec::new(command, limit))
            }
            Name::Anthropic(model) => {
                let url = self.url(anthropic::HOME);
                http::check(url, false)?;
                let (api, mut from) = self.key("ANTHROPIC_API_KEY")?;
                let mut key = api.map(Key::Api);
                if key.is_none() {
                    key = Secret::variable("ANTHROPIC_AUTH_TOKEN")?.map(Key::Token);
                    from = KeyFrom::Variable("ANTHROPIC_AUTH_TOKEN");
                }
                let advice = self.advice(key.is_some(), from, ANTHROPIC_KEYS)?;
                Box::new(Anthropic::new(model, url, key, limit, advice)?)
            }
            Name::OpenAi(model) => {
                let url = self.url(openai::HOME);
                http::check(url, false)?;
                let (key, from) = self.key(OPENAI_KEYS)?;
                let advice = self.advice(key.is_some(), from, OPENAI_KEYS)?;
                Box::new(OpenAi::new(model, url, key, limit, advice)?)
            }
        })
    }

    fn key(&self, variable: &'static str) -> Result<(Option<Secret>, KeyFrom)> {
        Ok(match &self.model_key_file {
            Some(file) => (Some(Secret::read(file)?), KeyFrom::File(file.clone())),
            None => (Secret::variable(variable)?, KeyFrom::Variable(variable)),
        })
    }

    /// The advice for a service. The makers' own service needs a key, so a missing key is an error
    /// there; other servers may need none.
    fn advice(&self, has_key: bool, from: KeyFrom, variables: &'static str) -> Result<Advice> {
        let is_home = self.is_home();
        match has_key {
            true => Ok(Advice { key: from, is_home, names: NAMES }),
            false if !is_home => {
                Ok(Advice { key: KeyFrom::Nowhere(variables), is_home, names: NAMES })
            }
            false => Err(Error::Usage(format!(
                "the model needs a key: set {variables}, or give --model-key-file"
            ))),
        }
    }
}

/// An amount of dollars as people read it: with cents, unless it has parts of a cent.
pub fn in_dollars(amount: f64) -> String {
    let cents = format!("{amount:.2}");
    match cents.parse() == Ok(amount) {
        true => format!("${cents}"),
        false => format!("${amount}"),
    }
}

/// An amount of dollars as people write it.
///
/// # Errors
/// What is wrong with it.
pub fn dollars(text: &str) -> std::result::Result<f64, String> {
    let amount = text.trim_start_matches('$').parse::<f64>().ok();
    amount
        .filter(|amount| amount.is_finite() && *amount > 0.0)
        .ok_or_else(|| "an amount of dollars is written like 0.50".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_have_cents() {
        assert_eq!([1.5, 2.0, 0.0625].map(in_dollars), ["$1.50", "$2.00", "$0.0625"]);
    }

    #[test]
    fn dollars_are_above_nothing() {
        assert_eq!(dollars("$0.50"), Ok(0.5));
        for wrong in ["", "0", "-1", "NaN", "inf", "one"] {
            assert!(dollars(wrong).is_err(), "{wrong}");
        }
    }
}
