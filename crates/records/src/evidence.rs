//! The place that supports an entry.

use serde::Serialize;

use dreaming_text::sort;

use crate::canonical::Readable;
use crate::ids::{Digest, SessionId};
use crate::time::Time;
use crate::trust::Provenance;

/// The longest quote kept with a piece of evidence, in bytes of UTF-8. From the design: long
/// enough to recognise the place, short enough that 100 sessions fit a checkpoint of 1 MiB.
pub const MAX_QUOTE: usize = 300;

/// A place in a transcript. It keeps lengths, digests and the quote, because transcripts grow, are
/// resumed and vanish.
///
/// The order (session, part, line, start) is the order in which evidence is listed everywhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "PinnedEvidence"))]
pub struct Evidence {
    /// The session, as the host names it.
    pub session: SessionId,
    /// The part of the session: `main`, or the name of a sub-agent's or spilled file.
    pub part: String,
    /// Line of the part that holds the event, counted from 1.
    pub line: u64,
    /// First byte of the quote in the decoded event text, after terminal control sequences were
    /// removed and before redaction.
    pub start: u64,
    /// The byte after the last one of the quote in that text.
    pub end: u64,
    /// Id of the event as the transcript gives it, else `line-` and the line.
    pub event: String,
    /// When the event happened, by the transcript; `None` when it does not say.
    pub time: Option<Time>,
    /// Where the words come from.
    pub provenance: Provenance,
    /// Length in bytes of the part as it was read.
    pub part_bytes: u64,
    /// Digest of the part as it was read; empty when only the host says so.
    pub part_digest: Digest,
    /// The words, redacted, cut at a character to at most 300 bytes.
    ///
    /// See [`MAX_QUOTE`].
    pub quote: String,
    /// Digest of the redacted words before they were cut.
    pub quote_digest: Digest,
    /// Whether only the host says so: no session record has these words at this place. Such
    /// evidence is trusted no more than an agent, and supports no entry until a person accepts it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub claimed: bool,
}

/// A place inside a session. The record that holds it also holds lengths and digests of the
/// session's parts.
///
/// Records store it instead of [`Evidence`]; [`crate::session_record::SessionRecord::evidence`]
/// expands it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pin {
    /// The part of the session: `main`, or the name of a sub-agent's or spilled file.
    pub part: String,
    /// Line of the part that holds the event, counted from 1.
    pub line: u64,
    /// First byte of the quote in the decoded event text, after terminal control sequences were
    /// removed and before redaction.
    pub start: u64,
    /// The byte after the last one of the quote in that text.
    pub end: u64,
    /// Id of the event as the transcript gives it, else `line-` and the line.
    pub event: String,
    /// When the event happened, by the transcript; `None` when it does not say.
    pub time: Option<Time>,
    /// Where the words come from.
    pub provenance: Provenance,
    /// The words, redacted, cut at a character to at most 300 bytes.
    ///
    /// See [`MAX_QUOTE`].
    pub quote: String,
    /// Digest of the redacted words before they were cut.
    pub quote_digest: Digest,
}

/// At most `limit` pieces, sorted and distinct, spread over sessions: the first of each session,
/// then the second of each, so that a session with much evidence does not crowd the others out.
pub fn select(mut evidence: Vec<Evidence>, limit: usize) -> Vec<Evidence> {
    sort::all(&mut evidence);
    evidence.dedup();
    let mut rank = 0;
    let mut before: Option<SessionId> = None;
    let mut ranked: Vec<(usize, Evidence)> = Vec::with_capacity(evidence.len());
    for piece in evidence {
        rank = if before.as_ref() == Some(&piece.session) { rank + 1 } else { 0 };
        before = Some(piece.session.clone());
        ranked.push((rank, piece));
    }
    sort::all(&mut ranked);
    ranked.truncate(limit);
    let mut kept: Vec<Evidence> = ranked.into_iter().map(|(_, piece)| piece).collect();
    sort::all(&mut kept);
    kept
}
