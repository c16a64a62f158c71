//! What one read session leaves behind: bounded, redacted, and enough to mine from again.

use serde::Serialize;

use crate::canonical::Readable;
use crate::evidence::Pin;
use crate::ids::SessionId;
use crate::number::is_zero;
use crate::outcome::Outcome;
use crate::session::Account;
use crate::time::Time;

/// What was found in one session, without any model. A pure function of the session's bytes,
/// its descriptor, the policy and `now`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionNotes {
    /// Name of the format, such as `claude-code`; empty when no importer knew it.
    pub format: String,
    /// The session id inside the transcript. Two files of one session are counted once by it.
    /// Falls back to the host's id.
    pub origin: SessionId,
    /// The first 16 hexadecimal digits of a digest of the first message, when that has an id and a
    /// time. A file that repeats the history of another session under an id of its own has the same
    /// and is counted once with it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub root: String,
    /// The agent: the descriptor's, else what the transcript says (`claude-code`).
    pub agent: Option<String>,
    /// The person: the descriptor's, else the user part of the first working directory
    /// (`/Users/<name>/…`, `/home/<name>/…`), else `None`.
    pub principal: Option<String>,
    /// What the agent is for, e.g. `reviewer`, when a part says so; redacted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The category of its task, when a part says so; redacted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// The first working directory; redacted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// The first branch; redacted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Time of the first event.
    pub first: Option<Time>,
    /// Time of the last event.
    pub last: Option<Time>,
    /// Events that were used.
    pub events: u64,
    /// Tokens that model calls used, each response counted once.
    #[serde(skip_serializing_if = "Tokens::is_none")]
    pub tokens: Tokens,
    /// What says how the session went, in transcript order; last the grade that a model gave it, if one did.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<Outcome>,
    /// Calls by tool, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<ToolCount>,
    /// Calls of commands of shells whose end is known, by program and subcommand, by name. A line of
    /// several commands counts for those of which it tells how they ended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<ToolCount>,
    /// Work given to other agents, in transcript order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hand_offs: Vec<HandOff>,
    /// The words that tell the task: content words of what the user asked for first, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub topic: Vec<String>,
    /// Calls that changed something outside files and shells, with their arguments, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
    /// Actions that were cut off, commands that ran and files that changed: what `actions` does not list.
    /// 0 means that the list is complete.
    #[serde(skip_serializing_if = "is_zero")]
    pub actions_unlisted: u64,
    /// Lines of memories that were shown to the agent: the first 16 hexadecimal digits of the digest
    /// of each normalised statement, sorted. Never evidence; outcomes are credited by them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recalled: Vec<String>,
    /// Steps of the project's own that documents shown to the agent name: an instruction file, a README.
    /// Sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub documented: Vec<String>,
    /// Calls that failed, with what then worked, in transcript order.
    pub failures: Vec<Failure>,
    /// Values that the session showed to be wrong, with the right one.
    pub refutations: Vec<Refutation>,
    /// Preferences and corrections in the user's own words, in transcript order.
    pub statements: Vec<Statement>,
    /// Distinct steps that worked, each with its first place: program and subcommand of commands
    /// of shells, e.g. `cargo test`, and `(files changed)`. In each part the most frequent first.
    ///
    /// See [`CHANGED_FILES`].
    pub steps: Vec<Step>,
    /// The order of the steps as indexes into `steps`, one list for each thread of each part;
    /// consecutive equal steps count once. An index without a step is one that was cut off. Empty
    /// when the steps stand in their order, each once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<Vec<u64>>,
    /// Instruction-like or hidden text from tools and pages, kept as evidence only.
    pub quarantined: Vec<Quarantined>,
    /// What was found but cut off by `notes.max-bytes`.
    pub dropped: u64,
    /// Secrets that were cut out of everything kept.
    pub redactions: u64,
    /// What the importer used and skipped, over all parts.
    pub account: Account,
}

/// The name of the step that changes a file with a tool made for it. No command has this name.
pub const CHANGED_FILES: &str = "(files changed)";

impl SessionNotes {
    /// Whether it still says what was found: not when the session was erased, when the ledger keeps no more
    /// than that it was read (see the retention of the core), or when nothing could be read in it.
    pub fn is_whole(&self) -> bool {
        self.events > 0
    }

    /// The order of the steps as in `order`, also where that is left out.
    pub fn step_order(&self) -> Vec<Vec<u64>> {
        if self.order.is_empty() && !self.steps.is_empty() {
            vec![(0..).zip(&self.steps).map(|(place, _)| place).collect()]
        } else {
            self.order.clone()
        }
    }

