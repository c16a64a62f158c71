//! The plain values of the interfaces, as `wit/` describes them. [`crate`] re-exports all.

pub use crate::bindings::dreaming::engine::types::{
    Answer, By, Cause, Change, Decision, Document, Evidence, Gate, Kind, LedgerRow, Memory,
    MemoryWrite, Mode, ModelCall, NewRevision, Opened, Operation, Outcome, Part, Ppm, Progress,
    Provenance, RecordedAnswer, Request, Rewording, RowWrite, RunOutcome, RunRequest, Selection,
    Session, Setting, SettingValue, Similarity, Support, Target, Tier, Timestamp, Trust,
};
pub use crate::bindings::exports::dreaming::engine::chain::{Difference, Erasure};
pub use crate::bindings::exports::dreaming::engine::dreaming::{Need, SessionNeed};
pub use crate::bindings::exports::dreaming::engine::homes::{
    Edited, Edits, Folder, Form, HomeFile, IndexForm, LeftOutEntry, LeftOutReason, Rendering, Room,
};
pub use crate::bindings::exports::dreaming::engine::planning::{Candidate, Citation};
pub use crate::bindings::exports::dreaming::engine::policy::{
    PresetDescription, SettingDescription,
};
pub use crate::bindings::exports::dreaming::engine::reading::{Entry, Packed};
pub use crate::bindings::exports::dreaming::engine::running::{
    Chunk, Missed, Need as RunNeed, Piece, Supply,
};
pub use crate::bindings::exports::dreaming::engine::statement_list::{
    Outcomes, Relation, Scored, Statement, Tie,
};
pub use crate::bindings::exports::dreaming::engine::transcripts::Screened;
