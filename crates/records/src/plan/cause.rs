//! Why changes are proposed, and the headings under which people see them.

use serde::Serialize;

use crate::canonical::Readable;

/// Why a change is proposed.
///
/// In the order in which a person should see the changes: first those that may do harm, then those
/// that tidy, last those with only a model behind them. The order is chosen by us. The heading of
/// each cause is its title, wherever a person reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// # Secrets
    ///
    /// It holds a secret.
    Secret,
    /// # Corrected by a person
    ///
    /// A person corrected it.
    Corrected,
    /// # Shown to be wrong
    ///
    /// Tools showed that the value does not hold.
    Refuted,
    /// # Evidence withdrawn
    ///
    /// The evidence that supported it was withdrawn.
    Withdrawn,
    /// # Newer value
    ///
    /// A newer value for the same subject.
    NewerValue,
    /// # Said by a person
    ///
    /// A person said so.
    Stated,
    /// # Seen again and again
    ///
    /// It recurs in several sessions.
    Recurring,
    /// # Worded by a model from what sessions show
    ///
    /// A model wrote it from the findings of all sessions, or proposed it from what a person said
    /// or several sessions show.
    Distilled,
    /// # Found by another extractor
    ///
    /// An extractor of the host found it.
    Extracted,
    /// # Wanted by several people
    ///
    /// Several people want the same.
    Shared,
    /// # Duplicates
    ///
    /// The store holds it more than once.
    Duplicate,
    /// # Stale
    ///
    /// Nothing has supported it for long.
    Stale,
    /// # Written anew, or no longer found in sessions
    ///
    /// A dream added it, and a model wrote it anew, or the sessions in which it was found show
    /// something else by now.
    Outgrown,
    /// # No room
    ///
    /// The store has no room for it.
    OverBudget,
    /// # Index lines
    ///
    /// A memory was added, and the index names memories.
    Index,
    /// # Index lines that lead nowhere
    ///
    /// A line of the index names a memory that is not there, or that the plan empties.
    Dangling,
    /// # Index too long
    ///
    /// The index is longer than what agents load.
    IndexLimit,
    /// # Noticed by a model in one session; nothing else speaks for it
    ///
    /// A model proposed it from one session: a mistake, or something that no person said; and no
    /// model wrote of it together with the other findings, because the policy gives no calls for
    /// that. Or somebody outside said it.
    Noticed,
}
