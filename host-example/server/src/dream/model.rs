//! The models that dreams may ask, by the names that clients use.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::Duration;

use dreaming_models::advice::{Advice, KeyFrom};
use dreaming_models::anthropic::{self, Anthropic, Key};
use dreaming_models::batch::{Batch, Batches};
use dreaming_models::budget::comes_before_writing;
use dreaming_models::desk::{Found, Record, Unkept};
use dreaming_models::name::Name;
use dreaming_models::openai::{self, OpenAi};
use dreaming_models::prices::{self, Price};
use dreaming_models::secret::Secret;
use dreaming_models::settings::Names;
use dreaming_models::{Error, Took, Trouble, Try};
use dreaming_wasmtime::{Answer, ModelCall};

use super::account::Account;
use super::work::LONGEST_PAUSE;
use crate::db::answers::Whose;
use crate::db::budgets::DayBudget;
use crate::db::dreams::Terms;
use crate::db::{DatabaseError, report};

/// What whoever runs the server sets.
pub const NAMES: Names = Names {
    url: "the address of the models (`--anthropic-url`, `--openai-url`)",
    key_file: "a key in the server's environment",
    calls: "`propose.max-calls` of `x_policy`",
    tokens: "`tokens` of `x_budget`",
    cost: "`dollars` of `x_budget`",
};

/// The name under which a dream asks no model.
pub const NONE: &str = "x_none";

/// Which names there are.
const FORM: &str =
    "must be `claude-…`, `anthropic:NAME`, `openai:NAME`, or `x_none` for a dream without a model";

/// How the names of Anthropic's own models begin, which need no `anthropic:`.
const CLAUDE: &str = "claude-";

/// Longest time for one try of a call. Chosen by us, as for the command.
const LIMIT: Duration = Duration::from_secs(120);

/// Time between two looks whether a pause is over, or its dream. Chosen by us, as for a dream that is to end.
const LOOK: Duration = Duration::from_millis(500);

/// Where models are asked.
#[derive(Debug)]
pub struct Models {
    /// The address of Anthropic's API, and of what speaks it.
    anthropic_url: String,
    /// The address of OpenAI's API, and of what speaks it.
    openai_url: String,
    /// A table of prices that comes before the listed ones.
    prices: Option<PathBuf>,
}

/// A service that can be asked, and what tells its answers from those of others.
pub struct Service {
    /// The service.
    pub service: Box<dyn dreaming_models::Service>,
    /// Name and address.
    pub identity: String,
}

impl Models {
    /// Models at these addresses; without one at their makers' own. Keys come from `ANTHROPIC_API_KEY`,
    /// `ANTHROPIC_AUTH_TOKEN` and `OPENAI_API_KEY`.
    pub fn new(anthropic_url: Option<String>, openai_url: Option<String>) -> Self {
        let address = |url: Option<String>, home: &str| {
            url.map_or(home.to_owned(), |url| url.trim_end_matches('/').to_owned())
        };
        Self {
            anthropic_url: address(anthropic_url, anthropic::HOME),
            openai_url: address(openai_url, openai::HOME),
            prices: None,
        }
    }

    /// The same models with a table of prices of the user's own, in the form that docs/command.md has.
    ///
    /// # Errors
    /// [`Error`] when it cannot be read.
    pub fn with_prices(self, prices: Option<PathBuf>) -> Result<Self, Error> {
        prices::find("", prices.as_deref(), false)?;
        Ok(Self { prices, ..self })
    }

    /// Checks that dreams may ask the model of this name.
    ///
    /// # Errors
    /// Why they may not.
    pub fn check(&self, model: &str) -> Result<(), String> {
        self.service(model).map(|_| ())
    }

    /// The model behind a name, and its address; `None` for [`NONE`].
    fn named(&self, model: &str) -> Result<Option<(Name, &str)>, String> {
        if model == NONE {
            return Ok(None);
        }
        let name = match model.starts_with(CLAUDE) {
            true => Name::Anthropic(model.into()),
            false => model.parse().map_err(|_| FORM)?,
        };
        match &name {
            Name::Anthropic(_) => Ok(Some((name, &self.anthropic_url))),
            Name::OpenAi(_) => Ok(Some((name, &self.openai_url))),
            // Nobody who only has a key of this server may run commands on its machine.
            Name::Exec(_) | Name::Agent(_) => Err(FORM.into()),
        }
    }

    /// What tokens of the model of this name cost, if that is known.
    pub fn price(&self, model: &str) -> Option<Price> {
        let (name, url) = self.named(model).ok()??;
        let is_home = match &name {
            Name::Anthropic(_) => url == anthropic::HOME,
            _ => url == openai::HOME,
        };
        let found = prices::find(&name.to_string(), self.prices.as_deref(), is_home);
        found.ok().flatten().map(|dated| dated.price)
    }

