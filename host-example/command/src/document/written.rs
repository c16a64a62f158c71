//! The documents of the engine as a host sees them, whichever engine wrote them: a word is a text, what is not there is
//! empty, and what is not known is passed over. Only the form of a document has to be there.
//!
//! Written by `cargo xtask documents` from the types of the engine.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

/// What an importer used and skipped, by reason, as counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Account {
    /// Lines that are not blank; for a document its records, and content outside records.
    pub lines: u64,
    /// Lines that were used, or are known to carry nothing for memory.
    pub understood: u64,
    /// Lines that are not JSON, a cut last line included.
    pub not_json: u64,
    /// Lines that are JSON but no object.
    pub not_object: u64,
    /// Objects of a type that this version does not know.
    pub unknown_type: u64,
    /// Lines over the length limit of the policy.
    pub too_long: u64,
    /// Lines with invalid UTF-8; read with U+FFFD in place of those bytes.
    pub not_utf8: u64,
    /// Events with a time after `now`; used without their time.
    pub future_time: u64,
    /// Records whose id occurred before in the same part; used once.
    pub repeated: u64,
    /// Event texts for which no prompt had room.
    pub not_shown: u64,
}

/// A call that changed something, such as a booking.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Action {
    /// Name of the tool; redacted.
    pub name: String,
    /// Its arguments as canonical JSON; redacted. Very long ones are cut and end in `…`.
    pub arguments: String,
    /// Where it is.
    pub pin: Pin,
}

/// A value far from the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Anomaly {
    /// The session, or the start of the period.
    pub of: AnomalyOf,
    /// What was measured.
    pub measure: String,
    /// Its value.
    pub value: u64,
    /// The median of all.
    pub median: u64,
    /// How many values there are.
    pub values: u64,
    /// How many median deviations lie between, in hundredths; on a scale of doublings for events, tokens and
    /// numbers of sessions.
    pub distance: u64,
}

/// The session, or the start of the period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct AnomalyOf {
    /// A session, as the host names it. Ties between sessions are broken by this id.
    pub session: Option<String>,
    /// An instant: milliseconds since 1970-01-01T00:00:00Z.
    pub period: Option<i64>,
}

/// Sessions about the same task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Cluster {
    /// The words that most of them share: the commonest first, at most four.
    pub words: Vec<String>,
    /// The steps that most of them take: the commonest first, at most four.
    pub steps: Vec<String>,
    /// How many there are.
    pub sessions: u64,
    /// Some of them, by id; at most eight.
    pub examples: Vec<String>,
    /// How they went.
    pub outcomes: StatsOutcomes,
    /// When the last ended.
    pub last: Option<i64>,
}

/// What worked after a failure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Cure {
    /// A short description of the call, e.g. `Read` or `Bash mise run fmt`; redacted.
    pub step: String,
    /// Where it is.
    pub pin: Pin,
    /// What stands in front of the command that failed, when the cure is the same command without it. Left out when
    /// there is none.
    pub retry: Option<Retry>,
}

/// The ledger row of a statement that a model wrote from findings of several sessions. It has no evidence of its
/// own: its evidence, trust and support are those of its findings, so that it goes when they go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Distilled {
    /// Digest of its kind and words.
    pub key: String,
    /// What sort of statement it is.
    pub kind: String,
    /// The statement, one paragraph, redacted.
    pub text: String,
    /// Digests of the findings that it rests on, sorted, distinct. A finding is a statement (kind and words) or
    /// failures (a tool and its message).
    pub findings: Vec<String>,
    /// The entry that it replaces: the model was shown that entry and said so, or it alone took up what the entry
    /// rests on when everything was written anew. Left out when there is none.
    pub replaces: Option<String>,
    /// The words of that entry, if no dream wrote it: what they name needs no other source. Left out when there is
    /// none.
    pub line: Option<String>,
    /// The entry after which it belongs, if it is new: the model was shown that entry and said so. Left out when
    /// there is none.
    pub after: Option<String>,
    /// Whether it is the next step of the numbered list in which that entry stands. Left out when it is not so.
    pub step: bool,
    /// Keys of the statements that it was written in place of, sorted, distinct: the one that stood there when a
    /// model wrote that, too, or all that had findings of it when everything was written anew (`distil.anew`). Left
    /// out when empty.
    pub instead_of: Vec<String>,
}

/// What is known about one entry besides its place in the text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct EntryRecord {
    /// Made when first seen, kept for ever: a digest of path, normal text, occurrence and revision.
    pub id: String,
    /// The memory that holds it, or held it last.
    pub path: String,
    /// Its text, without list mark and surrounding white space.
    pub text: String,
    /// Who brought it in.
    ///
    /// - `imported`: It was there before the first revision; who wrote it is not known.
    /// - `written`: A person, or an agent at work, wrote it between two revisions.
    /// - `dream`: A dream added or rewrote it.
    pub origin: String,
    /// Who found it, while its words are still those found in sessions. Nobody if a person or agent wrote or
    /// reworded it, or if it was merged with such an entry. Left out when there is none.
    pub finder: Option<String>,
    /// What sort of statement it is, when known.
    pub kind: Option<String>,
    /// How far it is trusted.
    pub trust: String,
    /// How established it is.
    pub tier: String,
    /// Its subject, when known: of statements about one subject only the newest value counts.
    pub subject: Option<String>,
    /// Whose preference it is; `null` = everybody's.
    pub principal: Option<String>,
    /// The places that support it, sorted, at most `ledger.max-evidence`.
    pub evidence: Vec<PinnedEvidence>,
    /// Distinct sessions, agents and days that support it; may count more than the kept evidence shows.
    pub support: Support,
    /// When it was first true, by its source; `null` when no source says when.
    pub valid_from: Option<i64>,
    /// When its value was replaced, by the source of the newer value.
    pub valid_to: Option<i64>,
    /// When its source last said it: the latest time of its evidence or of its memory's last writing.
    pub last_seen: Option<i64>,
    /// Entries that it replaced.
    pub supersedes: Vec<String>,
    /// The entry that it may be an edited form of, when that could not be decided.
    pub maybe_from: Option<String>,
    /// Set when it is no longer in the store.
    pub retired: Option<Retirement>,
    /// The other stores that it came from, sorted; empty when this store had it first. Left out when empty.
    pub sources: Vec<EntrySource>,
}

