//! What one session leaves behind after reading: bounded, redacted, and enough to mine from again.

use serde::Serialize;

use crate::canonical::Readable;
use crate::evidence::Pin;
use crate::ids::SessionId;
use crate::number::is_zero;
use crate::outcome::Outcome;
use crate::session::Account;
use crate::time::Time;

/// What was found in one session without any model. A pure function of the session's bytes, the
/// host's description of it, the policy and `now`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionNotes {
    /// Name of the format, such as `claude-code`; empty when no importer recognised it.
    pub format: String,
    /// The session id inside the transcript; without one, the host's id. Two files with the same id
    /// count as one session.
    pub origin: SessionId,
    /// The first 16 hexadecimal digits of a digest of the first message, if that has an id and a
    /// time. A file that repeats another session's history under an id of its own has the same root
    /// and counts once together with it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub root: String,
    /// The agent: as the host says, else as the transcript says (`claude-code`).
    pub agent: Option<String>,
    /// The person: as the host says, else the user part of the first working directory
    /// (`/Users/<name>/…`, `/home/<name>/…`), else `None`.
    pub principal: Option<String>,
    /// The person, if `scope.members` names others and not this one; empty when nothing tells who
    /// it was. Then there is no principal: what was said is kept as from outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guest: Option<String>,
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
    /// Numbers that say how the session went, in transcript order; last a model's grade, if one was
    /// given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<Outcome>,
    /// Calls by tool, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<ToolCount>,
    /// Shell commands whose outcome is known, by program and subcommand, sorted by name. Of a line
    /// with several commands only those count whose outcome the line's result shows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<ToolCount>,
    /// Work given to other agents, in transcript order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hand_offs: Vec<HandOff>,
    /// The words that describe the task: content words of the user's first request, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub topic: Vec<String>,
    /// Calls that changed something other than files and through no shell, with their arguments, in
    /// order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
    /// How many changes `actions` does not list: actions that were cut off, commands that ran and
    /// files that changed. 0 means that the list is complete.
    #[serde(skip_serializing_if = "is_zero")]
    pub actions_unlisted: u64,
    /// Statements of memories that were shown to the agent, each as the first 16 hexadecimal digits
    /// of the digest of its normal form, sorted. Never evidence; the session's outcome is credited
    /// to these statements.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recalled: Vec<String>,
    /// Project commands that are named in documents shown to the agent, such as an instruction file
    /// or a README. Sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub documented: Vec<String>,
    /// Calls that failed, with what then worked, in transcript order.
    pub failures: Vec<Failure>,
    /// Values that the session showed to be wrong, each with the right one.
    pub refutations: Vec<Refutation>,
    /// Preferences and corrections in the user's own words, in transcript order.
    pub statements: Vec<Statement>,
    /// Distinct steps that worked, each with its first place: program and subcommand of commands
    /// of shells, e.g. `cargo test`, and `(files changed)`. In each part the most frequent first.
    ///
    /// See [`CHANGED_FILES`].
    pub steps: Vec<Step>,
    /// The order of the steps as indexes into `steps`, one list for each thread of each part;
    /// consecutive equal steps count once. An index beyond `steps` stands for a step that was cut
    /// off. Empty when the steps occurred once each, in the order of `steps`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<Vec<u64>>,
    /// Text from tools and pages that is hidden or reads like an instruction, kept as evidence
    /// only.
    pub quarantined: Vec<Quarantined>,
    /// How many findings were cut off by `notes.max-bytes`.
    pub dropped: u64,
    /// Secrets that were cut out of everything kept.
    pub redactions: u64,
    /// What the importer used and skipped, over all parts.
    pub account: Account,
}

/// The name of the step that changes a file with a tool made for it. No command has this name.
pub const CHANGED_FILES: &str = "(files changed)";

impl SessionNotes {
    /// Whether it still holds what was found: not if the session was erased, if the ledger keeps
    /// only that it was read (see the retention of the core), or if nothing in it could be read.
    pub fn is_whole(&self) -> bool {
        self.events > 0
    }

    /// The order of the steps, also when `order` leaves it out.
    pub fn step_order(&self) -> Vec<Vec<u64>> {
        if self.order.is_empty() && !self.steps.is_empty() {
            vec![(0..).zip(&self.steps).map(|(place, _)| place).collect()]
        } else {
            self.order.clone()
        }
    }

    /// Empties `order` when it only lists the steps in sequence.
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
    /// Whether no token counts are known.
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
    /// Whether it ended without the requested result; `None` when nothing shows it.
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
    /// `<n>`, `<hex>`, `<text>`; redacted. A line that the same command does not print when it
    /// works; empty when it prints them all.
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
    /// What stands in front of the command that failed, when the cure is the same command without
    /// it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
}

/// The front part of a command that failed, when the same command without it worked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Retry {
    /// The command that failed, as it was called: its words with one space between them; cut when
    /// it is long; redacted.
    pub failed: String,
    /// The first words of that command; it worked without them.
    pub left_out: String,
}

/// A value that failed, and the one that worked in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Refutation {
    /// What was given the value: the tool, for a shell tool with program and subcommand. Empty for
    /// a file name, which is wrong wherever it is used.
    ///
    /// As in [`Failure::tool`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub given_to: String,
    /// The field, setting or option that the value was given as, such as `owner`. Empty when
    /// nothing names it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub given_as: String,
    /// The value that does not hold, e.g. `.golangci.yml`.
    pub wrong: String,
    /// The value that holds, e.g. `.golangci.yaml`; the same value in quotes when it needed them;
    /// empty when the call worked without any.
    pub right: String,
    /// First the failure, last the success. For a file name whose error does not name the file, the
    /// failed call stands between them.
    pub pins: Vec<Pin>,
}

/// Words of a person that ask for something beyond the task at hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Statement {
    /// What sort of statement it is.
    pub kind: StatementKind,
    /// The sentence, redacted.
    pub text: String,
    /// The outdated value that a correction names: `use X instead of Y` gives Y.
    pub wrong: Option<String>,
    /// The value that replaces it: X.
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
    /// A newer value for something: moved to; in a standing instruction also renamed to, instead
    /// of.
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

/// Text that gives instructions from a source that may not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Quarantined {
    /// Why: `instruction-like` or `hidden-characters`.
    pub reason: String,
    /// Where it is.
    pub pin: Pin,
}
