//! The report of a dream: counts of what was read, found, turned down and used.

use serde::{Deserialize, Serialize};

use crate::drift::Share;
use crate::number::is_zero;
use crate::outcome::{InForce, ProposedRevert};
use crate::session::Account;

/// Name and version of the form of a report.
pub const REPORT_FORMAT: &str = "dreaming.report/1";

/// What a dream did, in numbers. A document like the plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// [`REPORT_FORMAT`].
    pub format: String,
    /// Memories and entries of the store.
    pub memories: u64,
    /// Entries that were understood.
    pub entries: u64,
    /// Sessions of the request.
    pub sessions: u64,
    /// Sessions that were read to the end now.
    pub sessions_read: u64,
    /// Sessions that the cursor knew.
    pub sessions_unchanged: u64,
    /// Sessions that stay pending.
    pub sessions_pending: u64,
    /// Sessions that are a second file of another session of the store; counted once.
    pub sessions_doubled: u64,
    /// Sessions of the store that the policy does not select: read and kept, not mined.
    #[serde(default, skip_serializing_if = "is_zero")]
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
    /// Model calls that were asked for.
    pub calls: u64,
    /// Calls that were answered with usable proposals.
    pub calls_answered: u64,
    /// Calls that failed, were refused, or were answered with something unusable.
    pub calls_failed: u64,
    /// Chunks that no call was made for, because the budget had ended.
    pub calls_over_budget: u64,
    /// Proposals that the check let through.
    pub proposals: u64,
    /// Changes by gate: `auto`, `review`, `blocked`.
    pub changes_auto: u64,
    /// See `changes_auto`.
    pub changes_review: u64,
    /// See `changes_auto`.
    pub changes_blocked: u64,
    /// Whether anything recurred in the sessions of the store.
    pub recurred: bool,
    /// How far the unattended changes, and those of the last dreams, change the store; shares of 0 are
    /// left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<Share>,
    /// How sessions went under the last revisions, the newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub in_force: Vec<InForce>,
    /// Revisions to go back to, because sessions go worse since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reverts: Vec<ProposedRevert>,
    /// What a person should know, as sentences.
    pub notes: Vec<String>,
}