/// Another store that had the same statement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct EntrySource {
    /// The name under which that store was taken in.
    pub store: String,
    /// The first 16 hexadecimal digits of the digest of the statement as it came.
    pub key: String,
}

/// What changes do to a store, as counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Figures {
    /// Entries that were added.
    pub added: u64,
    /// Entries that were merged into others.
    pub merged: u64,
    /// Entries that newer values replaced.
    pub superseded: u64,
    /// Entries that were taken out.
    pub retired: u64,
    /// Bytes of the statements that were written.
    pub bytes_written: u64,
    /// Bytes of the statements that were taken out.
    pub bytes_lost: u64,
    /// Statements that were written, by trust; what is 0 is left out.
    pub trust: BTreeMap<String, u64>,
    /// Changes, by gate; what is 0 is left out.
    pub gates: BTreeMap<String, u64>,
}

/// Something that a group has better or worse than all others together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Finding {
    /// What sort of group.
    ///
    /// - `agent`: An agent.
    /// - `role`: A role.
    /// - `task`: A category of task.
    pub of: String,
    /// Which.
    pub name: String,
    /// What is compared.
    pub measure: String,
    /// Its sessions of which the measure is known.
    pub sessions: u64,
    /// Its share.
    pub share: u64,
    /// The others' sessions.
    pub other_sessions: u64,
    /// Their share.
    pub other_share: u64,
}

/// Which engine made a document: everything besides the inputs that decides about the bytes. An engine with another
/// fingerprint may give other bytes for equal inputs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Fingerprint {
    /// Version of the engine.
    pub engine: String,
    /// Version of the Unicode tables in the toolchain that built the engine.
    pub unicode: String,
    /// Parser of memories, with version.
    pub markdown: String,
    /// Version of the rules that find secrets.
    pub secrets: u64,
    /// A hash of all words in the tables of the engine, as 16 hexadecimal digits: changed words may give other
    /// bytes.
    pub words: String,
}

/// Work given from one agent to another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct FlowCount {
    /// Who gave it, when known.
    pub from: Option<String>,
    /// Who got it.
    pub to: String,
    /// Sessions in which it was given.
    pub sessions: u64,
    /// How often it was given.
    pub given: u64,
    /// How often it came back without what was asked for.
    pub failed: u64,
    /// How often nothing tells.
    pub unknown: u64,
    /// Whether it fails in more sessions than hand-offs of all other pairs, beyond chance.
    pub stands_out: bool,
}

/// Work that one agent gave to another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct HandOff {
    /// Name or role of the other agent; redacted.
    pub to: String,
    /// Whether it ended without the requested result; `null` when nothing shows it.
    pub failed: Option<bool>,
    /// Where it was given.
    pub pin: Pin,
}

/// Work given to other agents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct HandOffs {
    /// How often.
    pub given: u64,
    /// How often it came back without what was asked for.
    pub failed: u64,
    /// How often nothing tells.
    pub unknown: u64,
}

/// How the sessions went that began while a revision was in force. Edits by people belong to the revision before
/// them: most are small, and many fall between two dreams.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
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
    pub bound: u64,
}

/// The result for a finding that no written statement covers. The ledger stores it with all proposals that say the
/// finding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Look {
    /// Digest of its kind and words.
    pub statement: String,
    /// Whether the finding is proposed as it is: the statement that a model wrote from it was turned down, and of
    /// that statement's findings it has the most support. `false`: the model left it out.
    pub keep: bool,
}

/// What is known about a memory as a whole, so that a change to it can be noticed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct MemoryRecord {
    /// Where it is.
    pub path: String,
    /// Salted digest of its text.
    pub digest: String,
    /// When its text was last written, by its source. Kept while the text stays the same, so that copying a file
    /// does not make it new.
    pub observed_at: Option<i64>,
}

/// One number about a session. Values are in millionths.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Metric {
    /// What was measured, e.g. `reward`; redacted, at most 64 bytes.
    pub name: String,
    /// Where it comes from.
    ///
    /// - `weak`: Derived from the transcript: tests passed, a commit was kept, a person refused a call.
    /// - `rubric`: A grade that a model gave the session against the rubric of the policy.
    /// - `graded`: The verdict of a host's grader on a rubric.
    /// - `measured`: A number that was measured in the session or for it.
    pub source: String,
    /// The value in millionths: 1,000,000 is 1. A verdict is 1 or 0.
    pub value: i64,
    /// The value from which on the metric counts as reached, in millionths; `null`: only a comparison with other
    /// sessions can tell.
    pub goal: Option<i64>,
    /// Which values are good.
    ///
    /// - `higher`: More is better, such as a reward.
    /// - `lower`: Less is better, such as a latency.
    pub better: String,
    /// Its weight among the metrics of its session, in percent of an ordinary one: 1 to 1000.
    pub weight: u64,
}

/// How little of a session was understood, and what format it may be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct NotUnderstood {
    /// Lines with anything on them, of all parts.
    pub lines: u64,
    /// How many of these lines were understood, including those read before.
    pub understood: u64,
    /// What it looks like: the name of a product, such as `GitHub Copilot CLI`, or of a format; empty when it
    /// resembles no known one. A guess from the first records.
    pub looks_like: String,
}

/// Two statements about one subject of which neither is known to be newer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct OpenConflict {
    /// What both are about.
    pub subject: String,
    /// The entry of the store.
    pub entry: Target,
    /// The other entry, when the store disagrees with itself; `null` when the other statement is from a session.
    pub other: Option<Target>,
    /// The other statement.
    pub text: String,
    /// The evidence for the other statement.
    pub evidence: Vec<PinnedEvidence>,
    /// Why it could not be decided.
    pub reason: String,
}

/// The ledger row of two texts that a model compared, so that they are not asked about again. It has no time: times
/// in the ledger are source times, and the revision that wrote the row has one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PairRecord {
    /// Digest of both texts, independent of their order.
    pub key: String,
    /// Digest of each text, sorted: with these the engine finds out whether the store still has the text.
    pub texts: Vec<String>,
    /// The model's answer.
    ///
    /// - `same`: One statement says everything that the other says.
    /// - `updates`: The later one replaces the earlier one.
    /// - `contradicts`: They cannot both hold.
    /// - `independent`: Both may hold.
    pub said: String,
}

