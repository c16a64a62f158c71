//! The report of a dream: counts of what was read, found, turned down and used.

use serde::Serialize;

use crate::canonical::Readable;
use crate::drift::Share;
use crate::ids::CallId;
use crate::number::is_zero;
use crate::outcome::{InForce, ProposedRevert};
use crate::session::Account;

/// Name and version of the form of a report.
pub const REPORT_FORMAT: &str = "dreaming.report/1";

/// What a dream did, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Report {
    /// The form.
    #[cfg_attr(feature = "schema", schemars(extend("const" = REPORT_FORMAT)))]
    pub format: String,
    /// Memories of the store.
    pub memories: u64,
    /// Entries that were understood.
    pub entries: u64,
    /// Sessions of the request.
    pub sessions: u64,
    /// Sessions that were read to the end now.
    pub sessions_read: u64,
    /// Sessions that the ledger knew.
    pub sessions_unchanged: u64,
    /// Sessions that stay pending.
    pub sessions_pending: u64,
    /// Of those, sessions of which too little was understood to count them as read. The plan says which:
    /// `not_understood` of its sessions.
    #[serde(skip_serializing_if = "is_zero")]
    pub sessions_not_understood: u64,
    /// Sessions that were read before and mined then, and were shown to a model again for the calls that
    /// had no usable answer. They count in no other number of sessions, bytes or events.
    #[serde(skip_serializing_if = "is_zero")]
    pub sessions_asked_again: u64,
    /// Sessions of this dream that are read and wait for a model: a call for them has no usable answer.
    #[serde(skip_serializing_if = "is_zero")]
    pub sessions_unanswered: u64,
    /// Sessions that are a second file of another session of the store; counted once.
    pub sessions_doubled: u64,
    /// Sessions of the store that the policy does not select: read and kept, not mined.
    #[serde(skip_serializing_if = "is_zero")]
    pub sessions_left_out: u64,
    /// Bytes of transcripts that were fed.
    pub bytes: u64,
    /// Events that were used.
    pub events: u64,
    /// What the importers used and skipped.
    pub account: Account,
    /// Candidates that the miner found.
    pub mined: u64,
    /// Candidates seen in one session only, that wait for another.
    pub waiting: u64,
    /// Secrets that were cut out.
    pub redactions: u64,
    /// Places that were quarantined.
    pub quarantined: u64,
    /// Model calls that were asked for, about sessions and about pairs of statements.
    pub calls: u64,
    /// Calls that were answered with something usable.
    pub calls_answered: u64,
    /// Calls that failed, were refused, or were answered with something unusable.
    pub calls_failed: u64,
    /// Of the calls that failed, those that got no answer at all. They are made again, like those that
    /// were over the budget; a refusal is an answer.
    #[serde(skip_serializing_if = "is_zero")]
    pub calls_unanswered: u64,
    /// Of the calls that failed, the ids of those with an answer that nobody can use. A host that keeps answers forgets these:
    /// they are made again, but for those given up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unusable: Vec<CallId>,
    /// How many of these calls are not made again, after three such answers.
    #[serde(skip_serializing_if = "is_zero")]
    pub calls_given_up: u64,
    /// Whether no answer about a session was usable, and some were given for the first time: the model is the wrong
    /// one. No answer of this dream counts, and the next asks about all of it again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub nothing_usable: bool,
    /// Chunks that no call was made for, because the budget had ended.
    pub calls_over_budget: u64,
    /// Characters of the prompts of all calls that ended, with what the model is told to do.
    #[serde(skip_serializing_if = "is_zero")]
    pub prompt_characters: u64,
    /// Characters of what there was to show in the sessions of these calls: texts, inputs and results of
    /// tools, after the import and before anything was cut. Of a session that was shown in part, those
    /// of the part.
    #[serde(skip_serializing_if = "is_zero")]
    pub transcript_characters: u64,
    /// Proposals about the sessions that were read that the check let through, now or in an earlier dream.
    pub proposals: u64,
    /// Changes with gate `auto`.
    pub changes_auto: u64,
    /// Changes with gate `review`.
    pub changes_review: u64,
    /// Changes with gate `blocked`.
    pub changes_blocked: u64,
    /// Whether anything recurred in the sessions of the store.
    pub recurred: bool,
    /// How far the unattended changes, and those of the last dreams, change the store; shares of 0 are
    /// left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<Share>,
    /// How sessions went under the last revisions, the newest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub in_force: Vec<InForce>,
    /// Revisions to go back to, because sessions go worse since.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reverts: Vec<ProposedRevert>,
    /// What a person should know, as sentences.
    pub notes: Vec<String>,
}
