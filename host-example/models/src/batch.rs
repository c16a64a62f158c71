//! Batches: many calls that are handed in together, answered within a day and cost half. Anthropic's Message Batches and
//! OpenAI's Batch API.
//!
//! A batch has a *tag*, which its host writes down before it hands the batch in: a process that is killed before it
//! learns the id of its batch finds it by the tag, and pays for none twice.

use dreaming_wasmtime::ModelCall;
use serde::{Deserialize, Serialize};

use crate::Try;

/// Most calls of one batch. Chosen by us, far below what the services allow (100,000 and 50,000): the next batch takes
/// the rest.
pub const MOST_CALLS: usize = 10_000;

/// Most bytes of the texts of one batch. Chosen by us: half of what OpenAI allows (200 MB), because quotes and line
/// ends take two bytes in JSON.
pub const MOST_BYTES: usize = 100_000_000;

/// What one batch costs of the price of single calls: half, at both services.
pub const SHARE: f64 = 0.5;

/// A service that takes batches. Used by several threads.
pub trait Batches: Send + Sync {
    /// The id of the newest batch of the account; `None` if it has none.
    ///
    /// # Errors
    /// What went wrong.
    fn newest(&self) -> Result<Option<String>, Try>;

    /// Hands in calls and returns the id of their batch.
    ///
    /// # Errors
    /// What went wrong, and whether the batch may have been made all the same ([`crate::Took::Unknown`]).
    fn send(&self, tag: &str, calls: &[ModelCall]) -> Result<String, Try>;

    /// Looks for a batch of so many calls among those newer than `after`.
    ///
    /// # Errors
    /// What went wrong.
    fn find(&self, tag: &str, calls: usize, after: Option<&str>) -> Result<Sought, Try>;

    /// How far a batch is.
    ///
    /// # Errors
    /// What went wrong.
    fn look(&self, id: &str) -> Result<Standing, Try>;

    /// Hands out what became of each call of a batch that ended: the number of the call, and its outcome.
    ///
    /// # Errors
    /// What went wrong; then not all were handed out.
    fn results(&self, tag: &str, id: &str, each: &mut dyn FnMut(usize, Try)) -> Result<(), Try>;

    /// Asks the service to work on a batch no longer.
    ///
    /// # Errors
    /// What went wrong.
    fn cancel(&self, id: &str) -> Result<(), Try>;

    /// Deletes a batch that ended, with its words.
    ///
    /// # Errors
    /// What went wrong.
    fn delete(&self, id: &str) -> Result<(), Try>;
}

/// What a search for a batch found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sought {
    /// The batch, by its id.
    Here(String),
    /// A batch that may be it and is still being worked on. It shows what it is when it ends.
    Maybe,
    /// Nothing: it was never made.
    Nowhere,
}

/// How far a batch is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The service works on it; so many of its calls are done, as far as it says.
    Working(u64),
    /// It ended, and its results can be read.
    Ended,
    /// The service did not take it, and why.
    Refused(String),
    /// The service does not have it any more.
    Gone,
}

/// A batch as its host writes it down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// What tells it from every other batch: letters and digits.
    pub tag: String,
    /// The newest batch of the account before this one.
    pub after: Option<String>,
    /// Its id at the service; `None` as long as nobody knows whether it arrived.
    pub id: Option<String>,
    /// Its calls, in their order.
    pub calls: Vec<Sent>,
    /// Whether it holds calls that an earlier batch brought back unanswered.
    pub is_again: bool,
}

/// A call of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Its id.
    pub call: String,
    /// Tokens that its answer may have.
    pub max_tokens: u32,
}

impl Sent {
    /// The call, without its texts.
    pub fn call(&self) -> ModelCall {
        ModelCall {
            id: self.call.clone(),
            system: String::new(),
            prompt: String::new(),
            schema: String::new(),
            max_tokens: self.max_tokens,
        }
    }
}

/// The name of a call within its batch.
pub(crate) fn name(tag: &str, number: usize) -> String {
    format!("{tag}-{number}")
}

/// The number of the call that has this name, if it is of the batch `tag`.
pub(crate) fn number(tag: &str, name: &str) -> Option<usize> {
    name.strip_prefix(tag)?.strip_prefix('-')?.parse().ok()
}