/// One part as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PartRead {
    /// Name of the part.
    pub name: String,
    /// Length in bytes.
    pub bytes: u64,
    /// Digest of those bytes.
    pub digest: String,
}

/// A week or a day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Period {
    /// When it begins.
    pub start: i64,
    /// Whether it had ended by `now`. One that had not is in no trend and is no anomaly.
    pub ended: bool,
    /// Sessions that ended in it.
    pub sessions: u64,
    /// Their calls.
    pub calls: u64,
    /// The calls that failed.
    pub failed_calls: u64,
    /// Their share.
    pub failed_share: Option<u64>,
    /// Sessions that went well.
    pub good: u64,
    /// Sessions that went badly.
    pub bad: u64,
    /// Sessions of which nothing tells.
    pub unknown: u64,
}

/// A place inside a session. The record that holds it also holds lengths and digests of the session's parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Pin {
    /// The part of the session: `main`, or the name of a sub-agent's or spilled file.
    pub part: String,
    /// Line of the part that holds the event, counted from 1.
    pub line: u64,
    /// First byte of the quote in the decoded event text, after terminal control sequences were removed and before
    /// redaction.
    pub start: u64,
    /// The byte after the last one of the quote in that text.
    pub end: u64,
    /// Id of the event as the transcript gives it, else `line-` and the line.
    pub event: String,
    /// When the event happened, by the transcript; `null` when it does not say.
    pub time: Option<i64>,
    /// Where the words come from.
    pub provenance: String,
    /// The words, redacted, cut at a character to at most 300 bytes.
    pub quote: String,
    /// Digest of the redacted words before they were cut.
    pub quote_digest: String,
}

/// A place in a transcript. It keeps lengths, digests and the quote, because transcripts grow, are resumed and
/// vanish.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PinnedEvidence {
    /// The session, as the host names it.
    pub session: String,
    /// The part of the session: `main`, or the name of a sub-agent's or spilled file.
    pub part: String,
    /// Line of the part that holds the event, counted from 1.
    pub line: u64,
    /// First byte of the quote in the decoded event text, after terminal control sequences were removed and before
    /// redaction.
    pub start: u64,
    /// The byte after the last one of the quote in that text.
    pub end: u64,
    /// Id of the event as the transcript gives it, else `line-` and the line.
    pub event: String,
    /// When the event happened, by the transcript; `null` when it does not say.
    pub time: Option<i64>,
    /// Where the words come from.
    pub provenance: String,
    /// Length in bytes of the part as it was read.
    pub part_bytes: u64,
    /// Digest of the part as it was read; empty when only the host says so.
    pub part_digest: String,
    /// The words, redacted, cut at a character to at most 300 bytes.
    pub quote: String,
    /// Digest of the redacted words before they were cut.
    pub quote_digest: String,
    /// Whether only the host says so: no session record has these words at this place. Such evidence is trusted no
    /// more than an agent, and supports no entry until a person accepts it. Left out when it is not so.
    pub claimed: bool,
}

/// A metric of a session with the place that it comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PinnedMetric {
    /// The number.
    pub metric: Metric,
    /// Where it is.
    pub pin: Pin,
}

/// The plan of a dream: what would change and why, and what was turned down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Plan {
    /// The format.
    pub format: String,
    /// Digest of the canonical bytes of the document without this field: one that was edited is refused.
    #[serde(default)]
    pub digest: String,
    /// The engine that made it.
    #[serde(default)]
    pub fingerprint: Fingerprint,
    /// The revision that it was made for; `null` = a store without revisions.
    #[serde(default)]
    pub base: Option<String>,
    /// Digest of the memories that it was made for.
    #[serde(default)]
    pub memories: String,
    /// Root of the ledger that it was made for.
    #[serde(default)]
    pub ledger: String,
    /// The `now` of the dream.
    #[serde(default)]
    pub now: i64,
    /// The settings of the dream that differ from their defaults.
    #[serde(default)]
    pub policy: WrittenPolicy,
    /// Digest of the instructions of the dream.
    #[serde(default)]
    pub instructions: String,
    /// Digest of the candidates that a host brought, when the plan was made of those and not of sessions. Left out
    /// when there is none.
    #[serde(default)]
    pub candidates: Option<String>,
    /// The sessions of the request with what became of them, by id.
    #[serde(default)]
    pub sessions: Vec<SessionResult>,
    /// What a model answered about pairs of statements of the store in this dream, by key. The ledger stores it,
    /// whatever is accepted. Left out when empty.
    #[serde(default)]
    pub compared: Vec<PairRecord>,
    /// What a model wrote from all findings together, by key. The ledger stores it, whatever is accepted. Left out
    /// when empty.
    #[serde(default)]
    pub distilled: Vec<Distilled>,
    /// The results for findings that none of these statements covers, by statement. The ledger stores them,
    /// whatever is accepted. Left out when empty.
    #[serde(default)]
    pub looked: Vec<Look>,
    /// What would change, in the order in which it is applied: by path, position, id.
    #[serde(default)]
    pub changes: Vec<PlanChange>,
    /// Changed support of existing entries, by entry.
    #[serde(default)]
    pub reinforcements: Vec<Reinforcement>,
    /// What a person has to decide.
    #[serde(default)]
    pub conflicts: Vec<OpenConflict>,
    /// What was turned down.
    #[serde(default)]
    pub rejected: Vec<Rejected>,
}

