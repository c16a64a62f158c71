//! The fields of the engine's documents that this command shows. The documents themselves are
//! kept and compared as bytes.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::output::next;

/// Reads a document; `what` names it in the error.
///
/// # Errors
/// [`Error::Damaged`].
pub fn parse<T: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| Error::Damaged(format!("{what}: {error}")))
}

/// Form `dreaming.revision/1`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Revision {
    /// 1 for the first one.
    pub number: u64,
    /// `import`, `edit`, `dream`, `revert`, `erase` or `gather`.
    pub kind: String,
    /// When, in milliseconds since 1970.
    pub now: i64,
    /// What was decided.
    pub verdicts: Vec<Verdict>,
    /// For a dream that changed something: how much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figures: Option<Figures>,
    /// The revision whose state was restored.
    pub restores: Option<String>,
    /// Who decided.
    pub reviewer: String,
    /// Why.
    pub note: String,
}

/// What the changes of a dream did, as counts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Figures {
    /// Entries that were added.
    pub added: u64,
    /// Entries that went into others.
    pub merged: u64,
    /// Entries that newer values replaced.
    pub superseded: u64,
    /// Entries that were taken out.
    pub retired: u64,
    /// Bytes of the statements that were written.
    pub bytes_written: u64,
    /// Bytes of the statements that went.
    pub bytes_lost: u64,
    /// Statements that were written, by trust.
    pub trust: BTreeMap<String, u64>,
    /// Changes, by gate.
    pub gates: BTreeMap<String, u64>,
}

impl Figures {
    /// The counts of entries in words; empty when none came or went.
    pub fn words(&self) -> String {
        let counts = [
            (self.added, "added"),
            (self.merged, "merged"),
            (self.superseded, "replaced"),
            (self.retired, "taken out"),
        ];
        let some = counts.iter().filter(|(count, _)| *count > 0);
        some.map(|(count, what)| format!("{count} {what}")).collect::<Vec<_>>().join(", ")
    }
}

/// A decision about one change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Verdict {
    /// The change.
    pub change: String,
    /// Applied, or rejected.
    pub accepted: bool,
    /// The digest of the reviewer's words, when it was applied in these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited: Option<String>,
}

/// What this command shows of form `dreaming.report/1`.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Report {
    /// Sessions that were read to the end, for the first time as they are.
    #[serde(default)]
    pub sessions_read: u64,
    /// Sessions for which only a model was asked again.
    #[serde(default)]
    pub sessions_asked_again: u64,
    /// Model calls.
    #[serde(default)]
    pub calls: u64,
    /// Calls that came to nothing.
    #[serde(default)]
    pub calls_failed: u64,
    /// Of these, calls that got no answer at all.
    #[serde(default)]
    pub calls_unanswered: u64,
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

/// Form `dreaming.plan/1`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// The engine that made it.
    pub fingerprint: Value,
    /// The revision that it was made for.
    pub base: Option<String>,
    /// The `now` of the dream.
    pub now: i64,
    /// The settings that differ from the defaults.
    pub policy: Map<String, Value>,
    /// The sessions of the request.
    pub sessions: Vec<SessionResult>,
    /// What would change.
    pub changes: Vec<Change>,
    /// What a person has to decide.
    pub conflicts: Vec<Conflict>,
    /// What was turned down.
    pub rejected: Vec<Rejected>,
}

/// What became of a session.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SessionResult {
    /// The session.
    pub session: String,
    /// What became of it.
    pub outcome: SessionOutcome,
}

/// What became of a session.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SessionOutcome {
    /// `read`, `unchanged` or `pending`.
    pub state: String,
    /// Why it is pending.
    pub reason: Option<String>,
    /// What was read.
    pub record: Option<SessionRecord>,
}

/// What was read of a session; also the ledger row `session/<id>`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SessionRecord {
    /// The bytes that were read.
    pub parts: Vec<PartRead>,
    /// The calls that no model answered, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unanswered: Option<Value>,
    /// Whether its evidence was withdrawn.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
}

impl SessionRecord {
    /// Whether the session is read and waits for a model.
    pub fn waits(&self) -> bool {
        self.unanswered.is_some() && !self.withdrawn
    }
}

/// One part as it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartRead {
    /// Name of the part.
    pub name: String,
    /// Length in bytes.
    pub bytes: u64,
    /// SHA-256 digest of those bytes.
    pub digest: String,
}

/// The ledger row `entry/<id>`.
#[derive(Clone, Debug, Deserialize)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// The memory that holds it, or held it last.
    pub path: String,
    /// Its text.
    pub text: String,
    /// `imported`, `written` or `dream`.
    pub origin: String,
    /// How far it is trusted.
    pub trust: String,
    /// Short, intermediate or long.
    pub tier: String,
    /// Whose preference it is.
    pub principal: Option<String>,
    /// Where its support comes from.
    pub evidence: Vec<Pinned>,
    /// How widely it is supported.
    pub support: Support,
    /// The time of its newest source, in milliseconds since 1970.
    pub last_seen: Option<i64>,
    /// Entries whose place it took.
    pub supersedes: Vec<String>,
    /// Set when it is no longer in the store.
    pub retired: Option<Retired>,
    /// The stores that it came from.
    #[serde(default)]
    pub sources: Vec<EntrySource>,
}

