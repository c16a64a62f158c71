//! What may become a change: a pattern that the miner found, a model's proposal that passed the
//! check, or a statement from an extractor of the host.

use serde::Serialize;

use dreaming_text::unicode;

use crate::evidence::Evidence;
use crate::ids::EntryId;
use crate::kind::Kind;
use crate::ledger::{Finder, Support};
use crate::time::Time;
use crate::trust::Trust;

/// A value that no longer holds, and the one that does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Replacement {
    /// The value that no longer holds, word for word; empty when only the subject is known.
    pub wrong: String,
    /// The value that holds.
    pub right: String,
    /// Whether tools showed it (a call failed with one value and worked with the other); then the
    /// age of an entry with the wrong value does not matter.
    pub shown: bool,
}

/// How often something was called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Calls {
    /// Calls whose end is known.
    pub made: u64,
    /// Those that failed.
    pub failed: u64,
}

/// A statement that the store may take up. It is made from session records only, without text of
/// the store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Candidate {
    /// What sort of statement it is.
    pub kind: Kind,
    /// The statement as it would stand in a memory: one paragraph, no list mark, redacted.
    pub text: String,
    /// Its subject and attribute in lower case, when known: `staging url`. Entries with the same
    /// subject and another value contradict each other.
    pub subject: Option<String>,
    /// Whose preference it is; `None` = not scoped.
    pub principal: Option<String>,
    /// The value that it replaces, when it corrects something.
    pub replaces: Option<Replacement>,
    /// The entry that it replaces, according to a model that was shown the entry.
    pub corrects: Option<EntryId>,
    /// The places that support it, sorted, distinct, never empty.
    pub evidence: Vec<Evidence>,
    /// Distinct sessions, agents and days behind it.
    pub support: Support,
    /// The lowest trust of its roots.
    pub trust: Trust,
    /// Time of the first evidence that has one.
    pub first: Option<Time>,
    /// Time of the newest evidence that has one.
    pub last: Option<Time>,
    /// Who found it.
    pub finder: Finder,
    /// For a statement about failing calls: how often those calls were made, and how often they
    /// failed, in all sessions that were looked into.
    pub calls: Option<Calls>,
    /// Whether a model's proposal is worth proposing as it stands, after a model saw it together
    /// with all other findings. `false`: the model left it, or a statement written from it and
    /// others replaces it; `None`: no model has seen them together yet.
    pub worth: Option<bool>,
}

impl Candidate {
    /// Puts the name of the person whose statement it is behind its words, as in a memory that
    /// several people share: `Ask me before you push a tag. (jonas)`. A name of more than one word
    /// is left out, because it could say anything.
    pub fn put_name(&mut self) {
        let plain = |c: char| unicode::is_word(c) || "._-@".contains(c);
        let name = self.principal.as_deref().filter(|name| name.chars().all(plain));
        if let Some(name) = name {
            self.text = format!("{} ({name})", self.words());
        }
    }

    /// Its words without the person's name.
    pub fn words(&self) -> &str {
        without_name(&self.text, self.principal.as_deref())
    }
}

/// A statement without the name of its person at its end.
pub fn without_name<'a>(text: &'a str, principal: Option<&str>) -> &'a str {
    let words = || text.strip_suffix(')')?.strip_suffix(principal?)?.strip_suffix(" (");
    words().unwrap_or(text)
}

/// Whether a statement loses the name of its person when it gets other words: then it is everybody's.
pub fn loses_name(before: &str, after: &str, principal: Option<&str>) -> bool {
    let has_name = |text| without_name(text, principal) != text;
    has_name(before) && !has_name(after)
}
