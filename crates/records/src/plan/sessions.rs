//! The sessions of a plan.

use serde::Serialize;

use crate::canonical::{Done, Readable};
use crate::fields;
use crate::ids::SessionId;
use crate::json::Reader;
use crate::session::NotUnderstood;
use crate::session_record::SessionRecord;

/// What became of a session: read to the end, already known to the ledger, or still pending. For a
/// pending session that was read but not understood, `not_understood` says how little of it was
/// understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum SessionOutcome {
    /// It was read to the end.
    Read {
        /// The record that goes into the ledger.
        record: Box<SessionRecord>,
    },
    /// The cursor says that it was read before.
    Unchanged,
    /// It could not be read, or not understood, and stays pending.
    Pending {
        /// Why.
        reason: String,
        /// How little of it was understood, if that is the reason.
        #[serde(skip_serializing_if = "Option::is_none")]
        not_understood: Option<NotUnderstood>,
    },
}

/// The form in which a [`SessionOutcome`] is read. Reading it as a tagged enum would need a second
/// reader for records, which doubles the code for everything in them.
struct WrittenOutcome {
    state: State,
    record: Option<Box<SessionRecord>>,
    reason: Option<String>,
    not_understood: Option<NotUnderstood>,
}

fields!(WrittenOutcome: state; record, reason, not_understood; ..);

#[derive(Clone, Copy, Readable)]
enum State {
    Read,
    Unchanged,
    Pending,
}

impl Readable for SessionOutcome {
    fn blank() -> Self {
        Self::Unchanged
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Done<()> {
        let written = WrittenOutcome::of(reader)?;
        *self = match written.state {
            State::Read => Self::Read { record: written.record.ok_or("missing field `record`")? },
            State::Unchanged => Self::Unchanged,
            State::Pending => Self::Pending {
                reason: written.reason.ok_or("missing field `reason`")?,
                not_understood: written.not_understood,
            },
        };
        Ok(())
    }
}

/// A session of the request and its outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionResult {
    /// The session.
    pub session: SessionId,
    /// What became of it.
    pub outcome: SessionOutcome,
}
