//! Models: hosted and local ones over HTTP, a command of the user's choice, and recorded answers.
//!
//! [`desk::Desk`] is what a dream asks. It looks an answer up before it pays for one, keeps to the
//! budget, asks a [`Service`] a few calls at a time, and writes each answer down when it comes.

pub mod answer;
mod anthropic;
pub mod budget;
pub mod choice;
pub mod desk;
pub mod estimate;
mod exec;
mod http;
mod openai;
pub mod prices;
pub mod recorded;
pub mod secret;
pub mod tally;

use std::time::Duration;

use dreaming_wasmtime::{Answer, ModelCall};

use self::tally::Usage;

/// Longest answer in bytes, from the interface `model`.
pub const MAX_ANSWER: usize = 1 << 20;

/// Something that answers a call, once. Used by several threads.
pub trait Service: Send + Sync {
    /// Makes one try.
    fn ask(&self, call: &ModelCall) -> Try;
}

/// What one try came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Try {
    /// The answer, or what went wrong.
    pub came: Result<Said, Trouble>,
    /// What it took; 0 where the service does not say.
    pub usage: Usage,
}

impl Try {
    /// A try that took nothing that is known.
    fn of(came: Result<Said, Trouble>) -> Self {
        Self { came, usage: Usage::default() }
    }
}

/// An answer: asked again, the model would say it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Its words.
    Text(String),
    /// It refused.
    Refused,
}

impl From<Said> for Answer {
    fn from(said: Said) -> Self {
        match said {
            Said::Text(text) => Self::Text(text),
            Said::Refused => Self::Refused,
        }
    }
}

/// Why a try gave no answer, in words that hold no key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Another try may do better, after this long if the service says so.
    Now(String, Option<Duration>),
    /// This call took too long, and another try would too.
    Late(String),
    /// This call fails.
    Call(String),
    /// Every call would fail for this reason.
    All(String),
}
