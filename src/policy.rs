//! Every number and switch of the engine: one table, each with unit, range, default and reason.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A value of a setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A switch.
    Switch(bool),
    /// A number.
    Integer(u64),
    /// A list of texts, such as paths.
    Texts(Vec<String>),
}

/// A number of the table.
#[derive(Debug)]
pub struct Integer {
    /// Name, as in a policy file.
    pub name: &'static str,
    /// Unit of the value.
    pub unit: &'static str,
    /// Value when the policy does not name it.
    pub default: u64,
    /// Least value allowed.
    pub min: u64,
    /// Greatest value allowed.
    pub max: u64,
    /// Why this default, with its source or "chosen by us".
    pub reason: &'static str,
}

/// A switch of the table.
#[derive(Debug)]
pub struct Switch {
    /// Name, as in a policy file.
    pub name: &'static str,
    /// Value when the policy does not name it.
    pub default: bool,
    /// Why this default.
    pub reason: &'static str,
}

/// A list of texts of the table; empty by default.
#[derive(Debug)]
pub struct Texts {
    /// Name, as in a policy file.
    pub name: &'static str,
    /// What an item is.
    pub unit: &'static str,
    /// What the list does.
    pub reason: &'static str,
}

/// Sessions in a dream.
pub const MAX_SESSIONS: Integer = Integer {
    name: "dream.max-sessions",
    unit: "sessions",
    default: 100,
    min: 1,
    max: 1000,
    reason: "the hosted Dreams API takes 1 to 100 sessions",
};

/// Sessions asked for in one round.
pub const ROUND_SESSIONS: Integer = Integer {
    name: "round.sessions",
    unit: "sessions",
    default: 8,
    min: 1,
    max: 100,
    reason: "chosen by us: enough for a host to read side by side, few enough that the texts of a round stay small",
};

/// Longest transcript line that is parsed.
pub const MAX_LINE: Integer = Integer {
    name: "import.max-line",
    unit: "bytes",
    default: 16 << 20,
    min: 1 << 10,
    max: 64 << 20,
    reason: "chosen by us: images in real transcripts reach a few MiB; a longer line is skipped and counted, so that one line cannot fill the memory",
};

/// Size of the digest of a session.
pub const DIGEST_BYTES: Integer = Integer {
    name: "digest.max-bytes",
    unit: "bytes",
    default: 9 << 10,
    min: 1 << 10,
    max: 1 << 20,
    reason: "100 of them must fit a checkpoint of 1 MiB",
};

/// Distinct sessions before a pattern is called recurring.
pub const RECUR_SESSIONS: Integer = Integer {
    name: "mine.recurring-sessions",
    unit: "sessions",
    default: 2,
    min: 2,
    max: 100,
    reason: "twice is the least that can be called a recurrence",
};

/// Pieces of evidence kept with an entry.
pub const MAX_EVIDENCE: Integer = Integer {
    name: "ledger.max-evidence",
    unit: "pieces",
    default: 8,
    min: 1,
    max: 64,
    reason: "chosen by us: bounds the ledger; counts of sessions, days and agents go on beyond it",
};

/// Model calls of a dream.
pub const MAX_CALLS: Integer = Integer {
    name: "propose.max-calls",
    unit: "calls",
    default: 0,
    min: 0,
    max: 10_000,
    reason: "0 = no model: a dream costs nothing unless somebody says so",
};

/// Size of a chunk of a session in a prompt.
pub const CHUNK_BYTES: Integer = Integer {
    name: "propose.chunk-bytes",
    unit: "bytes",
    default: 48 << 10,
    min: 1 << 10,
    max: 1 << 20,
    reason: "chosen by us: about 12,000 tokens, which small local models still read",
};

/// Longest part of one event in a prompt.
pub const EVENT_BYTES: Integer = Integer {
    name: "propose.event-bytes",
    unit: "bytes",
    default: 2 << 10,
    min: 64,
    max: 1 << 20,
    reason: "chosen by us: tool output is long and says little; its beginning is kept",
};

/// Tokens that an answer may have.
pub const ANSWER_TOKENS: Integer = Integer {
    name: "propose.max-tokens",
    unit: "tokens",
    default: 2048,
    min: 64,
    max: 65_536,
    reason: "chosen by us: some 20 proposals with quotes",
};

/// Proposals read from one answer.
pub const MAX_PROPOSALS: Integer = Integer {
    name: "propose.max-proposals",
    unit: "proposals",
    default: 20,
    min: 1,
    max: 1000,
    reason: "chosen by us: a chunk that yields more has not been distilled",
};

/// Longest statement that may become an entry.
pub const STATEMENT_BYTES: Integer = Integer {
    name: "check.max-statement",
    unit: "bytes",
    default: 600,
    min: 40,
    max: 10_000,
    reason: "chosen by us: an entry is one statement, not a document",
};

