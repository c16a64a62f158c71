//! What is kept of a session that was read.

use serde::Serialize;

use dreaming_records::ids::CallId;
use dreaming_records::number::is_zero;
use dreaming_records::plan::Rejected;
use dreaming_records::session_record::SessionRecord;

/// The record of a session that was read, with counts for the report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Read {
    pub record: SessionRecord,
    pub rejected: Vec<Rejected>,
    /// Parts that do not begin with the bytes that were read before, because somebody rewrote them.
    pub rewritten: Vec<String>,
    pub calls: u64,
    pub calls_answered: u64,
    pub calls_failed: u64,
    pub calls_over_budget: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub calls_unanswered: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub prompt_characters: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub transcript_characters: u64,
    /// The calls with unusable answers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unusable: Vec<CallId>,
    /// The parts of the question with unusable answers in this dream, until [`super::unusable`]
    /// counts them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tried: Vec<u64>,
    /// The number of parts of the question that no model is asked about any more.
    #[serde(skip_serializing_if = "is_zero")]
    pub given_up: u64,
    /// Whether the same bytes were read before, so that the session was only taken for a model's
    /// answers.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
    /// Whether its call is one of another session, which counts it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_shared: bool,
}
