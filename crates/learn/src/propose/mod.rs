//! The proposal step: prompts out, answers in. A model only proposes.

mod open;
mod prompt;
mod rubric;

pub use self::prompt::Series;
pub(crate) use self::prompt::{fenced, parts};

use serde::Serialize;

use dreaming_records::canonical::{Done, Readable};
use dreaming_records::ids::{CallId, EntryId};
use dreaming_records::json::Reader;
use dreaming_records::{cases, fields};

use crate::import::Excerpt;

/// A call that the host is asked to make, about a part of one session. What it tells of the memory is
/// bounded by `propose.known-tokens`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ModelCall {
    /// Keys the answer. Derived from session and prompt.
    pub id: CallId,
    /// What the model is told to do; equal for all calls.
    pub system: String,
    /// The chunk of the session between fences, redacted.
    pub prompt: String,
    /// JSON schema of the answer, as text.
    pub schema: String,
    /// Tokens that the answer may have.
    pub max_tokens: u64,
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Answer {
    /// The model's text, whatever it is.
    Text {
        /// The text.
        text: String,
    },
    /// The model refused.
    Refused,
    /// The call failed for good; the host has made its retries.
    Failed {
        /// Why, for the report.
        reason: String,
    },
}

impl Answer {
    /// Whether the model said something, be it of use or not.
    pub fn is_text(&self) -> bool {
        matches!(self, Self::Text { .. })
    }
}

/// An [`Answer`] as it is read: a tagged enum would need a second reader of documents.
struct WrittenAnswer {
    outcome: Became,
    text: Option<String>,
    reason: Option<String>,
}

fields!(WrittenAnswer: outcome; text, reason; ..);

#[derive(Clone, Copy)]
enum Became {
    Text,
    Refused,
    Failed,
}

cases!(Became: Text, Refused, Failed);

impl Readable for Answer {
    fn blank() -> Self {
        Self::Refused
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Done<()> {
        let written = WrittenAnswer::of(reader)?;
        *self = match written.outcome {
            Became::Text => Self::Text { text: written.text.ok_or("missing field `text`")? },
            Became::Refused => Self::Refused,
            Became::Failed => {
                Self::Failed { reason: written.reason.ok_or("missing field `reason`")? }
            }
        };
        Ok(())
    }
}

/// A statement of the memory that a prompt shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The entry.
    pub entry: EntryId,
    /// The headings above it, outermost first, without secrets: they may turn its sense around.
    pub headings: Vec<String>,
    /// Its text, without secrets.
    pub text: String,
}

/// A call with what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The call.
    pub call: ModelCall,
    /// The events, in the order in which the prompt shows and numbers them, from 1.
    pub excerpts: Vec<Excerpt>,
    /// The entries that the prompt shows, numbered from 1.
    pub known: Vec<EntryId>,
}