/// A store that said what an entry says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct EntrySource {
    /// Its name.
    pub store: String,
}

/// Why an entry is no longer in the store.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Retired {
    /// The revision that retired it.
    pub revision: u64,
    /// `merge`, `supersede`, `retire`, or `edited` when a person took it out.
    pub by: String,
    /// The entry that took its place.
    pub superseded_by: Option<String>,
}

/// A place in a transcript, with the bytes that were read there.
#[derive(Clone, Debug, Deserialize)]
pub struct Pinned {
    /// The place.
    #[serde(flatten)]
    pub evidence: Evidence,
    /// Length in bytes of the part as it was read.
    pub part_bytes: u64,
    /// Digest of those bytes.
    pub part_digest: String,
}

/// One change of a plan.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Change {
    /// Id.
    pub id: String,
    /// `add`, `merge`, `supersede`, `revise`, `retire` or `move`.
    pub operation: String,
    /// The memory that is written.
    pub path: String,
    /// The entries that go or are rewritten.
    pub targets: Vec<Target>,
    /// For a merge: the entry that stays.
    pub survivor: Option<Target>,
    /// The new text.
    pub text: Option<String>,
    /// Why, as a word.
    pub cause: String,
    /// Why, as a sentence.
    pub because: String,
    /// Where it comes from.
    pub evidence: Vec<Evidence>,
    /// How widely it is supported.
    pub support: Support,
    /// How far the result is trusted.
    pub trust: String,
    /// Short, intermediate or long.
    pub tier: String,
    /// Whose preference it is.
    pub principal: Option<String>,
    /// The score, part by part, in parts per million.
    pub score: Map<String, Value>,
    /// `auto`, `review` or `blocked`.
    pub gate: String,
    /// Why that gate.
    pub gate_reason: String,
}

impl Change {
    /// Whether it may be accepted.
    pub fn is_open(&self) -> bool {
        self.gate != "blocked"
    }

    /// Whether accepting all takes it. What no more than a model speaks for is accepted by its id only.
    pub fn is_for_all(&self) -> bool {
        !["noticed", "inferred"].contains(&self.cause.as_str())
    }
}

/// How widely something is supported.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Support {
    /// Distinct sessions.
    pub sessions: u64,
    /// Distinct agents.
    pub agents: u64,
    /// Distinct days.
    pub days: u64,
}

/// An entry that a change is about.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Target {
    /// Its id.
    pub entry: String,
    /// The memory that holds it.
    pub path: String,
    /// Its line.
    pub line: u64,
    /// Its text.
    pub text: String,
}

/// A place in a transcript.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Evidence {
    /// The session.
    pub session: String,
    /// The part.
    pub part: String,
    /// The line.
    pub line: u64,
    /// When, in milliseconds since 1970.
    pub time: Option<i64>,
    /// Who said it.
    pub provenance: String,
    /// The words.
    pub quote: String,
}

/// Two statements of which neither is known to be newer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Conflict {
    /// What both are about.
    pub subject: String,
    /// The entry of the store.
    pub entry: Target,
    /// The other entry, when the store disagrees with itself.
    pub other: Option<Target>,
    /// The other statement.
    pub text: String,
    /// Where that one comes from.
    pub evidence: Vec<Evidence>,
    /// Why it could not be decided.
    pub reason: String,
}

/// What was turned down.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rejected {
    /// The stage that turned it down.
    pub stage: String,
    /// Why.
    pub reason: String,
    /// What it was.
    pub text: String,
    /// Where it came from.
    pub evidence: Vec<Evidence>,
}

/// Counts of changes by gate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Gates {
    /// May be applied unattended.
    pub auto: u64,
    /// Wait for a person.
    pub review: u64,
    /// Listed, never applied.
    pub blocked: u64,
}

impl Plan {
    /// Counts the changes by gate.
    pub fn gates(&self) -> Gates {
        let count = |gate: &str| self.changes.iter().filter(|c| c.gate == gate).count() as u64;
        Gates { auto: count("auto"), review: count("review"), blocked: count("blocked") }
    }

    /// The change with this id.
    pub fn change(&self, id: &str) -> Option<&Change> {
        self.changes.iter().find(|change| change.id == id)
    }

    /// The id that begins with `name`.
    ///
    /// # Errors
    /// [`Error::UnknownChange`], [`Error::Ambiguous`].
    pub fn id(&self, name: &str) -> Result<String> {
        let mut found = self.changes.iter().filter(|change| change.id.starts_with(name));
        match (found.next(), found.next()) {
            (Some(change), None) if !name.is_empty() => Ok(change.id.clone()),
            (Some(_), Some(_)) => Err(Error::Ambiguous(name.into())),
            _ => Err(Error::UnknownChange(name.into())),
        }
    }

    /// The changes that may be accepted.
    pub fn open_changes(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.is_open())
    }
}
