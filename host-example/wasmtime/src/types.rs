//! The plain values of the interfaces, as `wit/` describes them. [`crate`] re-exports all.

pub use crate::bindings::dreaming::engine::store::{Opened, Progress};
pub use crate::bindings::dreaming::engine::types::{
    Answer, Change, Decision, Document, Evidence, Gate, LedgerRow, Memory, MemoryWrite, ModelCall,
    NewRevision, Operation, Outcome, Part, RecordedAnswer, Request, Rewording, RowWrite, Selection,
    Session, Setting, SettingValue, Support, Target, Timestamp,
};
pub use crate::bindings::exports::dreaming::engine::consolidation::{
    Difference, Entry, Erasure, Outcomes, Packed, Preset, Relation, Scored, SettingDescription,
    Similarity, Statement, Tie, Trust,
};
pub use crate::bindings::exports::dreaming::engine::dreaming::{Need, SessionNeed};
pub use crate::bindings::exports::dreaming::engine::runner::{Mode, RunOutcome, RunRequest};