    /// The price of the model of a dream.
    ///
    /// # Errors
    /// Why a budget in dollars could not be kept.
    pub fn price_for(&self, terms: &Terms) -> Result<Option<Price>, String> {
        let price = self.price(&terms.model);
        match terms.budget.dollars.is_some() && price.is_none() && terms.model != NONE {
            true => Err(format!(
                "cannot be kept, because no price of `{}` is known: start the server with --prices FILE, or limit `tokens`",
                terms.model
            )),
            false => Ok(price),
        }
    }

    /// The price of the model of a dream in a workspace with this budget of a day, too.
    ///
    /// # Errors
    /// The field that is wrong, and why.
    pub fn price_within(
        &self,
        terms: &Terms,
        budget: DayBudget,
    ) -> Result<Option<Price>, (&'static str, String)> {
        let price = self.price_for(terms).map_err(|why| ("x_budget.dollars", why))?;
        match budget.dollars.is_some() && price.is_none() && terms.model != NONE {
            true => {
                let why = format!(
                    "no price of `{}` is known, and the workspace has a budget of dollars: take a model with a price, or \
                     start the server with --prices FILE",
                    terms.model
                );
                Err(("model", why))
            }
            false => Ok(price),
        }
    }

    /// Whether the model of this name can be asked in batches.
    pub fn takes_batches(&self, model: &str) -> bool {
        let service = self.service(model).ok().flatten();
        service.is_some_and(|service| service.service.batches().is_some())
    }

    /// The service behind a name; `None` for [`NONE`].
    ///
    /// # Errors
    /// Why nobody can be asked.
    pub fn service(&self, model: &str) -> Result<Option<Service>, String> {
        let Some((name, url)) = self.named(model)? else { return Ok(None) };
        let no_key = |variables: &str| {
            format!(
                "`{model}` cannot be asked: start the server with {variables} in its environment"
            )
        };
        let service: Box<dyn dreaming_models::Service> = match &name {
            Name::OpenAi(model) => {
                let is_home = url == openai::HOME;
                let key = Secret::variable(OPENAI_KEY).map_err(told)?;
                if key.is_none() && is_home {
                    return Err(no_key(OPENAI_KEY));
                }
                let from = match &key {
                    Some(_) => KeyFrom::Variable(OPENAI_KEY),
                    None => KeyFrom::Nowhere(OPENAI_KEY),
                };
                let advice = Advice { key: from, is_home, names: NAMES };
                Box::new(OpenAi::new(model, url, key, LIMIT, advice).map_err(told)?)
            }
            Name::Anthropic(model) => {
                let is_home = url == anthropic::HOME;
                let (key, from) = anthropic_key().map_err(told)?;
                if key.is_none() && is_home {
                    return Err(no_key("ANTHROPIC_API_KEY"));
                }
                let advice = Advice { key: from, is_home, names: NAMES };
                Box::new(Anthropic::new(model, url, key, LIMIT, advice).map_err(told)?)
            }
            // No client names one, see `named`.
            Name::Exec(_) | Name::Agent(_) => return Err(FORM.into()),
        };
        Ok(Some(Service { service, identity: format!("{name} {url}") }))
    }
}

/// The variable that holds the key of OpenAI's API.
const OPENAI_KEY: &str = "OPENAI_API_KEY";

fn anthropic_key() -> Result<(Option<Key>, KeyFrom), Error> {
    const API: &str = "ANTHROPIC_API_KEY";
    const TOKEN: &str = "ANTHROPIC_AUTH_TOKEN";
    Ok(match Secret::variable(API)? {
        Some(key) => (Some(Key::Api(key)), KeyFrom::Variable(API)),
        None => match Secret::variable(TOKEN)? {
            Some(token) => (Some(Key::Token(token)), KeyFrom::Variable(TOKEN)),
            None => (None, KeyFrom::Nowhere("ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN")),
        },
    })
}

fn told(error: Error) -> String {
    error.to_string()
}

/// A service that answers no more once its dream is to stop or the budget of its workspace is used, and that is left alone
/// by all dreams of all servers when it asks for that.
pub struct Stoppable {
    /// The service.
    pub service: Service,
    /// Who pays for the dream.
    pub account: Account,
}

impl Stoppable {
    /// Waits until the service may be asked. Returns the rest of a pause that is too long to wait for.
    fn pause(&self) -> Option<Duration> {
        let Account { database, handle, .. } = &self.account;
        while !self.account.is_closed() {
            // Whoever cannot be told of a pause learns of it from the service.
            let left = handle.block_on(database.pause_of(&self.service.identity));
            match left.ok().flatten() {
                None => return None,
                Some(left) if left > LONGEST_PAUSE => return Some(left),
                Some(left) => sleep(left.min(LOOK)),
            }
        }
        None
    }
}

