//! The proposal step: builds the prompts and reads the answers. A model only proposes.

mod below_headings;
mod earlier_failures;
mod rubric;
mod session_prompt;

pub(crate) use self::below_headings::below_headings;
pub use self::session_prompt::{Again, Down, Fallen, Series, again, together};
pub(crate) use self::session_prompt::{fenced, parts};

use std::ops::Range;

use serde::Serialize;

use dreaming_records::canonical::{Done, Readable};
use dreaming_records::ids::{CallId, EntryId};
use dreaming_records::json::Reader;
use dreaming_records::{cases, fields};

use crate::import::Excerpt;

/// A model call that the host is asked to make, about a part of one session. `propose.known-tokens`
/// bounds what it shows of the memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ModelCall {
    /// Identifies the call and its answer. Derived from session and prompt.
    pub id: CallId,
    /// The instructions, the same in all calls.
    pub system: String,
    /// The chunk of the session between fences, redacted.
    pub prompt: String,
    /// JSON schema of the answer, as text.
    pub schema: String,
    /// Tokens that the answer may have.
    pub max_tokens: u64,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Answer {
    /// The model answered, usefully or not.
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
    /// Whether the model answered, usefully or not.
    pub fn is_text(&self) -> bool {
        matches!(self, Self::Text { .. })
    }
}

/// The fields of a written [`Answer`]. Deriving the tagged enum would need a second reader of
/// documents.
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
    /// The headings above it, outermost first, without secrets. They are shown because they may
    /// reverse its meaning.
    pub headings: Vec<String>,
    /// The number of a step and the box of a task, see [`dreaming_text::markdown::Piece::number_and_box`].
    pub mark: String,
    /// Its text, without secrets.
    pub text: String,
}

/// A call as one session sees it, with the events and entries that it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The call.
    pub call: ModelCall,
    /// The events, in the order in which the prompt shows and numbers them, from 1.
    pub excerpts: Vec<Excerpt>,
    /// Where those of this session stand in `excerpts`; all others are of sessions that the call
    /// shows beside it.
    pub own: Range<usize>,
    /// Where the events of each session begin in `excerpts`, in order: one place for a call about
    /// one session.
    pub starts: Vec<usize>,
    /// The statements of the memory that the prompt shows, numbered from 1.
    pub known: Vec<Known>,
}
