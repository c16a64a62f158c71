//! A session: one past run of an agent, as the host describes it and as importers read it.

use serde::Serialize;

use crate::canonical::Readable;
use crate::ids::SessionId;
use crate::outcome::Metric;
use crate::time::Time;
use crate::trust::Provenance;

/// What the host knows about a session before it is read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
pub struct Session {
    /// The host's id, unique within a dream.
    pub id: SessionId,
    /// The agent that ran, when the host knows it.
    pub agent: Option<String>,
    /// The person or account for whom it ran, when the host knows it.
    pub principal: Option<String>,
    /// The parts to read: the main file is named `main`; a sub-agent's or a spilled file has its
    /// relative path as name. At least one, names unique.
    pub parts: Vec<Part>,
}

impl Session {
    /// A session in one file of `bytes` bytes, whose transcript says who ran it and for whom.
    pub fn of_file(id: &str, bytes: u64) -> Self {
        let parts = vec![Part { name: "main".into(), bytes }];
        Self { id: SessionId::new(id), agent: None, principal: None, parts }
    }
}

/// One file of a session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
pub struct Part {
    /// The name, see [`Session::parts`].
    pub name: String,
    /// Length in bytes now. A session whose parts all have the lengths that the cursor knows is
    /// not read again.
    pub bytes: u64,
}

/// What an event is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A message of a person or of an agent; also harness text, told apart by the provenance.
    Message,
    /// A plan that an agent wrote and a person approved, in the message that starts the work.
    Plan,
    /// An agent's summary that replaces an earlier part of the session.
    Summary,
    /// A call of a tool.
    ToolUse {
        /// Id that the result names.
        call: String,
        /// Name of the tool.
        tool: String,
    },
    /// The result of a call.
    ToolResult {
        /// Id of the call.
        call: String,
        /// Name of the tool when the call was seen, else empty.
        tool: String,
        /// Whether the tool reports a failure.
        failed: bool,
        /// Whether it "failed" because a person refused the call.
        refused: bool,
    },
    /// Work that one agent gave to another one.
    HandOff {
        /// Id of the call or of the thread that carries it out.
        call: String,
        /// Name or role of the other agent; empty when nothing tells.
        to: String,
    },
    /// The end of a hand-off, if the result of the call does not show it.
    HandOffEnd {
        /// Id as in the hand-off.
        call: String,
        /// Whether it ended without the requested result.
        failed: bool,
    },
    /// A number about the session, with its direction.
    Outcome(Metric),
}

/// One thing that happened in a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Id as the transcript gives it, else one made from its place, such as `line-` and the line
    /// number.
    pub id: String,
    /// Line of the part, counted from 1.
    pub line: u64,
    /// When, by the transcript.
    pub time: Option<Time>,
    /// Thread within the part, when several agents write into one part; empty for the main thread.
    pub thread: String,
    /// What it is.
    pub kind: EventKind,
    /// Provenance class.
    pub provenance: Provenance,
    /// Decoded text before redaction. For a tool use: the arguments as canonical JSON.
    pub text: String,
}

/// What an importer used and skipped, by reason, as counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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

/// How little of a session was understood, and what format it may be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NotUnderstood {
    /// Lines with anything on them, of all parts.
    ///
    /// As [`Account::lines`] counts them.
    pub lines: u64,
    /// How many of these lines were understood, including those read before.
    pub understood: u64,
    /// What it looks like: the name of a product, such as `GitHub Copilot CLI`, or of a format;
    /// empty when it resembles no known one. A guess from the first records.
    pub looks_like: String,
}

impl NotUnderstood {
    /// Why the session is not read, as a sentence for people.
    pub fn sentence(&self) -> String {
        let Self { lines, understood, looks_like } = self;
        match &**looks_like {
            "" => format!("its form is not known: {understood} of {lines} lines were understood"),
            name => format!("looks like {name}: {understood} of {lines} lines were understood"),
        }
    }
}

impl Account {
    /// Adds the counts of `other`.
    pub fn add(&mut self, other: &Self) {
        self.lines += other.lines;
        self.understood += other.understood;
        self.not_json += other.not_json;
        self.not_object += other.not_object;
        self.unknown_type += other.unknown_type;
        self.too_long += other.too_long;
        self.not_utf8 += other.not_utf8;
        self.future_time += other.future_time;
        self.repeated += other.repeated;
        self.not_shown += other.not_shown;
    }
}