/// A change as the plan holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PlanChange {
    /// Digest of operation, targets, survivor and new text; without targets also of the memory, for what is written
    /// after an entry of that which dreams keep for its kind.
    pub id: String,
    /// What is done.
    pub operation: String,
    /// The memory that is written.
    pub path: String,
    /// What sort of statement it is about, when known.
    pub kind: Option<String>,
    /// The entries that go or are rewritten, sorted; empty for an addition.
    pub targets: Vec<Target>,
    /// For a merge: the entry that stays. For a supersede: the entry that already has the newer value; `null` when
    /// the change writes the value, or those that it needs do.
    pub survivor: Option<Target>,
    /// For an addition: the entry after which it is written, as the next item of its list; at the end of its
    /// section where that is no item, or a task, or a step and the addition is none (`step`). `null`: at the end of
    /// the first list of the memory. Left out when there is none.
    pub after: Option<Target>,
    /// Whether it is written as the next step of that entry's numbered list, which then counts on from it. Left out
    /// when it is not so.
    pub step: bool,
    /// The new text; `null` when nothing is written.
    pub text: Option<String>,
    /// Why it is proposed.
    pub cause: String,
    /// Why, as a sentence.
    pub because: String,
    /// The evidence for it, sorted. Empty only when the change concerns entries of the store alone; these are in
    /// `targets`.
    pub evidence: Vec<PinnedEvidence>,
    /// Distinct sessions, agents and days behind it.
    pub support: Support,
    /// The trust of the result: never above the lowest of its sources.
    pub trust: String,
    /// The tier of the result.
    pub tier: String,
    /// The subject whose value it sets, when known.
    pub subject: Option<String>,
    /// Whose preference it is, when scoped.
    pub principal: Option<String>,
    /// When the new value begins to hold, by its source.
    pub valid_from: Option<i64>,
    /// Time of the newest evidence, by its source.
    pub last_seen: Option<i64>,
    /// The score, part by part.
    pub score: Score,
    /// Whether it may be applied unattended.
    pub gate: String,
    /// Why it has that gate.
    pub gate_reason: String,
    /// Whether a person has to accept it by its id: accepting all leaves it out. So are changes that only a model
    /// noticed in one session, advice that deletes, forces or skips a check, newer words that only a page, a file
    /// or a tool says, what was written in the place of a line that nobody may take out, and what needs one of
    /// these. Left out when it is not so.
    pub alone: bool,
    /// The changes of this plan without which it is not applied, sorted: those that write what the targets say in
    /// other words, or one of what was written when a model left the targets. Empty for most changes. Left out when
    /// empty.
    pub needs: Vec<String>,
}

/// A proposal that passed the check: a statement with the places that support it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Proposal {
    /// What sort of statement it is.
    pub kind: String,
    /// The statement, one paragraph, redacted.
    pub text: String,
    /// Subject and attribute, lower case, when the model gave one: `staging url`.
    pub subject: Option<String>,
    /// The value that no longer holds, when the model gave one and the session contains it.
    pub wrong: Option<String>,
    /// The value that holds, when the model gave one and the statement contains it.
    pub right: Option<String>,
    /// The entry that it replaces, when the model was shown that entry and said so. Left out when there is none.
    pub corrects: Option<String>,
    /// Places that support it; each quote was found word for word.
    pub pins: Vec<Pin>,
    /// The lowest trust of those places.
    pub trust: String,
    /// The result after a model wrote from all findings together: `true` = proposed as it is, `false` = left out;
    /// `null` when a written statement covers it, or no model has seen it together with the others yet. Left out
    /// when there is none.
    pub worth: Option<bool>,
}

/// A proposal to revert: sessions went worse after a dream than before it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ProposedRevert {
    /// Number of the dream's revision, since which sessions go worse.
    pub from: u64,
    /// Number of the revision before it. Restoring it takes back the dream and everything after it.
    pub to: u64,
    /// How sessions went since the dream. Both bounds are taken at the weight of the side with fewer known
    /// sessions, so that neither side looks better only because it was in force longer.
    pub since: InForce,
    /// How they went before it.
    pub before: InForce,
}

/// Text that gives instructions from a source that may not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Quarantined {
    /// Why: `instruction-like` or `hidden-characters`.
    pub reason: String,
    /// Where it is.
    pub pin: Pin,
}

/// A statement that several sessions support.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Recurring {
    /// As a memory would say it.
    pub text: String,
    /// Sessions that have it.
    pub sessions: u64,
}

/// A value that failed, and the one that worked in its place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Refutation {
    /// What was given the value: the tool, for a shell tool with program and subcommand. Empty for a file name,
    /// which is wrong wherever it is used. Left out when there is none.
    pub given_to: Option<String>,
    /// The field, setting or option that the value was given as, such as `owner`. Empty when nothing names it. Left
    /// out when there is none.
    pub given_as: Option<String>,
    /// The value that does not hold, e.g. `.golangci.yml`.
    pub wrong: String,
    /// The value that holds, e.g. `.golangci.yaml`; the same value in quotes when it needed them; empty when the
    /// call worked without any.
    pub right: String,
    /// First the failure, last the success. For a file name whose error does not name the file, the failed call
    /// stands between them.
    pub pins: Vec<Pin>,
}

/// The new support of an entry: more, because sessions say the same; less, because sessions were withdrawn; or
/// another tier, because a conflict about it was opened or decided. Changes only the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Reinforcement {
    /// The entry.
    pub entry: String,
    /// Its evidence from now on, sorted, bounded by the policy.
    pub evidence: Vec<PinnedEvidence>,
    /// Its support from now on.
    pub support: Support,
    /// Its tier from now on.
    pub tier: String,
    /// Its last-seen time from now on.
    pub last_seen: Option<i64>,
}

/// What was turned down, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Rejected {
    /// The stage that turned it down.
    ///
    /// - `check`: The check of a model's words against the session that is being read.
    /// - `gate`: Decisions of people on earlier plans.
    /// - `index`: Shortening an index that is too long.
    /// - `mine`: Mining of session records.
    /// - `prune`: Entries or additions for which there is no room.
    /// - `reconcile`: Comparing candidates with the store.
    /// - `steer`: The settings by which a person excludes things.
    pub stage: String,
    /// Why, as a stable word such as `quote-not-found`.
    pub reason: String,
    /// What it was, redacted and cut to 300 bytes.
    pub text: String,
    /// The words of it that made it fall, such as a value without a source, when it was no more than these. Left
    /// out when there is none.
    pub piece: Option<String>,
    /// The evidence for it, when known.
    pub evidence: Vec<PinnedEvidence>,
}

