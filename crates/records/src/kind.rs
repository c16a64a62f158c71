//! What sort of statement an entry is.

use serde::{Deserialize, Serialize};

/// The kinds of statements that a dream distils.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Something that is so: a place, a value, a name.
    Fact,
    /// How somebody wants things done.
    Preference,
    /// Steps that lead to a goal.
    Workflow,
    /// Something that goes wrong, with what cures it.
    Mistake,
    /// What sessions that went well did, and those that went badly did not.
    Practice,
    /// A rule of thumb that holds over sessions: what a habit goes along with.
    Heuristic,
    /// Where an agent fails most, for whoever trains or instructs it.
    TrainingPriority,
    /// The index line of a memory.
    Index,
}

impl Kind {
    /// The kind of that name, as documents and settings write it, of those that a person can ask for:
    /// an index line has no words of its own.
    pub fn asked_for(word: &str) -> Option<Self> {
        let named = match word {
            "fact" => Self::Fact,
            "preference" => Self::Preference,
            "workflow" => Self::Workflow,
            "mistake" => Self::Mistake,
            "practice" => Self::Practice,
            "heuristic" => Self::Heuristic,
            "training-priority" => Self::TrainingPriority,
            _ => return None,
        };
        Some(named)
    }

    /// The memory that new entries of this kind go to.
    pub fn path(self) -> &'static str {
        match self {
            Self::Fact => "learned/facts.md",
            Self::Preference => "learned/preferences.md",
            Self::Workflow => "learned/workflows.md",
            Self::Mistake => "learned/mistakes.md",
            Self::Practice => "learned/practices.md",
            Self::Heuristic => "learned/heuristics.md",
            Self::TrainingPriority => "learned/training.md",
            Self::Index => "MEMORY.md",
        }
    }

    /// The heading of a new memory of this kind.
    pub fn title(self) -> &'static str {
        match self {
            Self::Fact => "Facts",
            Self::Preference => "Preferences",
            Self::Workflow => "Workflows",
            Self::Mistake => "Mistakes to avoid",
            Self::Practice => "Practices",
            Self::Heuristic => "Rules of thumb",
            Self::TrainingPriority => "Training priorities",
            Self::Index => "Memory",
        }
    }

    /// What a memory of this kind is for: the words of its index line and of its front matter.
    pub fn purpose(self) -> &'static str {
        match self {
            Self::Fact => "what was found to be so in past sessions",
            Self::Preference => "how people here want things done",
            Self::Workflow => "the order of steps that works",
            Self::Mistake => "what went wrong more than once, and what cured it",
            Self::Practice => "what led to good results",
            Self::Heuristic => "what tends to go along with good and bad results",
            Self::TrainingPriority => "where agents fail most",
            Self::Index => "an index",
        }
    }
}
