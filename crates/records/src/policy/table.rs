//! Every number and switch of the engine: one table, each with unit, range, default and reason.

pub mod charter;
pub mod drift;

pub use charter::*;
pub use drift::*;

/// The source of what we chose ourselves.
pub const OURS: &str = "chosen by us";

/// A number of the table.
#[derive(Debug)]
pub struct Integer {
    /// Name, as in a policy file.
    pub name: &'static str,
    /// Unit of the value.
    pub unit: &'static str,
    /// Value when the policy does not name it.
    pub default: u64,
    /// Least value allowed.
    pub min: u64,
    /// Greatest value allowed.
    pub max: u64,
    /// Why this default.
    pub reason: &'static str,
    /// Whose number it is: [`OURS`], or what it is taken from.
    pub source: &'static str,
}

/// A switch of the table.
#[derive(Debug, PartialEq, Eq)]
pub struct Switch {
    /// Name, as in a policy file.
    pub name: &'static str,
    /// Value when the policy does not name it.
    pub default: bool,
    /// Why this default.
    pub reason: &'static str,
    /// As [`Integer::source`].
    pub source: &'static str,
}

/// A list of texts of the table; empty by default.
#[derive(Debug)]
pub struct Texts {
    /// Name, as in a policy file.
    pub name: &'static str,
    /// What an item is.
    pub unit: &'static str,
    /// What the list does.
    pub reason: &'static str,
}

impl Texts {
    /// What stands in the list: `each an agent`.
    pub fn each(&self) -> String {
        let article = if self.unit.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
        format!("each {article} {}", self.unit)
    }
}

/// Sessions in a dream.
pub const MAX_SESSIONS: Integer = Integer {
    name: "dream.max-sessions",
    unit: "sessions",
    default: 100,
    min: 1,
    max: 1000,
    reason: "the hosted Dreams API takes 1 to 100 sessions",
    source: "the hosted Dreams API",
};

/// Sessions asked for in one round.
pub const ROUND_SESSIONS: Integer = Integer {
    name: "round.sessions",
    unit: "sessions",
    default: 8,
    min: 1,
    max: 100,
    reason: "enough for a host to read side by side, few enough that the texts of a round stay small",
    source: OURS,
};

/// Longest transcript line that is parsed.
pub const MAX_LINE: Integer = Integer {
    name: "import.max-line",
    unit: "bytes",
    default: 16 << 20,
    min: 1 << 10,
    max: 64 << 20,
    reason: "images in real transcripts reach a few MiB; a longer line is skipped and counted, so that one line cannot fill the memory",
    source: OURS,
};

/// Size of the digest of a session.
pub const DIGEST_BYTES: Integer = Integer {
    name: "digest.max-bytes",
    unit: "bytes",
    default: 16 << 10,
    min: 1 << 10,
    max: 1 << 20,
    reason: "ordinary sessions leave some 5 KiB, of which a hundred fit a checkpoint of 1 MiB; busy ones keep the order of their steps",
    source: OURS,
};

/// Distinct sessions before a pattern is called recurring.
pub const RECUR_SESSIONS: Integer = Integer {
    name: "mine.recurring-sessions",
    unit: "sessions",
    default: 2,
    min: 2,
    max: 100,
    reason: "twice is the least that can be called a recurrence",
    source: OURS,
};

/// Mistakes that one dream proposes or supports.
pub const MAX_MISTAKES: Integer = Integer {
    name: "mine.max-mistakes",
    unit: "statements",
    default: 20,
    min: 1,
    max: 1000,
    reason: "agents read all of them in each session, so only those that will most likely come again are worth their room",
    source: OURS,
};

/// Workflows that one dream proposes.
pub const MAX_WORKFLOWS: Integer = Integer {
    name: "mine.max-workflows",
    unit: "workflows",
    default: 20,
    min: 0,
    max: 1000,
    reason: "a store should not drown in habits; those that foretell most come first",
    source: OURS,
};

/// Pieces of evidence kept with an entry.
pub const MAX_EVIDENCE: Integer = Integer {
    name: "ledger.max-evidence",
    unit: "pieces",
    default: 8,
    min: 1,
    max: 64,
    reason: "bounds the ledger; counts of sessions, days and agents go on beyond it",
    source: OURS,
};

/// Session records that the ledger keeps whole.
pub const WHOLE_SESSIONS: Integer = Integer {
    name: "ledger.whole-sessions",
    unit: "sessions",
    default: 1_000,
    min: 1,
    max: 100_000,
    reason: "the largest batch that dream.max-sessions allows; some 5 MiB; patterns are looked for in these",
    source: OURS,
};

/// Sessions that the ledger knows as read, whole ones included.
pub const KNOWN_SESSIONS: Integer = Integer {
    name: "ledger.known-sessions",
    unit: "sessions",
    default: 10_000,
    min: 1,
    max: 1_000_000,
    reason: "some 5 MiB; a session that is forgotten is read again when a host still offers it",
    source: OURS,
};

