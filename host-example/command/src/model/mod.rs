//! Models: hosted and local ones over HTTP, a command of the user's choice, and recorded answers.
//!
//! [`desk::Desk`] is what a dream asks. It looks an answer up before it pays for one, keeps to the
//! budget, asks a [`Service`] a few calls at a time, and writes each answer down when it comes.

pub mod advice;
pub mod answer;
mod anthropic;
pub mod budget;
pub mod choice;
pub mod desk;
pub mod estimate;
mod exec;
pub mod http;
mod openai;
pub mod prices;
pub mod recorded;
pub mod secret;
pub mod tally;

use std::time::Duration;

use dreaming_wasmtime::ModelCall;

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
    /// What it took.
    pub took: Took,
}

impl Try {
    /// A try that was turned away.
    fn turned_away(trouble: Trouble) -> Self {
        Self { came: Err(trouble), took: Took::Nothing }
    }

    /// A try that nobody knows the end of.
    fn lost(trouble: Trouble) -> Self {
        Self { came: Err(trouble), took: Took::Unknown }
    }
}

/// What one try took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Took {
    /// Nothing: no model was given it.
    Nothing,
    /// What the service counted; 0 where it does not count.
    Counted(Usage),
    /// It may have been paid for as a whole: it was sent, and no answer came back.
    Unknown,
}

/// What came back: it was paid for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Words. Asked again, the model would say them again.
    Text(String),
    /// It refused, and would again.
    Refused,
    /// Something that nobody can use, and why: cut off, empty, too long. Asked again, it may say something else.
    Unusable(&'static str),
}

/// Why an answer that was cut off is not usable.
const CUT_OFF: &str = "the answer was cut off: raise `propose.max-tokens`";

/// Why an answer over [`MAX_ANSWER`] is not usable.
const TOO_LONG: &str = "the answer is over 1 MiB";

/// Why a try gave no answer, in words that hold no key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Another try may do better, after this long if the service says so.
    Now(String, Option<Duration>),
    /// This call took too long, and another try would too.
    Late(String),
    /// This call fails.
    Call(String),
    /// Nobody is there: one more try, and if that finds nobody either, as [`Trouble::All`].
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
    fn why(&self) -> &str {
        match self {
            Self::Now(why, _) | Self::Late(why) | Self::Call(why) => why,
            Self::Gone(cause) | Self::All(cause) => &cause.why,
        }
    }
}
