//! What sort of statement an entry is.

use serde::Serialize;

use crate::canonical::Readable;

/// What sort of statement an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Readable)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A fact: a place, a value, a name.
    Fact,
    /// How somebody wants things done.
    Preference,
    /// Steps that lead to a goal.
    Workflow,
    /// Something that goes wrong, with what cures it.
    Mistake,
    /// What was decided, and why.
    Decision,
    /// What successful sessions did and failed ones did not.
    Practice,
    /// The index line of a memory.
    Index,
}

impl Kind {
    /// The kinds that a person can ask for, with their words in documents and settings.
    const NAMED: [(&'static str, Self); 6] = [
        ("fact", Self::Fact),
        ("preference", Self::Preference),
        ("workflow", Self::Workflow),
        ("mistake", Self::Mistake),
        ("decision", Self::Decision),
        ("practice", Self::Practice),
    ];

    /// The kind with this word, if a person can ask for it.
    pub fn asked_for(word: &str) -> Option<Self> {
        Self::learned().find(|kind| kind.0 == word).map(|kind| kind.1)
    }

    /// Whether statements of this kind tell an agent what to do; then words from tools and pages
    /// may not become one. A mistake only tells what went wrong, and tools may show that.
    pub fn instructs(self) -> bool {
        matches!(self, Self::Preference | Self::Workflow | Self::Decision | Self::Practice)
    }

    /// Its word in documents and settings.
    pub fn word(self) -> &'static str {
        Self::learned().find(|named| named.1 == self).map_or("index", |named| named.0)
    }

    /// The kinds for which dreams make memories, with their words.
    pub fn learned() -> impl Iterator<Item = (&'static str, Self)> {
        Self::NAMED.into_iter()
    }

    /// For new entries of this kind: path and heading of their memory, and its purpose.
    fn memory(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Fact => ("learned/facts.md", "Facts", "what was found to be so in past sessions"),
            Self::Preference => {
                ("learned/preferences.md", "Preferences", "how people here want things done")
            }
            Self::Workflow => {
                ("learned/workflows.md", "Workflows", "the order of steps that works")
            }
            Self::Mistake => (
                "learned/mistakes.md",
                "Mistakes to avoid",
                "what went wrong more than once, and what cured it",
            ),
            Self::Decision => ("learned/decisions.md", "Decisions", "what was decided, and why"),
            Self::Practice => ("learned/practices.md", "Practices", "what led to good results"),
            Self::Index => ("MEMORY.md", "Memory", "an index"),
        }
    }

    /// The memory that new entries of this kind go to.
    pub fn path(self) -> &'static str {
        self.memory().0
    }

    /// The heading of a new memory of this kind.
    pub fn title(self) -> &'static str {
        self.memory().1
    }

    /// What a memory of this kind is for: the words of its index line and of its front matter.
    pub fn purpose(self) -> &'static str {
        self.memory().2
    }
}