/// Retired entries that the ledger keeps with their evidence.
pub const WHOLE_RETIRED: Integer = Integer {
    name: "ledger.whole-retired",
    unit: "entries",
    default: 1_000,
    min: 0,
    max: 100_000,
    reason: "some 5 MiB at most; older ones keep their words, so that old evidence does not bring them back",
    source: OURS,
};

/// Retired entries that the ledger knows, those with evidence included.
pub const KNOWN_RETIRED: Integer = Integer {
    name: "ledger.known-retired",
    unit: "entries",
    default: 10_000,
    min: 0,
    max: 1_000_000,
    reason: "some 5 MiB; what is forgotten may be proposed again",
    source: OURS,
};

/// Model calls of a dream.
pub const MAX_CALLS: Integer = Integer {
    name: "propose.max-calls",
    unit: "calls",
    default: 0,
    min: 0,
    max: 10_000,
    reason: "0 = no model: a dream costs nothing unless somebody says so",
    source: OURS,
};

/// Size of a chunk of a session in a prompt.
pub const CHUNK_BYTES: Integer = Integer {
    name: "propose.chunk-bytes",
    unit: "bytes",
    default: 48 << 10,
    min: 1 << 10,
    max: 1 << 20,
    reason: "about 12,000 tokens, which small local models still read",
    source: OURS,
};

/// Longest part of one event in a prompt.
pub const EVENT_BYTES: Integer = Integer {
    name: "propose.event-bytes",
    unit: "bytes",
    default: 2 << 10,
    min: 64,
    max: 1 << 20,
    reason: "tool output is long and says little; its beginning is kept",
    source: OURS,
};

/// Tokens that an answer may have.
pub const ANSWER_TOKENS: Integer = Integer {
    name: "propose.max-tokens",
    unit: "tokens",
    default: 2048,
    min: 64,
    max: 65_536,
    reason: "some 20 proposals with quotes",
    source: OURS,
};

/// Proposals read from one answer.
pub const MAX_PROPOSALS: Integer = Integer {
    name: "propose.max-proposals",
    unit: "proposals",
    default: 20,
    min: 1,
    max: 1000,
    reason: "a chunk that yields more has not been distilled",
    source: OURS,
};

/// Longest statement that may become an entry.
pub const STATEMENT_BYTES: Integer = Integer {
    name: "check.max-statement",
    unit: "bytes",
    default: 600,
    min: 40,
    max: 10_000,
    reason: "an entry is one statement, not a document",
    source: OURS,
};

/// Days without support after which a dream's own entry may be proposed for retirement.
pub const STALE_DAYS: Integer = Integer {
    name: "prune.stale-days",
    unit: "days",
    default: 90,
    min: 1,
    max: 36_500,
    reason: "three months without any session that supports it",
    source: OURS,
};

/// Days without support after which an entry that several sessions supported may be proposed for
/// retirement.
pub const STALE_DAYS_INTERMEDIATE: Integer = Integer {
    name: "prune.stale-days-intermediate",
    unit: "days",
    default: 180,
    min: 1,
    max: 36_500,
    reason: "twice prune.stale-days, for what recurred may recur",
    source: OURS,
};

/// Entries that a store may have.
pub const MAX_ENTRIES: Integer = Integer {
    name: "prune.max-entries",
    unit: "entries",
    default: 0,
    min: 0,
    max: 1_000_000,
    reason: "0 = no budget: nothing goes for want of room unless somebody says how much there is",
    source: OURS,
};

/// Tokens that the entries of a store may have together.
pub const MAX_TOKENS: Integer = Integer {
    name: "prune.max-tokens",
    unit: "tokens of 4 bytes",
    default: 0,
    min: 0,
    max: 1_000_000_000,
    reason: "as prune.max-entries; what is kept has the most score for its tokens",
    source: OURS,
};

/// Share of active entries that one dream may retire or replace.
pub const LOSS_ENTRIES: Integer = Integer {
    name: "prune.loss-entries",
    unit: "ppm of active entries",
    default: 250_000,
    min: 0,
    max: 1_000_000,
    reason: "a quarter, the cap of the strictest peer found; at least one entry",
    source: "the strictest peer found",
};

/// Share of the store's bytes that one dream may retire or replace.
pub const LOSS_BYTES: Integer = Integer {
    name: "prune.loss-bytes",
    unit: "ppm of the store's bytes",
    default: 250_000,
    min: 0,
    max: 1_000_000,
    reason: "as prune.loss-entries, so that few long entries cannot go instead of many short ones",
    source: OURS,
};

