//! How sessions went under a revision, and the proposal to revert.

use serde::Serialize;

use crate::canonical::Readable;

/// How the sessions went that began while a revision was in force. Edits by people belong to the
/// revision before them: most are small, and many fall between two dreams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InForce {
    /// Number of the revision.
    pub revision: u64,
    /// Sessions whose outcome is known.
    pub sessions: u64,
    /// What went well, in hundredths of a session that was measured.
    pub good: u64,
    /// What went badly, likewise.
    pub bad: u64,
    /// The lower bound of the share that went well, in parts per million.
    ///
    /// See [`super::lower_bound`].
    pub bound: u64,
}

/// A proposal to revert: sessions went worse after a dream than before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProposedRevert {
    /// Number of the dream's revision, since which sessions go worse.
    pub from: u64,
    /// Number of the revision before it. Restoring it takes back the dream and everything after it.
    pub to: u64,
    /// How sessions went since the dream. Both bounds are taken at the weight of the side with
    /// fewer known sessions, so that neither side looks better only because it was in force longer.
    pub since: InForce,
    /// How they went before it.
    pub before: InForce,
}

impl ProposedRevert {
    /// The proposal as a sentence.
    pub fn sentence(&self) -> String {
        let sessions = |side: &InForce| {
            let percent = |part: u64, whole: u64| part * 100 / whole.max(1);
            format!(
                "{} % of {} sessions (at least {} %)",
                percent(side.good, side.good + side.bad),
                side.sessions,
                percent(side.bound, crate::score::PPM)
            )
        };
        format!(
            "Sessions go worse since the dream of revision {}: well in {}, before it in {}. Restoring revision {} would take it back.",
            self.from,
            sessions(&self.since),
            sessions(&self.before),
            self.to
        )
    }
}
