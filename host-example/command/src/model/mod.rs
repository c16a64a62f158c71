//! The model of a dream: the options that choose it, and a command of the user's choice as a model.
//!
//! Services, prices and the desk that gives them the calls of a dream are those of
//! [`dreaming_models`]; what comes back is recorded in [`crate::state::answers`].

pub mod choice;
mod exec;

use dreaming_models::desk::Unkept;
use dreaming_models::settings::Names;

use crate::error::Error;
use crate::progress::Progress;
use crate::state::answers::Recorder;

/// The desk of a dream of this command.
pub type Desk = dreaming_models::desk::Desk<Recorder, Progress>;

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

impl From<Error> for Unkept {
    fn from(error: Error) -> Self {
        match error {
            Error::Full(_) => Self { is_full: true, why: "the disk is full".into() },
            other => Self { is_full: false, why: other.to_string() },
        }
    }
}