impl dreaming_models::Service for Stoppable {
    fn ask(&self, call: &ModelCall) -> Try {
        let pause = self.pause();
        if self.account.shared.is_stopped() {
            return Try::stopped("the dream is over");
        }
        if let Some(left) = pause {
            let why = format!("it asked to be left alone for another {} seconds", left.as_secs());
            return Try { came: Err(Trouble::Now(why, Some(left))), took: Took::Nothing };
        }
        let tried = self.service.service.ask(call);
        if let Err(Trouble::Now(_, Some(wait))) = &tried.came {
            let Account { database, handle, .. } = &self.account;
            let noted = database.pause_model(&self.service.identity, *wait);
            if let Err(error) = handle.block_on(noted) {
                report(&error);
            }
        }
        tried
    }

    fn batches(&self) -> Option<&dyn Batches> {
        self.service.service.batches()
    }
}

/// The record of calls in the database.
pub struct Recorded {
    /// Whose answers.
    pub whose: Whose,
    /// The dream that asks, and who pays for it.
    pub account: Account,
    /// Calls about sessions and pairs that had an answer before.
    known: Mutex<BTreeSet<String>>,
}

impl Record for Recorded {
    fn find(&self, call: &ModelCall) -> Option<Found> {
        let database = &self.account.database;
        let found =
            self.account.insist(|| database.answer(&self.whose, &call.id)).ok().flatten()?;
        if comes_before_writing(call) {
            lock(&self.known).insert(call.id.clone());
        }
        Some(Found::Answer(found))
    }

    fn begin(&self, call: &ModelCall, _: u64) -> Result<(), Unkept> {
        let Account { database, dream, shared, .. } = &self.account;
        let asks = self.account.insist(|| database.asks(&self.whose, dream, &call.id));
        match asks.map_err(unkept)? {
            true => Ok(()),
            false => {
                // Nobody needs to be told what somebody wanted.
                shared.stop();
                Err(over())
            }
        }
    }

    fn keep(&self, call: &ModelCall, _: u64, answer: &Answer) -> Result<(), Unkept> {
        // The other way round, a server that is killed between would have an answer that nobody paid for.
        self.account.write_down();
        let Account { database, dream, .. } = &self.account;
        let keep = || database.keep_answer(&self.whose, dream, &call.id, answer);
        self.account.insist(keep).map_err(unkept)
    }

    fn count_unusable(&self, call: &ModelCall, _: u64, _: &str) -> Result<(), Unkept> {
        self.account.write_down();
        self.forget(&call.id)
    }

    fn turned_away(&self, call: &ModelCall, _: u64) -> Result<(), Unkept> {
        self.forget(&call.id)
    }

    fn no_answer(&self, _: &ModelCall) {}

    fn batch(&self) -> Result<Option<Batch>, Unkept> {
        let Account { database, handle, dream, .. } = &self.account;
        handle.block_on(database.batch(dream)).map_err(unkept)
    }

    fn keep_batch(&self, batch: &Batch) -> Result<(), Unkept> {
        // One without an id is about to be handed in.
        if batch.id.is_none() && self.account.is_closed() {
            return Err(over());
        }
        let Account { database, handle, dream, .. } = &self.account;
        handle.block_on(database.keep_batch(dream, batch)).map_err(unkept)
    }

    fn end_batch(&self, _: &str) -> Result<(), Unkept> {
        let Account { database, handle, dream, .. } = &self.account;
        handle.block_on(database.end_batch(dream)).map_err(unkept)
    }
}

impl Recorded {
    /// The record of a dream that has found nothing yet.
    pub fn new(whose: Whose, account: Account) -> Self {
        Self { whose, account, known: Mutex::default() }
    }

    /// How many calls about sessions and pairs had an answer before.
    pub fn known(&self) -> u64 {
        lock(&self.known).len() as u64
    }

    /// Puts away what calls brought that nobody can use.
    ///
    /// # Errors
    /// [`Unkept`].
    pub fn put_away(&self, calls: &[String]) -> Result<(), Unkept> {
        let Account { database, dream, .. } = &self.account;
        self.account.insist(|| database.put_away(&self.whose, dream, calls)).map_err(unkept)
    }

    /// Forgets what calls brought, in a dream that fails for it.
    ///
    /// # Errors
    /// [`Unkept`].
    pub fn forget_all(&self, calls: &[String]) -> Result<(), Unkept> {
        calls.iter().try_for_each(|call| self.forget(call))
    }

    fn forget(&self, call: &str) -> Result<(), Unkept> {
        let Account { database, handle, .. } = &self.account;
        handle.block_on(database.forget(&self.whose, call)).map_err(unkept)
    }
}

fn lock(known: &Mutex<BTreeSet<String>>) -> MutexGuard<'_, BTreeSet<String>> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why a dream that is to end makes no call.
fn over() -> Unkept {
    Unkept { is_full: false, why: "the dream is over".into() }
}

fn unkept(error: DatabaseError) -> Unkept {
    Unkept { is_full: false, why: error.to_string() }
}
