//! The model of a dream: the options that choose it, the desk that gives it calls and records its
//! answers, and a command of the user's choice as a model.
//!
//! Services and prices are those of [`dreaming_models`]; a dream gives its calls to [`desk::Desk`].
//! The desk looks for a recorded answer before it pays for one, keeps to the budget, sends a few
//! calls at a time to a [`dreaming_models::Service`], and records each answer when it comes.

pub mod choice;
pub mod desk;
mod exec;

use dreaming_models::settings::Names;

use crate::error::Error;

/// What a person sets, as the options of this command are called.
const NAMES: Names = Names {
    url: "--model-url",
    key_file: "--model-key-file",
    calls: "--max-calls",
    tokens: "--max-tokens",
    cost: "--max-cost",
};

impl From<dreaming_models::Error> for Error {
    fn from(error: dreaming_models::Error) -> Self {
        use dreaming_models::Error as Model;
        match error {
            Model::Address(why) => Self::Usage(format!("{}: {why}", NAMES.url)),
            Model::Wrong(why) => Self::Usage(why),
            // Not wrapped as a whole: a full disk is a case of its own, with an exit code and a word.
            Model::Io { action, path, source } => Self::io(action, path)(source),
        }
    }
}
