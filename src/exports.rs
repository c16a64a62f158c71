//! The items of the crates behind this one that hosts name, one by one. An item is not exported
//! just because another one of its module is. `tests/house.rs` counts these lists and asks of each
//! item who uses it.

/// What is erased from a store; the functions that apply decisions are at the root of this crate.
pub mod apply {
    pub use dreaming_core::apply::Erasure;
}

/// The one form in which documents are written as bytes.
pub mod canonical {
    pub use dreaming_records::canonical::{
        CanonicalError, Readable, digest, digest_parts, from_bytes, to_bytes, to_sealed,
    };
}

/// The places that support an entry.
pub mod evidence {
    pub use dreaming_records::evidence::Evidence;
}

/// How many entries changes add to a store and take out of it, and other such counts.
pub mod figures {
    pub use dreaming_records::figures::Figures;
}

/// Other stores whose memories a store takes in.
pub mod gather {
    pub use dreaming_core::gather::Other;
}

/// The store in files that agents load: as a block, or as small files.
pub mod home {
    pub use dreaming_core::home::{
        Edited, Edits, Folder, Form, HomeFile, IndexForm, LeftOutEntry, LeftOutReason, Rendering,
        Room,
    };
}

/// What an extractor of the host found.
pub mod host_candidates {
    pub use dreaming_learn::host_candidates::{Citation, HostCandidate};
}

/// The ids of calls, changes, entries, revisions and sessions, and digests.
pub mod ids {
    pub use dreaming_records::ids::{CallId, ChangeId, Digest, EntryId, RevisionId, SessionId};
}

/// Reads transcripts without a dream.
pub mod import {
    pub use dreaming_learn::import::{
        Excerpt, PartReader, PartResult, Role, detect, events, looks_like,
    };
}

/// Finds which sets of words are alike.
pub mod join {
    pub use dreaming_text::join::{Alike, Sets, Threshold, within};
}

/// What sort of statement an entry is.
pub mod kind {
    pub use dreaming_records::kind::Kind;
}

/// What the engine knows beside the text.
pub mod ledger {
    pub use dreaming_records::ledger::{
        EntryRecord, Finder, Ledger, LedgerRow, MemoryRecord, Origin, RetiredBy, Retirement,
        RowWrite, Source, Support, Tier,
    };
}

/// Finds which statements a Markdown text has.
pub mod markdown {
    pub use dreaming_text::markdown::{Form, Piece, pieces};
}

/// The documents in a store.
pub mod memory {
    pub use dreaming_records::memory::{MAX_MEMORY_BYTES, Memory, MemoryPath};
}

/// What a session record holds of a session.
pub mod notes {
    pub use dreaming_records::notes::SessionNotes;
}

/// How sessions went.
pub mod outcome {
    pub use dreaming_records::outcome::{
        Credit, InForce, Metric, Outcome, OutcomeSource, ProposedRevert, WHOLE,
    };
}

/// Chooses what of a store an agent should load.
pub mod pack {
    pub use dreaming_core::pack::{Packed, tokens};
}

/// How two statements relate, as a host or a model says.
pub mod pair {
    pub use dreaming_records::pair::{Comparison, PairRecord, Side, Similarity};
}

/// The changes of a dream, and what was turned down.
pub mod plan {
    pub use dreaming_records::plan::{
        Cause, Change, Gate, OpenConflict, Operation, Plan, Reinforcement, Rejected,
        SessionOutcome, SessionResult, Stage, Target, WAITS_TO_BE_WRITTEN,
    };
}

/// The settings of the policy, and its presets.
pub mod policy {
    pub use dreaming_records::policy::{
        CHARTER_KINDS, INTEGERS, Integer, MAX_CALLS, MAX_SESSIONS, OURS, PRESET, PRESETS, Policy,
        Preset, ROUND_SESSIONS, SELECT_OUTCOMES, STEER_KINDS, SWITCHES, SettingValue, Switch,
        TEXTS, TOGETHER_BYTES, Texts,
    };
}

/// What a model is asked, and what it answers.
pub mod propose {
    pub use dreaming_learn::propose::{Answer, ModelCall};
}

/// Cuts secrets and personal data out of texts.
pub mod redact {
    pub use dreaming_shield::redact::{Personal, Redacted, mask, redact};
}

/// Edits the Markdown of a memory.
pub mod render {
    pub use dreaming_core::render::{Edit, Opening, edit, rendered};
}

/// The counts of a dream.
pub mod report {
    pub use dreaming_records::report::Report;
}

/// Versions of a store, and what people decide about plans.
pub mod revision {
    pub use dreaming_records::revision::{
        Decision, MemoryWrite, NewRevision, RevisionKind, RevisionRecord, Rewording, Selection,
        Verdict,
    };
}

/// How much a statement matters.
pub mod score {
    pub use dreaming_records::score::Score;
}

/// Past runs of agents, and what happened in them.
pub mod session {
    pub use dreaming_records::session::{Account, Event, EventKind, NotUnderstood, Part, Session};
}

/// What the ledger knows of a session.
pub mod session_record {
    pub use dreaming_records::session_record::SessionRecord;
}

/// A store at one revision.
pub mod snapshot {
    pub use dreaming_records::snapshot::{Difference, Snapshot};
}

/// Statements that a host keeps in a form of its own.
pub mod statements {
    pub use dreaming_core::statements::{
        Budget, Relation, Scored, Similarity, Statement, Statements, StatementsError, Tie, prune,
        reconcile, score,
    };
}

/// Figures about agents, roles, tasks and people.
pub mod stats {
    pub use dreaming_stats::{
        Anomaly, AnomalyOf, Cluster, Direction, Finding, FlowCount, Group, HandOffs, Measure, Of,
        Outcomes, Period, Recurring, SharedPreference, SourceOutcomes, Stats, Trend, Trends, Unit,
    };
}

/// Compares the words of texts.
pub mod text {
    pub use dreaming_text::{Claims, Corpus, Guard, guard, sentences};
}

/// Points in time.
pub mod time {
    pub use dreaming_records::time::{DAY_MS, Time};
}

/// How far a source is trusted.
pub mod trust {
    pub use dreaming_records::trust::{Provenance, Trust};
}