    /// Leaves the order out when the steps stand in it.
    pub fn shorten_order(&mut self) {
        let order = std::mem::take(&mut self.order);
        if order != self.step_order() {
            self.order = order;
        }
    }
}

/// Tokens that model calls used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tokens {
    /// Tokens read, cached ones included.
    pub input: u64,
    /// Tokens written.
    pub output: u64,
}

impl Tokens {
    /// Whether nothing said how many.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// How often a tool was called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ToolCount {
    /// Name of the tool; redacted.
    pub tool: String,
    /// Calls that have a result.
    pub calls: u64,
    /// Calls that failed; refusals of a person do not count.
    pub failed: u64,
}

/// Work that one agent gave to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HandOff {
    /// Name or role of the other agent; redacted.
    pub to: String,
    /// Whether it ended without what was asked for; `None` when nothing tells.
    pub failed: Option<bool>,
    /// Where it was given.
    pub pin: Pin,
}

/// A call that changed something, such as a booking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Action {
    /// Name of the tool; redacted.
    pub name: String,
    /// Its arguments as canonical JSON; redacted. Very long ones are cut and end in `…`.
    pub arguments: String,
    /// Where it is.
    pub pin: Pin,
}

/// A call that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "SessionFailure"))]
pub struct Failure {
    /// Tool, e.g. `Read`; for a shell tool the program and subcommand too: `Bash mise run lint`.
    pub tool: String,
    /// The message with paths, numbers, hexadecimal ids and quoted texts replaced by `<path>`,
    /// `<n>`, `<hex>`, `<text>`; redacted. A line that the same command does not print when it works; empty when it
    /// prints them all.
    pub template: String,
    /// Where the failure is.
    pub pin: Pin,
    /// The call that then worked, if one did.
    pub cure: Option<Cure>,
}

/// What worked after a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Cure {
    /// A short description of the call, e.g. `Read` or `Bash mise run fmt`; redacted.
    pub step: String,
    /// Where it is.
    pub pin: Pin,
    /// What the command that failed has in front, when it is the same but for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
}

/// What stood in front of a command that failed, when the same without it worked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Retry {
    /// The command that failed, as it was called: its words with one space between them; cut when it is long; redacted.
    pub failed: String,
    /// The first words of that command, without which it worked.
    pub left_out: String,
}

/// A value that failed, and the one that worked in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Refutation {
    /// What was given the value: the tool, for a shell tool with program and subcommand. Empty for the name of a file,
    /// which is wrong wherever it is given.
    ///
    /// As in [`Failure::tool`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub given_to: String,
    /// What the value was given as: the field, setting or option in front of it, such as `owner`. Empty
    /// when nothing stands there.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub given_as: String,
    /// The value that does not hold, e.g. `.golangci.yml`.
    pub wrong: String,
    /// The value that holds, e.g. `.golangci.yaml`; the same value in quotes when it needed them; empty
    /// when the call worked without any.
    pub right: String,
    /// The failure, then the success. Of the name of a file first the failure, then the call that failed when the
    /// error does not name it, then the success.
    pub pins: Vec<Pin>,
}

/// Words of a person that ask for something beyond the task at hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Statement {
    /// What it is.
    pub kind: StatementKind,
    /// The sentence, redacted.
    pub text: String,
    /// What the sentence says no longer holds, for a correction: `use X instead of Y` gives Y.
    pub wrong: Option<String>,
    /// What holds instead, for a correction: X.
    pub right: Option<String>,
    /// The subject that the value belongs to, when the sentence names it: "the staging URL moved
    /// to X" gives `the staging url`; lower case.
    pub subject: Option<String>,
    /// Where it is.
    pub pin: Pin,
}

/// What a statement of a person is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "kebab-case")]
pub enum StatementKind {
    /// A standing instruction: always, never, from now on.
    Preference,
    /// A newer value for something: moved to; in a standing instruction also renamed to, instead of.
    Correction,
    /// A fact that somebody asked to remember.
    Fact,
}

/// One step that worked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Step {
    /// Program and subcommand, redacted, or `(files changed)`.
    ///
    /// See [`CHANGED_FILES`].
    pub name: String,
    /// Where it is.
    pub pin: Pin,
}

/// Text that tried to instruct from a place that may not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Quarantined {
    /// Why: `instruction-like` or `hidden-characters`.
    pub reason: String,
    /// Where it is.
    pub pin: Pin,
}
