//! What no dream may do: see [`dreaming_core::charter`].

use super::Texts;

/// Statements that stand.
pub const CHARTER_STATEMENTS: Texts = Texts {
    name: "charter.statements",
    unit: "statement",
    reason: "no dream takes out what says the same, or writes what contradicts it",
};

/// Kinds that no dream writes.
pub const CHARTER_KINDS: Texts = Texts {
    name: "charter.kinds",
    unit: "kind of statement: `fact`, `preference`, `workflow`, `mistake`, `practice`, `heuristic` or `training-priority`",
    reason: "no dream writes a statement of one of these kinds",
};

/// Memories that no dream writes.
pub const CHARTER_PATHS: Texts = Texts {
    name: "charter.paths",
    unit: "path, a prefix that ends in `/`, or a pattern in which `*` stands for anything within a folder and `**` for anything",
    reason: "no dream writes a memory that fits one of these",
};

/// Words that no dream writes.
pub const CHARTER_PHRASES: Texts = Texts {
    name: "charter.phrases",
    unit: "word or phrase",
    reason: "no dream writes a statement that says one of them",
};