/// Half-life of recency in scores.
pub const HALF_LIFE: Integer = Integer {
    name: "score.half-life-days",
    unit: "days",
    default: 30,
    min: 1,
    max: 3_650,
    reason: "between the 14 and 90 days that peers use",
    source: OURS,
};

/// Distinct sessions for the intermediate tier.
pub const INTERMEDIATE_SESSIONS: Integer = Integer {
    name: "tier.intermediate-sessions",
    unit: "sessions",
    default: 2,
    min: 1,
    max: 1000,
    reason: "as mine.recurring-sessions",
    source: OURS,
};

/// Distinct sessions for the long tier.
pub const LONG_SESSIONS: Integer = Integer {
    name: "tier.long-sessions",
    unit: "sessions",
    default: 5,
    min: 1,
    max: 1000,
    reason: "with tier.long-days, a habit and not a busy afternoon",
    source: OURS,
};

/// Distinct days for the long tier.
pub const LONG_DAYS: Integer = Integer {
    name: "tier.long-days",
    unit: "days",
    default: 3,
    min: 1,
    max: 1000,
    reason: "see tier.long-sessions",
    source: OURS,
};

/// Size of the index file.
pub const INDEX_BYTES: Integer = Integer {
    name: "render.index-bytes",
    unit: "bytes",
    default: 25_000,
    min: 1_000,
    max: 102_400,
    reason: "Claude Code loads at most 25 KB of MEMORY.md",
    source: "Claude Code",
};

/// Lines of the index file.
pub const INDEX_LINES: Integer = Integer {
    name: "render.index-lines",
    unit: "lines",
    default: 200,
    min: 10,
    max: 10_000,
    reason: "Claude Code loads at most 200 lines of MEMORY.md",
    source: "Claude Code",
};

/// Persons who share a preference before it is the team's.
pub const TEAM_PRINCIPALS: Integer = Integer {
    name: "scope.team-principals",
    unit: "persons",
    default: 2,
    min: 2,
    max: 1000,
    reason: "two who ask for the same are the least that can be called a team",
    source: OURS,
};

/// Whether recurring additions may be applied unattended.
pub const AUTO_ADD: Switch = Switch {
    name: "gate.auto-add",
    default: true,
    reason: "an addition loses nothing and can be reverted",
    source: OURS,
};

/// Whether additions that carry words of transcripts may be applied unattended.
pub const AUTO_WORDS: Switch = Switch {
    name: "gate.auto-words",
    default: false,
    reason: "error messages and pasted text can carry orders that no list of phrases catches; what is left are steps that agents took and lines of the index",
    source: OURS,
};

/// Whether exact duplicates may be merged unattended.
pub const AUTO_MERGE: Switch = Switch {
    name: "gate.auto-merge",
    default: true,
    reason: "equal byte by byte in one list: no statement is lost",
    source: OURS,
};

/// Whether near duplicates may be merged unattended.
pub const AUTO_NEAR: Switch = Switch {
    name: "gate.auto-near",
    default: false,
    reason: "statements in the same words may differ in marks, case, endings and function words, and a person sees what the judge does not; within one list, where no guard fires and nobody wrote either since, the older wording is all that is lost",
    source: OURS,
};

/// Whether newer values of the store may take the place of older ones unattended.
pub const AUTO_NEWER: Switch = Switch {
    name: "gate.auto-newer",
    default: false,
    reason: "what looks like another value of one thing may be a value of another; only where the newer one is trusted as much, and nobody wrote the older one since",
    source: OURS,
};

/// Whether numbers of payment cards are masked in what is read.
pub const MASK_CARDS: Switch = Switch {
    name: "redact.cards",
    default: true,
    reason: "no agent needs one, and the check digit keeps other numbers out",
    source: OURS,
};

/// Whether e-mail addresses are masked in what is read.
pub const MASK_EMAILS: Switch = Switch {
    name: "redact.emails",
    default: false,
    reason: "whom to ask is worth remembering, and commits hold addresses anyway",
    source: OURS,
};

/// Whether numbers of bank accounts are masked in what is read.
pub const MASK_IBANS: Switch =
    Switch { name: "redact.ibans", default: true, reason: "as redact.cards", source: OURS };

/// Memories that no dream may change.
pub const PINNED_PATHS: Texts = Texts {
    name: "pins.paths",
    unit: "path, or a prefix that ends in `/`",
    reason: "a person's own files stay as they are",
};

/// Entries that no dream may change.
pub const PINNED_ENTRIES: Texts = Texts {
    name: "pins.entries",
    unit: "entry id",
    reason: "a person's own statements stay as they are",
};

/// Where sessions begin that are mined.
pub const SELECT_SINCE: Texts = Texts {
    name: "select.since",
    unit: "time, as `2026-02-20` or RFC 3339; the latest counts",
    reason: "only sessions that ended then or later are mined and shown to a model; all are read",
};

