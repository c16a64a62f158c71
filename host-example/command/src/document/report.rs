//! What a dream reports of its work, and what somebody should look at.

use serde::Deserialize;

use crate::output::next;

/// What this command shows of form `dreaming.report/1`.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Report {
    /// Sessions that were read to the end, for the first time as they are.
    #[serde(default)]
    pub sessions_read: u64,
    /// Sessions for which only a model was asked again.
    #[serde(default)]
    pub sessions_asked_again: u64,
    /// Sessions that wait for the answers that a model did not give.
    #[serde(default)]
    pub sessions_unanswered: u64,
    /// Candidates seen in one session only, that wait for another.
    #[serde(default)]
    pub waiting: u64,
    /// Model calls.
    #[serde(default)]
    pub calls: u64,
    /// Calls that came to nothing.
    #[serde(default)]
    pub calls_failed: u64,
    /// Of these, calls that got no answer at all.
    #[serde(default)]
    pub calls_unanswered: u64,
    /// Of these, the ids of calls with an answer that nobody can use.
    #[serde(default)]
    pub unusable: Vec<String>,
    /// Whether no answer about a session was usable, so that none of them counts.
    #[serde(default)]
    pub nothing_usable: bool,
    /// Chunks that there was no call for.
    #[serde(default)]
    pub calls_over_budget: u64,
    /// Characters of the prompts.
    #[serde(default)]
    pub prompt_characters: u64,
    /// Characters of what there was to show.
    #[serde(default)]
    pub transcript_characters: u64,
    /// How far the store changes.
    #[serde(default)]
    pub drift: Vec<Share>,
    /// Revisions to go back to.
    #[serde(default)]
    pub reverts: Vec<ProposedRevert>,
}

impl Report {
    /// What somebody should look at, a line each.
    pub fn warnings(&self) -> Vec<String> {
        let over = self.drift.iter().filter(|share| share.is_over()).map(|share| {
            let percent = |ppm: u64| format!("{}.{} %", ppm / 10_000, ppm / 1_000 % 10);
            format!(
                "drift: {} is {} in this dream (limit {}), {} with the last ones (limit {})",
                share.setting,
                percent(share.dream),
                percent(share.dream_limit),
                percent(share.window),
                percent(share.window_limit)
            )
        });
        let worse = self.reverts.iter().map(|revert| {
            let well = |side: &InForce| side.good * 100 / (side.good + side.bad).max(1);
            let (since, before) = (&revert.since, &revert.before);
            format!(
                "since the dream of revision {} {} % of {} sessions went well, before it {} % of {}: {} takes it back",
                revert.from,
                well(since),
                since.sessions,
                well(before),
                before.sessions,
                next::command(&format!("revert {}", revert.to))
            )
        });
        over.chain(worse).collect()
    }
}

/// A share that the drift monitor looks at, in parts per million.
#[derive(Clone, Debug, Deserialize)]
pub struct Share {
    /// The setting that limits it.
    pub setting: String,
    /// What the unattended changes of the dream come to.
    pub dream: u64,
    /// The limit for one dream.
    pub dream_limit: u64,
    /// What they come to together with the last dreams.
    pub window: u64,
    /// The limit for those.
    pub window_limit: u64,
}

impl Share {
    /// Whether it is over a limit.
    pub fn is_over(&self) -> bool {
        self.dream > self.dream_limit || self.window > self.window_limit
    }
}

/// Going back is proposed: sessions went worse since a dream than before it.
#[derive(Clone, Debug, Deserialize)]
pub struct ProposedRevert {
    /// The revision that a dream made.
    pub from: u64,
    /// The revision before it.
    pub to: u64,
    /// How sessions went since.
    pub since: InForce,
    /// How they went before.
    pub before: InForce,
}

/// How the sessions went that began while a revision was in force.
#[derive(Clone, Debug, Deserialize)]
pub struct InForce {
    /// Sessions of which something is known.
    pub sessions: u64,
    /// What went well, in hundredths of a session.
    pub good: u64,
    /// What went badly.
    pub bad: u64,
}