/// Days without support after which a dream's own entry may be proposed for retirement.
pub const STALE_DAYS: Integer = Integer {
    name: "prune.stale-days",
    unit: "days",
    default: 90,
    min: 1,
    max: 36_500,
    reason: "chosen by us: three months without any session that supports it",
};

/// Share of active entries that one dream may retire or replace.
pub const LOSS_ENTRIES: Integer = Integer {
    name: "prune.loss-entries",
    unit: "ppm of active entries",
    default: 250_000,
    min: 0,
    max: 1_000_000,
    reason: "a quarter, the cap of the strictest peer found; at least one entry",
};

/// Share of the store's bytes that one dream may retire or replace.
pub const LOSS_BYTES: Integer = Integer {
    name: "prune.loss-bytes",
    unit: "ppm of the store's bytes",
    default: 250_000,
    min: 0,
    max: 1_000_000,
    reason: "as prune.loss-entries, so that few long entries cannot go instead of many short ones",
};

/// Half-life of recency in scores.
pub const HALF_LIFE: Integer = Integer {
    name: "score.half-life-days",
    unit: "days",
    default: 30,
    min: 1,
    max: 3_650,
    reason: "chosen by us: between the 14 and 90 days that peers use",
};

/// Distinct sessions for the intermediate tier.
pub const INTERMEDIATE_SESSIONS: Integer = Integer {
    name: "tier.intermediate-sessions",
    unit: "sessions",
    default: 2,
    min: 1,
    max: 1000,
    reason: "as mine.recurring-sessions",
};

/// Distinct sessions for the long tier.
pub const LONG_SESSIONS: Integer = Integer {
    name: "tier.long-sessions",
    unit: "sessions",
    default: 5,
    min: 1,
    max: 1000,
    reason: "chosen by us: with tier.long-days, a habit and not a busy afternoon",
};

/// Distinct days for the long tier.
pub const LONG_DAYS: Integer = Integer {
    name: "tier.long-days",
    unit: "days",
    default: 3,
    min: 1,
    max: 1000,
    reason: "chosen by us, see tier.long-sessions",
};

/// Size of the index file.
pub const INDEX_BYTES: Integer = Integer {
    name: "render.index-bytes",
    unit: "bytes",
    default: 25_000,
    min: 1_000,
    max: 102_400,
    reason: "Claude Code loads at most 25 KB of MEMORY.md",
};

/// Lines of the index file.
pub const INDEX_LINES: Integer = Integer {
    name: "render.index-lines",
    unit: "lines",
    default: 200,
    min: 10,
    max: 10_000,
    reason: "Claude Code loads at most 200 lines of MEMORY.md",
};

/// Whether recurring additions may be applied unattended.
pub const AUTO_ADD: Switch = Switch {
    name: "gate.auto-add",
    default: true,
    reason: "an addition loses nothing and can be reverted",
};

/// Whether exact duplicates may be merged unattended.
pub const AUTO_MERGE: Switch = Switch {
    name: "gate.auto-merge",
    default: true,
    reason: "equal after normalisation: no statement is lost",
};

/// Memories that no dream may change.
pub const PINNED_PATHS: Texts = Texts {
    name: "pins.paths",
    unit: "path, or a prefix that ends in `/`",
    reason: "a person's own files stay as they are",
};

/// Entries that no dream may change.
pub const PINNED_ENTRIES: Texts = Texts {
    name: "pins.entries",
    unit: "entry id",
    reason: "a person's own statements stay as they are",
};

/// All numbers, by name.
pub const INTEGERS: &[&Integer] = &[
    &STATEMENT_BYTES,
    &DIGEST_BYTES,
    &MAX_SESSIONS,
    &MAX_LINE,
    &MAX_EVIDENCE,
    &RECUR_SESSIONS,
    &CHUNK_BYTES,
    &EVENT_BYTES,
    &MAX_CALLS,
    &MAX_PROPOSALS,
    &ANSWER_TOKENS,
    &LOSS_BYTES,
    &LOSS_ENTRIES,
    &STALE_DAYS,
    &INDEX_BYTES,
    &INDEX_LINES,
    &ROUND_SESSIONS,
    &HALF_LIFE,
    &INTERMEDIATE_SESSIONS,
    &LONG_DAYS,
    &LONG_SESSIONS,
];

/// All switches, by name.
pub const SWITCHES: &[&Switch] = &[&AUTO_ADD, &AUTO_MERGE];

/// All lists, by name.
pub const TEXTS: &[&Texts] = &[&PINNED_ENTRIES, &PINNED_PATHS];