/// What a dream did, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Report {
    /// The format.
    pub format: String,
    /// Memories of the store.
    #[serde(default)]
    pub memories: u64,
    /// Entries that were understood.
    #[serde(default)]
    pub entries: u64,
    /// Sessions of the request.
    #[serde(default)]
    pub sessions: u64,
    /// Sessions that were read to the end now.
    #[serde(default)]
    pub sessions_read: u64,
    /// Sessions that the ledger knew.
    #[serde(default)]
    pub sessions_unchanged: u64,
    /// Sessions that stay pending.
    #[serde(default)]
    pub sessions_pending: u64,
    /// Pending sessions of which too little was understood to count them as read. The plan names them:
    /// `not_understood` of its sessions. Left out when 0.
    #[serde(default)]
    pub sessions_not_understood: u64,
    /// Sessions of earlier dreams that were read again to ask a model once more, because earlier calls had no
    /// usable answer. They are not included in the other counts of sessions, bytes or events. Left out when 0.
    #[serde(default)]
    pub sessions_asked_again: u64,
    /// Sessions of this dream that were read but wait for a model, because a call about them has no usable answer.
    /// Left out when 0.
    #[serde(default)]
    pub sessions_unanswered: u64,
    /// Sessions that are a second file of another session of the store; both count once.
    #[serde(default)]
    pub sessions_doubled: u64,
    /// Sessions of the store that the policy does not select: read and kept, not mined. Left out when 0.
    #[serde(default)]
    pub sessions_left_out: u64,
    /// Bytes of transcripts that were fed.
    #[serde(default)]
    pub bytes: u64,
    /// Events that were used.
    #[serde(default)]
    pub events: u64,
    /// What the importers used and skipped.
    #[serde(default)]
    pub account: Account,
    /// Candidates that the miner found.
    #[serde(default)]
    pub mined: u64,
    /// Candidates seen in one session only, which wait for a second one.
    #[serde(default)]
    pub waiting: u64,
    /// Secrets that were cut out.
    #[serde(default)]
    pub redactions: u64,
    /// Places that were quarantined.
    #[serde(default)]
    pub quarantined: u64,
    /// Model calls that the dream asked for, about sessions and about pairs of statements.
    #[serde(default)]
    pub calls: u64,
    /// Calls with a usable answer.
    #[serde(default)]
    pub calls_answered: u64,
    /// Calls that failed, were refused, or got an unusable answer.
    #[serde(default)]
    pub calls_failed: u64,
    /// How many of the failed calls got no answer at all. They are made again, like calls over the budget; a
    /// refusal is an answer. Left out when 0.
    #[serde(default)]
    pub calls_unanswered: u64,
    /// The ids of the failed calls with an unusable answer. A host that keeps answers should forget these answers:
    /// the calls are made again, except those given up. Left out when empty.
    #[serde(default)]
    pub unusable: Vec<String>,
    /// How many of these calls are not made again, because they got three such answers. Left out when 0.
    #[serde(default)]
    pub calls_given_up: u64,
    /// Whether no answer about a session was usable and some parts were asked about for the first time: the model
    /// is unsuitable. No answer of this dream counts, and the next dream asks about everything again. Left out when
    /// it is not so.
    #[serde(default)]
    pub nothing_usable: bool,
    /// Chunks for which no call was made, because the budget was used up.
    #[serde(default)]
    pub calls_over_budget: u64,
    /// Characters of the prompts of all calls that ended, system prompt included. Left out when 0.
    #[serde(default)]
    pub prompt_characters: u64,
    /// Characters of all content in the sessions of these calls: texts, tool inputs and results, after import and
    /// before anything was cut. For a session of which only a part was shown, only that part counts. Left out when
    /// 0.
    #[serde(default)]
    pub transcript_characters: u64,
    /// Proposals about the sessions read that passed the check, now or in an earlier dream.
    #[serde(default)]
    pub proposals: u64,
    /// Changes with gate `auto`.
    #[serde(default)]
    pub changes_auto: u64,
    /// Changes with gate `review`.
    #[serde(default)]
    pub changes_review: u64,
    /// Changes with gate `blocked`.
    #[serde(default)]
    pub changes_blocked: u64,
    /// Whether anything recurred in the sessions of the store.
    #[serde(default)]
    pub recurred: bool,
    /// How sessions went under the last revisions, the newest first. Left out when empty.
    #[serde(default)]
    pub in_force: Vec<InForce>,
    /// Proposed reverts, because sessions went worse since. Left out when empty.
    #[serde(default)]
    pub reverts: Vec<ProposedRevert>,
    /// What a person should know, as sentences.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// Why an entry is no longer in the store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Retirement {
    /// Number of the revision that retired it. The ledger holds no time for it, because all its times are source
    /// times.
    pub revision: u64,
    /// What retired it.
    ///
    /// - `edited`: A person took it out of its memory.
    /// - `merge`: It was merged into one that says the same.
    /// - `outgrown`: The sessions that it came from no longer show it. It comes back if they show it again.
    /// - `retire`: It was taken out of the store.
    /// - `supersede`: A newer value took its place.
    pub by: String,
    /// The entry that took its place, if one did.
    pub superseded_by: Option<String>,
}

/// The front part of a command that failed, when the same command without it worked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Retry {
    /// The command that failed, as it was called: its words with one space between them; cut when it is long;
    /// redacted.
    pub failed: String,
    /// The first words of that command; it worked without them.
    pub left_out: String,
}

