//! The models of a dream: hosted and local ones over HTTP, recorded answers, what calls take, what
//! that costs, and the limits that it is kept to.
//!
//! A [`desk::Desk`] answers the calls of a dream: it puts them to a [`Service`], one try at a time
//! or together in a [`batch::Batch`], tries again where that may help, and records what comes back where the host says. The host gives
//! the names of its settings as [`settings::Names`], because messages for people say what to change.
//! What a call may take is set aside in a [`budget::Budget`] before it is made.

pub mod advice;
pub mod answer;
pub mod anthropic;
pub mod batch;
pub mod budget;
pub mod desk;
mod error;
pub mod estimate;
pub mod harmless;
pub mod http;
pub mod name;
pub mod openai;
pub mod prices;
pub mod recorded;
pub mod secret;
pub mod settings;
pub mod tally;

use std::time::Duration;

use dreaming_wasmtime::ModelCall;

pub use self::error::{Error, Result};
use self::tally::Usage;

/// Longest answer in bytes, from the interface `model`.
pub const MAX_ANSWER: usize = 1 << 20;

/// A model that can be asked. Used by several threads.
pub trait Service: Send + Sync {
    /// Makes one try.
    fn ask(&self, call: &ModelCall) -> Try;

    /// What became of a try is recorded now, or cannot be.
    fn settled(&self, _: &ModelCall) {}

    /// Where calls are handed in together; `None` if the service has no batches.
    fn batches(&self) -> Option<&dyn batch::Batches> {
        None
    }
}

/// The outcome of one try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Try {
    /// The answer, or what went wrong.
    pub came: std::result::Result<Said, Trouble>,
    /// What it took.
    pub took: Took,
}

impl Try {
    /// A try that was refused before a model worked on it.
    pub(crate) fn turned_away(trouble: Trouble) -> Self {
        Self { came: Err(trouble), took: Took::Nothing }
    }

    /// A try that a host did not make, because no call of its dream is to be made any more.
    pub fn stopped(why: &str) -> Self {
        Self::turned_away(Trouble::All(Cause { why: why.into(), todo: String::new() }))
    }

    /// A try whose outcome is unknown.
    pub fn lost(trouble: Trouble) -> Self {
        Self { came: Err(trouble), took: Took::Unknown }
    }
}

/// The tokens that one try took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Took {
    /// Nothing: no model worked on it.
    Nothing,
    /// What the service counted; 0 if it does not count.
    Counted(Usage),
    /// Unknown: it was sent and no answer came back, so all of it may have been paid for.
    Unknown,
}

/// An answer, which was paid for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A text. Asking again would bring the same.
    Text(String),
    /// The model refused. Asking again would bring the same.
    Refused,
    /// An unusable answer (cut off, empty, too long), and why. Asking again may bring a better one.
    Unusable(&'static str),
}

/// Why an answer that was cut off is not usable.
const CUT_OFF: &str = "the answer was cut off: raise `propose.max-tokens`";

/// Why an answer over [`MAX_ANSWER`] is not usable.
pub const TOO_LONG: &str = "the answer is over 1 MiB";

/// Why a try gave no answer, in words without the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Another try may succeed, after this wait if the service asks for one.
    Now(String, Option<Duration>),
    /// This call took too long, and another try probably would too.
    Late(String),
    /// This call fails, also when tried again.
    Call(String),
    /// No server was found. It is tried once more, and then counts as [`Trouble::All`].
    Gone(Cause),
    /// Every call would fail for this reason.
    All(Cause),
}

/// Why no call can be answered, and what a person can do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Why.
    pub why: String,
    /// What to do.
    pub todo: String,
}

impl Trouble {
    /// The words.
    pub fn why(&self) -> &str {
        match self {
            Self::Now(why, _) | Self::Late(why) | Self::Call(why) => why,
            Self::Gone(cause) | Self::All(cause) => &cause.why,
        }
    }
}
