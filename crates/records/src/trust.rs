//! The sources of words, and how far they are trusted.

use serde::Serialize;

use crate::canonical::Readable;

/// How far a statement is trusted; later cases are trusted more. Computed from its sources, never
/// taken from a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// Text from outside: web pages, mail, files that a tool read.
    External,
    /// Text that a tool printed about its own work, such as an error message.
    Tool,
    /// Words of an agent, and imported entries of unknown origin.
    Agent,
    /// A pattern that outcomes confirmed, such as a failed call and the call that then worked.
    Verified,
    /// Words that a person typed.
    User,
}

impl Trust {
    /// The trust of something made from several sources: the lowest of theirs. `None` without a
    /// source.
    pub fn of_roots(roots: impl IntoIterator<Item = Self>) -> Option<Self> {
        roots.into_iter().min()
    }
}

/// Where words come from.
///
/// Every event has exactly one class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Provenance {
    /// A person typed it.
    User,
    /// An agent wrote it.
    Agent,
    /// A call that an agent made, with its name and arguments.
    ToolUse,
    /// What a tool printed about its own work.
    ToolResult,
    /// What a tool brought in from elsewhere: pages, mail, file contents.
    External,
    /// Markup and text that the harness added: command output, reminders, hook messages.
    Harness,
    /// Text that a memory, a summary or an earlier dream brought into the session. Never evidence.
    Recalled,
}

impl Provenance {
    /// The trust of a statement whose only source is an event of this class; `None` when such an
    /// event cannot be evidence.
    pub fn trust(self) -> Option<Trust> {
        match self {
            Self::User => Some(Trust::User),
            Self::Agent | Self::ToolUse => Some(Trust::Agent),
            Self::ToolResult => Some(Trust::Tool),
            Self::External => Some(Trust::External),
            Self::Harness | Self::Recalled => None,
        }
    }

    /// Whether words of this class may become an instruction to an agent.
    pub fn may_instruct(self) -> bool {
        matches!(self, Self::User | Self::Agent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_of_a_result_is_the_lowest_of_its_roots() {
        assert_eq!(Trust::of_roots([Trust::User, Trust::Tool, Trust::Agent]), Some(Trust::Tool));
        assert_eq!(Trust::of_roots([]), None);
        assert!(Trust::User > Trust::Verified && Trust::Tool > Trust::External);
    }
}
