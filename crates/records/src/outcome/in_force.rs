//! How sessions went under a revision, and the proposal to go back.

use serde::Serialize;

use crate::canonical::Readable;

/// How the sessions went that began while what a revision made was in force. Edits by people belong to
/// the revision before them: most are small, and many fall between any two dreams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InForce {
    /// Number of the revision.
    pub revision: u64,
    /// Sessions of which something is known.
    pub sessions: u64,
    /// What went well, in hundredths of a session that was measured.
    pub good: u64,
    /// What went badly, likewise.
    pub bad: u64,
    /// The lower bound of how often it went well, in parts per million.
    ///
    /// See [`super::lower_bound`].
    pub bound: u64,
}

/// Going back is proposed: sessions went worse since a dream than before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProposedRevert {
    /// Number of the revision that a dream made, since which sessions go worse.
    pub from: u64,
    /// Number of the revision before it: to restore that takes the dream back, and what came after.
    pub to: u64,
    /// How sessions went since the dream. The bounds of both sides are taken at the weight of the side
    /// about which less is known, so that nothing looks better for having been in force longer.
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