/// The record of a revision. The digest of its canonical bytes is its id, and the next revision names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct RevisionRecord {
    /// The format.
    pub format: String,
    /// 1 for the first revision; each later one adds 1.
    #[serde(default)]
    pub number: u64,
    /// The revision before; `null` for the first.
    #[serde(default)]
    pub parent: Option<String>,
    /// How it came about.
    ///
    /// - `import`: The store as it was first seen.
    /// - `edit`: What people and agents changed between dreams.
    /// - `dream`: A plan, applied in whole or in part.
    /// - `revert`: The state of an earlier revision, restored.
    /// - `erase`: A session or an entry, erased at a person's wish.
    /// - `gather`: Memories of another store, taken in.
    /// - `reopen`: Changes that were rejected, open again at a person's wish.
    #[serde(default)]
    pub kind: String,
    /// The host's time when it was made.
    #[serde(default)]
    pub now: i64,
    /// The engine that made it.
    #[serde(default)]
    pub fingerprint: Fingerprint,
    /// Digest of the memories.
    #[serde(default)]
    pub memories: String,
    /// Root of the ledger.
    #[serde(default)]
    pub ledger: String,
    /// Digest of the plan, for a dream.
    #[serde(default)]
    pub plan: Option<String>,
    /// The revision whose state was restored, for a revert.
    #[serde(default)]
    pub restores: Option<String>,
    /// The decisions, by change.
    #[serde(default)]
    pub verdicts: Vec<Verdict>,
    /// For a dream that changed something: its figures. Left out when there is none.
    #[serde(default)]
    pub figures: Option<Figures>,
    /// For a dream: digest of the sessions that had been read when it was applied. A later dream with the same
    /// digest has read nothing new. Left out when there is none.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Who decided; empty when nobody had to decide.
    #[serde(default)]
    pub reviewer: String,
    /// Why, in the reviewer's words.
    #[serde(default)]
    pub note: String,
}

/// A score in named parts, each in parts per million. It orders what a person sees; it never decides what is true.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Score {
    /// Weighted sum of the parts, at most 1,000,000.
    pub total: u64,
    /// How recent: halves with each half-life.
    pub recency: u64,
    /// How widely supported, by sessions, agents and days; each further one adds less.
    pub support: u64,
    /// How sessions went that used or did it. 211,324 where no outcome is known: more than after failures, less
    /// than after successes.
    pub outcome: u64,
    /// How far its source is trusted.
    pub trust: u64,
    /// How much of the instructions it speaks about; 0 without instructions.
    pub relevance: u64,
}

/// A call that failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SessionFailure {
    /// Tool, e.g. `Read`; for a shell tool the program and subcommand too: `Bash mise run lint`.
    pub tool: String,
    /// The message with paths, numbers, hexadecimal ids and quoted texts replaced by `<path>`, `<n>`, `<hex>`,
    /// `<text>`; redacted. A line that the same command does not print when it works; empty when it prints them
    /// all.
    pub template: String,
    /// Where the failure is.
    pub pin: Pin,
    /// The call that then worked, if one did.
    pub cure: Option<Cure>,
}

/// What a forked session repeats of the session it was forked from. Of the original's transcript and all histories
/// that repeat it, one counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SessionHistory {
    /// The part that holds it.
    pub part: String,
    /// The last line of the history in that part.
    pub last_line: u64,
    /// Whether a model is asked about it here: only in one of the sessions that repeat it, and not at all when the
    /// original session is read itself. Left out when it is not so.
    pub asked: bool,
    /// What was found in it. Id and parts are those of the session that repeats it, because it can be read there;
    /// the origin is the original session.
    pub record: SessionRecord,
}

/// What was found in one session without any model. A pure function of the session's bytes, the host's description
/// of it, the policy and `now`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SessionNotes {
    /// Name of the format, such as `claude-code`; empty when no importer recognised it.
    pub format: String,
    /// The session id inside the transcript; without one, the host's id. Two files with the same id count as one
    /// session.
    pub origin: String,
    /// The first 16 hexadecimal digits of a digest of the first message, if that has an id and a time. A file that
    /// repeats another session's history under an id of its own has the same root and counts once together with it.
    /// Left out when there is none.
    pub root: Option<String>,
    /// The agent: as the host says, else as the transcript says (`claude-code`).
    pub agent: Option<String>,
    /// The person: as the host says, else the user part of the first working directory (`/Users/<name>/…`,
    /// `/home/<name>/…`), else `null`.
    pub principal: Option<String>,
    /// The person, if `scope.members` names others and not this one; empty when nothing tells who it was. Then
    /// there is no principal: what was said is kept as from outside. Left out when there is none.
    pub guest: Option<String>,
    /// What the agent is for, e.g. `reviewer`, when a part says so; redacted. Left out when there is none.
    pub role: Option<String>,
    /// The category of its task, when a part says so; redacted. Left out when there is none.
    pub task: Option<String>,
    /// The first working directory; redacted. Left out when there is none.
    pub cwd: Option<String>,
    /// The first branch; redacted. Left out when there is none.
    pub branch: Option<String>,
    /// Time of the first event.
    pub first: Option<i64>,
    /// Time of the last event.
    pub last: Option<i64>,
    /// Events that were used.
    pub events: u64,
    /// Tokens that model calls used, each response counted once. Left out when there is none.
    pub tokens: Option<Tokens>,
    /// Numbers that say how the session went, in transcript order; last a model's grade, if one was given. Left out
    /// when empty.
    pub outcomes: Vec<PinnedMetric>,
    /// Calls by tool, by name. Left out when empty.
    pub tools: Vec<ToolCount>,
    /// Shell commands whose outcome is known, by program and subcommand, sorted by name. Of a line with several
    /// commands only those count whose outcome the line's result shows. Left out when empty.
    pub commands: Vec<ToolCount>,
    /// Work given to other agents, in transcript order. Left out when empty.
    pub hand_offs: Vec<HandOff>,
    /// The words that describe the task: content words of the user's first request, sorted. Left out when empty.
    pub topic: Vec<String>,
    /// Calls that changed something other than files and through no shell, with their arguments, in order. Left out
    /// when empty.
    pub actions: Vec<Action>,
    /// How many changes `actions` does not list: actions that were cut off, commands that ran and files that
    /// changed. 0 means that the list is complete. Left out when 0.
    pub actions_unlisted: u64,
    /// Statements of memories that were shown to the agent, each as the first 16 hexadecimal digits of the digest
    /// of its normal form, sorted. Never evidence; the session's outcome is credited to these statements. Left out
    /// when empty.
    pub recalled: Vec<String>,
    /// Project commands that are named in documents shown to the agent, such as an instruction file or a README.
    /// Sorted. Left out when empty.
    pub documented: Vec<String>,
    /// Calls that failed, with what then worked, in transcript order.
    pub failures: Vec<SessionFailure>,
    /// Values that the session showed to be wrong, each with the right one.
    pub refutations: Vec<Refutation>,
    /// Preferences and corrections in the user's own words, in transcript order.
    pub statements: Vec<Statement>,
    /// Distinct steps that worked, each with its first place: program and subcommand of commands of shells, e.g.
    /// `cargo test`, and `(files changed)`. In each part the most frequent first.
    pub steps: Vec<Step>,
    /// The order of the steps as indexes into `steps`, one list for each thread of each part; consecutive equal
    /// steps count once. An index beyond `steps` stands for a step that was cut off. Empty when the steps occurred
    /// once each, in the order of `steps`. Left out when empty.
    pub order: Vec<Vec<u64>>,
    /// Text from tools and pages that is hidden or reads like an instruction, kept as evidence only.
    pub quarantined: Vec<Quarantined>,
    /// How many findings were cut off by `notes.max-bytes`.
    pub dropped: u64,
    /// Secrets that were cut out of everything kept.
    pub redactions: u64,
    /// What the importer used and skipped, over all parts.
    pub account: Account,
}

