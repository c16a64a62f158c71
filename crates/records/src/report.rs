//! The report of a dream: counts of what was read, found, turned down and used.

use serde::Serialize;

use crate::canonical::Readable;
use crate::ids::CallId;
use crate::number::is_zero;
use crate::outcome::{InForce, ProposedRevert};
use crate::session::Account;

/// Name and version of the format of a report.
pub const REPORT_FORMAT: &str = "dreaming.report/1";

/// What a dream did, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Report {
    /// The format.
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
    /// Pending sessions of which too little was understood to count them as read. The plan names
    /// them: `not_understood` of its sessions.
    #[serde(skip_serializing_if = "is_zero")]
    pub sessions_not_understood: u64,
    /// Sessions of earlier dreams that were read again to ask a model once more, because earlier
    /// calls had no usable answer. They are not included in the other counts of sessions, bytes or
    /// events.
    #[serde(skip_serializing_if = "is_zero")]
    pub sessions_asked_again: u64,
    /// Sessions of this dream that were read but wait for a model, because a call about them has no
    /// usable answer.
    #[serde(skip_serializing_if = "is_zero")]
    pub sessions_unanswered: u64,
    /// Sessions that are a second file of another session of the store; both count once.
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
    /// Candidates seen in one session only, which wait for a second one.
    pub waiting: u64,
    /// Secrets that were cut out.
    pub redactions: u64,
    /// Places that were quarantined.
    pub quarantined: u64,
    /// Model calls that the dream asked for, about sessions and about pairs of statements.
    pub calls: u64,
    /// Calls with a usable answer.
    pub calls_answered: u64,
    /// Calls that failed, were refused, or got an unusable answer.
    pub calls_failed: u64,
    /// How many of the failed calls got no answer at all. They are made again, like calls over the
    /// budget; a refusal is an answer.
    #[serde(skip_serializing_if = "is_zero")]
    pub calls_unanswered: u64,
    /// The ids of the failed calls with an unusable answer. A host that keeps answers should forget
    /// these answers: the calls are made again, except those given up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unusable: Vec<CallId>,
    /// How many of these calls are not made again, because they got three such answers.
    #[serde(skip_serializing_if = "is_zero")]
    pub calls_given_up: u64,
    /// Whether no answer about a session was usable and some parts were asked about for the first
    /// time: the model is unsuitable. No answer of this dream counts, and the next dream asks about
    /// everything again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub nothing_usable: bool,
    /// Chunks for which no call was made, because the budget was used up.
    pub calls_over_budget: u64,
    /// Characters of the prompts of all calls that ended, system prompt included.
    #[serde(skip_serializing_if = "is_zero")]
    pub prompt_characters: u64,
    /// Characters of all content in the sessions of these calls: texts, tool inputs and results,
    /// after import and before anything was cut. For a session of which only a part was shown, only
    /// that part counts.
    #[serde(skip_serializing_if = "is_zero")]
    pub transcript_characters: u64,
    /// Proposals about the sessions read that passed the check, now or in an earlier dream.
    pub proposals: u64,
    /// Changes with gate `auto`.
    pub changes_auto: u64,
    /// Changes with gate `review`.
    pub changes_review: u64,
    /// Changes with gate `blocked`.
    pub changes_blocked: u64,
    /// Whether anything recurred in the sessions of the store.
    pub recurred: bool,
    /// How sessions went under the last revisions, the newest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub in_force: Vec<InForce>,
    /// Proposed reverts, because sessions went worse since.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reverts: Vec<ProposedRevert>,
    /// What a person should know, as sentences.
    pub notes: Vec<String>,
}