/// Agents whose sessions are mined.
pub const SELECT_AGENTS: Texts = Texts {
    name: "select.agents",
    unit: "name of an agent",
    reason: "only sessions of these agents are mined and shown to a model; all are read",
};

/// Roles whose sessions are mined.
pub const SELECT_ROLES: Texts = Texts {
    name: "select.roles",
    unit: "role of an agent",
    reason: "only sessions of agents in these roles are mined and shown to a model; all are read",
};

/// Tasks whose sessions are mined.
pub const SELECT_TASKS: Texts = Texts {
    name: "select.tasks",
    unit: "category of tasks",
    reason: "only sessions of these tasks are mined and shown to a model; all are read",
};

/// Outcomes whose sessions are mined.
pub const SELECT_OUTCOMES: Texts = Texts {
    name: "select.outcomes",
    unit: "outcome: `good`, `bad` or `unknown`",
    reason: "only sessions that ended so are mined and shown to a model; all are read",
};

/// Sessions whose evidence counts no more.
pub const WITHDRAWN: Texts = Texts {
    name: "evidence.withdrawn",
    unit: "id of a session",
    reason: "the session stays read and teaches nothing any more, also in later dreams; what nothing else supports is proposed for retirement",
};

/// What comes first.
pub const STEER_FOCUS: Texts = Texts {
    name: "steer.focus",
    unit: "word or phrase",
    reason: "what says one of them is taken up first; no guard is lifted for it",
};

/// What is turned down.
pub const STEER_IGNORE: Texts = Texts {
    name: "steer.ignore",
    unit: "word or phrase",
    reason: "what says one of them is turned down as `ignored`",
};

/// The kinds of statements that are taken up.
pub const STEER_KINDS: Texts = Texts {
    name: "steer.kinds",
    unit: "kind of statement: `fact`, `preference`, `workflow`, `mistake`, `practice`, `heuristic` or `training-priority`",
    reason: "what is of another kind is turned down as `other-kind`",
};

/// Where new entries may go.
pub const STEER_PATHS: Texts = Texts {
    name: "steer.paths",
    unit: "path, or a prefix that ends in `/`",
    reason: "new entries for other memories are turned down as `outside-paths`, lines of the index too",
};

/// All numbers, by name.
pub const INTEGERS: &[&Integer] = &[
    &STATEMENT_BYTES,
    &DIGEST_BYTES,
    &MAX_SESSIONS,
    &DRIFT_ADDED,
    &DRIFT_LOST,
    &DRIFT_WRITTEN,
    &DRIFT_LEAST,
    &DRIFT_LOW_TRUST,
    &DRIFT_MERGED,
    &DRIFT_RETIRED,
    &DRIFT_REVISIONS,
    &DRIFT_SUPERSEDED,
    &DRIFT_UNATTENDED,
    &DRIFT_WINDOW,
    &MAX_LINE,
    &KNOWN_RETIRED,
    &KNOWN_SESSIONS,
    &MAX_EVIDENCE,
    &WHOLE_RETIRED,
    &WHOLE_SESSIONS,
    &MAX_MISTAKES,
    &MAX_WORKFLOWS,
    &RECUR_SESSIONS,
    &CHUNK_BYTES,
    &EVENT_BYTES,
    &MAX_CALLS,
    &MAX_PROPOSALS,
    &ANSWER_TOKENS,
    &LOSS_BYTES,
    &LOSS_ENTRIES,
    &MAX_ENTRIES,
    &MAX_TOKENS,
    &STALE_DAYS,
    &STALE_DAYS_INTERMEDIATE,
    &INDEX_BYTES,
    &INDEX_LINES,
    &REVERT_DROP,
    &REVERT_SESSIONS,
    &ROUND_SESSIONS,
    &TEAM_PRINCIPALS,
    &HALF_LIFE,
    &INTERMEDIATE_SESSIONS,
    &LONG_DAYS,
    &LONG_SESSIONS,
];

/// All switches, by name.
pub const SWITCHES: &[&Switch] = &[
    &AUTO_ADD,
    &AUTO_MERGE,
    &AUTO_NEAR,
    &AUTO_NEWER,
    &AUTO_WORDS,
    &MASK_CARDS,
    &MASK_EMAILS,
    &MASK_IBANS,
];

/// All lists, by name.
pub const TEXTS: &[&Texts] = &[
    &CHARTER_KINDS,
    &CHARTER_PATHS,
    &CHARTER_PHRASES,
    &CHARTER_STATEMENTS,
    &WITHDRAWN,
    &PINNED_ENTRIES,
    &PINNED_PATHS,
    &SELECT_AGENTS,
    &SELECT_OUTCOMES,
    &SELECT_ROLES,
    &SELECT_SINCE,
    &SELECT_TASKS,
    &STEER_FOCUS,
    &STEER_IGNORE,
    &STEER_KINDS,
    &STEER_PATHS,
];