/// What became of a session: read to the end, already known to the ledger, or still pending. For a pending session
/// that was read but not understood, `not_understood` says how little of it was understood.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SessionOutcome {
    /// Which of its forms it has.
    pub state: String,
    /// The record that goes into the ledger.
    pub record: Option<SessionRecord>,
    /// Why.
    pub reason: Option<String>,
    /// How little of it was understood, if that is the reason. Left out when there is none.
    pub not_understood: Option<NotUnderstood>,
}

/// What one read session leaves behind, bounded and redacted: which bytes were read, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SessionRecord {
    /// The session, as the host names it.
    pub id: String,
    /// The bytes that were read, by part name.
    pub parts: Vec<PartRead>,
    /// What was found.
    pub notes: SessionNotes,
    /// The parts that it repeats from other sessions, in the order of the lines. The notes hold nothing from them.
    /// Left out when empty.
    pub histories: Vec<SessionHistory>,
    /// What a model proposed and the check let through, sorted.
    pub proposals: Vec<Proposal>,
    /// The calls about it that have no usable answer. While there are some, the session counts as read and waits
    /// for a model. Left out when there is none.
    pub unanswered: Option<Unanswered>,
    /// Whether only dreams without a model have read it in this form. A dream with a model takes it again, only to
    /// ask the model. Left out when it is not so.
    pub unseen: bool,
    /// Whether its evidence was withdrawn: it stays read, and counts no more. Left out when it is not so.
    pub withdrawn: bool,
}

/// A session of the request and its outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SessionResult {
    /// The session.
    pub session: String,
    /// What became of it.
    pub outcome: SessionOutcome,
}

/// A wish that several people share.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SharedPreference {
    /// The wish, in the words that a memory would have.
    pub text: String,
    /// Who has it, by name: those whose words are kept as evidence.
    pub principals: Vec<String>,
    /// Sessions in which it was said.
    pub sessions: u64,
}

/// What one source of outcomes told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SourceOutcomes {
    /// The source.
    ///
    /// - `weak`: Derived from the transcript: tests passed, a commit was kept, a person refused a call.
    /// - `rubric`: A grade that a model gave the session against the rubric of the policy.
    /// - `graded`: The verdict of a host's grader on a rubric.
    /// - `measured`: A number that was measured in the session or for it.
    pub source: String,
    /// Sessions that went well by it.
    pub good: u64,
    /// Sessions that went badly by it.
    pub bad: u64,
}

/// Words of a person that ask for something beyond the task at hand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Statement {
    /// What sort of statement it is.
    ///
    /// - `preference`: A standing instruction: always, never, from now on.
    /// - `correction`: A newer value for something: moved to; in a standing instruction also renamed to, instead
    ///   of.
    /// - `fact`: A fact that somebody asked to remember.
    pub kind: String,
    /// The sentence, redacted.
    pub text: String,
    /// The outdated value that a correction names: `use X instead of Y` gives Y.
    pub wrong: Option<String>,
    /// The value that replaces it: X.
    pub right: Option<String>,
    /// The subject that the value belongs to, when the sentence names it: "the staging URL moved to X" gives `the
    /// staging url`; lower case.
    pub subject: Option<String>,
    /// Where it is.
    pub pin: Pin,
}

/// Figures about the sessions of a store. Shares are in parts per million and `null` where there is nothing to take
/// a share of; times are milliseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Stats {
    /// The form.
    pub format: String,
    /// The engine that made it.
    #[serde(default)]
    pub fingerprint: Fingerprint,
    /// The time it was asked for.
    #[serde(default)]
    pub now: i64,
    /// What was selected: the settings `select.*`.
    #[serde(default)]
    pub policy: WrittenPolicy,
    /// Sessions that are a second file of another one; counted nowhere.
    #[serde(default)]
    pub doubled: u64,
    /// Sessions that the selection left out; counted nowhere.
    #[serde(default)]
    pub left_out: u64,
    /// All selected sessions; its name is empty.
    #[serde(default)]
    pub totals: StatsGroup,
    /// By agent: most sessions first, then by name; so are the next three. At most fifty of each.
    #[serde(default)]
    pub agents: Vec<StatsGroup>,
    /// By role.
    #[serde(default)]
    pub roles: Vec<StatsGroup>,
    /// By category of task.
    #[serde(default)]
    pub tasks: Vec<StatsGroup>,
    /// By person.
    #[serde(default)]
    pub principals: Vec<StatsGroup>,
    /// What agents, roles and tasks have better than all others together; by kind, name, measure.
    #[serde(default)]
    pub strengths: Vec<Finding>,
    /// What they have worse.
    #[serde(default)]
    pub weaknesses: Vec<Finding>,
    /// Work given from agent to agent: most failures first.
    #[serde(default)]
    pub hand_offs: Vec<FlowCount>,
    /// Weeks or days, and what rises or falls.
    #[serde(default)]
    pub trends: Trends,
    /// Sessions and periods far from the others: the furthest first, at most twenty.
    #[serde(default)]
    pub anomalies: Vec<Anomaly>,
    /// Sessions about the same task: the largest first, at most twenty.
    #[serde(default)]
    pub clusters: Vec<Cluster>,
    /// Wishes that several people share: most people first.
    #[serde(default)]
    pub shared_preferences: Vec<SharedPreference>,
}

