//! The sessions of a plan.

use serde::Serialize;

use crate::canonical::{Done, Readable};
use crate::fields;
use crate::ids::SessionId;
use crate::json::Reader;
use crate::session::NotUnderstood;
use crate::session_record::SessionRecord;

/// What became of a session: read to the end, known to the ledger as it is, or still to be read. Of a pending one that
/// came and was not understood, `not_understood` says how little of it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum SessionOutcome {
    /// It was read to the end.
    Read {
        /// The record that the ledger takes up.
        record: Box<SessionRecord>,
    },
    /// The cursor says that it was read before.
    Unchanged,
    /// It could not be read, or not understood, and stays pending.
    Pending {
        /// Why.
        reason: String,
        /// How little of it was understood, when that is why.
        #[serde(skip_serializing_if = "Option::is_none")]
        not_understood: Option<NotUnderstood>,
    },
}

/// A [`SessionOutcome`] as it is read. A tagged enum would read records in a second way, which doubles the
/// code for everything that is in one.
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

/// A session of the request with what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionResult {
    /// The session.
    pub session: SessionId,
    /// What became of it.
    pub outcome: SessionOutcome,
}