/// Why a policy cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyError {
    /// No setting has this name.
    #[error("no setting is named `{0}`")]
    UnknownSetting(String),
    /// The setting takes another type of value.
    #[error("setting `{name}` takes {takes}")]
    WrongType {
        /// The setting.
        name: String,
        /// What it takes.
        takes: String,
    },
    /// The number is outside the allowed range.
    #[error("setting `{name}` takes {min} to {max} {unit}, not {value}")]
    OutOfRange {
        /// The setting.
        name: String,
        /// The value that was given.
        value: u64,
        /// Least value allowed.
        min: u64,
        /// Greatest value allowed.
        max: u64,
        /// Unit of the value.
        unit: String,
    },
}

/// The values that differ from the table's defaults.
///
/// Written as a JSON object `{"name": value}`; what is equal to the default is left out, so that
/// naming a default changes no byte.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, Value>", into = "BTreeMap<String, Value>")]
pub struct Policy {
    values: BTreeMap<String, Value>,
}

impl Policy {
    /// Sets one value.
    ///
    /// # Errors
    /// [`PolicyError`] when there is no such setting, or it takes another type or range.
    pub fn set(&mut self, name: &str, value: Value) -> Result<(), PolicyError> {
        let wrong_type =
            |takes: &str| PolicyError::WrongType { name: name.into(), takes: takes.into() };
        let is_default = if let Some(setting) = INTEGERS.iter().find(|s| s.name == name) {
            let Value::Integer(number) = value else { return Err(wrong_type("a number")) };
            if number < setting.min || number > setting.max {
                return Err(PolicyError::OutOfRange {
                    name: name.into(),
                    value: number,
                    min: setting.min,
                    max: setting.max,
                    unit: setting.unit.into(),
                });
            }
            number == setting.default
        } else if let Some(setting) = SWITCHES.iter().find(|s| s.name == name) {
            let Value::Switch(on) = value else { return Err(wrong_type("true or false")) };
            on == setting.default
        } else if TEXTS.iter().any(|s| s.name == name) {
            let Value::Texts(items) = &value else { return Err(wrong_type("a list of texts")) };
            items.is_empty()
        } else {
            return Err(PolicyError::UnknownSetting(name.into()));
        };
        if is_default {
            self.values.remove(name);
        } else {
            self.values.insert(name.into(), value);
        }
        Ok(())
    }

    /// The value of a number.
    pub fn number(&self, setting: &Integer) -> u64 {
        match self.values.get(setting.name) {
            Some(Value::Integer(number)) => *number,
            _ => setting.default,
        }
    }

    /// The value of a number of bytes or items, as an index. Saturates where `usize` is narrower.
    pub fn size(&self, setting: &Integer) -> usize {
        usize::try_from(self.number(setting)).unwrap_or(usize::MAX)
    }

    /// Whether a switch is on.
    pub fn is_on(&self, setting: &Switch) -> bool {
        match self.values.get(setting.name) {
            Some(Value::Switch(on)) => *on,
            _ => setting.default,
        }
    }

    /// The items of a list.
    pub fn texts(&self, setting: &Texts) -> &[String] {
        match self.values.get(setting.name) {
            Some(Value::Texts(items)) => items,
            _ => &[],
        }
    }
}

impl TryFrom<BTreeMap<String, Value>> for Policy {
    type Error = PolicyError;

    fn try_from(values: BTreeMap<String, Value>) -> Result<Self, PolicyError> {
        let mut policy = Self::default();
        for (name, value) in values {
            policy.set(&name, value)?;
        }
        Ok(policy)
    }
}

impl From<Policy> for BTreeMap<String, Value> {
    fn from(policy: Policy) -> Self {
        policy.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn naming_a_default_changes_no_byte() {
        let mut policy = Policy::default();
        policy.set("round.sessions", Value::Integer(4)).unwrap();
        assert_eq!(policy.number(&ROUND_SESSIONS), 4);
        policy.set("round.sessions", Value::Integer(8)).unwrap();
        assert_eq!(policy, Policy::default());
    }

    #[test]
    fn a_wrong_name_type_or_range_is_an_error_that_says_so() {
        let mut policy = Policy::default();
        let unknown = policy.set("nope", Value::Switch(true)).unwrap_err();
        assert_eq!(unknown.to_string(), "no setting is named `nope`");
        let kind = policy.set("gate.auto-add", Value::Integer(1)).unwrap_err();
        assert_eq!(kind.to_string(), "setting `gate.auto-add` takes true or false");
        let range = policy.set("round.sessions", Value::Integer(0)).unwrap_err();
        assert_eq!(range.to_string(), "setting `round.sessions` takes 1 to 100 sessions, not 0");
    }

    #[test]
    fn every_default_is_within_its_range_and_every_name_is_unique() {
        let mut names: Vec<&str> = INTEGERS.iter().map(|s| s.name).collect();
        names.extend(SWITCHES.iter().map(|s| s.name));
        names.extend(TEXTS.iter().map(|s| s.name));
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(INTEGERS.iter().all(|s| s.min <= s.default && s.default <= s.max));
    }
}