/// Figures of some sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct StatsGroup {
    /// Name of the agent, role, task or person.
    pub name: String,
    /// Sessions.
    pub sessions: u64,
    /// UTC days on which one of them ended.
    pub days: u64,
    /// When the first began.
    pub first: Option<i64>,
    /// When the last ended.
    pub last: Option<i64>,
    /// Events that were used.
    pub events: u64,
    /// Tokens that model calls read.
    pub input_tokens: u64,
    /// Tokens that model calls wrote.
    pub output_tokens: u64,
    /// Calls of tools that have a result.
    pub calls: u64,
    /// Those that failed.
    pub failed_calls: u64,
    /// Their share.
    pub failed_share: Option<u64>,
    /// By tool: most calls first, then by name; at most twenty.
    pub tools: Vec<ToolCount>,
    /// How the sessions went.
    pub outcomes: StatsOutcomes,
    /// Mistakes that recur among these sessions: most sessions first; at most ten.
    pub mistakes: Vec<Recurring>,
    /// Orders of steps that recur among these sessions: most sessions first; at most ten.
    pub workflows: Vec<Recurring>,
    /// Work that these sessions gave to other agents.
    pub hand_offs: HandOffs,
}

/// How sessions went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct StatsOutcomes {
    /// Sessions that went well.
    pub good: u64,
    /// Sessions that went badly.
    pub bad: u64,
    /// Sessions of which nothing tells.
    pub unknown: u64,
    /// Share of the good ones among those of which something tells.
    pub good_share: Option<u64>,
    /// By what told, the strongest first; without those that told nothing.
    pub by_source: Vec<SourceOutcomes>,
}

/// One step that worked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Step {
    /// Program and subcommand, redacted, or `(files changed)`.
    pub name: String,
    /// Where it is.
    pub pin: Pin,
}

/// How widely something is supported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Support {
    /// Distinct sessions; copies of one source count once.
    pub sessions: u64,
    /// Distinct agents.
    pub agents: u64,
    /// Distinct UTC days.
    pub days: u64,
}

/// An entry that a change is about, as it was in the base revision.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Target {
    /// Its id.
    pub entry: String,
    /// The memory that holds it.
    pub path: String,
    /// The line of the memory on which it starts, counted from 1.
    pub line: u64,
    /// What it stands below, outermost first, without secrets: headings, the line that introduces its list, the
    /// items around it. They may say of whom or when it holds. Left out when empty.
    pub below: Vec<String>,
    /// Its text.
    pub text: String,
}

/// Tokens that model calls used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Tokens {
    /// Tokens read, cached ones included.
    pub input: u64,
    /// Tokens written.
    pub output: u64,
}

/// How often a tool was called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ToolCount {
    /// Name of the tool; redacted.
    pub tool: String,
    /// Calls that have a result.
    pub calls: u64,
    /// Calls that failed; refusals of a person do not count.
    pub failed: u64,
}

/// What a measure does over the periods that have it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Trend {
    /// The measure.
    pub measure: String,
    /// Periods that have it.
    pub periods: u64,
    /// Pairs of periods of which the later has more, less those of which it has less (the statistic of Mann and
    /// Kendall).
    pub sign_sum: i64,
    /// Where it goes.
    ///
    /// - `rising`: Up, beyond chance.
    /// - `falling`: Down, beyond chance.
    /// - `unclear`: Neither is shown.
    /// - `too-few`: There are too few periods to tell.
    pub direction: String,
}

/// Figures over time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Trends {
    /// The length of a period.
    ///
    /// - `week`: ISO weeks, from Monday.
    /// - `day`: UTC days.
    pub unit: String,
    /// The periods, empty ones too, in order of time; the newest 104 at most.
    pub periods: Vec<Period>,
    /// What each measure does, in the order sessions, good outcomes, failed calls.
    pub trends: Vec<Trend>,
}

/// Calls about a session that have no usable answer. The next dream with a model makes these calls again, and no
/// other calls for the same bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Unanswered {
    /// The question: a digest of the events and of the prompt around them.
    pub series: String,
    /// The open parts of the question, counted from 1, in order; never empty.
    pub parts: Vec<u64>,
    /// What the parts before the first open one were about, in a model's words; may be empty.
    pub before: String,
    /// Whether a call was made and failed. Otherwise the budget was used up before all of them.
    pub failed: bool,
    /// Open parts with unusable answers, each listed once for every such answer, at most twice. A part's first
    /// unusable answer counts only in a dream that also got usable answers. Left out when empty.
    pub tried: Vec<u64>,
}

/// What was decided about one change, kept so that a rejected change returns only with new evidence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Verdict {
    /// The change.
    pub change: String,
    /// Whether it was applied; otherwise it was rejected.
    pub accepted: bool,
    /// The evidence that the change had: for each piece a digest of event and quote, sorted.
    pub evidence: Vec<String>,
    /// When it was applied in other words: the salted digest of these words, made like that of a memory. Left out
    /// when there is none.
    pub edited: Option<String>,
    /// Whether the rejection was taken back. The next dream that finds the change proposes it again. Left out when
    /// it is not so.
    pub reopened: bool,
}

/// Settings that differ from their defaults, by name. A list with one text is written as a list.
pub type WrittenPolicy = Map<String, Value>;

/// Every cause of a change with its title, in the order in which a person should see them: first what may do harm,
/// then what tidies, last what no more than a model speaks for.
pub const CAUSES: [(&str, &str); 18] = [
    ("secret", "Secrets"),
    ("corrected", "Corrected by a person"),
    ("refuted", "Shown to be wrong"),
    ("withdrawn", "Evidence withdrawn"),
    ("newer-value", "Newer value"),
    ("stated", "Said by a person"),
    ("recurring", "Seen again and again"),
    ("distilled", "Worded by a model from what sessions show"),
    ("extracted", "Found by another extractor"),
    ("shared", "Wanted by several people"),
    ("duplicate", "Duplicates"),
    ("stale", "Stale"),
    ("outgrown", "Written anew, or no longer found in sessions"),
    ("over-budget", "No room"),
    ("index", "Index lines"),
    ("dangling", "Index lines that lead nowhere"),
    ("index-limit", "Index too long"),
    ("noticed", "Noticed by a model in one session; nothing else speaks for it"),
];
